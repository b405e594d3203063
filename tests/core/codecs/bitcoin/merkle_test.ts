import { assertEquals } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { formatHash, parseHash, sha256d } from "../../../../core/codecs/bitcoin/hash.ts";
import { isSameHash, merkleRoot } from "../../../../core/codecs/bitcoin/merkle.ts";
import { HEADERS, TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => sha256d(Uint8Array.of(i)));
}

/** The definition, without a thought for speed. */
function rootByDefinition(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 1) return hashes[0];
  const even = hashes.length % 2 === 0 ? hashes : [...hashes, hashes[hashes.length - 1]];
  const above = even.flatMap((left, i) =>
    i % 2 === 0 ? [sha256d(Uint8Array.of(...left, ...even[i + 1]))] : []
  );
  return rootByDefinition(above);
}

Deno.test("merkleRoot() gives the root of a real block", () => {
  const ids = [TRANSACTIONS.coinbase, TRANSACTIONS.p2pk].map(({ hex }) => sha256d(hexToBytes(hex)));
  const { root, isAmbiguous } = merkleRoot(ids);
  assertEquals(formatHash(root), HEADERS.block170.merkleRoot);
  assertEquals(isAmbiguous, false);
});

Deno.test("merkleRoot() is that of the definition for every count up to 33", () => {
  for (let count = 1; count <= 33; count++) {
    const hashes = leaves(count);
    assertEquals(merkleRoot(hashes), { root: rootByDefinition(hashes), isAmbiguous: false });
  }
});

Deno.test("merkleRoot() of nothing is zeros", () => {
  assertEquals(merkleRoot([]), { root: new Uint8Array(32), isAmbiguous: false });
});

Deno.test("merkleRoot() sees lists that repeat their end, on every level (CVE-2012-2459)", () => {
  for (const [count, repeated] of [[3, 1], [5, 1], [6, 2], [7, 1], [12, 4], [24, 8]]) {
    const honest = leaves(count);
    const longer = [...honest, ...honest.slice(-repeated)];
    assertEquals(merkleRoot(longer), { root: merkleRoot(honest).root, isAmbiguous: true });
  }
});

Deno.test("merkleRoot() leaves its leaves as they are", () => {
  const hashes = leaves(5);
  merkleRoot(hashes);
  assertEquals(hashes, leaves(5));
});

Deno.test("isSameHash() compares every byte", () => {
  const hash = parseHash(TRANSACTIONS.p2pk.txid);
  assertEquals(isSameHash(hash, hash.slice()), true);
  for (let i = 0; i < 32; i++) {
    assertEquals(isSameHash(hash, hash.with(i, hash[i] ^ 1)), false);
  }
  assertEquals(isSameHash(hash, hash.subarray(1)), false);
});
