/**
 * pnet's "universal" encoding of the values in messages: base64 of `str|text`, `raw|bytes` or `pkl|pickle`.
 *
 * A pickle is a program that its reader runs. None is ever decoded here.
 *
 * @module
 */
import { DecodeError, SynapseError } from "../errors.ts";
import { decodeBase64Url, encodeBase64Url } from "./pnet_base64.ts";

/** What messages carry: text, or bytes. */
export type PnetValue = string | Uint8Array;

const BAR = 0x7c;
const TAG_BYTES = 4;
const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes a value.
 *
 * @param value Text or bytes.
 * @returns URL-safe base64.
 */
export function encodePnetValue(value: PnetValue): string {
  const isText = typeof value === "string";
  const data = isText ? UTF8.encode(value) : value;
  const bytes = new Uint8Array(TAG_BYTES + data.length);
  bytes.set(UTF8.encode(isText ? "str|" : "raw|"));
  bytes.set(data, TAG_BYTES);
  return encodeBase64Url(bytes);
}

/**
 * Reads a value.
 *
 * @param text URL-safe base64.
 * @returns Text or bytes.
 * @throws {SynapseError} `not_supported` when it is pickled.
 * @throws {DecodeError} `malformed`.
 */
export function decodePnetValue(text: string): PnetValue {
  const bytes = decodeBase64Url(text, "pnet value");
  const format = bytes[TAG_BYTES - 1] === BAR ? String.fromCharCode(...bytes.subarray(0, 3)) : "";
  const data = bytes.subarray(TAG_BYTES);
  if (format === "raw") return data;
  if (format === "str") return decodeText(data);
  if (format === "pkl") {
    throw new SynapseError(
      "not_supported",
      "Cannot read pnet value as it is pickled, and a pickle runs code: send text or bytes",
    );
  }
  throw new DecodeError("malformed", "Cannot decode pnet value as it is neither str nor raw");
}

function decodeText(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    throw new DecodeError("malformed", "Cannot decode pnet value as its text is not UTF-8");
  }
}
