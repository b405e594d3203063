import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatPythonJson, parsePythonJson } from "../../../core/codecs/p2p_json.ts";
import { DecodeError, EncodeError } from "../../../core/errors.ts";
import { RUNS } from "../../support/arbitraries.ts";

const LIMITS = { maxDepth: 16, maxItems: 100 };

for (
  const [value, json] of [
    [{ a: 1, b: [true, null, 1.5], c: "é" }, '{"a": 1, "b": [true, null, 1.5], "c": "\\u00e9"}'],
    [{}, "{}"],
    [[], "[]"],
    [[[], [1]], "[[], [1]]"],
    ['a,b:c"\\', '"a,b:c\\"\\\\"'],
    [{ 'k"ey:': "😀\x7f" }, '{"k\\"ey:": "\\ud83d\\ude00\\u007f"}'],
    ["\n\x04\ud800", '"\\n\\u0004\\ud800"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ] as const
) {
  Deno.test(`formatPythonJson() writes ${json} as Python does`, () => {
    assertEquals(formatPythonJson(value, LIMITS), json);
  });
}

Deno.test("parsePythonJson() reads what formatPythonJson() writes", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const limits = { maxDepth: 10, maxItems: 100_000 };
      const json = formatPythonJson(value, limits);
      assertEquals(parsePythonJson(json, limits), [JSON.parse(JSON.stringify(value))]);
    }),
    RUNS,
  );
});

for (
  const [text, value] of [
    ["NaN", NaN],
    ["-Infinity", -Infinity],
    [
      '{"a": NaN, "b": [Infinity, "NaN", "-Infinity \\" NaN"]}',
      { a: NaN, b: [Infinity, "NaN", '-Infinity " NaN'] },
    ],
  ] as const
) {
  Deno.test(`parsePythonJson() takes ${text} as Python does`, () => {
    assertEquals(parsePythonJson(text, LIMITS), [value]);
  });
}

for (const text of ["", "hello", "{'a': 1}", "[1,]", "NaN!", "Infinity and beyond", "nan", '"a']) {
  Deno.test(`parsePythonJson() leaves ${JSON.stringify(text)} alone`, () => {
    assertEquals(parsePythonJson(text, LIMITS), undefined);
  });
}

for (
  const [what, value] of [
    ["undefined", undefined],
    ["a function", () => 1],
    ["a number that is none", { a: NaN }],
    ["bytes in it", [new Uint8Array(1)]],
    ["a bigint", 1n],
  ] as const
) {
  Deno.test(`formatPythonJson() refuses ${what}`, () => {
    const error = assertThrows(() => formatPythonJson(value, LIMITS), EncodeError);
    assertEquals(error.code, "not_supported");
  });
}

Deno.test("formatPythonJson() refuses a value that holds itself", () => {
  const value: unknown[] = [];
  value.push(value);
  assertThrows(() => formatPythonJson(value, LIMITS), EncodeError, "JSON can't hold it");
});

function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

Deno.test("Both keep maxDepth, at n and n + 1, and beyond what the stack could take", () => {
  assertEquals(formatPythonJson(nest(16), LIMITS), `${"[".repeat(16)}1${"]".repeat(16)}`);
  for (const depth of [17, 100_000]) {
    const error = assertThrows(() => formatPythonJson(nest(depth), LIMITS), EncodeError);
    assertEquals(error.code, "limit_exceeded");
    const json = `${"[".repeat(depth)}1${"]".repeat(depth)}`;
    assertThrows(() => parsePythonJson(json, LIMITS), DecodeError, "deeper than 16");
  }
  assertEquals(parsePythonJson(`${"[".repeat(16)}1${"]".repeat(16)}`, LIMITS), [nest(16)]);
});

Deno.test("parsePythonJson() keeps maxItems, at n and n + 1", () => {
  const json = (length: number): string => JSON.stringify(new Array(length).fill(0));
  assertEquals(parsePythonJson(json(99), LIMITS)?.length, 1);
  assertThrows(() => parsePythonJson(json(100), LIMITS), DecodeError, "more than 100 values");
});

Deno.test("parsePythonJson() doesn't mind brackets and commas in text that isn't JSON", () => {
  assertEquals(parsePythonJson("[".repeat(1_000), LIMITS), undefined);
  assertEquals(parsePythonJson(",".repeat(1_000), LIMITS), undefined);
  assertEquals(parsePythonJson(JSON.stringify("[,".repeat(1_000)), LIMITS), ["[,".repeat(1_000)]);
});
