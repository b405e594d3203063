import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeMessagePack, encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { encodeCanonical } from "../../../core/codecs/messagepack_canonical.ts";
import { Extension } from "../../../core/codecs/messagepack_extensions.ts";
import { EncodeError } from "../../../core/errors.ts";
import { RUNS, value } from "../../support/arbitraries.ts";
import { nested } from "../../support/nested.ts";

const canonicalValue = () => value().filter((value) => !containsNaN(value));

function containsNaN(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return Number.isNaN(value);
  return !(value instanceof Uint8Array) && Object.values(value).some(containsNaN);
}

Deno.test("encodeCanonical() writes each value in one way", () => {
  const sized = (length: number) => Object.fromEntries(Array.from({ length }, (_, i) => [i, 0]));
  const expected: [unknown, string][] = [
    [null, "c0"],
    [undefined, "c0"],
    [0, "00"],
    [-0, "00"],
    [5n, "05"],
    [127, "7f"],
    [128, "cc80"],
    [-32, "e0"],
    [-33, "d0df"],
    [2 ** 53 - 1, "cf001fffffffffffff"],
    [2 ** 53, "cb4340000000000000"],
    [2n ** 53n, "cf0020000000000000"],
    [0.5, "cb3fe0000000000000"],
    [Infinity, "cb7ff0000000000000"],
    ["é", "a2c3a9"],
    [Uint8Array.of(1, 2), "c4020102"],
    [[1, [undefined]], "920191c0"],
    [new Date(0), "d6ff00000000"],
    [{}, "80"],
    [new Map(), "80"],
    [{ b: 1, a: 2 }, "82a16102a16201"],
    [Object.create(null), "80"],
    // The header comes first, so that a shorter key does.
    [{ aa: 1, b: 2 }, "82a16202a2616101"],
    [new Map<unknown, unknown>([["a", 1], [true, 2], [-1, 3], [1, 4]]), "840104a16101c302ff03"],
    [{ z: { y: 1, x: 2 } }, "81a17a82a17802a17901"],
  ];
  for (const [value, hex] of expected) assertEquals(encodeCanonical(value).toHex(), hex);
  assertEquals(encodeCanonical(sized(15))[0], 0x8f);
  assertEquals(encodeCanonical(sized(16)).subarray(0, 3).toHex(), "de0010");
  assertEquals(encodeCanonical(new Array(70_000).fill(0)).subarray(0, 5).toHex(), "dd00011170");
});

Deno.test("encodeCanonical() gives the same bytes after a journey", () => {
  fc.assert(
    fc.property(canonicalValue(), (value) => {
      const sent = encodeCanonical(value);
      assertEquals(encodeCanonical(decodeMessagePack(encodeMessagePack(value))), sent);
      assertEquals(encodeCanonical(decodeMessagePack(sent)), sent);
    }),
    RUNS,
  );
});

Deno.test("encodeCanonical() loses nothing", () => {
  fc.assert(
    fc.property(canonicalValue(), (value) => {
      assertEquals(decodeMessagePack(encodeCanonical(value)), value);
    }),
    RUNS,
  );
});

Deno.test("encodeCanonical() gives equal bytes for any order of keys, at any depth", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string(), canonicalValue()), {
    selector: ([key]) => key,
    maxLength: 20,
  }).filter((entries) => entries.every(([key]) => key !== "__proto__"));
  const shuffled = entries.chain((entries) =>
    fc.tuple(
      fc.constant(entries),
      fc.shuffledSubarray(entries, { minLength: entries.length }),
    )
  );
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      const bytes = encodeCanonical([Object.fromEntries(one)]);
      assertEquals(encodeCanonical([Object.fromEntries(other)]), bytes);
      assertEquals(encodeCanonical([new Map(other)]), bytes);
    }),
    RUNS,
  );
});

Deno.test("encodeCanonical() refuses what has more than one form, or none", () => {
  class Point {
    x = 1;
  }
  const refused: [unknown, string][] = [
    [NaN, "NaN"],
    ["\ud800", "lone surrogate"],
    [new Date(NaN), "date is invalid"],
    [new Point(), "got a Point"],
    [new Extension(1, Uint8Array.of(1)), "got a Extension"],
    [new Set([1]), "got a Set"],
    [new Float64Array(1), "got a Float64Array"],
    [new ArrayBuffer(1), "got a ArrayBuffer"],
    [new Map([[1, 1], [1n, 2]] as [unknown, number][]), "same bytes"],
    [new Map([[Uint8Array.of(1), 1], [Uint8Array.of(1), 2]]), "same bytes"],
    [new Map([[0, 1], [null, 1], [undefined, 2]]), "same bytes"],
    [new Map([[[], 1]]), "container"],
    [new Map([[new Date(0), 1]]), "container or a date"],
    [new Map([[NaN, 1]]), "NaN"],
    [new Map([["__proto__", 1]]), "__proto__"],
    [JSON.parse('{"__proto__": 1}'), "__proto__"],
    [{ "\udc00": 1 }, "lone surrogate"],
    [() => 1, "got a function"],
    [Symbol("x"), "got a symbol"],
    [2n ** 64n, "64 bits"],
  ];
  for (const [value, message] of refused) {
    for (const place of [value, [value], { a: { b: value } }, new Map([[1, value]])]) {
      const error = assertThrows(() => encodeCanonical(place), EncodeError, message);
      assertEquals(error.code, "not_supported");
    }
  }
});

Deno.test("encodeCanonical() keeps maxDepth at n and n + 1", () => {
  const limits = { maxDepth: 5 };
  for (const wrap of [nested.array, nested.object, nested.map]) {
    for (const leaf of [1, new Date(0), Uint8Array.of(1)]) encodeCanonical(wrap(5, leaf), limits);
    const error = assertThrows(
      () => encodeCanonical(wrap(6, 1), limits),
      EncodeError,
      "too deeply",
    );
    assertEquals(error.code, "limit_exceeded");
  }
  const cycle: Record<string, unknown> = {};
  cycle.self = [cycle];
  assertThrows(() => encodeCanonical(cycle), EncodeError, "contains itself");
});

Deno.test("encodeCanonical() keeps maxMessageBytes at n and n + 1", () => {
  for (const value of ["a".repeat(40), [1, 2, 3], { b: 1, a: 2 }, new Uint8Array(20_000)]) {
    const bytes = encodeCanonical(value);
    assertEquals(encodeCanonical(value, { maxMessageBytes: bytes.length }), bytes);
    const error = assertThrows(
      () => encodeCanonical(value, { maxMessageBytes: bytes.length - 1 }),
      EncodeError,
      "larger than",
    );
    assertEquals(error.code, "limit_exceeded");
  }
});
