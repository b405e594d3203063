import { assertEquals, assertThrows } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { formatHash, parseHash, sha256d } from "../../../../core/codecs/bitcoin/hash.ts";

/** The first block's header, and what everybody calls it. */
const GENESIS_HEADER = hexToBytes(
  "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b2" +
    "7ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
);
const GENESIS_HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";

Deno.test("formatHash() shows a hash as explorers do", () => {
  assertEquals(formatHash(sha256d(GENESIS_HEADER)), GENESIS_HASH);
});

Deno.test("formatHash() leaves the hash as it was", () => {
  const hash = sha256d(GENESIS_HEADER);
  formatHash(hash);
  assertEquals(hash, sha256d(GENESIS_HEADER));
});

Deno.test("parseHash() reads what formatHash() writes, in either case", () => {
  assertEquals(parseHash(GENESIS_HASH), sha256d(GENESIS_HEADER));
  assertEquals(parseHash(GENESIS_HASH.toUpperCase()), sha256d(GENESIS_HEADER));
});

Deno.test("parseHash() refuses anything but 64 hex digits", () => {
  const { length } = GENESIS_HASH;
  for (
    const text of [
      "",
      GENESIS_HASH.slice(1),
      `${GENESIS_HASH}0`,
      `0x${GENESIS_HASH.slice(2)}`,
      `${GENESIS_HASH.slice(0, length - 1)}g`,
      ` ${GENESIS_HASH}`,
    ]
  ) {
    assertThrows(() => parseHash(text), TypeError, "must have 64 hex digits", text);
  }
});
