import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeBzip2 } from "../../../core/codecs/p2p_bzip2.ts";
import { DecodeError } from "../../../core/errors.ts";
import { countAllocatedBytes } from "../../support/counting.ts";

const MAX = 100_000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const repeat = (unit: string, times: number): Uint8Array => bytes(unit.repeat(times));
/** Runs of the lengths at which something changes: four and a count, 255 more, and one of them again. */
const RUNS = bytes(
  [1, 3, 4, 5, 8, 255, 256, 258, 259, 260, 520, 1].map((length, at) => "abc"[at % 3].repeat(length))
    .join(""),
);

/** As Python's bz2.compress() writes them. */
const SAMPLES: readonly (readonly [string, string, Uint8Array])[] = [
  ["nothing", "QlpoORdyRThQkAAAAAA=", bytes("")],
  ["a letter", "QlpoOTFBWSZTWRmTm2sAAAABACAAIAAhGEaC7kinChIDMnNtYA==", bytes("a")],
  [
    "runs",
    "QlpoOTFBWSZTWfmZAYgAAArBAOUAOAAACCAAVDJk0YSCJp408MV5uA8hgtwdJULDmEvSi1tFUXckU4UJD5mQGIA=",
    RUNS,
  ],
  [
    "text",
    "QlpoOTFBWSZTWaaozJAABduRgEAEBkSQgCAAcEGTECaqg2UdUgykHlIMpBlIOUg2kG0g9qQfUg2kHKQfi7kinChIU1RmSAA=",
    repeat("hello world, ", 500),
  ],
];
const TEXT = fromBase64(SAMPLES[3][1]);

/** Bits to bytes. */
function pack(...bits: readonly string[]): Uint8Array {
  const octets = bits.join("").match(/.{1,8}/g) ?? [];
  return Uint8Array.from(octets, (octet) => parseInt(octet.padEnd(8, "0"), 2));
}

/**
 * A stream of one block, whose alphabet is `a`: `0` adds to a run, `11` ends the block. Where it is `a` and `b`, `110` moves
 * the other to the front, and `111` ends the block.
 */
function blockOf(symbols: string, { letters = 1, selectors = 2 } = {}): Uint8Array {
  const number = (value: number, bits: number) => value.toString(2).padStart(bits, "0");
  const code = `${number(1, 5)}0100${letters === 1 ? "" : "100"}0`;
  return pack(
    ...[..."BZh9"].map((letter) => number(letter.charCodeAt(0), 8)),
    number(0x314159265359, 48),
    number(0, 32 + 1 + 24),
    number(1 << 9, 16),
    number(letters === 1 ? 1 << 14 : 3 << 13, 16),
    number(2, 3),
    number(selectors, 15),
    "0".repeat(selectors),
    code,
    code,
    symbols,
  );
}

for (const [what, compressed, plain] of SAMPLES) {
  Deno.test(`decodeBzip2() reads ${what}`, () => {
    assertEquals(decodeBzip2(fromBase64(compressed), MAX), plain);
  });
}

Deno.test("decodeBzip2() reads streams one behind the other, and ignores what else follows", () => {
  const two = new Uint8Array([...fromBase64(SAMPLES[1][1]), ...fromBase64(SAMPLES[2][1])]);
  assertEquals(decodeBzip2(two, MAX), new Uint8Array([...bytes("a"), ...RUNS]));
  const more = new Uint8Array([...fromBase64(SAMPLES[1][1]), ...bytes("more")]);
  assertEquals(decodeBzip2(more, MAX), bytes("a"));
});

Deno.test("decodeBzip2() keeps maxBytes, at n and n + 1", () => {
  assertEquals(decodeBzip2(TEXT, 6_500).length, 6_500);
  const error = assertThrows(() => decodeBzip2(TEXT, 6_499), DecodeError, "more than 6499 bytes");
  assertEquals(error.code, "limit_exceeded");
});

Deno.test("decodeBzip2() tells every truncation", () => {
  for (let length = 0; length < TEXT.length; length++) {
    const error = assertThrows(() => decodeBzip2(TEXT.slice(0, length), MAX), DecodeError);
    assertEquals(error.reason, "truncated", `${length} bytes`);
  }
});

Deno.test("decodeBzip2() stops at a run that would never end", () => {
  for (const length of [21, 32, 40, 64]) {
    const block = blockOf(`${"0".repeat(length)}11`);
    assertThrows(() => decodeBzip2(block, MAX), DecodeError, "a run is too long");
  }
});

Deno.test("decodeBzip2() stops at a block that has no end, or no beginning", () => {
  assertThrows(() => decodeBzip2(blockOf("000"), MAX), DecodeError, "too early");
  const endless = blockOf("110".repeat(51), { letters: 2, selectors: 1 });
  assertThrows(() => decodeBzip2(endless, MAX), DecodeError, "a block has no end");
  assertThrows(() => decodeBzip2(blockOf("11"), MAX), DecodeError, "outside of itself");
});

Deno.test("decodeBzip2() takes no more blocks than there can be", () => {
  const end = (0x177245385090).toString(2).padStart(48, "0");
  const empty = pack(
    [..."BZh9"].map((letter) => letter.charCodeAt(0).toString(2).padStart(8, "0")).join(""),
    end,
    "0".repeat(32),
  );
  const letter = fromBase64(SAMPLES[1][1]);
  const many = new Uint8Array(4 * letter.length);
  for (let i = 0; i < 4; i++) many.set(letter, i * letter.length);
  assertEquals(decodeBzip2(new Uint8Array([...empty, ...empty]), 10).length, 0);
  assertThrows(() => decodeBzip2(many, 10), DecodeError, "blocks are too small");
});

Deno.test("decodeBzip2() allocates in proportion to what there is", () => {
  const allocated = countAllocatedBytes(() => decodeBzip2(fromBase64(SAMPLES[1][1]), 2 ** 30));
  assertEquals(allocated < 65_536, true, `${allocated} bytes`);
});

Deno.test("decodeBzip2() answers any damage with a DecodeError, or not at all", () => {
  const damage = fc.array(fc.tuple(fc.nat(TEXT.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(damage, (changes) => {
      const damaged = TEXT.slice();
      for (const [at, byte] of changes) damaged[at] = byte;
      try {
        assertEquals(decodeBzip2(damaged, MAX), SAMPLES[3][2]);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { seed: 7, numRuns: 2_000 },
  );
});
