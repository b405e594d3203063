import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../core/duration.ts";

const READABLE: Readonly<Record<string, number>> = {
  "500ms": 500,
  "5s": 5_000,
  "2m": 120_000,
  "1h": 3_600_000,
  "1.5s": 1_500,
  ".5s": 500,
  "0.25ms": 0.25,
  "1.005s": 1_005,
  "0s": 0,
  "007s": 7_000,
};

for (const [text, ms] of Object.entries(READABLE)) {
  Deno.test(`parseDuration() reads ${text}`, () => assertEquals(parseDuration(text), ms));
}

for (const text of ["5", "0", "1.5"]) {
  Deno.test(`parseDuration() asks for a unit after ${text}`, () => {
    assertThrows(() => parseDuration(text), TypeError, `the unit is missing: add ms, s, m or h`);
  });
}

const UNREADABLE = [
  "",
  "s",
  "5 s",
  " 5s",
  "-5s",
  "+5s",
  "5S",
  "5d",
  "5sec",
  "1m30s",
  "1e3s",
  "5.s",
];

for (const text of [...UNREADABLE, "1.2.3s", "٥s", "Infinityms", "5s\n"]) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseDuration(text), TypeError, `got ${JSON.stringify(text)}`);
  });
}

Deno.test("parseDuration() refuses what milliseconds can't count", () => {
  assertEquals(parseDuration("9007199254740991ms"), Number.MAX_SAFE_INTEGER);
  assertThrows(() => parseDuration("9007199254740993ms"), TypeError, "too long");
  assertThrows(() => parseDuration(`${"9".repeat(400)}h`), TypeError, "too long");
});

Deno.test("parseDuration() keeps its message short", () => {
  const error = assertThrows(() => parseDuration("x".repeat(1_000_000)), TypeError);
  assert(error.message.length < 200);
});

const WRITTEN: ReadonlyArray<readonly [number, string]> = [
  [0, "0 ms"],
  [0.0123, "12 µs"],
  [0.85, "850 µs"],
  [0.9996, "1 ms"],
  [1.2, "1.2 ms"],
  [12.34, "12.3 ms"],
  [99.96, "100 ms"],
  [123.4, "123 ms"],
  [999.4, "999 ms"],
  [999.6, "1 s"],
  [3_400, "3.4 s"],
  [5_000, "5 s"],
  [59_940, "59.9 s"],
  [59_960, "1 m"],
  [60_000, "1 m"],
  [125_000, "2 m 5 s"],
  [3_599_499, "59 m 59 s"],
  [3_599_500, "1 h"],
  [3_660_000, "1 h 1 m"],
  [86_399_000, "1 d"],
  [90_000_000, "1 d 1 h"],
  [8_640_000_000, "100 d"],
  [-1.5, "-1.5 ms"],
];

for (const [ms, text] of WRITTEN) {
  Deno.test(`formatDuration() writes ${ms} as ${text}`, () =>
    assertEquals(formatDuration(ms), text));
}

Deno.test("formatDuration() is never off by more than its last digit shows", () => {
  const unitMs: Record<string, number> = { µs: 0.001, ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
  fc.assert(fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (ms) => {
    const words = formatDuration(ms).split(" ");
    let total = 0;
    for (let index = 0; index < words.length; index += 2) {
      total += Number(words[index]) * unitMs[words[index + 1]];
    }
    assert(Math.abs(total - ms) <= Math.max(0.0005, ms * 0.05), `${ms} became ${words.join(" ")}`);
  }));
});
