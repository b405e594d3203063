/** Decodes a block with the ids of its transactions, by `bitcoinjs-lib`. @module */
import { readFileSync } from "node:fs";
import { Block } from "bitcoinjs-lib";
import { timeRuns } from "../time_runs.mjs";

export function decode(path, runs) {
  const bytes = new Uint8Array(readFileSync(path));
  return timeRuns(
    runs,
    () => Block.fromBuffer(bytes).transactions.map((transaction) => transaction.getHash(false)),
  );
}
