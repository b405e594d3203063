/**
 * Puts the one line of a pnet connection together from chunks.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";

const NEWLINE = 0x0a;
const FIRST_BUFFER_BYTES = 4_096;
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads up to the first newline, or up to the end where there is none. */
export class LineReader {
  readonly #maxBytes: number;
  /** One buffer, since a list of chunks of one byte each would take a hundred times as much memory. */
  #buffer: Uint8Array = new Uint8Array(FIRST_BUFFER_BYTES);
  #length = 0;

  /** @param maxBytes Of the line. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes held. */
  get heldBytes(): number {
    return this.#buffer.length;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk Copied.
   * @returns The line without its newline, once it is whole. What follows it is dropped, as real nodes do.
   * @throws {DecodeError} `limit` when it is too long, `malformed` when it is not UTF-8.
   */
  push(chunk: Uint8Array): string | undefined {
    const newline = chunk.indexOf(NEWLINE);
    this.#append(newline === -1 ? chunk : chunk.subarray(0, newline));
    return newline === -1 ? undefined : this.end();
  }

  /**
   * Says that nothing more comes.
   *
   * @returns What there is, maybe nothing.
   * @throws {DecodeError} `malformed` when it is not UTF-8.
   */
  end(): string {
    try {
      return STRICT_UTF8.decode(this.#buffer.subarray(0, this.#length));
    } catch {
      throw new DecodeError("malformed", "Cannot read pnet packet as it is not UTF-8");
    }
  }

  #append(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#maxBytes) {
      throw new DecodeError(
        "limit",
        `Cannot read pnet packet as it is longer than ${this.#maxBytes} bytes: got at least ${length}`,
      );
    }
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#length);
    this.#length = length;
  }
}
