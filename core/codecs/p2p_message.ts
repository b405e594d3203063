/**
 * What a message of python-p2p-network means: text, JSON or bytes, told apart by guessing, as its nodes do.
 *
 * UTF-8 that is JSON is that value, other UTF-8 is text, everything else is bytes. So the text `123` arrives as a
 * number, and bytes that happen to be UTF-8 as text. A node that needs to know sends JSON.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const limits = { maxDepth: 8, maxItems: 100 };
 * const message = encodeP2pMessage({ price: [1, "€"] }, limits);
 * assertEquals(new TextDecoder().decode(message), '{"price": [1, "\\u20ac"]}');
 * assertEquals(decodeP2pMessage(message, limits), { price: [1, "€"] });
 * ```
 * @module
 */
import { EncodeError } from "../errors.ts";
import { isMarkedCompressed } from "./p2p_compressed.ts";
import { formatPythonJson, type JsonLimits, parsePythonJson } from "./p2p_json.ts";

/** What is received: text, bytes, or a value of JSON. */
export type P2pValue =
  | string
  | Uint8Array
  | number
  | boolean
  | null
  | readonly P2pJson[]
  | { readonly [key: string]: P2pJson };

/** A value of JSON. */
export type P2pJson =
  | string
  | number
  | boolean
  | null
  | readonly P2pJson[]
  | { readonly [key: string]: P2pJson };

const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes a message.
 *
 * @param value Text and bytes as they are, everything else as JSON, by the rules of `JSON.stringify`.
 * @param limits How deep a value may be.
 * @returns Its bytes: of bytes, the very same. They may still hold a 04.
 * @throws {EncodeError} `not_supported` for what JSON can't hold, `limit_exceeded`.
 */
export function encodeP2pMessage(value: unknown, limits: JsonLimits): Uint8Array {
  if (typeof value === "string") return UTF8.encode(value);
  if (value instanceof Uint8Array) return value;
  return UTF8.encode(formatPythonJson(value, limits));
}

/**
 * Refuses a message that its receiver would take for a compressed one.
 *
 * @param message A message that isn't compressed.
 * @throws {EncodeError} `not_supported`.
 */
export function checkNotMarkedCompressed(message: Uint8Array): void {
  if (!isMarkedCompressed(message)) return;
  throw new EncodeError(
    "not_supported",
    "Cannot send message as its last byte 02 would mark it as compressed: compressed, it can hold any byte",
  );
}

/**
 * Reads a message, decompressed where it was compressed.
 *
 * @param message Its bytes.
 * @param limits Depth and number of values of JSON.
 * @returns What it means. Bytes are the very same.
 * @throws {DecodeError} `limit`.
 */
export function decodeP2pMessage(message: Uint8Array, limits: JsonLimits): P2pValue {
  let text: string;
  try {
    text = STRICT_UTF8.decode(message);
  } catch {
    return message;
  }
  const parsed = parsePythonJson(text, limits);
  return parsed === undefined ? text : parsed[0] as P2pValue;
}
