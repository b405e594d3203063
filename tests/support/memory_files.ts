/**
 * Files that are in memory, to send and to receive.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { SynapseError } from "../../core/errors.ts";
import type {
  FileSource,
  FileStore,
  FileToStore,
  PartialFile,
  Sha256,
} from "../../core/file_transfer/storage.ts";

const PIECE_BYTES = 1_000;

/** A hash in JavaScript. */
export const createSha256: () => Sha256 = () => sha256.create();

/** Bytes that are the same nowhere near. */
export function fileBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = at * 7 + (at >> 8) * 13;
  return bytes;
}

/** A file to be sent, in pieces of 1,000 bytes. */
export class MemoryFile implements FileSource {
  readonly name: string;
  readonly size: number;
  readonly modifiedMs = 1_700_000_000_000;
  /** Called before each piece. */
  onPiece: (from: number) => void | Promise<void> = () => {};
  readonly #bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.size = bytes.length;
    this.#bytes = bytes;
  }

  async *read(from: number, to: number): AsyncGenerator<Uint8Array> {
    for (let at = from; at < to; at += PIECE_BYTES) {
      await this.onPiece(at);
      yield this.#bytes.slice(at, Math.min(at + PIECE_BYTES, to));
    }
  }
}

/** A folder. */
export class MemoryStore implements FileStore {
  readonly files: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  /** By key. */
  readonly partials: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  /** Partial files that nobody has let go of. */
  openFiles = 0;
  /** Called before each piece is added. */
  onAppend: (bytes: number) => void | Promise<void> = () => {};

  open({ name, key }: FileToStore): Promise<PartialFile> {
    if (this.files.has(name)) {
      return Promise.reject(new SynapseError("file_exists", `Cannot take ${name} as it is there`));
    }
    this.openFiles++;
    return Promise.resolve(new MemoryPartial(this, name, key));
  }
}

class MemoryPartial implements PartialFile {
  readonly #store: MemoryStore;
  readonly #name: string;
  readonly #key: string;
  #isClosed = false;

  constructor(store: MemoryStore, name: string, key: string) {
    this.#store = store;
    this.#name = name;
    this.#key = key;
    if (!store.partials.has(key)) store.partials.set(key, new Uint8Array(0));
  }

  get bytes(): number {
    return this.#store.partials.get(this.#key)!.length;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    yield this.#store.partials.get(this.#key)!;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#store.onAppend(this.bytes);
    const before = this.#store.partials.get(this.#key)!;
    const after = new Uint8Array(before.length + bytes.length);
    after.set(before);
    after.set(bytes, before.length);
    this.#store.partials.set(this.#key, after);
  }

  commit(): Promise<void> {
    this.#store.files.set(this.#name, this.#store.partials.get(this.#key)!);
    return this.discard();
  }

  discard(): Promise<void> {
    this.#store.partials.delete(this.#key);
    return this.close();
  }

  close(): Promise<void> {
    if (!this.#isClosed) this.#store.openFiles--;
    this.#isClosed = true;
    return Promise.resolve();
  }
}
