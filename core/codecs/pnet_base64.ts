/**
 * Base64 as pnet writes it: the URL-safe alphabet, padding kept.
 *
 * Inside chunk commands `=` would end the value, so that `~` stands for it there.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";

const ASCII = new TextDecoder();
const DIGITS = new TextEncoder().encode(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
);
const PADDING = "=".charCodeAt(0);
/** Looks for one wrong character: matching megabytes of right ones would need as much memory again. */
const FOREIGN = /[^A-Za-z0-9_-]/;

/**
 * Writes bytes as text.
 *
 * @param bytes Any bytes.
 * @returns URL-safe base64 with padding.
 */
export function encodeBase64Url(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING);
  let at = 0;
  for (let from = 0; from < bytes.length; from += 3) {
    const left = bytes.length - from;
    const [a, b, c] = [bytes[from], left > 1 ? bytes[from + 1] : 0, left > 2 ? bytes[from + 2] : 0];
    text[at] = DIGITS[a >> 2];
    text[at + 1] = DIGITS[(a & 3) << 4 | b >> 4];
    if (left > 1) text[at + 2] = DIGITS[(b & 15) << 2 | c >> 6];
    if (left > 2) text[at + 3] = DIGITS[c & 63];
    at += 4;
  }
  return ASCII.decode(text);
}

/**
 * Reads what {@linkcode encodeBase64Url} writes.
 *
 * @param text URL-safe base64; its padding may not be left out.
 * @param what What the text is, for the error.
 * @returns The bytes.
 * @throws {DecodeError} `malformed`.
 */
export function decodeBase64Url(text: string, what: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (text.length % 4 !== 0 || FOREIGN.test(text.slice(0, text.length - padding))) {
    throw new DecodeError("malformed", `Cannot decode ${what} as it is not URL-safe base64`);
  }
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/**
 * Writes base64 so that it can be a value in a chunk command.
 *
 * @param base64 Padded base64.
 */
export function escapePadding(base64: string): string {
  return base64.replaceAll("=", "~");
}

/**
 * Takes {@linkcode escapePadding} back.
 *
 * @param value A value of a chunk command.
 */
export function unescapePadding(value: string): string {
  return value.replaceAll("~", "=");
}
