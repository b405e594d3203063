import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { closest } from "../../core/closest.ts";

const FUNCTIONS = ["sum", "subtract", "ticks", "broadcast_message", "get_peers"];

const MEANT: ReadonlyArray<readonly [string, string | undefined]> = [
  ["sum", "sum"],
  ["SUM", "sum"],
  ["sun", "sum"],
  ["usm", "sum"],
  ["su", "sum"],
  ["summ", "sum"],
  ["substract", "subtract"],
  ["tikcs", "ticks"],
  ["broadcastMessage", "broadcast_message"],
  ["brodcast_mesage", "broadcast_message"],
  ["getpeers", "get_peers"],
  ["", undefined],
  ["x", undefined],
  ["multiply", undefined],
  ["broadcast", undefined],
  ["sumsumsum", undefined],
];

for (const [word, meant] of MEANT) {
  Deno.test(`closest() takes ${JSON.stringify(word)} for ${meant}`, () => {
    assertEquals(closest(word, FUNCTIONS), meant);
  });
}

Deno.test("closest() takes the nearest, and of equals the first", () => {
  assertEquals(closest("color", ["colours", "colour", "colors"]), "colour");
  assertEquals(closest("cat", ["bat", "cut", "rat"]), "bat");
  assertEquals(closest("cat", ["bat", "CAT", "cat"]), "CAT");
});

const FORGIVEN: ReadonlyArray<readonly [string, string, boolean]> = [
  ["a", "b", false],
  ["ab", "ax", true],
  ["abcd", "axyd", false],
  ["abcde", "axyde", true],
  ["abcdefg", "axyzefg", false],
  ["abcdefgh", "axyzefgh", true],
  ["abcdefghijklmnop", "wxyzefghijklmnop", false],
];

for (const [word, candidate, isClose] of FORGIVEN) {
  Deno.test(`closest() finds ${word} ${isClose ? "close to" : "far from"} ${candidate}`, () => {
    assertEquals(closest(word, [candidate]), isClose ? candidate : undefined);
  });
}

Deno.test("closest() takes any iterable, also an empty one", () => {
  assertEquals(closest("sum", new Map([["sums", 1]]).keys()), "sums");
  assertEquals(closest("sum", []), undefined);
});

Deno.test("closest() suggests nothing for what nobody types by hand", () => {
  const word = "a".repeat(65);
  assertEquals(closest(word, [word]), undefined);
  assertEquals(closest(word.slice(1), [word, `${word}b`]), word);
});

Deno.test("closest() forgives one swap, loss, addition or change in a word of three letters or more", () => {
  const word = fc.string({ minLength: 3, maxLength: 20, unit: fc.constantFrom(..."abcdef") });
  fc.assert(fc.property(word, fc.nat(19), fc.nat(3), (wanted, position, kind) => {
    const at = position % wanted.length;
    const typed = [
      wanted.slice(0, at) + wanted.slice(at + 1),
      `${wanted.slice(0, at)}z${wanted.slice(at)}`,
      `${wanted.slice(0, at)}z${wanted.slice(at + 1)}`,
      wanted.slice(0, at) + wanted.slice(at, at + 2).split("").reverse().join("") +
      wanted.slice(at + 2),
    ][kind];
    assertEquals(closest(typed, ["somethingelse", wanted]), wanted);
  }));
});
