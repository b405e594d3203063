import { assertEquals, assertThrows } from "@std/assert";
import { encodeBase64Url } from "../../../core/codecs/pnet_base64.ts";
import {
  decryptFromNetwork,
  encryptForNetwork,
  formatPnetContent,
  parsePnetContent,
} from "../../../core/codecs/pnet_content.ts";
import { createFernetKey } from "../../../core/codecs/pnet_fernet.ts";
import { DecodeError } from "../../../core/errors.ts";

const CONTENT = { wrappedKey: new Uint8Array([1, 2, 3]), token: "gAAAA" };
const KEY = createFernetKey(new Uint8Array(32).fill(1));
const ONCE = { iv: new Uint8Array(16), unixSeconds: 7 };
const wire = (text: string): string => encodeBase64Url(new TextEncoder().encode(text));

Deno.test("parsePnetContent() reads what formatPnetContent() writes, also as Python shows it", () => {
  const text = formatPnetContent(CONTENT);
  assertEquals(parsePnetContent(text), CONTENT);
  assertEquals(parsePnetContent(`b'${text}'`), CONTENT);
});

for (
  const text of ["abc", wire("AQID"), wire("AQID|Z0E=|x"), wire("?|Z0E="), wire("AQID|?"), "b'"]
) {
  Deno.test(`parsePnetContent() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parsePnetContent(text), DecodeError);
  });
}

Deno.test("decryptFromNetwork() reads what encryptForNetwork() writes, and nothing of another key", () => {
  const text = encryptForNetwork(KEY, "alice@127.0.0.1:1", ONCE);
  assertEquals(new TextDecoder().decode(decryptFromNetwork(KEY, text)), "alice@127.0.0.1:1");
  const other = createFernetKey(new Uint8Array(32));
  assertThrows(() => decryptFromNetwork(other, text), DecodeError, "another key");
});
