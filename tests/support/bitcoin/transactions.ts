/**
 * Transactions and blocks for tests: well formed, and nothing more.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Block } from "../../../core/codecs/bitcoin/block.ts";
import {
  blockHash,
  type BlockHeader,
  hasProofOfWork,
} from "../../../core/codecs/bitcoin/block_header.ts";
import { formatHash } from "../../../core/codecs/bitcoin/hash.ts";
import { merkleRoot } from "../../../core/codecs/bitcoin/merkle.ts";
import {
  encodeTransaction,
  type Transaction,
  transactionId,
  witnessTransactionId,
} from "../../../core/codecs/bitcoin/transaction.ts";

/** A transaction, and what it goes by. */
export interface SampleTransaction {
  readonly transaction: Transaction;
  readonly hex: string;
  readonly txid: string;
  readonly wtxid: string;
}

/** Makes the transaction of that number, with a witness unless told otherwise. */
export function sampleTransaction(
  number: number,
  options: { readonly parent?: SampleTransaction; readonly hasWitness?: boolean } = {},
): SampleTransaction {
  const { parent, hasWitness = true } = options;
  const previousHash = parent === undefined
    ? new Uint8Array(32).fill(number & 0xff)
    : transactionId(parent.transaction);
  const transaction: Transaction = {
    version: 2,
    inputs: [{
      previousHash,
      previousIndex: number,
      script: hasWitness ? new Uint8Array(0) : new Uint8Array(100).fill(1),
      sequence: 0xfffffffd,
      witness: hasWitness ? [new Uint8Array(71).fill(7), new Uint8Array(33).fill(2)] : [],
    }],
    outputs: [{ valueSat: BigInt(1_000 + number), script: pubkeyHashScript(number) }],
    lockTime: 0,
    hasWitness,
  };
  return {
    transaction,
    hex: bytesToHex(encodeTransaction(transaction)),
    txid: formatHash(transactionId(transaction)),
    wtxid: formatHash(witnessTransactionId(transaction)),
  };
}

/** Regtest's: half of all hashes will do. */
const EASY_BITS = 0x207fffff;

/** Mines a header. */
export function mineHeader(
  previousHash: Uint8Array,
  fields: { readonly merkleRoot?: Uint8Array; readonly timeSec?: number } = {},
): BlockHeader {
  const { merkleRoot = new Uint8Array(32).fill(1), timeSec = 1_767_225_600 } = fields;
  for (let nonce = 0;; nonce++) {
    const header = { version: 4, previousHash, merkleRoot, timeSec, bits: EASY_BITS, nonce };
    if (hasProofOfWork(header)) return header;
  }
}

/** Mines headers, one upon the other. */
export function mineHeaders(previousHash: Uint8Array, count: number): BlockHeader[] {
  const headers: BlockHeader[] = [];
  for (let last = previousHash; headers.length < count; last = blockHash(headers.at(-1)!)) {
    headers.push(mineHeader(last));
  }
  return headers;
}

/** Mines a block of a coinbase and more, none of them with a witness. */
export function mineBlock(previousHash: Uint8Array, more: readonly Transaction[] = []): Block {
  const coinbase: Transaction = {
    version: 1,
    inputs: [{
      previousHash: new Uint8Array(32),
      previousIndex: 0xffffffff,
      script: Uint8Array.of(2, 0x65, 0, 0),
      sequence: 0xffffffff,
      witness: [],
    }],
    outputs: [{ valueSat: 5_000_000_000n, script: pubkeyHashScript(0) }],
    lockTime: 0,
    hasWitness: false,
  };
  const transactions = [coinbase, ...more];
  const { root } = merkleRoot(transactions.map(transactionId));
  return { header: mineHeader(previousHash, { merkleRoot: root }), transactions };
}

function pubkeyHashScript(number: number): Uint8Array {
  return Uint8Array.of(0x76, 0xa9, 20, ...new Uint8Array(20).fill(number & 0xff), 0x88, 0xac);
}
