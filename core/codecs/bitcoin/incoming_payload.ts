/**
 * Where a payload goes while it arrives: into memory, or through to a sink.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { ByteCollector } from "../byte_collector.ts";
import { checksumOf } from "./sha256d.ts";

/** Takes a payload that is too large for memory, as it arrives. Must not throw. */
export interface PayloadSink {
  /**
   * The next bytes.
   *
   * @param bytes A view; not written to again.
   */
  chunk(bytes: Uint8Array): void;
  /**
   * No more bytes come.
   *
   * @param isIntact Whether all came and the checksum, where there is one, fits them.
   */
  end(isIntact: boolean): void;
}

/** A payload of which some is there. */
export interface IncomingPayload {
  /** How many bytes came. */
  readonly length: number;
  /** How many of them are in memory. */
  readonly heldBytes: number;
  /** Takes the next bytes, never more than are missing. */
  append(part: Uint8Array): void;
  /** The first four bytes of the hash of all, as a big-endian signed number. */
  checksum(): number;
  /** @returns The payload, where it is in memory. */
  finish(isIntact: boolean): Uint8Array | undefined;
}

const NO_BYTES = new Uint8Array(0);

/** Collects a payload in memory. */
export class CollectedPayload implements IncomingPayload {
  readonly #expectedBytes: number;
  /** All of it, once it is there. What came in one chunk stays there. */
  #bytes: Uint8Array = NO_BYTES;
  #pieces: ByteCollector | undefined;
  #length = 0;

  /** @param expectedBytes How many will come. Not allocated before they do. */
  constructor(expectedBytes: number) {
    this.#expectedBytes = expectedBytes;
  }

  get length(): number {
    return this.#length;
  }

  get heldBytes(): number {
    return this.#length;
  }

  append(part: Uint8Array): void {
    this.#length += part.length;
    if (part.length === this.#expectedBytes) {
      this.#bytes = part;
      return;
    }
    const pieces = this.#pieces ??= new ByteCollector();
    pieces.append(part);
    if (this.#length === this.#expectedBytes) this.#bytes = pieces.take();
  }

  checksum(): number {
    return checksumOf(this.#bytes);
  }

  finish(): Uint8Array {
    return this.#bytes;
  }
}

/** Hands a payload on, and hashes it on the way. */
export class StreamedPayload implements IncomingPayload {
  readonly heldBytes = 0;
  readonly #sink: PayloadSink;
  readonly #hash: ReturnType<typeof sha256.create> = sha256.create();
  #length = 0;

  /** @param sink Where to. */
  constructor(sink: PayloadSink) {
    this.#sink = sink;
  }

  get length(): number {
    return this.#length;
  }

  append(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#length += part.length;
    this.#hash.update(part);
    this.#sink.chunk(part);
  }

  checksum(): number {
    return new DataView(sha256(this.#hash.digest()).buffer).getInt32(0);
  }

  finish(isIntact: boolean): undefined {
    this.#sink.end(isIntact);
  }
}
