/**
 * A client of the Bitcoin network that hears of transactions, or broadcasts them.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Conduit } from "../../bitcoin.ts";

/** What a broadcast has come to. */
export interface Broadcasted {
  /** How many were seen in the node's mempool. */
  readonly taken: number;
  /** Until the last of them. */
  readonly elapsedMs: number;
}

let conduit: Conduit;
let announced = 0;

/** Connects with all of these nodes, which are of regtest. */
export async function connect(addresses: readonly string[]): Promise<void> {
  conduit = new Conduit({ network: "regtest", peers: addresses });
  conduit.on("inv", ({ message }) => announced += message.items.length);
  await conduit.waitForPeers(addresses.length);
}

/**
 * Waits until so many announcements have been heard in all, for a second at most.
 *
 * @returns How many it were.
 */
export async function hear(count: number): Promise<number> {
  const begunMs = performance.now();
  while (announced < count && performance.now() - begunMs < 1_000) await sleep(1);
  return announced;
}

/** Gives transactions to the node that it is connected with, and finds out whether it has taken them. */
export async function broadcast(transactions: readonly string[]): Promise<Broadcasted> {
  const begunMs = performance.now();
  const report = await conduit.broadcastTransactions(transactions, { nodes: 1, watchers: 0 });
  return { taken: report.total.in_mempool, elapsedMs: performance.now() - begunMs };
}
