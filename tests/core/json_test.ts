import { assertEquals, assertThrows } from "@std/assert";
import {
  formatJson,
  formatPrettyJson,
  parseContent,
  parseJson,
  parseValue,
} from "../../core/json.ts";
import { Extension } from "../../mod.ts";

const BOTH_WAYS: ReadonlyArray<readonly [unknown, string]> = [
  [null, "null"],
  [1.5, "1.5"],
  ["a\u001bb", '"a\\u001bb"'],
  [[1, "two", { three: [] }], '[1,"two",{"three":[]}]'],
  [Uint8Array.of(1, 2, 255), '{"$bytes":"AQL/"}'],
  [2n ** 64n - 1n, '{"$number":"18446744073709551615"}'],
  [Number.NaN, '{"$number":"NaN"}'],
  [-Infinity, '{"$number":"-Infinity"}'],
  [new Date(Date.UTC(2026, 0, 2)), '{"$date":"2026-01-02T00:00:00.000Z"}'],
  [new Map<unknown, unknown>([[1, Uint8Array.of(0)]]), '{"$map":[[1,{"$bytes":"AA=="}]]}'],
  [new Extension(-5, Uint8Array.of(7)), '{"$extension":[-5,"Bw=="]}'],
];

for (const [value, json] of BOTH_WAYS) {
  Deno.test(`formatJson() and parseJson() agree on ${json}`, () => {
    assertEquals(formatJson(value), json);
    assertEquals(parseJson(json), value);
  });
}

Deno.test("formatJson() writes undefined as null", () => {
  assertEquals(formatJson([undefined]), "[null]");
});

for (
  const json of [
    '{"$bytes":"not base64"}',
    '{"$bytes":5}',
    '{"$bytes":"AA==","and":1}',
    '{"$number":"five"}',
    '{"$date":"yesterday"}',
    '{"$map":[[1]]}',
    '{"$extension":[128,"AA=="]}',
    '{"$extension":[1]}',
    '{"$unknown":"AA=="}',
    '{"constructor":"AA=="}',
  ]
) {
  Deno.test(`parseJson() leaves ${json} the object that it is`, () => {
    assertEquals(parseJson(json), JSON.parse(json));
  });
}

Deno.test("parseJson() keeps integers exact as far as they can be sent", () => {
  assertEquals(parseJson("9007199254740991"), 9007199254740991);
  assertEquals(parseJson("[9007199254740993]"), [9007199254740993n]);
  assertEquals(parseJson("-9223372036854775808"), -(2n ** 63n));
  assertEquals(parseJson("18446744073709551616"), 2 ** 64);
  assertEquals(parseJson("1e20"), 1e20);
});

Deno.test("parseJson() refuses what isn't JSON", () => {
  assertThrows(() => parseJson("hello"), SyntaxError);
});

Deno.test("parseValue() takes for text what isn't JSON", () => {
  assertEquals(parseValue("hello"), "hello");
  assertEquals(parseValue(""), "");
  assertEquals(parseValue("007"), "007");
  assertEquals(parseValue('"42"'), "42");
  assertEquals(parseValue("-1"), -1);
});

Deno.test("parseContent() gives JSON, or the text with its line end, or bytes", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assertEquals(parseContent(encode('{"a":1}\n')), { a: 1 });
  assertEquals(parseContent(encode("hello\n")), "hello\n");
  assertEquals(parseContent(encode("\ufeffhello")), "\ufeffhello");
  assertEquals(parseContent(Uint8Array.of(0xff, 0xfe)), Uint8Array.of(0xff, 0xfe));
});

Deno.test("formatPrettyJson() breaks lines only where it must", () => {
  const value = { name: "alice", tags: ["a", "b"], empty: {}, none: [] };
  assertEquals(
    formatPrettyJson(value, 80),
    '{ "name": "alice", "tags": ["a", "b"], "empty": {}, "none": [] }',
  );
  assertEquals(
    formatPrettyJson(value, 20),
    `{
  "name": "alice",
  "tags": ["a", "b"],
  "empty": {},
  "none": []
}`,
  );
  assertEquals(formatPrettyJson([[1, 2], [3, 4]], 8), "[\n  [1, 2],\n  [3, 4]\n]");
});
