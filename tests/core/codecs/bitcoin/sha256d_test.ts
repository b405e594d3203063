import { assertEquals } from "@std/assert";
import { sha256 } from "@noble/hashes/sha2.js";
import { checksumOf, sha256d } from "../../../../core/codecs/bitcoin/sha256d.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const random = seededRandom(7);

function randomBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256);
}

Deno.test("sha256d() agrees with @noble/hashes at every length about the borders of blocks", () => {
  for (let length = 0; length <= 260; length++) {
    const bytes = randomBytes(length);
    assertEquals(sha256d(bytes), sha256(sha256(bytes)), `${length} bytes`);
  }
});

Deno.test("sha256d() agrees with @noble/hashes on what is longer", () => {
  for (const length of [4_095, 4_096, 65_537, 1_000_000]) {
    const bytes = randomBytes(length);
    assertEquals(sha256d(bytes), sha256(sha256(bytes)), `${length} bytes`);
  }
});

Deno.test("sha256d() hashes a part of a buffer, and only that", () => {
  const buffer = randomBytes(300);
  assertEquals(sha256d(buffer.subarray(17, 217)), sha256(sha256(buffer.slice(17, 217))));
});

Deno.test("checksumOf() gives the first four bytes of the hash", () => {
  assertEquals(checksumOf(new Uint8Array(0)) >>> 0, 0x5df6e0e2);
  for (let length = 0; length < 100; length++) {
    const bytes = randomBytes(length);
    assertEquals(checksumOf(bytes), new DataView(sha256d(bytes).buffer).getInt32(0));
  }
});
