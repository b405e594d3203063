import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeText, encodeText } from "../../../../core/codecs/bitcoin/text.ts";
import { RUNS, text } from "../../../support/arbitraries.ts";

Deno.test("decodeText() reads UTF-8, byte order marks and zeros included", () => {
  for (const expected of ["", "/Satoshi:30.0.0/", "żółw 🐢", "\ufeffbom", "a\0b", "\x1b[2J"]) {
    assertEquals(decodeText(new TextEncoder().encode(expected)), expected);
  }
});

Deno.test("decodeText() keeps what is not UTF-8 as lone surrogates", () => {
  assertEquals(decodeText(Uint8Array.of(0x61, 0xff, 0x80)), "a\udcff\udc80");
  assertEquals(decodeText(Uint8Array.of(0xc3, 0xb3, 0xff)), "\udcc3\udcb3\udcff");
});

Deno.test("encodeText() gives back the bytes of any text that was read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assertEquals(encodeText(decodeText(bytes)), bytes);
    }),
    RUNS,
  );
});

Deno.test("encodeText() writes any text as UTF-8", () => {
  fc.assert(
    fc.property(text(), (text) => {
      assertEquals(encodeText(text), new TextEncoder().encode(text));
    }),
    RUNS,
  );
  assertEquals(encodeText("\ud800"), Uint8Array.of(0xef, 0xbf, 0xbd));
});
