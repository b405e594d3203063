/**
 * How much of what nobody asked for is listened to.
 *
 * @module
 */
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";
import { type BucketRate, TokenBucket } from "../discovery/token_buckets.ts";

/** What is listened to, by command; of anything else without a bound. */
const RATES: Readonly<Record<string, BucketRate>> = {
  // Nodes ping every 30 s to 2 min.
  ping: { perSecond: 10, burst: 20 },
  // Items. The busiest networks announce some hundreds a second; a whole mempool is 50,000 at a time.
  inv: { perSecond: 2_000, burst: 200_000 },
  // What was asked for is among them: a probe asks for 1,000 at most every 2 s.
  tx: { perSecond: 1_000, burst: 5_000 },
  // Nodes. One answer to `getaddr` is 1,000.
  addr: { perSecond: 10, burst: 3_000 },
  addrv2: { perSecond: 10, burst: 3_000 },
  // A node that has nothing more to say about the chain than new blocks.
  headers: { perSecond: 20, burst: 1_000 },
};

/** The guard of one connection. */
export class FloodGuard {
  readonly #buckets = new Map<string, TokenBucket>();

  /** Whether a message may still be listened to. */
  allows(message: BitcoinMessage, nowMs: number): boolean {
    const { command } = message;
    const rate = RATES[command];
    if (rate === undefined) return true;
    let bucket = this.#buckets.get(command);
    if (bucket === undefined) {
      bucket = new TokenBucket(rate);
      this.#buckets.set(command, bucket);
    }
    return bucket.take(nowMs, amountOf(message));
  }
}

function amountOf(message: BitcoinMessage): number {
  switch (message.command) {
    case "inv":
      return message.items.length;
    case "addr":
    case "addrv2":
      return message.nodes.length;
    default:
      return 1;
  }
}
