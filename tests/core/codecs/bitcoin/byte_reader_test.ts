import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { Buffer } from "node:buffer";
import {
  ByteReader,
  MAX_COMPACT_SIZE,
  plainBytes,
  VIEW_BYTES,
} from "../../../../core/codecs/bitcoin/byte_reader.ts";
import { DecodeError } from "../../../../core/errors.ts";

function reader(hex: string): ByteReader {
  return new ByteReader(hexToBytes(hex), { what: "sample" });
}

function faultOf(read: () => unknown): string {
  return assertThrows(read, DecodeError).reason;
}

Deno.test("ByteReader reads little-endian numbers, and big-endian ports", () => {
  const all = reader("01" + "0102" + "0102" + "01020384" + "01020384" + "01".repeat(8));
  assertEquals([all.u8(), all.u16(), all.u16be()], [0x01, 0x0201, 0x0102]);
  assertEquals([all.u32(), all.i32()], [0x84030201, 0x84030201 | 0]);
  assertEquals(all.u64(), 0x0101010101010101n);
  all.end();
  assertEquals(reader("ff".repeat(8)).u64(), 2n ** 64n - 1n);
  assertEquals(reader("ff".repeat(8)).i64(), -1n);
});

Deno.test("ByteReader reads what begins inside a larger buffer", () => {
  const bytes = hexToBytes("ffff0100000000000000").subarray(2);
  assertEquals(new ByteReader(bytes).u64(), 1n);
});

Deno.test("ByteReader refuses each field that ends early, and says where", () => {
  const fields: [number, (reader: ByteReader) => unknown][] = [
    [1, (r) => r.u8()],
    [2, (r) => r.u16()],
    [2, (r) => r.u16be()],
    [4, (r) => r.u32()],
    [4, (r) => r.i32()],
    [8, (r) => r.u64()],
    [8, (r) => r.i64()],
    [32, (r) => r.hash()],
    [7, (r) => r.bytes(7)],
    [7, (r) => r.skip(7)],
  ];
  for (const [size, read] of fields) {
    for (let length = 0; length < size; length++) {
      const cut = new ByteReader(new Uint8Array(3 + length), { what: "sample" });
      cut.skip(3);
      const error = assertThrows(() => read(cut), DecodeError);
      assertEquals(error.reason, "truncated");
      assertEquals(
        error.message,
        `Cannot decode sample as it ends early at byte 3: got ${length} of ${size} bytes`,
      );
    }
  }
});

Deno.test("ByteReader names the part that it is in", () => {
  const cut = reader("00");
  cut.enter("input", 3);
  assertThrows(() => cut.u16(), DecodeError, "as it ends early in input 3 at byte 0: got 1 of 2");
  cut.enter("lock time");
  assertThrows(() => cut.u16(), DecodeError, "as it ends early in lock time at byte 0");
});

Deno.test("ByteReader.compactSize() reads every form at its borders", () => {
  const forms: [string, number][] = [
    ["00", 0],
    ["fc", 252],
    ["fdfd00", 253],
    ["fdffff", 65_535],
    ["fe00000100", 65_536],
    ["fe00000002", MAX_COMPACT_SIZE],
  ];
  for (const [hex, size] of forms) {
    const whole = reader(hex);
    assertEquals(whole.compactSize(), size);
    whole.end();
    for (let length = 0; length < hex.length; length += 2) {
      assertEquals(faultOf(() => reader(hex.slice(0, length)).compactSize()), "truncated");
    }
  }
});

Deno.test("ByteReader.compactSize() refuses forms that are longer than need be", () => {
  for (const hex of ["fd0000", "fdfc00", "fe00000000", "feffff0000", "ffffffffff00000000"]) {
    assertThrows(() => reader(hex).compactSize(), DecodeError, "not in its shortest form");
  }
});

Deno.test("ByteReader.compactSize() refuses more than 32 MiB", () => {
  for (const hex of ["fe01000002", "feffffffff", "ff0000000001000000", "ffffffffffffffffff"]) {
    assertEquals(faultOf(() => reader(hex).compactSize()), "limit", hex);
  }
});

Deno.test("ByteReader.compactU64() reads any number in its shortest form", () => {
  const forms: [string, bigint][] = [
    ["fc", 252n],
    ["fdfd00", 253n],
    ["fe00000100", 65_536n],
    ["feffffffff", 2n ** 32n - 1n],
    ["ff0000000001000000", 2n ** 32n],
    ["ffffffffffffffffff", 2n ** 64n - 1n],
  ];
  for (const [hex, value] of forms) assertEquals(reader(hex).compactU64(), value);
  for (const hex of ["fdfc00", "feffff0000", "ffffffffff00000000"]) {
    assertEquals(faultOf(() => reader(hex).compactU64()), "malformed", hex);
  }
});

Deno.test("ByteReader.count() takes no more items than may be, nor than can be there", () => {
  assertEquals(reader("02" + "00".repeat(8)).count(4, 2), 2);
  assertEquals(faultOf(() => reader("03" + "00".repeat(12)).count(4, 2)), "limit");
  assertEquals(faultOf(() => reader("02" + "00".repeat(7)).count(4, 2)), "truncated");
  assertEquals(faultOf(() => reader("fe00000002").count(1)), "truncated");
});

Deno.test("ByteReader.varBytes() and varText() keep their limit", () => {
  assertEquals(reader("02abcd").varBytes(2), Uint8Array.of(0xab, 0xcd));
  assertEquals(faultOf(() => reader("03abcdef").varBytes(2)), "limit");
  assertEquals(faultOf(() => reader("03abcd").varBytes(3)), "truncated");
  assertEquals(reader("026869").varText(2), "hi");
  assertEquals(faultOf(() => reader("026869").varText(1)), "limit");
});

Deno.test("ByteReader.end() refuses what follows", () => {
  const rest = reader("0102");
  rest.u8();
  assertThrows(() => rest.end(), DecodeError, "bytes follow its end at byte 1: got 1 more");
  rest.u8();
  rest.end();
});

Deno.test("ByteReader.bytes() copies what is short, so that it doesn't keep the rest", () => {
  const input = new Uint8Array(2 * VIEW_BYTES);
  assertEquals(new ByteReader(input).bytes(VIEW_BYTES - 1).buffer === input.buffer, false);
  assertStrictEquals(new ByteReader(input).bytes(VIEW_BYTES).buffer, input.buffer);
});

Deno.test("ByteReader gives plain bytes, whatever it was given", () => {
  const input = Buffer.from("00112233", "hex");
  const copy = new ByteReader(input).bytes(4);
  input[0] = 0xff;
  assertEquals(copy, Uint8Array.of(0, 0x11, 0x22, 0x33));
  assertStrictEquals(plainBytes(input).constructor, Uint8Array);
  assertEquals(plainBytes(input.subarray(1)), Uint8Array.of(0x11, 0x22, 0x33));
});
