/**
 * Finds where a MessagePack value ends without decoding it, in steps.
 *
 * A value that arrives in a thousand chunks would cost a thousand decodings from its start. This
 * reads each byte once, keeps one counter, and allocates nothing: the cost stays linear however the
 * sender cuts.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";

/** Bytes behind the tag that say how long the value is, by tag - 0xc4; 0 where the tag says it. */
const LENGTH_BYTES = [
  1,
  2,
  4,
  1,
  2,
  4,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  2,
  4,
  2,
  4,
  2,
  4,
];
/** Bytes of the value itself, by tag - 0xc4, besides those that its length counts. */
const FIXED_BYTES = [
  0,
  0,
  0,
  1,
  1,
  1,
  4,
  8,
  1,
  2,
  4,
  8,
  1,
  2,
  4,
  8,
  2,
  3,
  5,
  9,
  17,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
];

/** The position in one value. */
export class MessagePackScanner {
  #at = 0;
  #values = 1;
  #counted = 0;
  readonly #maxItems: number;

  /** @param maxItems More values than that, elements included, are refused. */
  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  /**
   * Goes on.
   *
   * @param bytes The value from its start, as far as it is known; the same bytes as before, and more.
   * @param length How many of `bytes` are valid.
   * @returns 0 when the whole value is there, else the least number of bytes that are still missing.
   * @throws {DecodeError} `limit` for too many values.
   */
  scan(bytes: Uint8Array, length: number): number {
    let at = this.#at;
    let values = this.#values;
    while (values > 0 && at < length) {
      const tag = bytes[at];
      let size = 1;
      let elements = 0;
      if (tag < 0x80 || tag >= 0xe0) { /* a number in its tag */ }
      else if (tag < 0x90) elements = (tag & 0x0f) * 2;
      else if (tag < 0xa0) elements = tag & 0x0f;
      else if (tag < 0xc0) size += tag & 0x1f;
      else if (tag >= 0xc4) {
        const lengthBytes = LENGTH_BYTES[tag - 0xc4];
        size += lengthBytes + FIXED_BYTES[tag - 0xc4];
        if (lengthBytes > 0) {
          if (at + 1 + lengthBytes > length) {
            this.#at = at;
            this.#values = values;
            return at + size - length + values - 1;
          }
          let count = 0;
          for (let i = 1; i <= lengthBytes; i++) count = count * 0x100 + bytes[at + i];
          if (tag < 0xdc) size += count;
          else elements = tag < 0xde ? count : count * 2;
        }
      }
      at += size;
      values += elements - 1;
      this.#counted += elements;
      if (this.#counted > this.#maxItems) {
        throw new DecodeError(
          "limit",
          `Cannot decode message as it holds more than ${this.#maxItems} values`,
        );
      }
    }
    this.#at = at;
    this.#values = values;
    return Math.max(at - length, 0) + values;
  }
}
