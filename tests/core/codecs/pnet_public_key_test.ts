import { assertEquals, assertThrows } from "@std/assert";
import { encodeBase64Url } from "../../../core/codecs/pnet_base64.ts";
import {
  formatKeyField,
  MAX_KEY_FIELD_LENGTH,
  parseKeyField,
} from "../../../core/codecs/pnet_public_key.ts";
import { DecodeError } from "../../../core/errors.ts";
import { packetOf, vectorOf, VECTORS } from "../../support/pnet_vectors.ts";

const wire = (text: string): string => encodeBase64Url(new TextEncoder().encode(text));

Deno.test("formatKeyField() writes the key fields of real nodes as they do", () => {
  const fields = VECTORS.filter((vector) =>
    vector.text.split("|").length === 5 && vector.text.endsWith("|END\n")
  )
    .map((vector) => packetOf(vector).key).filter((field) => field !== "");
  assertEquals(fields.length > 100, true);
  for (const field of fields) assertEquals(formatKeyField(parseKeyField(field)), field);
});

Deno.test("parseKeyField() refuses SPKI, as real nodes do", () => {
  const spki = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJ\n-----END PUBLIC KEY-----\n";
  assertThrows(() => parseKeyField(wire(spki)), DecodeError, "PKCS#1");
});

Deno.test("parseKeyField() refuses a private key, a missing key, and what is no base64", () => {
  const secret = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n";
  assertThrows(() => parseKeyField(wire(secret)), DecodeError);
  assertThrows(() => parseKeyField(""), DecodeError);
  assertThrows(() => parseKeyField("LS0t|"), DecodeError);
});

Deno.test("parseKeyField() refuses more than 1,280 characters before it reads them", () => {
  const field = packetOf(vectorOf("adv.plain")).key;
  const long = field.padEnd(MAX_KEY_FIELD_LENGTH, "A");
  assertEquals(assertThrows(() => parseKeyField(long), DecodeError).reason, "malformed");
  assertEquals(assertThrows(() => parseKeyField(`${long}A`), DecodeError).reason, "limit");
});
