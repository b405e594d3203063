/**
 * Bitcoin as published functions: others send transactions through a node that is connected already.
 *
 * @module
 */
import {
  type BroadcastReport,
  type Conduit,
  type ConduitPeer,
  parseRawTransaction,
  summarizeTransaction,
  type Transaction,
} from "../../../bitcoin.ts";
import { type CallContext, DecodeError, type Node, SynapseError } from "../../../mod.ts";
import type { ConnectingFlags } from "../btc/flags.ts";
import { describeTransaction } from "../btc/transaction_text.ts";
import { type CommandWorld, openConduit } from "../btc/with_conduit.ts";

/** Callers give up after 30 s, if nothing else is said. */
const WAIT_MS = 25_000;
/** Each takes part of the peers' attention. */
const MAX_BROADCASTS = 16;

/** How the network is reached. */
export type PublishBitcoinOptions = Partial<Omit<ConnectingFlags, "network">>;

/**
 * Publishes `btc.broadcast`, `btc.peers` and `btc.decode`, and connects to the network.
 *
 * @param node Where.
 * @param networkName Such as `main`.
 * @param options Nodes to ask, and a proxy.
 * @param world What differs from this machine.
 * @returns What is connected. Closing it is the caller's.
 * @throws {UsageError} When there is no such network, or no way to find its nodes.
 */
export function publishBitcoin(
  node: Node,
  networkName: string,
  options: PublishBitcoinOptions = {},
  world: CommandWorld = {},
): Conduit {
  const { peers = [], proxy } = options;
  const conduit = openConduit({ network: networkName, peers, proxy }, world);
  const { network } = conduit;
  let broadcasts = 0;
  const read = (rawtx: unknown): Transaction => {
    if (typeof rawtx !== "string") {
      throw new SynapseError("invalid_params", "Cannot read transaction as it is no hex text");
    }
    try {
      return parseRawTransaction(rawtx, network);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new SynapseError("invalid_params", error.message);
    }
  };
  node.endpoint(
    "btc.decode",
    { description: `Shows what is in a raw transaction of ${network.name}.` },
    (rawtx: string) => describeTransaction(summarizeTransaction(read(rawtx), network), network),
  );
  node.endpoint(
    "btc.peers",
    { description: `Lists the nodes of ${network.name} that are connected.` },
    (): ConduitPeer[] => conduit.getPeers(),
  );
  node.endpoint(
    "btc.broadcast",
    {
      description: `Sends a raw transaction to ${network.name}, and reports where it was seen.`,
      context: true,
    },
    async (rawtx: string, { signal }: CallContext): Promise<BroadcastReport> => {
      read(rawtx);
      if (broadcasts >= MAX_BROADCASTS) {
        throw new SynapseError(
          "limit_exceeded",
          `Cannot broadcast as there are ${MAX_BROADCASTS} under way: try again`,
        );
      }
      broadcasts++;
      try {
        return await conduit.broadcastTransaction(rawtx, { timeoutMs: WAIT_MS, signal });
      } finally {
        broadcasts--;
      }
    },
  );
  // Whoever calls first shouldn't have to wait until somebody is found; whoever can't be found now may come.
  conduit.waitForPeers().catch(() => {});
  return conduit;
}
