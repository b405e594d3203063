/**
 * A Bitcoin block to decode.
 *
 * @module
 */
import { hexToBytes } from "@noble/hashes/utils.js";
import { encodeBlock } from "../../core/codecs/bitcoin/block.ts";
import { decodeBlockHeader } from "../../core/codecs/bitcoin/block_header.ts";
import { decodeTransaction } from "../../core/codecs/bitcoin/transaction.ts";
import { HEADERS, TRANSACTIONS } from "../../tests/vectors/bitcoin_transactions.ts";

/** The header, and the count of transactions. */
const HEAD_BYTES = 80 + 3;

/** A block, and what it is made of. */
export interface MadeBlock {
  readonly bytes: Uint8Array;
  readonly transactions: number;
  readonly withWitness: number;
}

/** Makes one of at least so many bytes: real transactions with and without witnesses, over and over. */
export function makeBlock(minBytes: number): MadeBlock {
  const { coinbase, ...others } = TRANSACTIONS;
  const sources = Object.values(others).map(({ hex }) => hexToBytes(hex));
  const raw = [hexToBytes(coinbase.hex)];
  let size = HEAD_BYTES + raw[0].length;
  for (let i = 0; size < minBytes; i++) {
    const source = sources[i % sources.length];
    raw.push(source);
    size += source.length;
  }
  const transactions = raw.map((bytes) => decodeTransaction(bytes));
  const header = decodeBlockHeader(hexToBytes(HEADERS.block170.hex));
  return {
    bytes: encodeBlock({ header, transactions }),
    transactions: transactions.length,
    withWitness: transactions.filter(({ hasWitness }) => hasWitness).length,
  };
}
