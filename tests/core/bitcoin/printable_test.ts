import { assertEquals } from "@std/assert";
import { printable } from "../../../core/bitcoin/printable.ts";

Deno.test("printable() leaves agents as they are", () => {
  assertEquals(
    printable("/Satoshi:30.0.0(grüße; 日本)/"),
    "/Satoshi:30.0.0(grüße; 日本)/",
  );
});

Deno.test("printable() shows what a terminal would obey", () => {
  assertEquals(
    printable("a\x1b[31mb\x07\n\r\t\x9b"),
    "a\\u{1b}[31mb\\u{7}\\u{a}\\u{d}\\u{9}\\u{9b}",
  );
  assertEquals(printable("\u202eabc\u2066"), "\\u{202e}abc\\u{2066}");
  assertEquals(printable("\udc80"), "\\u{dc80}");
});

Deno.test("printable() shows so much and no more", () => {
  assertEquals(printable("a".repeat(8), 8), "a".repeat(8));
  assertEquals(printable("a".repeat(9), 8), `${"a".repeat(8)}…`);
});
