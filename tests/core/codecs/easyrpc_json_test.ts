import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatJson, parseJson } from "../../../core/codecs/easyrpc_json.ts";
import { DecodeError, EncodeError } from "../../../core/errors.ts";
import { RUNS } from "../../support/arbitraries.ts";
import { nested } from "../../support/easyrpc_lab.ts";

const LIMITS = { maxMessageBytes: 100_000, maxDepth: 16, maxItems: 1_000 };
const BOUNDS = { maxBytes: 100_000, maxDepth: 16 };

for (
  const [text, value] of [
    ["NaN", null],
    ["[-Infinity, Infinity]", [-Infinity, Infinity]],
    ['["NaN", "\\"Infinity", {"N": NaN}]', ["NaN", '"Infinity', { N: null }]],
    [" [1, 2.5, -3e2] ", [1, 2.5, -300]],
    ["9007199254740991", 2 ** 53 - 1],
    ["[1180591620717411303424]", [2n ** 70n]],
    ["1e300", 1e300],
    ['"h\\u00e9\\u20ac\\ud83d\\ude00"', "hé€😀"],
    ['"0123456789012345678"', "0123456789012345678"],
  ] as const
) {
  Deno.test(`parseJson() reads what Python writes: ${text}`, () => {
    assertEquals(parseJson(text, LIMITS), value);
  });
}

for (
  const text of ["", "{", "[1,]", "I", "N", "NaNNaN", "Infinit", "{'a': 1}", "[1] 2", '"', '"\\']
) {
  Deno.test(`parseJson() refuses what isn't JSON: ${JSON.stringify(text)}`, () => {
    assertEquals(assertThrows(() => parseJson(text, LIMITS), DecodeError).reason, "malformed");
  });
}

for (const text of ['{"__proto__": {}}', '[{"\\u005f_proto__": 1}]', '{"__\\u0070roto__": 1}']) {
  Deno.test(`parseJson() refuses the key __proto__: ${text}`, () => {
    assertThrows(() => parseJson(text, LIMITS), DecodeError, "__proto__");
  });
}

Deno.test("parseJson() takes __proto__ as text", () => {
  assertEquals(parseJson('["__proto__"]', LIMITS), ["__proto__"]);
});

for (
  const [what, within, beyond] of [
    ["depth", nested(16), nested(17)],
    ["values", `[${"0,".repeat(998)}0]`, `[${"0,".repeat(999)}0]`],
    ["empty maps", `[${"{},".repeat(498)}{}]`, `[${"{},".repeat(499)}{}]`],
    ["bytes", `"${"x".repeat(99_998)}"`, `"${"x".repeat(99_999)}"`],
  ]
) {
  Deno.test(`parseJson() bounds ${what}`, () => {
    parseJson(within, LIMITS);
    assertEquals(assertThrows(() => parseJson(beyond, LIMITS), DecodeError).reason, "limit");
  });
}

Deno.test("parseJson() refuses a depth of 100,000 before it builds anything", () => {
  const limits = { maxMessageBytes: 1_000_000, maxDepth: 128, maxItems: 1_000_000 };
  assertThrows(() => parseJson(nested(100_000), limits), DecodeError, "deeper than 128");
});

Deno.test("formatJson() writes any JSON value so that parseJson() and JSON.parse() read it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = formatJson(value, BOUNDS);
      const plain = JSON.parse(JSON.stringify(value));
      assertEquals(JSON.parse(text), plain);
      // Keys that are refused, and whole numbers that come back as bigints.
      if (!/__proto__|\d{16}/.test(text)) assertEquals(parseJson(text, LIMITS), plain);
    }),
    RUNS,
  );
});

for (
  const [value, text] of [
    [undefined, "null"],
    [[1, "a", { b: null, c: undefined }], '[1, "a", {"b": null}]'],
    [2n ** 70n, "1180591620717411303424"],
    [NaN, "null"],
    [new Map([[1, "one"]]), '{"1": "one"}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ["\ud800", '"\\ud800"'],
  ] as const
) {
  Deno.test(`formatJson() writes ${text}`, () => {
    assertEquals(formatJson(value, BOUNDS), text);
  });
}

Deno.test("formatJson() leaves spaces out where that is asked for", () => {
  assertEquals(formatJson({ a: [1, 2] }, { ...BOUNDS, isCompact: true }), '{"a":[1,2]}');
});

const circle: unknown[] = [];
circle.push(circle);

for (
  const [what, value, code] of [
    ["bytes", new Uint8Array(2), "not_supported"],
    ["a set", [new Set([1])], "not_supported"],
    ["a function", { call: () => {} }, "not_supported"],
    ["a symbol", Symbol("x"), "not_supported"],
    ["a circle", circle, "limit_exceeded"],
    ["too many bytes", "x".repeat(99_999), "limit_exceeded"],
    ["too many bytes of UTF-8", "€".repeat(33_333), "limit_exceeded"],
  ] as const
) {
  Deno.test(`formatJson() refuses ${what}`, () => {
    assertEquals(assertThrows(() => formatJson(value, BOUNDS), EncodeError).code, code);
  });
}

Deno.test("formatJson() writes up to the very limit", () => {
  assertEquals(formatJson("€".repeat(33_332), BOUNDS).length, 33_334);
});
