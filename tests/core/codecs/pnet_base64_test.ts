import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodeBase64Url,
  encodeBase64Url,
  escapePadding,
  unescapePadding,
} from "../../../core/codecs/pnet_base64.ts";
import { DecodeError } from "../../../core/errors.ts";

Deno.test("encodeBase64Url() keeps padding and uses the URL-safe alphabet", () => {
  assertEquals(encodeBase64Url(new Uint8Array([0xfb, 0xff])), "-_8=");
  assertEquals(encodeBase64Url(new Uint8Array()), "");
});

Deno.test("decodeBase64Url() reads what encodeBase64Url() writes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    assertEquals(decodeBase64Url(encodeBase64Url(bytes), "test"), new Uint8Array(bytes));
  }));
});

Deno.test("encodeBase64Url() and decodeBase64Url() take more bytes than a call has arguments", () => {
  const bytes = Uint8Array.from({ length: 300_001 }, (_, at) => at);
  assertEquals(decodeBase64Url(encodeBase64Url(bytes), "test"), bytes);
});

for (const text of ["YQ", "YQ=", "Y===", "YW=x", "Y Q=", "YQ==\n", "+/+/", "YWé=", "=", "===="]) {
  Deno.test(`decodeBase64Url() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => decodeBase64Url(text, "test"), DecodeError, "Cannot decode test");
  });
}

Deno.test("escapePadding() and unescapePadding() swap = and ~", () => {
  assertEquals(escapePadding("YQ=="), "YQ~~");
  assertEquals(unescapePadding("YQ~~"), "YQ==");
});
