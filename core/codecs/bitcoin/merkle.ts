/**
 * Merkle trees: one hash that stands for a list of them.
 *
 * @module
 */
import { sha256d } from "./hash.ts";

/** The top of a tree. */
export interface MerkleRoot {
  /** 32 bytes in the order of the wire; zeros for an empty list. */
  readonly root: Uint8Array;
  /**
   * Whether two equal hashes stand side by side. An odd list's last hash is paired with itself, so that a
   * list which repeats its end has the root of the list without that: CVE-2012-2459.
   */
  readonly isAmbiguous: boolean;
}

const HASH_BYTES = 32;

/**
 * Computes the root of a Merkle tree.
 *
 * @param hashes Its leaves in order, 32 bytes each.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b, c] = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill));
 * const honest = merkleRoot([a, b, c]);
 * assertEquals(honest.isAmbiguous, false);
 * assertEquals(merkleRoot([a, b, c, c]), { root: honest.root, isAmbiguous: true });
 * ```
 */
export function merkleRoot(hashes: readonly Uint8Array[]): MerkleRoot {
  let isAmbiguous = false;
  let level = hashes;
  const pair = new Uint8Array(2 * HASH_BYTES);
  while (level.length > 1) {
    const above: Uint8Array[] = new Array(Math.ceil(level.length / 2));
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i];
      const right = level[i + 1];
      if (right !== undefined && isSameHash(left, right)) isAmbiguous = true;
      pair.set(left);
      pair.set(right ?? left, HASH_BYTES);
      above[i / 2] = sha256d(pair);
    }
    level = above;
  }
  return { root: level[0] ?? new Uint8Array(HASH_BYTES), isAmbiguous };
}

/**
 * Whether two hashes are the same.
 *
 * @param a One.
 * @param b The other.
 */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
