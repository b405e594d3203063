/**
 * Decodes a block with the ids of its transactions, by Synapse.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { decodeBlock } from "../../core/codecs/bitcoin/block.ts";
import { transactionId } from "../../core/codecs/bitcoin/transaction.ts";
import { timeRuns } from "../time_runs.mjs";

/** @returns How long each run took, and the ids of the last. */
export function decode(path: string, runs: number): ReturnType<typeof timeRuns> {
  const bytes = new Uint8Array(readFileSync(path));
  return timeRuns(runs, () => decodeBlock(bytes).transactions.map(transactionId));
}
