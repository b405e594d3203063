/**
 * `synapse btc broadcast`: what it does.
 *
 * @module
 */
import {
  type Broadcast,
  type BroadcastReport,
  type ConduitWorld,
  encodeTransaction,
  summarizeTransaction,
} from "../../../../bitcoin.ts";
import type { CliIo } from "../../../io.ts";
import { printValue } from "../../../print_value.ts";
import { readRaw, readTransaction } from "../raw_input.ts";
import { describeTransaction, formatTransaction } from "../transaction_text.ts";
import { findNetworkFlag, withConduit } from "../with_conduit.ts";
import type { BroadcastOptions } from "./command.ts";
import { confirm, requireConsent } from "./consent.ts";
import { createProgress } from "./progress.ts";
import { exitCodeOfOutcome, formatVerdict } from "./verdict.ts";

/** Whoever sends a transaction of hundreds of outputs wants to see where it went, not all of it again. */
const MAX_ROWS = 20;

/**
 * Sends a transaction, and sees that it travels.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code: 0 only with evidence.
 */
export async function broadcast(
  options: BroadcastOptions,
  io: CliIo,
  world: Partial<ConduitWorld> = {},
): Promise<number> {
  const { input, nodes, watchers, waitMs, isJson } = options;
  const network = findNetworkFlag(options.network);
  const transaction = readTransaction(await readRaw(input, io), network);
  const parents: Uint8Array[] = [];
  for (const word of options.parents) {
    parents.push(encodeTransaction(readTransaction(await readRaw(word, io), network)));
  }
  requireConsent(options, network, io);
  const summary = summarizeTransaction(transaction, network);
  return await withConduit(options, io, world, async (conduit) => {
    if (isJson) {
      await printValue({ type: "decoded", ...describeTransaction(summary, network) }, "json", io);
    } else {
      await io.out.write(`${formatTransaction(summary, network, io, MAX_ROWS)}\n`);
    }
    await confirm(options, network, io);
    const { signal } = io;
    const telling = { nodes, watchers, timeoutMs: waitMs, parents, signal };
    const broadcast = conduit.broadcastTransaction(encodeTransaction(transaction), telling);
    if (isJson) return exitCodeOfOutcome((await printEvents(broadcast, io)).outcome);
    const { outcome, transactions, ms } = await follow(broadcast, summary.txid, io);
    await io.out.write(formatVerdict(transactions[0], ms, io));
    return exitCodeOfOutcome(outcome);
  });
}

async function printEvents(broadcast: Broadcast, io: CliIo): Promise<BroadcastReport> {
  for await (const event of broadcast) await printValue(event, "json", io);
  return await broadcast;
}

/** Nothing depends on whether anybody reads it. */
async function follow(broadcast: Broadcast, txid: string, io: CliIo): Promise<BroadcastReport> {
  const progress = createProgress(txid, io);
  for await (const event of broadcast) await progress.show(event);
  return await broadcast;
}
