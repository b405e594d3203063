/**
 * Bitcoin's primitive fields to bytes, whole messages at a time: the header before a payload holds its length and
 * its checksum, so that nothing can be sent before the payload's end.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new ByteBuilder().u32(1).varText("hi").finish();
 * assertEquals(bytes, Uint8Array.of(1, 0, 0, 0, 2, 0x68, 0x69));
 * ```
 * @module
 */
import { encodeText } from "./text.ts";

const FIRST_BYTES = 64;

/** Collects fields. */
export class ByteBuilder {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  /** @param expectedBytes How many there will be, where that is known: then nothing is copied twice. */
  constructor(expectedBytes: number = FIRST_BYTES) {
    this.#bytes = new Uint8Array(expectedBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes there are. */
  get length(): number {
    return this.#at;
  }

  /** Appends a byte. */
  u8(value: number): this {
    if (value !== (value & 0xff)) throw outOfRange(value, "8 bits");
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  /** Appends a 16-bit number. */
  u16(value: number): this {
    if (value !== (value & 0xffff)) throw outOfRange(value, "16 bits");
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  /** Appends a big-endian 16-bit number: ports. */
  u16be(value: number): this {
    if (value !== (value & 0xffff)) throw outOfRange(value, "16 bits");
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
    return this;
  }

  /** Appends a 32-bit number. */
  u32(value: number): this {
    if (value !== value >>> 0) throw outOfRange(value, "32 bits");
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** Appends a signed 32-bit number. */
  i32(value: number): this {
    if (value !== (value | 0)) throw outOfRange(value, "32 signed bits");
    const at = this.#grow(4);
    this.#view.setInt32(at, value, true);
    return this;
  }

  /** Appends a 64-bit number. */
  u64(value: bigint): this {
    if (value !== BigInt.asUintN(64, value)) throw outOfRange(value, "64 bits");
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  /** Appends a signed 64-bit number. */
  i64(value: bigint): this {
    if (value !== BigInt.asIntN(64, value)) throw outOfRange(value, "64 signed bits");
    const at = this.#grow(8);
    this.#view.setBigInt64(at, value, true);
    return this;
  }

  /** Appends bytes, copied. */
  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /**
   * Appends bytes of which there must be a certain number: hashes, IP addresses.
   *
   * @param bytes Copied.
   * @param length How many there must be.
   * @throws {RangeError} When there are more or fewer.
   */
  fixedBytes(bytes: Uint8Array, length: number): this {
    if (bytes.length !== length) {
      throw new RangeError(
        `Cannot encode field as it must have ${length} bytes: got ${bytes.length}`,
      );
    }
    return this.bytes(bytes);
  }

  /** Appends a hash in the order of the wire. */
  hash(hash: Uint8Array): this {
    return this.fixedBytes(hash, 32);
  }

  /** Appends a CompactSize in its shortest form. */
  compactSize(value: number): this {
    if (value < 0xfd) return this.u8(value);
    if (value < 2 ** 16) return this.u8(0xfd).u16(value);
    if (value < 2 ** 32) return this.u8(0xfe).u32(value);
    if (!Number.isSafeInteger(value)) throw outOfRange(value, "a size");
    return this.u8(0xff).u64(BigInt(value));
  }

  /** Appends any 64-bit number as a CompactSize. */
  compactU64(value: bigint): this {
    return value < 2n ** 32n ? this.compactSize(Number(value)) : this.u8(0xff).u64(value);
  }

  /** Appends bytes with their length before them. */
  varBytes(bytes: Uint8Array): this {
    return this.compactSize(bytes.length).bytes(bytes);
  }

  /** Appends text with its length before it; see {@linkcode encodeText}. */
  varText(text: string): this {
    return this.varBytes(encodeText(text));
  }

  /** Everything appended. Nothing may be appended afterwards. */
  finish(): Uint8Array {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#at);
  }

  #grow(bytes: number): number {
    const at = this.#at;
    const end = at + bytes;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#at = end;
    return at;
  }
}

/**
 * How many bytes a CompactSize takes.
 *
 * @param value The number.
 */
export function compactSizeLength(value: number): number {
  if (value < 0xfd) return 1;
  if (value < 2 ** 16) return 3;
  return value < 2 ** 32 ? 5 : 9;
}

function outOfRange(value: number | bigint, room: string): RangeError {
  return new RangeError(`Cannot encode number as it does not fit ${room}: got ${value}`);
}
