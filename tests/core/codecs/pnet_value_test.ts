import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { encodeBase64Url } from "../../../core/codecs/pnet_base64.ts";
import { decodePnetValue, encodePnetValue } from "../../../core/codecs/pnet_value.ts";
import { DecodeError, SynapseError } from "../../../core/errors.ts";

const wire = (text: string): string => encodeBase64Url(new TextEncoder().encode(text));

Deno.test("encodePnetValue() marks text and bytes", () => {
  assertEquals(encodePnetValue("hi"), wire("str|hi"));
  assertEquals(encodePnetValue(new Uint8Array([0x68, 0x69])), wire("raw|hi"));
});

Deno.test("decodePnetValue() reads what encodePnetValue() writes", () => {
  const value = fc.oneof(fc.string({ unit: "grapheme" }), fc.uint8Array());
  fc.assert(fc.property(value, (value) => {
    const expected = typeof value === "string" ? value : new Uint8Array(value);
    assertEquals(decodePnetValue(encodePnetValue(value)), expected);
  }));
});

Deno.test("decodePnetValue() refuses a pickle with a code of its own", () => {
  const error = assertThrows(() => decodePnetValue(wire("pkl|\x80\x04K\x01.")), SynapseError);
  assertEquals(error.code, "not_supported");
});

for (const text of ["", "str", "st|x", "xyz|x", "strx|x", "RAW|x"]) {
  Deno.test(`decodePnetValue() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => decodePnetValue(wire(text)), DecodeError);
  });
}

Deno.test("decodePnetValue() refuses text that is not UTF-8", () => {
  const bytes = new Uint8Array([0x73, 0x74, 0x72, 0x7c, 0xff]);
  assertThrows(() => decodePnetValue(encodeBase64Url(bytes)), DecodeError, "UTF-8");
});
