/**
 * Every MessagePack format as wire hex and value, on both sides of each size class's border.
 *
 * @module
 */
import { Extension } from "../../core/codecs/messagepack_extensions.ts";

/** A value and its bytes. */
export interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly value: unknown;
}

class Temperature {
  x = 1;
  #kelvin = 2;
  get kelvin(): number {
    return this.#kelvin;
  }
}

/** Shortest forms: these run both ways. */
export const BOTH_WAYS: readonly Vector[] = [
  { name: "nil", hex: "c0", value: null },
  { name: "false", hex: "c2", value: false },
  { name: "true", hex: "c3", value: true },

  { name: "0", hex: "00", value: 0 },
  { name: "127", hex: "7f", value: 127 },
  { name: "128", hex: "cc80", value: 128 },
  { name: "255", hex: "ccff", value: 255 },
  { name: "256", hex: "cd0100", value: 256 },
  { name: "65535", hex: "cdffff", value: 65535 },
  { name: "65536", hex: "ce00010000", value: 65536 },
  { name: "2^31 - 1", hex: "ce7fffffff", value: 2 ** 31 - 1 },
  { name: "2^31", hex: "ce80000000", value: 2 ** 31 },
  { name: "2^32 - 1", hex: "ceffffffff", value: 2 ** 32 - 1 },
  { name: "2^32", hex: "cf0000000100000000", value: 2 ** 32 },
  { name: "2^40 + 1", hex: "cf0000010000000001", value: 2 ** 40 + 1 },
  { name: "2^53 - 1", hex: "cf001fffffffffffff", value: Number.MAX_SAFE_INTEGER },
  { name: "2^53 as bigint", hex: "cf0020000000000000", value: 2n ** 53n },
  { name: "2^53 + 1", hex: "cf0020000000000001", value: 2n ** 53n + 1n },
  { name: "2^63 - 1", hex: "cf7fffffffffffffff", value: 2n ** 63n - 1n },
  { name: "2^63", hex: "cf8000000000000000", value: 2n ** 63n },
  { name: "2^64 - 1", hex: "cfffffffffffffffff", value: 2n ** 64n - 1n },
  { name: "-1", hex: "ff", value: -1 },
  { name: "-32", hex: "e0", value: -32 },
  { name: "-33", hex: "d0df", value: -33 },
  { name: "-128", hex: "d080", value: -128 },
  { name: "-129", hex: "d1ff7f", value: -129 },
  { name: "-32768", hex: "d18000", value: -32768 },
  { name: "-32769", hex: "d2ffff7fff", value: -32769 },
  { name: "-2^31", hex: "d280000000", value: -(2 ** 31) },
  { name: "-2^31 - 1", hex: "d3ffffffff7fffffff", value: -(2 ** 31) - 1 },
  { name: "-2^32", hex: "d3ffffffff00000000", value: -(2 ** 32) },
  { name: "-2^53 + 1", hex: "d3ffe0000000000001", value: Number.MIN_SAFE_INTEGER },
  { name: "-2^53 as bigint", hex: "d3ffe0000000000000", value: -(2n ** 53n) },
  { name: "-2^53 - 1", hex: "d3ffdfffffffffffff", value: -(2n ** 53n) - 1n },
  { name: "-2^63", hex: "d38000000000000000", value: -(2n ** 63n) },

  { name: "1.5", hex: "cb3ff8000000000000", value: 1.5 },
  { name: "2^53 as number", hex: "cb4340000000000000", value: 2 ** 53 },
  { name: "-2^53 as number", hex: "cbc340000000000000", value: -(2 ** 53) },
  { name: "1e300", hex: "cb7e37e43c8800759c", value: 1e300 },
  { name: "the least double", hex: "cb0000000000000001", value: Number.MIN_VALUE },
  { name: "NaN", hex: "cb7ff8000000000000", value: NaN },
  { name: "Infinity", hex: "cb7ff0000000000000", value: Infinity },
  { name: "-Infinity", hex: "cbfff0000000000000", value: -Infinity },
  { name: "-0", hex: "cb8000000000000000", value: -0 },

  { name: "empty string", hex: "a0", value: "" },
  { name: "string of 31", hex: `bf${"61".repeat(31)}`, value: "a".repeat(31) },
  { name: "string of 32", hex: `d920${"61".repeat(32)}`, value: "a".repeat(32) },
  { name: "string of 255", hex: `d9ff${"61".repeat(255)}`, value: "a".repeat(255) },
  { name: "string of 256", hex: `da0100${"61".repeat(256)}`, value: "a".repeat(256) },
  { name: "string of 65535", hex: `daffff${"61".repeat(65535)}`, value: "a".repeat(65535) },
  { name: "string of 65536", hex: `db00010000${"61".repeat(65536)}`, value: "a".repeat(65536) },
  { name: "two-byte character", hex: "a2c3a4", value: "ä" },
  { name: "32 bytes of 16 characters", hex: `d920${"c3a4".repeat(16)}`, value: "ä".repeat(16) },
  { name: "256 bytes of 128", hex: `da0100${"c3a4".repeat(128)}`, value: "ä".repeat(128) },
  { name: "beyond the BMP", hex: "a4f09f9880", value: "😀" },
  { name: "the last code point", hex: "a4f48fbfbf", value: "\u{10ffff}" },
  { name: "byte order mark", hex: "a4efbbbf61", value: "\ufeffa" },
  {
    name: "mark before much",
    hex: `d923efbbbf${"61".repeat(32)}`,
    value: `\ufeff${"a".repeat(32)}`,
  },
  { name: "replacement character", hex: "a3efbfbd", value: "\ufffd" },
  { name: "NUL", hex: "a3610062", value: "a\0b" },

  { name: "no bytes", hex: "c400", value: bytesOf(0) },
  { name: "255 bytes", hex: `c4ff${"aa".repeat(255)}`, value: bytesOf(255) },
  { name: "256 bytes", hex: `c50100${"aa".repeat(256)}`, value: bytesOf(256) },
  { name: "65535 bytes", hex: `c5ffff${"aa".repeat(65535)}`, value: bytesOf(65535) },
  { name: "65536 bytes", hex: `c600010000${"aa".repeat(65536)}`, value: bytesOf(65536) },

  { name: "empty array", hex: "90", value: [] },
  { name: "array of 15", hex: `9f${"01".repeat(15)}`, value: onesOf(15) },
  { name: "array of 16", hex: `dc0010${"01".repeat(16)}`, value: onesOf(16) },
  { name: "array of 65535", hex: `dcffff${"01".repeat(65535)}`, value: onesOf(65535) },
  { name: "array of 65536", hex: `dd00010000${"01".repeat(65536)}`, value: onesOf(65536) },
  { name: "arrays in arrays", hex: "9290919101", value: [[], [[1]]] },

  { name: "empty map", hex: "80", value: {} },
  { name: "map", hex: "82a161c0a16281a16390", value: { a: null, b: { c: [] } } },
  { name: "map of 15", hex: `8f${entriesHex(15)}`, value: objectOf(15) },
  { name: "map of 16", hex: `de0010${entriesHex(16)}`, value: objectOf(16) },
  { name: "map of 65535", hex: `deffff${entriesHex(65535)}`, value: objectOf(65535) },
  { name: "map of 65536", hex: `df00010000${entriesHex(65536)}`, value: objectOf(65536) },
  { name: "empty key", hex: "81a001", value: { "": 1 } },
  { name: "inherited name as key", hex: "81a8746f537472696e6701", value: { toString: 1 } },
  { name: "number as key", hex: "8101a161", value: new Map([[1, "a"]]) },
  {
    name: "keys of all kinds",
    hex: "85a17801cb3ff800000000000002c303c0049101c0",
    value: new Map<unknown, unknown>([["x", 1], [1.5, 2], [true, 3], [null, 4], [[1], null]]),
  },

  { name: "ext of 1", hex: "d405aa", value: new Extension(5, bytesOf(1)) },
  { name: "ext of 2", hex: "d5feaaaa", value: new Extension(-2, bytesOf(2)) },
  { name: "ext of 4", hex: "d67faaaaaaaa", value: new Extension(127, bytesOf(4)) },
  { name: "ext of 8", hex: `d780${"aa".repeat(8)}`, value: new Extension(-128, bytesOf(8)) },
  { name: "ext of 16", hex: `d800${"aa".repeat(16)}`, value: new Extension(0, bytesOf(16)) },
  { name: "ext of 0", hex: "c70005", value: new Extension(5, bytesOf(0)) },
  { name: "ext of 3", hex: "c70305aaaaaa", value: new Extension(5, bytesOf(3)) },
  { name: "ext of 17", hex: `c71105${"aa".repeat(17)}`, value: new Extension(5, bytesOf(17)) },
  { name: "ext of 255", hex: `c7ff05${"aa".repeat(255)}`, value: new Extension(5, bytesOf(255)) },
  { name: "ext of 256", hex: `c8010005${"aa".repeat(256)}`, value: new Extension(5, bytesOf(256)) },
  {
    name: "ext of 65535",
    hex: `c8ffff05${"aa".repeat(65535)}`,
    value: new Extension(5, bytesOf(65535)),
  },
  {
    name: "ext of 65536",
    hex: `c90001000005${"aa".repeat(65536)}`,
    value: new Extension(5, bytesOf(65536)),
  },

  { name: "timestamp 0", hex: "d6ff00000000", value: new Date(0) },
  { name: "the last in 32 bits", hex: "d6ffffffffff", value: new Date((2 ** 32 - 1) * 1000) },
  { name: "the first beyond", hex: "d7ff0000000100000000", value: new Date(2 ** 32 * 1000) },
  { name: "1 ms", hex: "d7ff003d090000000000", value: new Date(1) },
  { name: "999 ms", hex: "d7ffee2e1f0000000000", value: new Date(999) },
  {
    name: "the last in 64 bits",
    hex: "d7ffee2e1f03ffffffff",
    value: new Date((2 ** 34 - 1) * 1000 + 999),
  },
  {
    name: "the first beyond 64 bits",
    hex: "c70cff000000000000000400000000",
    value: new Date(2 ** 34 * 1000),
  },
  {
    name: "1 ms before 1970",
    hex: "c70cff3b8b87c0ffffffffffffffff",
    value: new Date(-1),
  },
  {
    name: "the first Date",
    hex: "c70cff00000000fffff82457de8000",
    value: new Date(-8.64e15),
  },
  {
    name: "the last Date",
    hex: "c70cff00000000000007dba8218000",
    value: new Date(8.64e15),
  },
  { name: "1 ns", hex: "d7ff0000000400000000", value: timestamp("0000000400000000") },
  {
    name: "a second after the last Date",
    hex: "c70cff00000000000007dba8218001",
    value: timestamp("00000000000007dba8218001"),
  },
  {
    name: "a thousand million nanoseconds",
    hex: "d7ffee6b280000000000",
    value: timestamp("ee6b280000000000"),
  },
  { name: "timestamp of an unknown size", hex: "d5ff0000", value: timestamp("0000") },
];

/** Longer than need be, or of a type that JavaScript has not: only decoded. */
export const DECODED_AS: readonly Vector[] = [
  { name: "0 in 8 bits", hex: "cc00", value: 0 },
  { name: "0 in 16 bits", hex: "cd0000", value: 0 },
  { name: "0 in 32 bits", hex: "ce00000000", value: 0 },
  { name: "0 in 64 bits", hex: "cf0000000000000000", value: 0 },
  { name: "1 in signed 8 bits", hex: "d001", value: 1 },
  { name: "1 in signed 16 bits", hex: "d10001", value: 1 },
  { name: "1 in signed 32 bits", hex: "d200000001", value: 1 },
  { name: "1 in signed 64 bits", hex: "d30000000000000001", value: 1 },
  { name: "2^63 - 1 signed", hex: "d37fffffffffffffff", value: 2n ** 63n - 1n },
  { name: "2^53 - 1 signed", hex: "d3001fffffffffffff", value: Number.MAX_SAFE_INTEGER },
  { name: "-1 in 8 bits", hex: "d0ff", value: -1 },
  { name: "-1 in 16 bits", hex: "d1ffff", value: -1 },
  { name: "-1 in 32 bits", hex: "d2ffffffff", value: -1 },
  { name: "-1 in 64 bits", hex: "d3ffffffffffffffff", value: -1 },
  { name: "1 as double", hex: "cb3ff0000000000000", value: 1 },
  { name: "float32 1.5", hex: "ca3fc00000", value: 1.5 },
  { name: "float32 0.1", hex: "ca3dcccccd", value: Math.fround(0.1) },
  { name: "float32 -0", hex: "ca80000000", value: -0 },
  { name: "float32 NaN", hex: "ca7fc00000", value: NaN },
  { name: "float32 -Infinity", hex: "caff800000", value: -Infinity },
  { name: "the least float32", hex: "ca00000001", value: 2 ** -149 },
  { name: "string with 8-bit size", hex: "d90161", value: "a" },
  { name: "string with 16-bit size", hex: "da000161", value: "a" },
  { name: "string with 32-bit size", hex: "db0000000161", value: "a" },
  { name: "empty string with 32-bit size", hex: "db00000000", value: "" },
  { name: "bytes with 16-bit size", hex: "c50001aa", value: bytesOf(1) },
  { name: "bytes with 32-bit size", hex: "c600000001aa", value: bytesOf(1) },
  { name: "array with 16-bit size", hex: "dc000101", value: [1] },
  { name: "array with 32-bit size", hex: "dd0000000101", value: [1] },
  { name: "map with 16-bit size", hex: "de0001a16101", value: { a: 1 } },
  { name: "map with 32-bit size", hex: "df00000001a16101", value: { a: 1 } },
  { name: "key with 8-bit size", hex: "81d9016101", value: { a: 1 } },
  { name: "key twice", hex: "82a16101a16102", value: { a: 2 } },
  { name: "ext of 1 with 8-bit size", hex: "c70105aa", value: new Extension(5, bytesOf(1)) },
  { name: "ext of 1 with 16-bit size", hex: "c8000105aa", value: new Extension(5, bytesOf(1)) },
  { name: "ext of 1 with 32-bit size", hex: "c90000000105aa", value: new Extension(5, bytesOf(1)) },
  { name: "timestamp 0 in 64 bits", hex: "d7ff0000000000000000", value: new Date(0) },
  { name: "timestamp 0 in 96 bits", hex: `c70cff${"00".repeat(12)}`, value: new Date(0) },

  { name: "no UTF-8", hex: "a3ff00fe", value: Uint8Array.of(0xff, 0, 0xfe) },
  { name: "lone continuation byte", hex: "a26180", value: Uint8Array.of(0x61, 0x80) },
  { name: "cut character", hex: "a2e282", value: Uint8Array.of(0xe2, 0x82) },
  { name: "overlong NUL", hex: "a2c080", value: Uint8Array.of(0xc0, 0x80) },
  { name: "encoded surrogate", hex: "a3eda080", value: Uint8Array.of(0xed, 0xa0, 0x80) },
  { name: "beyond Unicode", hex: "a4f4908080", value: Uint8Array.of(0xf4, 0x90, 0x80, 0x80) },
  {
    name: "no UTF-8 beside a replacement character",
    hex: "a4efbfbdff",
    value: Uint8Array.of(0xef, 0xbf, 0xbd, 0xff),
  },
  { name: "no UTF-8 at length", hex: `d940${"61".repeat(63)}ff`, value: asciiThen(63, 0xff) },
  {
    name: "no UTF-8 as key",
    hex: "81a1ff01",
    value: new Map([[Uint8Array.of(0xff), 1]]),
  },
];

/** Values that the wire can't tell from others: only encoded. */
export const ENCODED_AS: readonly Vector[] = [
  { name: "undefined", hex: "c0", value: undefined },
  { name: "undefined in an object", hex: "81a161c0", value: { a: undefined } },
  { name: "array with a hole", hex: "92c001", value: Object.assign(new Array(2), { 1: 1 }) },
  { name: "bigint 1", hex: "01", value: 1n },
  { name: "bigint -1", hex: "ff", value: -1n },
  { name: "bigint 2^53 - 1", hex: "cf001fffffffffffff", value: 2n ** 53n - 1n },
  { name: "lone high surrogate", hex: "a3efbfbd", value: "\ud800" },
  { name: "lone low surrogate", hex: "a561efbfbd62", value: "a\udc00b" },
  { name: "surrogates the wrong way round", hex: "a6efbfbdefbfbd", value: "\udc00\ud800" },
  { name: "ArrayBuffer", hex: "c402aaaa", value: bytesOf(2).buffer },
  { name: "part of a buffer", hex: "c402aaaa", value: bytesOf(8).subarray(3, 5) },
  { name: "another view", hex: "c402aaaa", value: new Uint16Array(bytesOf(8).buffer, 4, 1) },
  { name: "DataView", hex: "c402aaaa", value: new DataView(bytesOf(8).buffer, 5, 2) },
  { name: "Map with strings as keys", hex: "81a16101", value: new Map([["a", 1]]) },
  {
    name: "null-prototype object",
    hex: "81a16101",
    value: Object.assign(Object.create(null), { a: 1 }),
  },
  { name: "class instance", hex: "81a17801", value: new Temperature() },
];

function bytesOf(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xaa);
}

function asciiThen(length: number, last: number): Uint8Array {
  const bytes = new Uint8Array(length + 1).fill(0x61);
  bytes[length] = last;
  return bytes;
}

function onesOf(length: number): number[] {
  return new Array(length).fill(1);
}

function keyOf(index: number): string {
  return `k${String(index).padStart(5, "0")}`;
}

function objectOf(size: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: size }, (_, i) => [keyOf(i), 1]));
}

function entriesHex(size: number): string {
  const hexOf = (index: number) => new TextEncoder().encode(keyOf(index)).toHex();
  return Array.from({ length: size }, (_, i) => `a6${hexOf(i)}01`).join("");
}

function timestamp(hex: string): Extension {
  return new Extension(-1, Uint8Array.fromHex(hex));
}
