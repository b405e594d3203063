import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeBase64Url, encodeBase64Url } from "../../../core/codecs/pnet_base64.ts";
import {
  createFernetKey,
  decryptFernet,
  encryptFernet,
  parseFernetKey,
} from "../../../core/codecs/pnet_fernet.ts";
import { DecodeError } from "../../../core/errors.ts";

/** `generate.json` of the specification. */
const SPEC = {
  secret: "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
  unixSeconds: 499162800,
  iv: Uint8Array.from({ length: 16 }, (_, at) => at),
  src: "hello",
  token:
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==",
};
const KEY = parseFernetKey(SPEC.secret);
const UTF8 = new TextEncoder();

Deno.test("encryptFernet() writes the token of the specification", () => {
  assertEquals(encryptFernet(KEY, UTF8.encode(SPEC.src), SPEC), SPEC.token);
});

Deno.test("decryptFernet() reads the token of the specification", () => {
  assertEquals(decryptFernet(KEY, SPEC.token), UTF8.encode(SPEC.src));
});

Deno.test("decryptFernet() reads what encryptFernet() writes", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(fc.property(bytes(32), bytes(16), fc.uint8Array(), (key, iv, plain) => {
    const fernetKey = createFernetKey(key);
    const token = encryptFernet(fernetKey, plain, { iv, unixSeconds: 1 });
    assertEquals(decryptFernet(fernetKey, token), new Uint8Array(plain));
    assertEquals(parseFernetKey(fernetKey.text).text, fernetKey.text);
  }));
});

Deno.test("decryptFernet() refuses a token with any byte changed", () => {
  const token = decodeBase64Url(SPEC.token, "token");
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice();
    changed[at] ^= 0x10;
    assertThrows(() => decryptFernet(KEY, encodeBase64Url(changed)), DecodeError, "Cannot decrypt");
  }
});

Deno.test("decryptFernet() refuses a token cut anywhere", () => {
  const token = decodeBase64Url(SPEC.token, "token");
  for (let end = 0; end < token.length; end++) {
    assertThrows(() => decryptFernet(KEY, encodeBase64Url(token.slice(0, end))), DecodeError);
  }
});

Deno.test("parseFernetKey() refuses another length, and does not show the key", () => {
  const error = assertThrows(() => parseFernetKey("c2VjcmV0"), DecodeError);
  assertEquals(error.message.includes("c2VjcmV0"), false);
});
