import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { bytesToHex } from "@noble/hashes/utils.js";
import { ByteBuilder, compactSizeLength } from "../../../../core/codecs/bitcoin/byte_builder.ts";
import { ByteReader } from "../../../../core/codecs/bitcoin/byte_reader.ts";
import { bytes, RUNS, text } from "../../../support/arbitraries.ts";

Deno.test("ByteBuilder writes what ByteReader reads", () => {
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const fields = fc.tuple(fc.nat(0xff), fc.nat(0xffff), fc.nat(0xffffffff), fc.integer());
  fc.assert(
    fc.property(fields, u64, i64, bytes(), text(), (numbers, unsigned, signed, bytes, text) => {
      const [u8, u16, u32, i32] = numbers;
      const written = new ByteBuilder(1).u8(u8).u16(u16).u16be(u16).u32(u32).i32(i32)
        .u64(unsigned).i64(signed).compactU64(unsigned).varBytes(bytes).varText(text).finish();
      const reader = new ByteReader(written);
      assertEquals([reader.u8(), reader.u16(), reader.u16be()], [u8, u16, u16]);
      assertEquals([reader.u32(), reader.i32()], [u32, i32]);
      assertEquals([reader.u64(), reader.i64()], [unsigned, signed]);
      assertEquals(reader.compactU64(), unsigned);
      assertEquals(reader.varBytes(), bytes);
      assertEquals(reader.varText(2_000), text);
      reader.end();
    }),
    RUNS,
  );
});

Deno.test("ByteBuilder.compactSize() takes the shortest form, as long as compactSizeLength() says", () => {
  const forms: [number, string][] = [
    [0, "00"],
    [252, "fc"],
    [253, "fdfd00"],
    [65_535, "fdffff"],
    [65_536, "fe00000100"],
    [2 ** 32 - 1, "feffffffff"],
    [2 ** 32, "ff0000000001000000"],
  ];
  for (const [value, hex] of forms) {
    assertEquals(bytesToHex(new ByteBuilder().compactSize(value).finish()), hex);
    assertEquals(bytesToHex(new ByteBuilder().compactU64(BigInt(value)).finish()), hex);
    assertEquals(compactSizeLength(value), hex.length / 2);
  }
});

Deno.test("ByteBuilder refuses numbers that don't fit, instead of writing others", () => {
  const wrong: ((builder: ByteBuilder) => unknown)[] = [
    (b) => b.u8(256),
    (b) => b.u8(-1),
    (b) => b.u16(65_536),
    (b) => b.u16be(1.5),
    (b) => b.u32(2 ** 32),
    (b) => b.u32(-1),
    (b) => b.i32(2 ** 31),
    (b) => b.u64(2n ** 64n),
    (b) => b.u64(-1n),
    (b) => b.i64(2n ** 63n),
    (b) => b.compactSize(-1),
    (b) => b.compactSize(NaN),
    (b) => b.compactU64(2n ** 64n),
  ];
  for (const write of wrong) {
    assertThrows(() => write(new ByteBuilder()), RangeError, "does not fit", `${write}`);
  }
});

Deno.test("ByteBuilder.hash() refuses what has not 32 bytes", () => {
  assertEquals(new ByteBuilder().hash(new Uint8Array(32)).length, 32);
  for (const length of [0, 31, 33]) {
    assertThrows(
      () => new ByteBuilder().hash(new Uint8Array(length)),
      RangeError,
      `must have 32 bytes: got ${length}`,
    );
  }
});

Deno.test("ByteBuilder.finish() gives exactly what was appended", () => {
  assertEquals(new ByteBuilder().finish(), new Uint8Array(0));
  assertEquals(new ByteBuilder(4).u32(1).finish(), Uint8Array.of(1, 0, 0, 0));
  assertEquals(new ByteBuilder(400).u8(1).finish(), Uint8Array.of(1));
  const long = new Uint8Array(1_000).fill(3);
  assertEquals(new ByteBuilder(1).bytes(long).bytes(long).finish().length, 2_000);
});
