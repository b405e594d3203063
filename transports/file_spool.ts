/**
 * Spools in files, for transfers of any length at flat memory: small ones stay in memory, a large one
 * goes to a file that has no name any more, so that nothing of it is left whatever happens to the process.
 *
 * @module
 */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Budget } from "../core/budget.ts";
import { closedSpool, noRoom, type PnetSpool, type PnetSpools } from "../core/pnet/spool.ts";

/** What {@linkcode FileSpools} takes. */
export interface FileSpoolsOptions {
  /** Where the files are; by default the system's place for such. */
  readonly directory?: string;
  /** Bytes of all spools together, 16 GiB by default. */
  readonly maxBytes?: number;
  /** Bytes of one spool that stay in memory, 256 KiB by default. */
  readonly memoryBytes?: number;
}

const DEFAULT_MAX_BYTES = 16 * 1024 ** 3;
const DEFAULT_MEMORY_BYTES = 256 * 1024;

/** Makes spools in files. */
export class FileSpools implements PnetSpools {
  readonly #budget: Budget;
  readonly #directory: string;
  readonly #memoryBytes: number;

  /** @param options Where, and how much. */
  constructor(options: FileSpoolsOptions = {}) {
    this.#budget = new Budget(options.maxBytes ?? DEFAULT_MAX_BYTES);
    this.#directory = options.directory ?? tmpdir();
    this.#memoryBytes = options.memoryBytes ?? DEFAULT_MEMORY_BYTES;
  }

  /** Bytes that spools hold. */
  get usedBytes(): number {
    return this.#budget.used;
  }

  /** @inheritdoc */
  create(): PnetSpool {
    return new FileSpool(this.#budget, this.#directory, this.#memoryBytes);
  }
}

class FileSpool implements PnetSpool {
  readonly #budget: Budget;
  readonly #directory: string;
  readonly #memoryBytes: number;
  /** Until there is a file. */
  #memory: Uint8Array = new Uint8Array(0);
  #file: FileHandle | undefined;
  #size = 0;
  #isClosed = false;
  /** Closing waits for what is being read or written. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(budget: Budget, directory: string, memoryBytes: number) {
    this.#budget = budget;
    this.#directory = directory;
    this.#memoryBytes = memoryBytes;
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#afterOthers(async () => {
      if (!this.#budget.take(bytes.length)) throw noRoom();
      const size = this.#size + bytes.length;
      this.#size = size;
      if (this.#file === undefined && size <= this.#memoryBytes) {
        this.#memory = concat(this.#memory, bytes);
        return;
      }
      if (this.#file === undefined) {
        this.#file = await openNameless(this.#directory);
        await writeAll(this.#file, this.#memory, 0);
        this.#memory = new Uint8Array(0);
      }
      await writeAll(this.#file, bytes, size - bytes.length);
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#afterOthers(async () => {
      const end = Math.min(offset + length, this.#size);
      if (offset >= end) return new Uint8Array(0);
      if (this.#file === undefined) return this.#memory.slice(offset, end);
      const bytes = new Uint8Array(end - offset);
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await this.#file.read(bytes, at, bytes.length - at, offset + at);
        if (bytesRead === 0) throw closedSpool();
        at += bytesRead;
      }
      return bytes;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#last;
    this.#budget.give(this.#size);
    this.#memory = new Uint8Array(0);
    await this.#file?.close();
  }

  #afterOthers<T>(run: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(closedSpool());
    const result = this.#last.then(run);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** Opens a file in a directory of its own and takes both away, while the file stays open. */
async function openNameless(parent: string): Promise<FileHandle> {
  const directory = await mkdtemp(join(parent, "synapse-"));
  try {
    return await open(join(directory, "transfer"), "wx+", 0o600);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
