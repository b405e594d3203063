/**
 * The key field of pnet's packets: URL-safe base64 of a public RSA key as PKCS#1 PEM.
 *
 * Text only: whether it is a usable key, a `PnetCrypto` says.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import { decodeBase64Url, encodeBase64Url } from "./pnet_base64.ts";

/** Characters of a key field: a key of 4096 bits has 1,036. */
export const MAX_KEY_FIELD_LENGTH: number = 1_280;

const PKCS1_PEM =
  /^-----BEGIN RSA PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END RSA PUBLIC KEY-----\n?$/;
const UTF8 = new TextEncoder();
const LENIENT_UTF8 = new TextDecoder();

/**
 * Writes a key field.
 *
 * @param pem PKCS#1 PEM.
 */
export function formatKeyField(pem: string): string {
  return encodeBase64Url(UTF8.encode(pem));
}

/**
 * Reads a key field.
 *
 * @param field What came.
 * @returns PKCS#1 PEM. Its base64 is not read.
 * @throws {DecodeError} `malformed`, also for a key in the SPKI form, as real nodes refuse it; `limit`.
 */
export function parseKeyField(field: string): string {
  if (field.length > MAX_KEY_FIELD_LENGTH) {
    throw new DecodeError(
      "limit",
      `Cannot decode pnet key as it is longer than ${MAX_KEY_FIELD_LENGTH} characters: got ${field.length}`,
    );
  }
  const pem = LENIENT_UTF8.decode(decodeBase64Url(field, "pnet key"));
  if (!PKCS1_PEM.test(pem)) {
    throw new DecodeError("malformed", "Cannot decode pnet key as it is not a public PKCS#1 PEM");
  }
  return pem;
}
