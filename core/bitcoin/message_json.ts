/**
 * Messages as plain JSON: what a program prints.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { formatHash } from "../codecs/bitcoin/hash.ts";
import { printable } from "./printable.ts";

/** Anything that `JSON.stringify` takes as it is. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};

/** Fields that hold hashes, which people write reversed. */
const HASH_FIELDS: ReadonlySet<string> = new Set([
  "hash",
  "previousHash",
  "merkleRoot",
  "stopHash",
  "locator",
]);
/** Longer texts are nobody's agent or reason. */
const MAX_TEXT = 1_024;

/**
 * Turns a message, or any part of one, into JSON: bytes into hex, hashes as people write them, large numbers into
 * decimal text, texts made printable.
 *
 * @param value The message.
 * @param field What it is called, where it is a part.
 */
export function toJson(value: unknown, field = ""): Json {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) {
    return HASH_FIELDS.has(field) && value.length === 32 ? formatHash(value) : bytesToHex(value);
  }
  if (Array.isArray(value)) return value.map((item) => toJson(item, field));
  switch (typeof value) {
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "object":
      return Object.fromEntries(
        Object.entries(value).filter(([, part]) => part !== undefined)
          .map(([key, part]) => [key, toJson(part, key)]),
      );
    case "string":
      return printable(value, MAX_TEXT);
    case "number":
    case "boolean":
      return value;
    default:
      throw new TypeError(`Cannot write ${typeof value} as JSON`);
  }
}
