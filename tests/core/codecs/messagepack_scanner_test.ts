import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { MessagePackScanner } from "../../../core/codecs/messagepack_scanner.ts";
import { DecodeError } from "../../../core/errors.ts";
import { RUNS, value } from "../../support/arbitraries.ts";
import { BOTH_WAYS, DECODED_AS } from "../../vectors/messagepack.ts";

function scan(hex: string, maxItems = 1_000_000): number {
  const bytes = Uint8Array.fromHex(hex);
  return new MessagePackScanner(maxItems).scan(bytes, bytes.length);
}

/** Feeds ever longer beginnings, each `step` bytes longer, as a stream would. */
function assertFindsEnd(bytes: Uint8Array, step: number, name: string): void {
  const scanner = new MessagePackScanner(1_000_000);
  for (let length = 0; length < bytes.length; length += step) {
    const missing = scanner.scan(bytes, length);
    assert(missing > 0 && length + missing <= bytes.length, `${name}: ${missing} at ${length}`);
  }
  assertEquals(scanner.scan(bytes, bytes.length), 0, name);
}

Deno.test("MessagePackScanner.scan() finds the end of every form, and never asks for too much", () => {
  for (const { name, hex } of [...BOTH_WAYS, ...DECODED_AS]) {
    const bytes = Uint8Array.fromHex(hex);
    assertFindsEnd(bytes, 1, name);
    assertFindsEnd(bytes, 7, name);
    assertEquals(scan(hex), 0, name);
  }
});

Deno.test("MessagePackScanner.scan() finds the end of any value, however it arrives", () => {
  fc.assert(
    fc.property(value(), fc.integer({ min: 1, max: 50 }), (value, step) => {
      assertFindsEnd(encodeMessagePack(value), step, `in steps of ${step}`);
    }),
    RUNS,
  );
});

Deno.test("MessagePackScanner.scan() looks only at valid bytes", () => {
  const scanner = new MessagePackScanner(10);
  // What lies behind the valid bytes is left from something else.
  const bytes = Uint8Array.fromHex("93ddffffffff");
  assertEquals(scanner.scan(bytes, 1), 3);
  bytes.set([1, 2, 3], 1);
  assertEquals(scanner.scan(bytes, 4), 0);
});

Deno.test("MessagePackScanner.scan() knows what is missing as soon as a header is whole", () => {
  const missing: [string, number][] = [
    ["", 1],
    ["a3", 3],
    ["a361", 2],
    ["d9", 1],
    ["d9ff", 255],
    ["da01", 1],
    ["da0100", 256],
    ["c600", 3],
    ["c6ffffffff", 2 ** 32 - 1],
    ["dbffffffff", 2 ** 32 - 1],
    ["c9ffffffff", 2 ** 32],
    ["94", 4],
    ["940001", 2],
    ["9293", 4],
    ["92c6000000ff", 256],
    ["dc", 2],
    ["dc0010", 16],
    ["82", 4],
    ["81a161", 1],
    ["cf", 8],
    ["ca00", 3],
    ["d4", 2],
    ["d8", 17],
    ["c7", 2],
    ["c702", 3],
  ];
  for (const [hex, bytes] of missing) assertEquals(scan(hex), bytes, hex);
});

Deno.test("MessagePackScanner.scan() takes maxItems values and refuses one more", () => {
  for (const [hex, items] of [["93", 3], ["929101", 3], ["82", 4], ["dc0010", 16]] as const) {
    scan(hex, items);
    const error = assertThrows(() => scan(hex, items - 1), DecodeError, `than ${items - 1} values`);
    assertEquals([error.reason, error.code], ["limit", "limit_exceeded"]);
  }
});

Deno.test("MessagePackScanner.scan() refuses arrays and maps of 4 GiB at once", () => {
  for (const hex of ["ddffffffff", "dfffffffff", "91ddffffffff", "81a161dfffffffff"]) {
    assertThrows(() => scan(hex), DecodeError, "more than 1000000 values");
  }
});

Deno.test("MessagePackScanner.scan() reads each byte a bounded number of times", () => {
  const bytes = encodeMessagePack(
    Array.from({ length: 5_000 }, (_, i) => [i, "text", 1.5, new Uint8Array(300), { a: [i] }]),
  );
  let reads = 0;
  const counting = new Proxy(bytes, {
    get(target, key) {
      reads++;
      return target[key as unknown as number];
    },
  });
  const scanner = new MessagePackScanner(1_000_000);
  for (let length = 1; length <= bytes.length; length++) scanner.scan(counting, length);
  // A cut header is looked at once more for each of its bytes: at most five times.
  assert(reads <= bytes.length, `${reads} reads of ${bytes.length} bytes`);
});
