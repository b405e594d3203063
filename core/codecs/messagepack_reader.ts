/**
 * MessagePack to values: a cursor over bytes that are all there, or says how many more it needs.
 *
 * Maps whose keys are all strings become plain objects, others `Map`s. Integers outside the safe
 * range are `bigint`. Strings that are not UTF-8 arrive as their bytes (Neovim sends such). Bytes
 * from {@linkcode VIEW_BYTES} on are views into the input, shorter ones copies, so that a few bytes
 * that somebody keeps don't keep a whole chunk.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { DEFAULT_EXTENSIONS, type Extensions } from "./messagepack_extensions.ts";

/** Thrown by {@linkcode MessagePackReader} when the input ends inside a value. Not an error: no stack is taken. */
export const INCOMPLETE: unique symbol = Symbol("incomplete");

/** Bytes of this length and more are not copied out of the input. */
export const VIEW_BYTES = 4096;

/** Up to here, building ASCII from char codes beats a call of the platform's decoder. */
const SHORT_STRING = 32;
/** Map keys and method names repeat: the last ones seen are compared instead of built. At most 31 bytes each. */
const NAME_CACHE_SLOTS = 1024;
const NAME_CACHE: ({ readonly text: string; readonly bytes: Uint8Array } | undefined)[] = new Array(
  NAME_CACHE_SLOTS,
).fill(undefined);

/** Not `fatal`: an exception takes 17 µs, so that a message full of bad strings would take seconds. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const UTF8_ENCODER = new TextEncoder();
const EMPTY = new Uint8Array(0);
const fromCodes = String.fromCharCode;

/** Reads values from bytes, within limits that it checks before it allocates. */
export class MessagePackReader {
  /** Where the next value begins. */
  at = 0;
  /** After {@linkcode INCOMPLETE}: the input must reach at least to here. */
  needed = 0;
  #bytes: Uint8Array = EMPTY;
  #view: DataView | undefined;
  #end = 0;
  #items: number;
  #depth: number;
  readonly #maxItems: number;
  readonly #maxDepth: number;
  readonly #extensions: Extensions;

  /**
   * @param limits `maxItems` and `maxDepth` are what it keeps.
   * @param extensions The extension types.
   */
  constructor(
    limits: Pick<Limits, "maxItems" | "maxDepth"> = DEFAULT_LIMITS,
    extensions: Extensions = DEFAULT_EXTENSIONS,
  ) {
    this.#maxItems = this.#items = limits.maxItems;
    this.#maxDepth = this.#depth = limits.maxDepth;
    this.#extensions = extensions;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#end - this.at;
  }

  /**
   * Starts on other bytes.
   *
   * @param bytes The input; values may hold views into it.
   */
  reset(bytes: Uint8Array): void {
    // Node's Buffer would give views where copies are meant: its slice() doesn't copy.
    this.#bytes = bytes.constructor === Uint8Array
      ? bytes
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = undefined;
    this.#end = bytes.length;
    this.at = 0;
  }

  /** Starts a message: its values and its nesting are counted from here. */
  beginMessage(): void {
    this.#items = this.#maxItems;
    this.#depth = this.#maxDepth;
  }

  /** Looks at the next byte without taking it. */
  peek(): number {
    if (this.at >= this.#end) this.#starve(1);
    return this.#bytes[this.at];
  }

  /**
   * Reads one value.
   *
   * @throws {DecodeError} `malformed` or `limit`.
   * @throws {INCOMPLETE} When the input ends first; `needed` then says what is missing at least.
   */
  read(): unknown {
    if (this.at >= this.#end) this.#starve(1);
    const bytes = this.#bytes;
    const tag = bytes[this.at++];
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 0x0f);
    if (tag < 0xa0) return this.#array(tag & 0x0f);
    if (tag < 0xc0) return this.#string(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#binary(this.#u8());
      case 0xc5:
        return this.#binary(this.#u16());
      case 0xc6:
        return this.#binary(this.#u32());
      case 0xca:
        return this.#dataView(4).getFloat32(this.at - 4);
      case 0xcb:
        return this.#dataView(8).getFloat64(this.at - 8);
      case 0xcc:
        return this.#u8();
      case 0xcd:
        return this.#u16();
      case 0xce:
        return this.#u32();
      case 0xcf:
        return this.#wide(this.#u32());
      case 0xd0:
        return this.#u8() << 24 >> 24;
      case 0xd1:
        return this.#u16() << 16 >> 16;
      case 0xd2:
        return this.#u32() | 0;
      case 0xd3:
        return this.#wide(this.#u32() | 0);
      case 0xd9:
        return this.#string(this.#u8());
      case 0xda:
        return this.#string(this.#u16());
      case 0xdb:
        return this.#string(this.#u32());
      case 0xdc:
        return this.#array(this.#u16());
      case 0xdd:
        return this.#array(this.#u32());
      case 0xde:
        return this.#map(this.#u16());
      case 0xdf:
        return this.#map(this.#u32());
      case 0xc1:
        throw new DecodeError("malformed", "Cannot decode MessagePack as 0xc1 is never used");
      default:
        return this.#extension(tag);
    }
  }

  /** Reads a value that is probably a short name seen before; else the same as {@linkcode read}. */
  readName(): unknown {
    const tag = this.peek();
    if (tag < 0xa1 || tag > 0xbf) return this.read();
    const length = tag & 0x1f;
    this.at++;
    if (this.at + length > this.#end) this.#starve(length);
    const bytes = this.#bytes;
    const at = this.at;
    const slot =
      (length * 131 + bytes[at] * 31 + bytes[at + length - 1] * 7 + bytes[at + (length >> 1)]) %
      NAME_CACHE_SLOTS;
    const known = NAME_CACHE[slot];
    if (known !== undefined && known.bytes.length === length) {
      const knownBytes = known.bytes;
      let i = 0;
      while (i < length && knownBytes[i] === bytes[at + i]) i++;
      if (i === length) {
        this.at = at + length;
        return known.text;
      }
    }
    const text = this.#string(length);
    if (typeof text === "string") NAME_CACHE[slot] = { text, bytes: bytes.slice(at, at + length) };
    return text;
  }

  /** @returns How many elements follow, counted already; the next value must be an array. */
  readArrayHeader(): number {
    const tag = this.peek();
    this.at++;
    let length: number;
    if (tag >= 0x90 && tag < 0xa0) length = tag & 0x0f;
    else if (tag === 0xdc) length = this.#u16();
    else if (tag === 0xdd) length = this.#u32();
    else {
      throw new DecodeError(
        "malformed",
        `Cannot decode message as it is not an array: got tag 0x${tag.toString(16)}`,
      );
    }
    this.#count(length);
    return length;
  }

  #starve(bytes: number): never {
    this.needed = this.at + bytes;
    throw INCOMPLETE;
  }

  #u8(): number {
    if (this.at >= this.#end) this.#starve(1);
    return this.#bytes[this.at++];
  }

  #u16(): number {
    const at = this.at;
    if (at + 2 > this.#end) this.#starve(2);
    this.at = at + 2;
    return this.#bytes[at] << 8 | this.#bytes[at + 1];
  }

  #u32(): number {
    const at = this.at;
    if (at + 4 > this.#end) this.#starve(4);
    this.at = at + 4;
    const bytes = this.#bytes;
    return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
  }

  /** Moves on by `bytes` and gives the view to read them with. */
  #dataView(bytes: number): DataView {
    if (this.at + bytes > this.#end) this.#starve(bytes);
    this.at += bytes;
    const input = this.#bytes;
    return this.#view ??= new DataView(input.buffer, input.byteOffset, input.byteLength);
  }

  #wide(high: number): number | bigint {
    const low = this.#u32();
    const value = high * 0x100000000 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
  }

  #string(length: number): string | Uint8Array {
    const start = this.at;
    if (start + length > this.#end) this.#starve(length);
    const bytes = this.#bytes;
    const end = start + length;
    this.at = end;
    if (length < SHORT_STRING) {
      let at = start;
      while (at < end && bytes[at] < 0x80) at++;
      if (at === end) return shortAscii(bytes, start, end);
    }
    const encoded = bytes.subarray(start, end);
    const text = UTF8.decode(encoded);
    return text.includes("\ufffd") && !isUtf8Of(text, encoded) ? encoded.slice() : text;
  }

  #binary(length: number): Uint8Array {
    const start = this.at;
    if (start + length > this.#end) this.#starve(length);
    this.at = start + length;
    return length < VIEW_BYTES
      ? this.#bytes.slice(start, this.at)
      : this.#bytes.subarray(start, this.at);
  }

  #enter(items: number): void {
    if (--this.#depth < 0) {
      throw new DecodeError(
        "limit",
        `Cannot decode message as it is nested deeper than ${this.#maxDepth}`,
      );
    }
    this.#count(items);
    // Every value takes a byte at least, so that nothing is allocated for values that aren't there.
    if (this.at + items > this.#end) this.#starve(items);
  }

  #count(items: number): void {
    this.#items -= items;
    if (this.#items < 0) {
      throw new DecodeError(
        "limit",
        `Cannot decode message as it holds more than ${this.#maxItems} values`,
      );
    }
  }

  #array(length: number): unknown[] {
    this.#enter(length);
    const array = new Array(length);
    for (let i = 0; i < length; i++) array[i] = this.read();
    this.#depth++;
    return array;
  }

  #map(size: number): Record<string, unknown> | Map<unknown, unknown> {
    this.#enter(size * 2);
    const object: Record<string, unknown> = {};
    for (let i = 0; i < size; i++) {
      const key = this.readName();
      if (typeof key !== "string") return this.#anyMap(object, key, size - i);
      if (key === "__proto__") throw protoRefused();
      object[key] = this.read();
    }
    this.#depth++;
    return object;
  }

  /** Goes on from the first key that isn't a string. */
  #anyMap(start: Record<string, unknown>, firstKey: unknown, left: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>(Object.entries(start));
    for (let key = firstKey;;) {
      if (key === "__proto__") throw protoRefused();
      map.set(key, this.read());
      if (--left === 0) break;
      key = this.read();
    }
    this.#depth++;
    return map;
  }

  #extension(tag: number): unknown {
    const length = tag === 0xc7
      ? this.#u8()
      : tag === 0xc8
      ? this.#u16()
      : tag === 0xc9
      ? this.#u32()
      : 1 << (tag - 0xd4);
    const type = this.#u8() << 24 >> 24;
    const start = this.at;
    if (start + length > this.#end) this.#starve(length);
    this.at = start + length;
    try {
      return this.#extensions.decode(type, this.#bytes.subarray(start, this.at));
    } catch (error) {
      throw new DecodeError(
        "malformed",
        `Cannot decode extension ${type}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
}

/** Tells a replacement character that was sent from one that stands for bytes that are not UTF-8. */
function isUtf8Of(text: string, bytes: Uint8Array): boolean {
  const encoded = UTF8_ENCODER.encode(text);
  return encoded.length === bytes.length && encoded.every((byte, i) => byte === bytes[i]);
}

function protoRefused(): DecodeError {
  return new DecodeError(
    "malformed",
    "Cannot decode map as its key __proto__ would change the object's prototype",
  );
}

function shortAscii(bytes: Uint8Array, start: number, end: number): string {
  let at = start;
  let text = "";
  for (; end - at >= 8; at += 8) {
    text += fromCodes(
      bytes[at],
      bytes[at + 1],
      bytes[at + 2],
      bytes[at + 3],
      bytes[at + 4],
      bytes[at + 5],
      bytes[at + 6],
      bytes[at + 7],
    );
  }
  if (end - at >= 4) {
    text += fromCodes(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
    at += 4;
  }
  switch (end - at) {
    case 3:
      return text + fromCodes(bytes[at], bytes[at + 1], bytes[at + 2]);
    case 2:
      return text + fromCodes(bytes[at], bytes[at + 1]);
    case 1:
      return text + fromCodes(bytes[at]);
    default:
      return text;
  }
}
