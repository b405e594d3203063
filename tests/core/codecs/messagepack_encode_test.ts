import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteWriter } from "../../../core/codec.ts";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { encodeString, encodeValue } from "../../../core/codecs/messagepack_encode.ts";
import { Extension, Extensions } from "../../../core/codecs/messagepack_extensions.ts";
import { EncodeError } from "../../../core/errors.ts";
import { RUNS } from "../../support/arbitraries.ts";
import { nested } from "../../support/nested.ts";

function assertRefused(value: unknown, code: EncodeError["code"], message: string): void {
  const error = assertThrows(() => encodeMessagePack(value), EncodeError, message);
  assertEquals(error.code, code);
}

Deno.test("encodeValue() refuses what MessagePack has no type for", () => {
  const refused: [unknown, string][] = [
    [() => 1, "got a function"],
    [class {}, "got a function"],
    [Symbol("x"), "got a symbol"],
    [new Set([1]), "got a Set"],
    [Promise.resolve(1), "got a Promise"],
    [new WeakMap(), "got a WeakMap"],
    [2n ** 64n, "bigint as it does not fit 64 bits"],
    [-(2n ** 63n) - 1n, "bigint as it does not fit 64 bits"],
    [new Date(NaN), "date as it is invalid"],
  ];
  for (const [value, message] of refused) {
    for (const place of [value, [1, value], { a: { b: value } }, new Map([[1, value]])]) {
      assertRefused(place, "not_supported", message);
    }
  }
});

Deno.test("encodeValue() refuses __proto__ as a key, and only as a key", () => {
  assertRefused(JSON.parse('{"__proto__": 1}'), "not_supported", "__proto__");
  assertRefused({ a: [JSON.parse('{"__proto__": {}}')] }, "not_supported", "__proto__");
  assertRefused(new Map([["a", 1], ["__proto__", 1]]), "not_supported", "__proto__");
  assertEquals(encodeMessagePack({ a: "__proto__" })[0], 0x81);
  assertEquals(encodeMessagePack({ __proto__: { inherited: 1 }, own: 1 }).toHex(), "81a36f776e01");
});

Deno.test("encodeValue() refuses cycles", () => {
  const array: unknown[] = [];
  array.push([array]);
  const object: Record<string, unknown> = {};
  object.self = { object };
  const map = new Map<unknown, unknown>();
  map.set(map, 1);
  for (const cycle of [array, object, map]) {
    assertRefused(cycle, "limit_exceeded", "nested too deeply, or contains itself");
  }
});

Deno.test("encodeValue() takes nesting of maxDepth and refuses one more", () => {
  const limits = { maxDepth: 5 };
  const leaves = [1, "a", Uint8Array.of(1), new Date(0), new Extension(1, Uint8Array.of(1))];
  for (const wrap of [nested.array, nested.object, nested.map]) {
    for (const leaf of leaves) encodeMessagePack(wrap(5, leaf), { limits });
    for (const tooDeep of [wrap(6, 1), wrap(5, []), wrap(5, {}), wrap(5, new Map())]) {
      const error = assertThrows(
        () => encodeMessagePack(tooDeep, { limits }),
        EncodeError,
        "nested too deeply",
      );
      assertEquals(error.code, "limit_exceeded");
    }
  }
});

Deno.test("encodeValue() takes the same value in two places", () => {
  const shared = { a: 1 };
  assertEquals(encodeMessagePack([shared, shared]).toHex(), "9281a1610181a16101");
});

Deno.test("encodeValue() keeps maxMessageBytes at n and n + 1", () => {
  const sizes: [unknown, number][] = [
    [[1, 2, 3], 4],
    ["a".repeat(40), 42],
    ["€".repeat(5000), 15003],
    [new Uint8Array(300), 303],
    [new Uint8Array(20_000), 20_003],
    [{ text: "a".repeat(5000) }, 5009],
    [new Array(3000).fill(0), 3003],
  ];
  for (const [value, size] of sizes) {
    assertEquals(encodeMessagePack(value, { limits: { maxMessageBytes: size } }).length, size);
    const error = assertThrows(
      () => encodeMessagePack(value, { limits: { maxMessageBytes: size - 1 } }),
      EncodeError,
      `larger than ${size - 1} bytes`,
    );
    assertEquals(error.code, "limit_exceeded");
  }
});

Deno.test("encodeValue() refuses 2 GiB of bytes without copying them", () => {
  const into = new ByteWriter();
  into.begin(1024);
  // A stand-in that only knows its length: touching its content would throw.
  const huge = Object.create(Uint8Array.prototype, { length: { value: 2 ** 31 } });
  assertThrows(() => encodeValue(huge, into), EncodeError, "larger than 1024 bytes");
  assertEquals(into.pendingBytes < 16, true);
});

Deno.test("encodeValue() refuses a string that is too long before it is turned into bytes", () => {
  const into = new ByteWriter();
  into.begin(10_000);
  const { encode } = TextEncoder.prototype;
  TextEncoder.prototype.encode = () => {
    throw new Error("turned into bytes");
  };
  try {
    assertThrows(() => encodeValue("a".repeat(10_001), into), EncodeError, "larger than 10000");
  } finally {
    TextEncoder.prototype.encode = encode;
  }
  assertEquals(into.pendingBytes, 0);
});

Deno.test("encodeValue() stops early in what is larger than allowed", () => {
  const into = new ByteWriter();
  into.begin(100_000);
  let read = 0;
  const endless = new Proxy([], {
    get: (target, key) => key === "length" ? 1_000_000_000 : (read++, Reflect.get(target, key)),
  });
  assertThrows(() => encodeValue(endless, into), EncodeError, "larger than 100000 bytes");
  assertEquals(read < 200_000, true);
});

Deno.test("encodeValue() hands long byte strings on by reference", () => {
  const payload = new Uint8Array(16 * 1024).fill(7);
  const into = new ByteWriter();
  encodeValue([payload, 1], into);
  const parts: Uint8Array[] = [];
  into.drainTo((part) => parts.push(part));
  assertEquals(parts.map((part) => part.length), [4, 16 * 1024, 1]);
  assertEquals(parts[1] === payload, true);
});

Deno.test("encodeValue() prefers a registered type to what it knows of the class's base", () => {
  class Table extends Map<string, number> {}
  const extensions = new Extensions().register({
    type: 7,
    of: Table,
    encode: (table) => Uint8Array.of(table.size),
    decode: (data) => data[0],
  });
  assertEquals(encodeMessagePack(new Table([["a", 1]]), { extensions }).toHex(), "d40701");
  assertEquals(encodeMessagePack(new Map([["a", 1]]), { extensions }).toHex(), "81a16101");
});

Deno.test("encodeString() writes what TextEncoder gives, under the shortest header", () => {
  const borders = [0, 23, 24, 31, 32, 39, 40, 85, 86, 127, 128, 255, 256, 1365, 1366, 2048];
  const long = [4095, 4096, 4097, 21845, 21846, 65535, 65536];
  for (const unit of ["a", "é", "€", "😀", "\ud800"]) {
    for (const length of [...borders, ...long]) {
      for (const text of [unit.repeat(length), `${"a".repeat(length)}${unit}`]) {
        assertEquals(stringBytes(text), expectedString(text), `${length} of ${unit}`);
      }
    }
  }
});

Deno.test("encodeString() writes any string where a slab ends", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.nat(1100),
      (text, filled) => {
        const into = new ByteWriter();
        for (let i = 0; i < filled; i++) into.u8(0);
        encodeString(text, into);
        into.u8(0xff);
        const written = into.toBytes();
        assertEquals(written.subarray(filled, -1), expectedString(text));
        assertEquals(written.at(-1), 0xff);
      },
    ),
    RUNS,
  );
});

function stringBytes(text: string): Uint8Array {
  const into = new ByteWriter();
  encodeString(text, into);
  return into.toBytes();
}

function expectedString(text: string): Uint8Array {
  const utf8 = new TextEncoder().encode(text);
  const size = utf8.length;
  const header = size < 32
    ? [0xa0 | size]
    : size < 256
    ? [0xd9, size]
    : size < 65536
    ? [0xda, size >> 8, size & 0xff]
    : [0xdb, size >>> 24, size >> 16 & 0xff, size >> 8 & 0xff, size & 0xff];
  const whole = new Uint8Array(header.length + size);
  whole.set(header);
  whole.set(utf8, header.length);
  return whole;
}
