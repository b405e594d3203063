import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatRepr, parseRepr } from "../../../core/codecs/easyrpc_repr.ts";
import { RUNS } from "../../support/arbitraries.ts";

// What Python 3.11 prints.
for (
  const [text, repr] of [
    ["", "''"],
    ["kaboom", "'kaboom'"],
    ["it's", `"it's"`],
    [`it's "it"`, `'it\\'s "it"'`],
    ["a\nb\tc\\", "'a\\nb\\tc\\\\'"],
    ["\x00\x1b\x7f", "'\\x00\\x1b\\x7f'"],
    ["hé€😀", "'hé€😀'"],
    ["\ud800", "'\\ud800'"],
  ]
) {
  Deno.test(`formatRepr() writes ${repr}, and parseRepr() reads it`, () => {
    assertEquals(formatRepr(text), repr);
    assertEquals(parseRepr(repr), text);
  });
}

Deno.test("parseRepr() reads whatever formatRepr() writes", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, (text) => assertEquals(parseRepr(formatRepr(text)), text)), RUNS);
});

for (const repr of ["", "'", "x", "'a", `'a"`, "5"]) {
  Deno.test(`parseRepr() refuses ${JSON.stringify(repr)}`, () => {
    assertEquals(parseRepr(repr), undefined);
  });
}
