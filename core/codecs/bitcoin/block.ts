/**
 * Blocks in one piece: a header and the transactions that it stands for.
 *
 * For blocks larger than memory allows there is `block_stream.ts`.
 *
 * @module
 */
import { DecodeError } from "../../errors.ts";
import {
  BLOCK_HEADER_BYTES,
  type BlockHeader,
  readBlockHeader,
  writeBlockHeader,
} from "./block_header.ts";
import { ByteBuilder, compactSizeLength } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";
import {
  readTransaction,
  sizeOf,
  type Transaction,
  type TransactionForm,
  writeTransaction,
} from "./transaction.ts";

/** A block. */
export interface Block {
  /** What its hash is of. */
  readonly header: BlockHeader;
  /** The coinbase first. */
  readonly transactions: readonly Transaction[];
}

/** What the shortest that can be read as a transaction takes: no valid one is under 60. */
const MIN_READABLE_BYTES = 10;

/**
 * Reads a block.
 *
 * @param bytes All of it. They must not change as long as the block, or any transaction of it, is used.
 * @throws {DecodeError} As {@linkcode readTransaction}, and `malformed` when anything follows.
 */
export function decodeBlock(bytes: Uint8Array): Block {
  const reader = new ByteReader(bytes, { what: "block" });
  reader.enter("header");
  const header = readBlockHeader(reader);
  reader.enter("transactions");
  const transactions: Transaction[] = new Array(reader.count(MIN_READABLE_BYTES));
  for (let i = 0; i < transactions.length; i++) transactions[i] = readMember(reader, i);
  reader.enter("transactions");
  reader.end();
  return { header, transactions };
}

/**
 * Writes a block.
 *
 * @param block The block.
 * @param form With witnesses where there are any, if nothing else is said.
 * @throws {RangeError} When a number does not fit its field, or a hash has not 32 bytes.
 */
export function encodeBlock(block: Block, form: TransactionForm = {}): Uint8Array {
  const { header, transactions } = block;
  const builder = new ByteBuilder(blockSizeOf(block, form));
  writeBlockHeader(builder, header);
  builder.compactSize(transactions.length);
  for (const transaction of transactions) writeTransaction(builder, transaction, form);
  return builder.finish();
}

/**
 * Counts a block's bytes.
 *
 * @param block The block.
 * @param form With witnesses where there are any, if nothing else is said.
 */
export function blockSizeOf({ transactions }: Block, form: TransactionForm = {}): number {
  let bytes = BLOCK_HEADER_BYTES + compactSizeLength(transactions.length);
  for (const transaction of transactions) bytes += sizeOf(transaction, form);
  return bytes;
}

/**
 * Counts a block's weight, of which there may be 4,000,000: witness bytes once, all others four times.
 *
 * @param block The block.
 */
export function blockWeightOf(block: Block): number {
  return 3 * blockSizeOf(block, { witness: false }) + blockSizeOf(block);
}

function readMember(reader: ByteReader, index: number): Transaction {
  try {
    return readTransaction(reader);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError(error.reason, `${error.message}, in transaction ${index}`);
  }
}
