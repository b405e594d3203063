/**
 * What nodes say that they can do, a bit each.
 *
 * @module
 */

/** The bits that mean something to a client. */
export const SERVICES = {
  /** Has the whole chain. */
  network: 1n << 0n,
  /** Answers bloom filters and `mempool` (BIP 37, BIP 35). */
  bloom: 1n << 2n,
  /** Has and wants witnesses (BIP 144). */
  witness: 1n << 3n,
  /** Said by nodes of BCH, and of BSV too. */
  bitcoinCash: 1n << 5n,
  /** Answers compact filters (BIP 157). */
  compactFilters: 1n << 6n,
  /** Has the last 288 blocks (BIP 159). */
  networkLimited: 1n << 10n,
  /** Speaks the encrypted transport (BIP 324). */
  v2Transport: 1n << 11n,
} as const;

/**
 * Says services in words.
 *
 * @param services A node's bits.
 * @returns The names of those known in {@linkcode SERVICES}; `bit 24` and so on for others.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(serviceNames(0x1000009n), ["network", "witness", "bit 24"]);
 * ```
 */
export function serviceNames(services: bigint): string[] {
  const names: string[] = [];
  for (let bit = 0n; services >> bit > 0n; bit++) {
    if ((services >> bit & 1n) === 0n) continue;
    const known = Object.entries(SERVICES).find(([, value]) => value === 1n << bit);
    names.push(known?.[0] ?? `bit ${bit}`);
  }
  return names;
}
