/**
 * Waits until a pool has a peer that will do.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { withDeadline } from "../deadline.ts";
import { SynapseError } from "../errors.ts";
import { formatEndpoint } from "./endpoint.ts";
import type { BitcoinPeer } from "./peer.ts";
import type { Pool } from "./pool.ts";

/** What {@linkcode awaitPeer} takes. */
export interface AwaitPeerOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Which peer will do. */
  readonly suits: (peer: BitcoinPeer) => boolean;
}

/**
 * Waits.
 *
 * @param pool Whose peers.
 * @param options How long, and for which.
 * @returns The first that will do, in the pool's order.
 * @throws {SynapseError} `unreachable`, when only named nodes would do and none of them can be had.
 * @throws {TimeoutError} When none comes in time.
 */
export function awaitPeer(pool: Pool, options: AwaitPeerOptions): Promise<BitcoinPeer> {
  const { suits } = options;
  const known = pool.peers.find(suits);
  if (known !== undefined) return Promise.resolve(known);
  return withDeadline({ ...options, operation: "find a Bitcoin peer" }, async (signal) => {
    const unsubscribe: (() => void)[] = [];
    const failed = new Set<string>();
    try {
      return await new Promise<BitcoinPeer>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        const giveUp = (name: string, reason: string): void => {
          failed.add(name);
          const isHopeless = !pool.isDiscovering &&
            pool.named.every((endpoint) => failed.has(formatEndpoint(endpoint)));
          if (isHopeless) reject(new SynapseError("unreachable", reason));
        };
        unsubscribe.push(
          pool.events.on("up", ({ peer }) => {
            if (suits(peer)) resolve(peer);
            else giveUp(peer.name, `Cannot use ${peer.name} as it doesn't offer what is needed`);
          }),
          pool.events.on("failed", ({ endpoint, reason }) => {
            const name = formatEndpoint(endpoint);
            giveUp(name, reason.includes(name) ? reason : `${name}: ${reason}`);
          }),
        );
        for (const { name } of pool.peers) {
          giveUp(name, `Cannot use ${name} as it doesn't offer what is needed`);
        }
      });
    } finally {
      for (const stop of unsubscribe) stop();
    }
  });
}
