import { assertEquals, assertThrows } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { type Block, decodeBlock } from "../../../../core/codecs/bitcoin/block.ts";
import {
  type BlockExpectations,
  checkBlock,
  computeWitnessCommitment,
  findWitnessCommitment,
  MAX_BLOCK_WEIGHT,
} from "../../../../core/codecs/bitcoin/block_check.ts";
import { blockHash, hasProofOfWork } from "../../../../core/codecs/bitcoin/block_header.ts";
import { formatHash, parseHash } from "../../../../core/codecs/bitcoin/hash.ts";
import { merkleRoot } from "../../../../core/codecs/bitcoin/merkle.ts";
import { findNetwork } from "../../../../core/codecs/bitcoin/networks.ts";
import {
  decodeTransaction,
  encodeTransaction,
  type Transaction,
  transactionId,
  weightOf,
} from "../../../../core/codecs/bitcoin/transaction.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { HEADERS, TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

const MAIN = findNetwork("main")!;
const BSV = findNetwork("bsv-main")!;
const REGTEST = findNetwork("regtest")!;
const RESERVED = new Uint8Array(32).fill(5);
const BLOCK_170 = decodeBlock(
  hexToBytes(HEADERS.block170.hex + "02" + TRANSACTIONS.coinbase.hex + TRANSACTIONS.p2pk.hex),
);
const COINBASE = BLOCK_170.transactions[0];
const SEGWIT = decodeTransaction(hexToBytes(TRANSACTIONS.taprootKey.hex));
const LEGACY = decodeTransaction(hexToBytes(TRANSACTIONS.p2pkh.hex));

/** Makes a block with the little work that regtest asks for. */
function mine(transactions: readonly Transaction[]): Block {
  const { root } = merkleRoot(transactions.map(transactionId));
  let header = { ...BLOCK_170.header, merkleRoot: root, bits: 0x207fffff, nonce: 0 };
  while (!hasProofOfWork(header)) header = { ...header, nonce: header.nonce + 1 };
  return { header, transactions };
}

function commitmentScript(commitment: Uint8Array): Uint8Array {
  return Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed, ...commitment);
}

/** Makes a coinbase that commits to `others`, with the witness that belongs to it. */
function committingCoinbase(others: readonly Transaction[]): Transaction {
  const commitment = computeWitnessCommitment([COINBASE, ...others], RESERVED);
  return withOutput(withWitness(COINBASE, [RESERVED]), commitmentScript(commitment));
}

function withWitness(transaction: Transaction, witness: readonly Uint8Array[]): Transaction {
  return {
    ...transaction,
    inputs: [{ ...transaction.inputs[0], witness }],
    hasWitness: witness.length > 0,
  };
}

function withOutput(transaction: Transaction, script: Uint8Array): Transaction {
  return { ...transaction, outputs: [...transaction.outputs, { valueSat: 0n, script }] };
}

function strip(transaction: Transaction): Transaction {
  return decodeTransaction(encodeTransaction(transaction, { witness: false }));
}

function assertRefused(
  block: Block,
  message: string,
  { network = REGTEST, ...expected }: BlockExpectations & { readonly network?: typeof MAIN } = {},
): void {
  const error = assertThrows(() => checkBlock(block, network, expected), DecodeError, message);
  assertEquals(error.reason, "malformed");
}

Deno.test("checkBlock() takes a real block, and gives its transactions' ids", () => {
  const hash = parseHash(HEADERS.block170.hash);
  const ids = checkBlock(BLOCK_170, MAIN, { hash, maxTarget: 0xffffn << 208n });
  assertEquals(ids.map(formatHash), [TRANSACTIONS.coinbase.txid, TRANSACTIONS.p2pk.txid]);
});

Deno.test("checkBlock() refuses a block that is not the one asked for", () => {
  assertRefused(
    BLOCK_170,
    `it is not ${HEADERS.genesis.hash}: got ${HEADERS.block170.hash}`,
    { network: MAIN, hash: parseHash(HEADERS.genesis.hash) },
  );
});

Deno.test("checkBlock() refuses a block without its work, and one with too little", () => {
  const { header, transactions } = BLOCK_170;
  const forged = { header: { ...header, nonce: 1 }, transactions };
  assertRefused(forged, "its hash is not as low as it must be");
  assertRefused(mine([COINBASE]), "its hash is not as low", { maxTarget: 0xffffn << 208n });
});

Deno.test("checkBlock() refuses other transactions than the header's", () => {
  const { header } = BLOCK_170;
  const problem = "its transactions are not those of its header";
  assertRefused({ header, transactions: [COINBASE] }, problem);
  assertRefused({ header, transactions: [COINBASE, LEGACY] }, problem);
});

Deno.test("checkBlock() refuses a list that repeats its end (CVE-2012-2459)", () => {
  const honest = mine([COINBASE, LEGACY, BLOCK_170.transactions[1]]);
  checkBlock(honest, REGTEST);
  const { header, transactions } = honest;
  const repeated = { header, transactions: [...transactions, transactions[2]] };
  assertRefused(repeated, "transactions are repeated in it: got 4 transactions");
});

Deno.test("checkBlock() wants one coinbase, at the beginning", () => {
  assertRefused(mine([]), "no coinbase at its beginning: got 0 transactions");
  assertRefused(mine([LEGACY]), "no coinbase at its beginning");
  assertRefused(mine([LEGACY, COINBASE]), "no coinbase at its beginning");
  const second = withOutput(COINBASE, Uint8Array.of(0x51));
  assertRefused(mine([COINBASE, LEGACY, second]), "a second coinbase: got transaction 2");
});

Deno.test("checkBlock() takes witnesses that the coinbase commits to", () => {
  const block = mine([committingCoinbase([LEGACY, SEGWIT]), LEGACY, SEGWIT]);
  assertEquals(checkBlock(block, REGTEST, { isWitnessRequired: true }).length, 3);
});

Deno.test("checkBlock() refuses witnesses that are changed, added or missing", () => {
  const { header, transactions } = mine([committingCoinbase([LEGACY, SEGWIT]), LEGACY, SEGWIT]);
  const [coinbase] = transactions;
  const problem = "its witnesses are not those of its coinbase";
  const other = withWitness(SEGWIT, [new Uint8Array(64)]);
  assertRefused({ header, transactions: [coinbase, LEGACY, other] }, problem);
  const added = withWitness(LEGACY, [Uint8Array.of(1)]);
  assertRefused({ header, transactions: [coinbase, added, SEGWIT] }, problem);
  assertRefused({ header, transactions: [coinbase, LEGACY, strip(SEGWIT)] }, problem);
});

Deno.test("checkBlock() wants one item of 32 bytes in the coinbase's witness", () => {
  const { header, transactions } = mine([committingCoinbase([SEGWIT]), SEGWIT]);
  for (const witness of [[], [new Uint8Array(31)], [RESERVED, RESERVED]]) {
    const changed = { header, transactions: [withWitness(transactions[0], witness), SEGWIT] };
    assertRefused(changed, `not one item of 32 bytes: got ${witness.length} items`);
  }
});

Deno.test("checkBlock() refuses witnesses that nothing commits to", () => {
  assertRefused(mine([COINBASE, SEGWIT]), "its coinbase does not commit to its witnesses");
});

Deno.test("checkBlock() takes a stripped block unless witnesses are required", () => {
  const { header, transactions } = mine([committingCoinbase([SEGWIT]), SEGWIT]);
  const stripped = { header, transactions: transactions.map(strip) };
  assertEquals(checkBlock(stripped, REGTEST).length, 2);
  assertRefused(stripped, "its coinbase's witness is not one item", { isWitnessRequired: true });
});

Deno.test("checkBlock() refuses witnesses where there is no segwit", () => {
  const block = mine([committingCoinbase([SEGWIT]), SEGWIT]);
  assertRefused(block, "there are no witnesses on bsv-main", { network: BSV });
});

Deno.test("checkBlock() takes the largest weight there may be, where there is segwit", () => {
  const blockOf = (padding: number) => mine([withOutput(COINBASE, new Uint8Array(padding))]);
  // The header, the count, the coinbase, and an output with a length of five bytes.
  const padding = (MAX_BLOCK_WEIGHT - weightOf(COINBASE)) / 4 - 81 - 13;
  assertEquals(checkBlock(blockOf(padding), REGTEST).length, 1);
  const tooLarge = blockOf(padding + 1);
  const error = assertThrows(() => checkBlock(tooLarge, REGTEST), DecodeError, "got 4000004");
  assertEquals(error.reason, "limit");
  assertEquals(checkBlock(tooLarge, BSV).length, 1);
});

Deno.test("findWitnessCommitment() takes the last of several, and none that is too short", () => {
  const [first, last] = [1, 2].map((fill) => new Uint8Array(32).fill(fill));
  const both = withOutput(withOutput(COINBASE, commitmentScript(first)), commitmentScript(last));
  assertEquals(findWitnessCommitment(both), last);
  const short = withOutput(COINBASE, commitmentScript(last.subarray(1)));
  assertEquals(findWitnessCommitment(short), undefined);
  assertEquals(findWitnessCommitment(COINBASE), undefined);
});

Deno.test("checkBlock() checks the hash that a block has", () => {
  const block = mine([COINBASE]);
  assertEquals(checkBlock(block, REGTEST, { hash: blockHash(block.header) }).length, 1);
});
