/**
 * Blocks, as people and programs read them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  type BitcoinNetwork,
  type Block,
  blockHash,
  type BlockHeader,
  blockSizeOf,
  blockWeightOf,
  checkBlock,
  decodeBlock,
  decodeBlockHeader,
  formatHash,
  hasProofOfWork,
  transactionId,
} from "../../../bitcoin.ts";
import { DecodeError } from "../../../mod.ts";
import type { CliIo } from "../../io.ts";
import { createPaint } from "../../paint.ts";
import { formatTable } from "../../table.ts";
import { UsageError } from "../../usage_error.ts";
import { formatTime } from "./transaction_text.ts";

/** What there is to know of a block. */
export interface BlockSummary {
  readonly hash: string;
  readonly header: BlockHeader;
  /** Bytes, witnesses included. */
  readonly size: number;
  readonly weight: number;
  readonly txids: readonly string[];
  /** What is wrong with it; undefined for nothing. */
  readonly fault: string | undefined;
}

const HEADER_DIGITS = 160;
/** Of thousands. */
const MAX_TXIDS = 10;

/**
 * Reads what may be a block.
 *
 * @param text What should be hex.
 * @returns undefined when it doesn't begin with a header that work was done for: random bytes don't.
 * @throws {UsageError} When it does, and no whole block follows.
 */
export function readBlock(text: string): Block | undefined {
  const digits = text.replace(/\s+/g, "");
  if (digits.length <= HEADER_DIGITS || digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
    return undefined;
  }
  const bytes = Uint8Array.from(Buffer.from(digits, "hex"));
  if (!hasProofOfWork(decodeBlockHeader(bytes.subarray(0, HEADER_DIGITS / 2)))) return undefined;
  try {
    return decodeBlock(bytes);
  } catch (error) {
    throw error instanceof DecodeError ? new UsageError(error.message) : error;
  }
}

/**
 * Summarises a block, and checks it.
 *
 * @param block The block.
 * @param network Whose rules hold.
 */
export function summarizeBlock(block: Block, network: BitcoinNetwork): BlockSummary {
  const { header, transactions } = block;
  return {
    hash: formatHash(blockHash(header)),
    header,
    size: blockSizeOf(block),
    weight: blockWeightOf(block),
    txids: transactions.map((transaction) => formatHash(transactionId(transaction))),
    fault: findFault(block, network),
  };
}

/**
 * Describes a block for people.
 *
 * @param summary What there is to know of it.
 * @param network Whose it is.
 * @param io For width and colours.
 */
export function formatBlock(
  { hash, header, size, weight, txids, fault }: BlockSummary,
  network: BitcoinNetwork,
  io: CliIo,
): string {
  const { bold, dim } = createPaint(io);
  const shown = txids.slice(0, MAX_TXIDS).map((txid) => `  ${txid}\n`);
  const left = txids.length - shown.length;
  return [
    `${dim("block")} ${bold(hash)}\n`,
    formatTable([
      ["network", network.name],
      ["before it", formatHash(header.previousHash)],
      ["time", formatTime(header.timeSec)],
      ["size", `${size} bytes (weight ${weight})`],
      ["checked", fault ?? "its work, its transactions, and their witnesses"],
    ], { indent: "  ", columns: io.columns, paint: dim }),
    `${dim("transactions")} ${txids.length}\n`,
    ...shown,
    left > 0 ? `  and ${left} more; --json lists them all\n` : "",
  ].join("");
}

/**
 * Describes a block for programs.
 *
 * @param summary What there is to know of it.
 * @param network Whose it is.
 */
export function describeBlock(
  { hash, header, size, weight, txids, fault }: BlockSummary,
  network: BitcoinNetwork,
): Readonly<Record<string, unknown>> {
  return {
    network: network.name,
    ...describeHeader(header),
    hash,
    size,
    weight,
    txids,
    isValid: fault === undefined,
    ...(fault !== undefined && { fault }),
  };
}

/**
 * Describes a header for programs.
 *
 * @param header The header.
 */
export function describeHeader(header: BlockHeader): Readonly<Record<string, unknown>> {
  const { version, previousHash, merkleRoot, timeSec, bits, nonce } = header;
  return {
    hash: formatHash(blockHash(header)),
    version,
    previousHash: formatHash(previousHash),
    merkleRoot: formatHash(merkleRoot),
    timeSec,
    bits,
    nonce,
  };
}

function findFault(block: Block, network: BitcoinNetwork): string | undefined {
  try {
    checkBlock(block, network);
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error.message;
  }
}
