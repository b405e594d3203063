import { assertEquals, assertThrows } from "@std/assert";
import * as official from "@msgpack/msgpack";
import * as std from "@std/msgpack";
import fc from "fast-check";
import { decodeMessagePack, encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { DecodeError } from "../../../core/errors.ts";
import { RUNS, value } from "../../support/arbitraries.ts";
import { BOTH_WAYS, DECODED_AS, ENCODED_AS } from "../../vectors/messagepack.ts";

Deno.test("encodeMessagePack() gives each value its shortest form", () => {
  for (const { name, hex, value } of [...BOTH_WAYS, ...ENCODED_AS]) {
    assertEquals(encodeMessagePack(value).toHex(), hex, name);
  }
});

Deno.test("decodeMessagePack() reads every form", () => {
  for (const { name, hex, value } of [...BOTH_WAYS, ...DECODED_AS]) {
    const decoded = decodeMessagePack(Uint8Array.fromHex(hex));
    assertEquals(decoded, value, name);
    assertEquals(encodeMessagePack(decoded), encodeMessagePack(value), name);
  }
});

Deno.test("decodeMessagePack() tells -0 from 0", () => {
  assertEquals(Object.is(decodeMessagePack(encodeMessagePack(-0)), -0), true);
  assertEquals(Object.is(decodeMessagePack(encodeMessagePack(0)), 0), true);
});

Deno.test("decodeMessagePack() of any truncation is truncated and says what it needs", () => {
  for (const { name, hex } of [...BOTH_WAYS, ...DECODED_AS]) {
    const whole = Uint8Array.fromHex(hex);
    // Every cut of the short ones; of the long ones those near both ends.
    for (let length = 0; length < whole.length; length++) {
      if (length > 260 && length < whole.length - 2) continue;
      const error = assertThrows(
        () => decodeMessagePack(whole.subarray(0, length)),
        DecodeError,
        `needs at least`,
        `${name} cut at ${length}`,
      );
      assertEquals(error.reason, "truncated");
      const needed = Number(/needs at least (\d+)/.exec(error.message)?.[1]);
      assertEquals(needed > length && needed <= whole.length, true, `${name} needs ${needed}`);
    }
  }
});

Deno.test("decodeMessagePack() refuses bytes behind the value", () => {
  for (const { name, hex } of BOTH_WAYS) {
    const error = assertThrows(
      () => decodeMessagePack(Uint8Array.fromHex(`${hex}00`)),
      DecodeError,
      "got 1 too many",
      name,
    );
    assertEquals(error.reason, "malformed");
  }
});

Deno.test("decodeMessagePack() keeps maxMessageBytes at n and n + 1", () => {
  const limits = { maxMessageBytes: 4 };
  assertEquals(decodeMessagePack(Uint8Array.fromHex("93010203"), { limits }), [1, 2, 3]);
  const error = assertThrows(
    () => decodeMessagePack(Uint8Array.fromHex("9401020304"), { limits }),
    DecodeError,
    "larger than 4 bytes: got 5",
  );
  assertEquals([error.reason, error.code], ["limit", "limit_exceeded"]);
});

Deno.test("MessagePack values survive the way there and back", () => {
  fc.assert(
    fc.property(value(), (value) => {
      assertEquals(decodeMessagePack(encodeMessagePack(value)), value);
    }),
    RUNS,
  );
});

Deno.test("MessagePack bigints survive the way there and back", () => {
  const min = -(2n ** 63n);
  const max = 2n ** 64n - 1n;
  fc.assert(
    fc.property(fc.bigInt({ min, max }), (big) => {
      const decoded = decodeMessagePack(encodeMessagePack(big));
      assertEquals(typeof decoded, Number.isSafeInteger(Number(big)) ? "number" : "bigint");
      assertEquals(BigInt(decoded as bigint), big);
    }),
    RUNS,
  );
});

Deno.test("MessagePack dates survive the way there and back", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      const bytes = encodeMessagePack(date);
      assertEquals(decodeMessagePack(bytes), date);
      assertEquals(bytes, official.encode(date));
    }),
    RUNS,
  );
});

Deno.test("encodeMessagePack() gives the same bytes as @msgpack/msgpack", () => {
  fc.assert(
    fc.property(value(), (value) => {
      assertEquals(encodeMessagePack(value), official.encode(value));
    }),
    RUNS,
  );
});

Deno.test("@msgpack/msgpack reads what encodeMessagePack() writes, and the other way round", () => {
  fc.assert(
    fc.property(value(), (value) => {
      assertEquals(official.decode(encodeMessagePack(value)), value);
      assertEquals(decodeMessagePack(official.encode(value)), value);
    }),
    RUNS,
  );
});

Deno.test("@msgpack/msgpack and decodeMessagePack() agree on 64 bits and on float32", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (big) => {
      const theirs = official.encode(big, { useBigInt64: true });
      assertEquals(BigInt(decodeMessagePack(theirs) as bigint), big);
      const back = official.decode(encodeMessagePack(big), { useBigInt64: true });
      assertEquals(BigInt(back as bigint), big);
    }),
    RUNS,
  );
  fc.assert(
    fc.property(fc.float(), (float) => {
      assertEquals(decodeMessagePack(official.encode(float, { forceFloat32: true })), float);
    }),
    RUNS,
  );
});

Deno.test("@std/msgpack reads what encodeMessagePack() writes, and the other way round", () => {
  fc.assert(
    fc.property(value(), (value) => {
      assertEquals(withSafeNumbers(std.decode(encodeMessagePack(value))), value);
      assertEquals(decodeMessagePack(std.encode(value as std.ValueType)), value);
    }),
    RUNS,
  );
});

/** Any 64-bit integer is a bigint to `@std/msgpack`. */
function withSafeNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(withSafeNumbers);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withSafeNumbers(item)]),
  );
}
