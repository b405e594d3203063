import { assertEquals, assertThrows } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import {
  blockHash,
  type BlockHeader,
  decodeBlockHeader,
  encodeBlockHeader,
  hasProofOfWork,
  targetOf,
} from "../../../../core/codecs/bitcoin/block_header.ts";
import { formatHash } from "../../../../core/codecs/bitcoin/hash.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { RUNS } from "../../../support/arbitraries.ts";
import { HEADERS } from "../../../vectors/bitcoin_transactions.ts";

const MAIN_MAX_TARGET = 0xffffn << 208n;

for (const [name, { hex, hash, merkleRoot }] of Object.entries(HEADERS)) {
  Deno.test(`decodeBlockHeader() reads ${name}, and encodeBlockHeader() writes it again`, () => {
    const header = decodeBlockHeader(hexToBytes(hex));
    assertEquals(bytesToHex(encodeBlockHeader(header)), hex);
    assertEquals(formatHash(blockHash(header)), hash);
    assertEquals(formatHash(header.merkleRoot), merkleRoot);
    assertEquals(hasProofOfWork(header, MAIN_MAX_TARGET), true);
  });
}

Deno.test("decodeBlockHeader() gives every field", () => {
  const header = decodeBlockHeader(hexToBytes(HEADERS.block170.hex));
  assertEquals({ ...header, previousHash: formatHash(header.previousHash) }, {
    version: 1,
    previousHash: "000000002a22cfee1f2c846adbd12b3e183d4f97683f85dad08a79780a84bd55",
    merkleRoot: header.merkleRoot,
    timeSec: Date.UTC(2009, 0, 12, 3, 30, 25) / 1000,
    bits: 0x1d00ffff,
    nonce: 1889418792,
  });
});

Deno.test("decodeBlockHeader() refuses every other length", () => {
  const bytes = hexToBytes(HEADERS.genesis.hex);
  for (let length = 0; length < 80; length++) {
    const error = assertThrows(() => decodeBlockHeader(bytes.subarray(0, length)), DecodeError);
    assertEquals(error.reason, "truncated");
  }
  const longer = assertThrows(() => decodeBlockHeader(new Uint8Array(81)), DecodeError);
  assertEquals(longer.reason, "malformed");
});

Deno.test("decodeBlockHeader() reads what encodeBlockHeader() writes", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const header: fc.Arbitrary<BlockHeader> = fc.record({
    version: fc.integer(),
    previousHash: hash,
    merkleRoot: hash,
    timeSec: u32,
    bits: u32,
    nonce: u32,
  });
  fc.assert(
    fc.property(header, (header) => {
      assertEquals(decodeBlockHeader(encodeBlockHeader(header)), header);
    }),
    RUNS,
  );
});

for (
  const [bits, target] of [
    [0x1d00ffff, MAIN_MAX_TARGET],
    [0x1b0404cb, 0x0404cbn << 192n],
    [0x207fffff, 0x7fffffn << 232n],
    [0x05009234, 0x92340000n],
    [0x04123456, 0x12345600n],
    [0x03123456, 0x123456n],
    [0x02123456, 0x1234n],
    [0x01123456, 0x12n],
    [0x00123456, 0n],
    [0x01003456, 0n],
    // Negative numbers, and the first that need more than 256 bits.
    [0x04923456, 0n],
    [0x01fedcba, 0n],
    [0x2100ffff, 0xffffn << 240n],
    [0x21010000, 0n],
    [0x220000ff, 0xffn << 248n],
    [0x220000ff + 1, 0n],
    [0x23000001, 0n],
    [0xff123456, 0n],
  ] as const
) {
  Deno.test(`targetOf() reads 0x${bits.toString(16)}`, () => assertEquals(targetOf(bits), target));
}

Deno.test("hasProofOfWork() compares the hash as the number that is shown", () => {
  const genesis = decodeBlockHeader(hexToBytes(HEADERS.genesis.hex));
  const bits = 0x207fffff;
  const done = Array.from({ length: 200 }, (_, nonce) => {
    const header = { ...genesis, bits, nonce };
    const number = BigInt(`0x${formatHash(blockHash(header))}`);
    assertEquals(hasProofOfWork(header), number <= targetOf(bits));
    return hasProofOfWork(header);
  });
  assertEquals(new Set(done).size, 2);
});

Deno.test("hasProofOfWork() refuses a hash over its target, and a target over the network's", () => {
  const genesis = decodeBlockHeader(hexToBytes(HEADERS.genesis.hex));
  assertEquals(hasProofOfWork({ ...genesis, nonce: genesis.nonce + 1 }, MAIN_MAX_TARGET), false);
  assertEquals(hasProofOfWork(genesis, MAIN_MAX_TARGET - 1n), false);
  assertEquals(hasProofOfWork({ ...genesis, bits: 0 }), false);
  // Harder than it was: its hash begins with 43 zero bits.
  assertEquals(hasProofOfWork({ ...genesis, bits: 0x1a00ffff }), false);
});
