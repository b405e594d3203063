/**
 * Bitcoin's hashes: SHA-256 twice, kept in the order of the wire and shown reversed.
 *
 * @module
 */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";

export { sha256d } from "./sha256d.ts";

const HASH_HEX = /^[0-9a-fA-F]{64}$/;

/**
 * Writes a hash as it is shown: reversed, in hex.
 *
 * @param hash 32 bytes in the order of the wire.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const hash = new Uint8Array(32);
 * hash[31] = 0xab;
 * assertEquals(formatHash(hash), "ab" + "00".repeat(31));
 * ```
 */
export function formatHash(hash: Uint8Array): string {
  return bytesToHex(hash.toReversed());
}

/**
 * Reads a hash as it is shown.
 *
 * @param hex 64 hex digits of either case.
 * @returns 32 bytes in the order of the wire.
 * @throws {TypeError} When it is anything else.
 */
export function parseHash(hex: string): Uint8Array {
  if (!HASH_HEX.test(hex)) {
    throw new TypeError(
      `Cannot read hash as it must have 64 hex digits: got ${JSON.stringify(hex.slice(0, 80))}`,
    );
  }
  return hexToBytes(hex).reverse();
}
