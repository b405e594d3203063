/**
 * Values to MessagePack, straight into a {@linkcode ByteWriter}, each in its shortest form.
 *
 * Spec: https://github.com/msgpack/msgpack/blob/master/spec.md
 *
 * @module
 */
import type { ByteWriter } from "../codec.ts";
import { EncodeError } from "../errors.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { DEFAULT_EXTENSIONS, Extension, type Extensions } from "./messagepack_extensions.ts";

/** Up to here a loop over ASCII beats a call of the platform's encoder. */
const SHORT_STRING = 40;
/** From here on, the exact bytes come first, so that no slab of three times the length is made. */
const LONG_STRING = 4096;
const UTF8 = new TextEncoder();

/**
 * Appends one value.
 *
 * Strings with a lone surrogate lose it to U+FFFD, as everywhere on the web platform; `undefined`
 * is nil; class instances go as their own enumerable properties.
 *
 * @param value Anything made of null, booleans, numbers, bigints, strings, bytes, arrays, `Map`s,
 * plain objects, dates and registered extensions.
 * @param into Where to.
 * @param depth How many more containers may be nested. Catches cycles.
 * @param extensions The extension types.
 * @throws {EncodeError} `not_supported` for functions, symbols, `Set`s, bigints over 64 bits and keys named
 * `__proto__`; `limit_exceeded` for depth and size.
 */
export function encodeValue(
  value: unknown,
  into: ByteWriter,
  depth: number = DEFAULT_LIMITS.maxDepth,
  extensions: Extensions = DEFAULT_EXTENSIONS,
): void {
  switch (typeof value) {
    case "string":
      return encodeString(value, into);
    case "number":
      return encodeNumber(value, into);
    case "boolean":
      return into.u8(value ? 0xc3 : 0xc2);
    case "undefined":
      return into.u8(0xc0);
    case "object":
      if (value === null) return into.u8(0xc0);
      return encodeObject(value, into, depth, extensions);
    case "bigint":
      return encodeBigInt(value, into);
    default:
      throw new EncodeError(
        "not_supported",
        `Cannot encode value as MessagePack has no type for it: got a ${typeof value}`,
      );
  }
}

function encodeObject(
  value: object,
  into: ByteWriter,
  depth: number,
  extensions: Extensions,
): void {
  if (Array.isArray(value)) {
    if (depth <= 0) refuseDepth();
    const length = value.length;
    encodeSize(length, 0x90, 0xdc, into);
    for (let i = 0; i < length; i++) encodeValue(value[i], into, depth - 1, extensions);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (encodeInstance(value, prototype, into, depth, extensions)) return;
  }
  if (depth <= 0) refuseDepth();
  const keys = Object.keys(value);
  const size = keys.length;
  encodeSize(size, 0x80, 0xde, into);
  for (let i = 0; i < size; i++) {
    const key = keys[i];
    if (key === "__proto__") refuseProto();
    encodeString(key, into);
    encodeValue((value as Record<string, unknown>)[key], into, depth - 1, extensions);
  }
}

/** Encodes what isn't a plain object; false when its own properties are all there is to say. */
function encodeInstance(
  value: object,
  prototype: object,
  into: ByteWriter,
  depth: number,
  extensions: Extensions,
): boolean {
  if (value instanceof Uint8Array) {
    encodeBinary(value, into);
    return true;
  }
  const known = extensions.ofPrototype(prototype);
  if (known !== undefined) {
    encodeExtension(known.type, known.encode(value), into);
    return true;
  }
  if (value instanceof Map) {
    if (depth <= 0) refuseDepth();
    encodeSize(value.size, 0x80, 0xde, into);
    for (const [key, item] of value) {
      if (key === "__proto__") refuseProto();
      encodeValue(key, into, depth - 1, extensions);
      encodeValue(item, into, depth - 1, extensions);
    }
    return true;
  }
  if (value instanceof ArrayBuffer) {
    encodeBinary(new Uint8Array(value), into);
    return true;
  }
  if (ArrayBuffer.isView(value)) {
    encodeBinary(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), into);
    return true;
  }
  if (value instanceof Extension) {
    encodeExtension(value.type, value.data, into);
    return true;
  }
  if (value instanceof Set || value instanceof Promise || value instanceof WeakMap) {
    throw new EncodeError(
      "not_supported",
      `Cannot encode value as MessagePack has no type for it: got a ${
        prototype.constructor?.name ?? "instance"
      }`,
    );
  }
  return false;
}

function refuseDepth(): never {
  throw new EncodeError(
    "limit_exceeded",
    "Cannot encode value as it is nested too deeply, or contains itself",
  );
}

function refuseProto(): never {
  throw new EncodeError(
    "not_supported",
    "Cannot encode map as its key __proto__ would change the receiver's objects: rename it",
  );
}

/** Array and map headers: 4 bits in the tag, else 16 or 32 bits behind it. */
function encodeSize(size: number, fix: number, tag16: number, into: ByteWriter): void {
  if (size < 16) into.u8(fix | size);
  else if (size < 0x10000) into.tagged16(tag16, size);
  else into.tagged32(tag16 + 1, size);
}

/**
 * Appends a string in its shortest form.
 *
 * @param text The string.
 * @param into Where to.
 */
export function encodeString(text: string, into: ByteWriter): void {
  const length = text.length;
  if (length > LONG_STRING) return encodeLongString(text, into);
  into.ensure(length * 3 + 5);
  // For ASCII, the common case, the header's size is known before the bytes are.
  const header = stringHeaderBytes(length);
  const slab = into.slab;
  const start = into.at;
  if (length < SHORT_STRING) {
    let at = start + header;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      slab[at++] = unit;
    }
    if (i === length) {
      writeStringHeader(slab, start, length);
      into.at = at;
      return;
    }
  }
  const bytes = into.utf8Into(text, start + header);
  const needed = stringHeaderBytes(bytes);
  if (needed !== header) slab.copyWithin(start + needed, start + header, start + header + bytes);
  writeStringHeader(slab, start, bytes);
  into.at = start + needed + bytes;
}

function encodeLongString(text: string, into: ByteWriter): void {
  into.checkRoom(text.length);
  const bytes = UTF8.encode(text);
  if (bytes.length < 0x10000) into.tagged16(0xda, bytes.length);
  else into.tagged32(0xdb, bytes.length);
  into.bytes(bytes);
}

function stringHeaderBytes(bytes: number): number {
  return bytes < 32 ? 1 : bytes < 0x100 ? 2 : 3;
}

function writeStringHeader(slab: Uint8Array, at: number, bytes: number): void {
  if (bytes < 32) {
    slab[at] = 0xa0 | bytes;
  } else if (bytes < 0x100) {
    slab[at] = 0xd9;
    slab[at + 1] = bytes;
  } else {
    slab[at] = 0xda;
    slab[at + 1] = bytes >> 8;
    slab[at + 2] = bytes;
  }
}

function encodeBinary(bytes: Uint8Array, into: ByteWriter): void {
  const length = bytes.length;
  if (length < 0x100) {
    into.ensure(2);
    into.slab[into.at++] = 0xc4;
    into.slab[into.at++] = length;
  } else if (length < 0x10000) into.tagged16(0xc5, length);
  else if (length < 0x100000000) into.tagged32(0xc6, length);
  else {throw new EncodeError(
      "limit_exceeded",
      `Cannot encode bytes as MessagePack holds at most 4 GiB: got ${length}`,
    );}
  into.bytes(bytes);
}

function encodeExtension(type: number, data: Uint8Array, into: ByteWriter): void {
  const length = data.length;
  const fixed = length === 1
    ? 0xd4
    : length === 2
    ? 0xd5
    : length === 4
    ? 0xd6
    : length === 8
    ? 0xd7
    : length === 16
    ? 0xd8
    : 0;
  if (fixed !== 0) into.u8(fixed);
  else if (length < 0x100) {
    into.ensure(2);
    into.slab[into.at++] = 0xc7;
    into.slab[into.at++] = length;
  } else if (length < 0x10000) into.tagged16(0xc8, length);
  else into.tagged32(0xc9, length);
  into.u8(type & 0xff);
  into.bytes(data);
}

function encodeNumber(value: number, into: ByteWriter): void {
  if (!Number.isInteger(value) || (value === 0 && 1 / value < 0)) {
    return into.taggedFloat64(0xcb, value);
  }
  if (value >= 0) {
    if (value < 0x80) into.u8(value);
    else if (value < 0x100) {
      into.ensure(2);
      into.slab[into.at++] = 0xcc;
      into.slab[into.at++] = value;
    } else if (value < 0x10000) into.tagged16(0xcd, value);
    else if (value < 0x100000000) into.tagged32(0xce, value);
    else if (value <= Number.MAX_SAFE_INTEGER) {
      encode64(0xcf, Math.floor(value / 0x100000000), value, into);
    } else into.taggedFloat64(0xcb, value);
  } else if (value >= -32) into.u8(value + 0x100);
  else if (value >= -0x80) {
    into.ensure(2);
    into.slab[into.at++] = 0xd0;
    into.slab[into.at++] = value;
  } else if (value >= -0x8000) into.tagged16(0xd1, value);
  else if (value >= -0x80000000) into.tagged32(0xd2, value);
  else if (value >= Number.MIN_SAFE_INTEGER) {
    encode64(0xd3, Math.floor(value / 0x100000000), value, into);
  } else into.taggedFloat64(0xcb, value);
}

/** `low` is taken modulo 2^32, as `>>>` does it. */
function encode64(tag: number, high: number, low: number, into: ByteWriter): void {
  into.tagged32(tag, high);
  into.ensure(4);
  into.slab[into.at++] = low >>> 24;
  into.slab[into.at++] = low >>> 16;
  into.slab[into.at++] = low >>> 8;
  into.slab[into.at++] = low;
}

function encodeBigInt(value: bigint, into: ByteWriter): void {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return encodeNumber(Number(value), into);
  }
  const isUnsigned = value > 0n;
  if (value !== (isUnsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value))) {
    throw new EncodeError("not_supported", "Cannot encode bigint as it does not fit 64 bits");
  }
  const high = Number(BigInt.asUintN(32, value >> 32n));
  const low = Number(BigInt.asUintN(32, value));
  encode64(isUnsigned ? 0xcf : 0xd3, high, low, into);
}
