import { assertEquals, assertThrows } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import {
  blockSizeOf,
  blockWeightOf,
  decodeBlock,
  encodeBlock,
} from "../../../../core/codecs/bitcoin/block.ts";
import { formatHash } from "../../../../core/codecs/bitcoin/hash.ts";
import { transactionId } from "../../../../core/codecs/bitcoin/transaction.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { HEADERS, TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

const BLOCK_170 = HEADERS.block170.hex + "02" + TRANSACTIONS.coinbase.hex + TRANSACTIONS.p2pk.hex;
const WITH_WITNESS = HEADERS.block170.hex + "02" + TRANSACTIONS.coinbase.hex +
  TRANSACTIONS.taprootKey.hex;

Deno.test("decodeBlock() reads a real block, and encodeBlock() writes it again", () => {
  const block = decodeBlock(hexToBytes(BLOCK_170));
  assertEquals(block.transactions.map((transaction) => formatHash(transactionId(transaction))), [
    TRANSACTIONS.coinbase.txid,
    TRANSACTIONS.p2pk.txid,
  ]);
  assertEquals(formatHash(block.header.merkleRoot), HEADERS.block170.merkleRoot);
  assertEquals(bytesToHex(encodeBlock(block)), BLOCK_170);
  assertEquals(blockSizeOf(block), 490);
  assertEquals(blockWeightOf(block), 4 * 490);
});

Deno.test("encodeBlock() writes witnesses, or leaves them out", () => {
  const block = decodeBlock(hexToBytes(WITH_WITNESS));
  assertEquals(bytesToHex(encodeBlock(block)), WITH_WITNESS);
  const stripped = encodeBlock(block, { witness: false });
  assertEquals(stripped.length, blockSizeOf(block, { witness: false }));
  assertEquals(decodeBlock(stripped).transactions.map(({ hasWitness }) => hasWitness), [
    false,
    false,
  ]);
  assertEquals(blockWeightOf(block), 3 * stripped.length + WITH_WITNESS.length / 2);
});

Deno.test("decodeBlock() says of every part of a block that it is truncated", () => {
  for (const hex of [BLOCK_170, WITH_WITNESS]) {
    const bytes = hexToBytes(hex);
    for (let length = 0; length < bytes.length; length++) {
      const error = assertThrows(() => decodeBlock(bytes.subarray(0, length)), DecodeError);
      assertEquals(error.reason, "truncated", `after ${length} bytes`);
    }
  }
});

Deno.test("decodeBlock() refuses what follows", () => {
  assertThrows(
    () => decodeBlock(hexToBytes(BLOCK_170 + "00")),
    DecodeError,
    "Cannot decode block as bytes follow its end in transactions at byte 490: got 1 more",
  );
});

Deno.test("decodeBlock() says which transaction is wrong, and where", () => {
  assertThrows(
    () => decodeBlock(hexToBytes(BLOCK_170.slice(0, -12))),
    DecodeError,
    "Cannot decode block as it ends early in output 1 at byte 419: got 65 of 67 bytes, in transaction 1",
  );
});

Deno.test("decodeBlock() makes no room for transactions that can't be there", () => {
  const error = assertThrows(
    () => decodeBlock(hexToBytes(HEADERS.genesis.hex + "fe00000002" + "00".repeat(99))),
    DecodeError,
    "33554432 items can't be in the bytes left in transactions at byte 80",
  );
  assertEquals(error.reason, "truncated");
});
