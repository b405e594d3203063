import { assertEquals } from "@std/assert";
import { harmless, harmlessLine } from "../../cli/harmless.ts";

Deno.test("harmless() shows what a terminal would obey", () => {
  assertEquals(
    harmless("\u001b[2J\u0007\r\u009b1m\u007f"),
    "\\u001b[2J\\u0007\\u000d\\u009b1m\\u007f",
  );
  assertEquals(harmless("abc\u202ecba"), "abc\\u202ecba");
});

Deno.test("harmless() leaves alone what is harmless", () => {
  const text = "Ada, größer, 日本, 👩‍👩‍👧, a\tb\nc";
  assertEquals(harmless(text), text);
});

Deno.test("harmless() keeps the meaning of JSON", () => {
  const value = { "k\u009b": "\u007f\u202e" };
  assertEquals(JSON.parse(harmless(JSON.stringify(value))), value);
});

Deno.test("harmlessLine() gives one line", () => {
  assertEquals(harmlessLine(" a\r\n\tb\u2028c\u0085d\u001b "), "a b c d\\u001b");
});
