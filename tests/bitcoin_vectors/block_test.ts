import { assertEquals, assertThrows } from "@std/assert";
import {
  type Block,
  blockSizeOf,
  decodeBlock,
  encodeBlock,
} from "../../core/codecs/bitcoin/block.ts";
import { checkBlock, findWitnessCommitment } from "../../core/codecs/bitcoin/block_check.ts";
import { parseHash } from "../../core/codecs/bitcoin/hash.ts";
import { findNetwork } from "../../core/codecs/bitcoin/networks.ts";
import { DecodeError } from "../../core/errors.ts";
import { readBytes, testVectors } from "./vector_files.ts";

const TESTNET_HASH = "000000000000045e0b1660b6445b5e5c5ab63c9a4f956be7e1e69be04fa4497b";
const BLOCKS = [
  {
    title: "block 227835 of the main network",
    file: "block227835.dat",
    network: "main",
    hash: "00000000000001aa077d7aa84c532a4d69bdbff519609d1da0835261b7a74eb6",
    transactions: 122,
    hasCommitment: false,
  },
  {
    title: "a block of testnet with witnesses",
    file: `testnet_block_${TESTNET_HASH}.raw`,
    network: "testnet3",
    hash: TESTNET_HASH,
    transactions: 15,
    hasCommitment: true,
  },
] as const;

for (const { title, file, network: name, hash, transactions, hasCommitment } of BLOCKS) {
  const network = findNetwork(name)!;
  const expected = { hash: parseHash(hash), maxTarget: 0xffffn << 208n };

  testVectors(`${title} is read, checked and written byte for byte`, () => {
    const bytes = readBytes(file);
    const block = decodeBlock(bytes);
    assertEquals(checkBlock(block, network, expected).length, transactions);
    assertEquals(findWitnessCommitment(block.transactions[0]) !== undefined, hasCommitment);
    assertEquals(blockSizeOf(block), bytes.length);
    assertEquals(encodeBlock(block), bytes);
  });

  testVectors(`${title} is refused with any transaction missing, or changed`, () => {
    const { header, transactions } = decodeBlock(readBytes(file));
    for (let i = 0; i < transactions.length; i++) {
      const missing: Block = { header, transactions: transactions.toSpliced(i, 1) };
      assertThrows(() => checkBlock(missing, network, expected), DecodeError, "Cannot take block");
      const other = { ...transactions[i], lockTime: transactions[i].lockTime ^ 1 };
      const changed: Block = { header, transactions: transactions.with(i, other) };
      assertThrows(() => checkBlock(changed, network, expected), DecodeError, "Cannot take block");
    }
  });

  testVectors(`${title} is truncated wherever it is cut`, () => {
    const bytes = readBytes(file);
    for (let length = 0; length < bytes.length; length += 97) {
      const error = assertThrows(() => decodeBlock(bytes.subarray(0, length)), DecodeError);
      assertEquals(error.reason, "truncated");
    }
  });
}

testVectors("a block of testnet with witnesses is refused when one of them is changed", () => {
  const { header, transactions } = decodeBlock(readBytes(BLOCKS[1].file));
  const input = transactions[0].inputs[0];
  const other = { ...input, witness: [new Uint8Array(32).fill(1)] };
  const changed = {
    header,
    transactions: transactions.with(0, { ...transactions[0], inputs: [other] }),
  };
  assertThrows(
    () => checkBlock(changed, findNetwork("testnet3")!),
    DecodeError,
    "its witnesses are not those of its coinbase",
  );
});
