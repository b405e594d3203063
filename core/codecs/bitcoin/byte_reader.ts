/**
 * Bitcoin's primitive fields from bytes that are all there: little-endian numbers, CompactSizes, hashes, strings.
 *
 * Every length is compared with its limit and with what is left before anything is allocated for it.
 * Bytes from {@linkcode VIEW_BYTES} on are views into the input, shorter ones copies, so that a hash that somebody
 * keeps doesn't keep its message; {@linkcode ByteReader.skip} and {@linkcode ByteReader.slice} give views of any length.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const reader = new ByteReader(Uint8Array.of(1, 0, 0, 0, 2, 0x68, 0x69), { what: "greeting" });
 * assertEquals([reader.u32(), reader.varText(80)], [1, "hi"]);
 * reader.end();
 * ```
 * @module
 */
import { DecodeError } from "../../errors.ts";
import { decodeText } from "./text.ts";

/** What a {@linkcode ByteReader} takes besides its bytes. */
export interface ByteReaderOptions {
  /** What the bytes are, for errors. @default {"bytes"} */
  readonly what?: string;
}

/** Bytes of this length and more are not copied out of the input. */
export const VIEW_BYTES: number = 4096;

/** The largest count or length that nodes take, and so the largest that means anything: 32 MiB. */
export const MAX_COMPACT_SIZE: number = 0x02000000;

const HASH_BYTES = 32;

/** A cursor over bytes that are all there. After a throw its place is undefined. */
export class ByteReader {
  /** Where the next field begins. */
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #what: string;
  #view: DataView | undefined;
  #part: string | undefined;
  #index: number | undefined;

  /**
   * @param bytes The input; what is read may hold views into it.
   * @param options How errors name it.
   */
  constructor(bytes: Uint8Array, options: ByteReaderOptions = {}) {
    this.#bytes = plainBytes(bytes);
    this.#end = bytes.length;
    this.#what = options.what ?? "bytes";
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#end - this.offset;
  }

  /**
   * Says which part comes next, for errors.
   *
   * @param part Such as `input`.
   * @param index Which of them, from 0.
   */
  enter(part: string, index?: number): void {
    this.#part = part;
    this.#index = index;
  }

  /** Reads a byte. */
  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  /** Reads a 16-bit number. */
  u16(): number {
    const at = this.#take(2);
    return this.#bytes[at] | this.#bytes[at + 1] << 8;
  }

  /** Reads a big-endian 16-bit number: ports. */
  u16be(): number {
    const at = this.#take(2);
    return this.#bytes[at] << 8 | this.#bytes[at + 1];
  }

  /** Reads a 32-bit number. */
  u32(): number {
    return this.i32() >>> 0;
  }

  /** Reads a signed 32-bit number. */
  i32(): number {
    const at = this.#take(4);
    const bytes = this.#bytes;
    return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
  }

  /** Reads a 64-bit number. */
  u64(): bigint {
    const at = this.#take(8);
    return this.#dataView().getBigUint64(at, true);
  }

  /** Reads a signed 64-bit number. */
  i64(): bigint {
    const at = this.#take(8);
    return this.#dataView().getBigInt64(at, true);
  }

  /**
   * Reads bytes.
   *
   * @param length How many.
   * @returns A copy, or from {@linkcode VIEW_BYTES} on a view.
   */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return length < VIEW_BYTES
      ? this.#bytes.slice(at, at + length)
      : this.#bytes.subarray(at, at + length);
  }

  /** Reads a hash in the order of the wire. */
  hash(): Uint8Array {
    return this.bytes(HASH_BYTES);
  }

  /**
   * Passes over bytes.
   *
   * @param length How many.
   */
  skip(length: number): void {
    this.#take(length);
  }

  /**
   * Shows what has been read already.
   *
   * @param start Where it begins.
   * @param end Where it ends; if nothing else is said, where reading has come to.
   * @returns A view.
   */
  slice(start: number, end: number = this.offset): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  /**
   * Reads a CompactSize that is a count or a length.
   *
   * @throws {DecodeError} `malformed` when a shorter form would do, `limit` over {@linkcode MAX_COMPACT_SIZE}.
   */
  compactSize(): number {
    const start = this.offset;
    const tag = this.u8();
    if (tag < 0xfd) return tag;
    const size = tag === 0xfd ? this.u16() : tag === 0xfe ? this.u32() : this.#wide();
    this.#checkCanonical(start, size, tag);
    if (size > MAX_COMPACT_SIZE) {
      this.offset = start;
      throw this.fault("limit", `a size is over ${MAX_COMPACT_SIZE}`, size);
    }
    return size;
  }

  /**
   * Reads a CompactSize that is any number, such as the service bits of `addrv2`.
   *
   * @throws {DecodeError} `malformed` when a shorter form would do.
   */
  compactU64(): bigint {
    const start = this.offset;
    const tag = this.u8();
    if (tag < 0xff) {
      this.offset = start;
      // At most 32 bits, but without the limit of counts.
      if (tag < 0xfe) return BigInt(this.compactSize());
      this.offset++;
      const value = this.u32();
      this.#checkCanonical(start, value, tag);
      return BigInt(value);
    }
    const value = this.u64();
    this.#checkCanonical(start, Number(value), tag);
    return value;
  }

  /**
   * Reads how many items follow, so that room may be made for them.
   *
   * @param minItemBytes What one takes at least.
   * @param max How many there may be.
   * @throws {DecodeError} `limit` over `max`, `truncated` when that many can't be there.
   */
  count(minItemBytes: number, max: number = MAX_COMPACT_SIZE): number {
    const start = this.offset;
    const count = this.compactSize();
    if (count > max) {
      this.offset = start;
      throw this.fault("limit", `there are more than ${max} items`, count);
    }
    if (count * minItemBytes > this.remaining) {
      const { remaining } = this;
      this.offset = start;
      throw this.fault("truncated", `${count} items can't be in the bytes left`, remaining);
    }
    return count;
  }

  /**
   * Reads bytes with their length before them.
   *
   * @param max How many there may be.
   * @throws {DecodeError} `limit` over `max`.
   */
  varBytes(max: number = MAX_COMPACT_SIZE): Uint8Array {
    const start = this.offset;
    const length = this.compactSize();
    if (length > max) {
      this.offset = start;
      throw this.fault("limit", `a field is longer than ${max} bytes`, length);
    }
    return this.bytes(length);
  }

  /**
   * Reads text with its length before it.
   *
   * @param max How many bytes there may be.
   * @returns The text; see {@linkcode decodeText} for bytes that are not UTF-8. Not safe to print.
   * @throws {DecodeError} `limit` over `max`.
   */
  varText(max: number): string {
    return decodeText(this.varBytes(max));
  }

  /**
   * Says that nothing more should come.
   *
   * @throws {DecodeError} `malformed` when there are bytes left.
   */
  end(): void {
    if (this.offset !== this.#end) {
      throw this.fault("malformed", "bytes follow its end", `${this.remaining} more`);
    }
  }

  /**
   * Makes an error that says where reading was.
   *
   * @param reason As in {@linkcode DecodeError}.
   * @param problem What is wrong.
   * @param found What was found instead.
   */
  fault(reason: DecodeError["reason"], problem: string, found: string | number): DecodeError {
    const index = this.#index === undefined ? "" : ` ${this.#index}`;
    const part = this.#part === undefined ? "" : ` in ${this.#part}${index}`;
    return new DecodeError(
      reason,
      `Cannot decode ${this.#what} as ${problem}${part} at byte ${this.offset}: got ${found}`,
    );
  }

  #take(length: number): number {
    const at = this.offset;
    if (length > this.#end - at) {
      throw this.fault("truncated", "it ends early", `${this.#end - at} of ${length} bytes`);
    }
    this.offset = at + length;
    return at;
  }

  #wide(): number {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }

  #checkCanonical(start: number, value: number, tag: number): void {
    const least = tag === 0xfd ? 0xfd : tag === 0xfe ? 2 ** 16 : 2 ** 32;
    if (value >= least) return;
    this.offset = start;
    throw this.fault("malformed", "a size is not in its shortest form", value);
  }

  #dataView(): DataView {
    const bytes = this.#bytes;
    return this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/**
 * Sees to it that `slice()` copies, which that of Node's `Buffer` doesn't.
 *
 * @param bytes Any.
 * @returns The same bytes, not copied, as nothing but a `Uint8Array`.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
