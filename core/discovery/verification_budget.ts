/**
 * How many signatures are checked. One takes about a millisecond, and whoever floods us pays nothing for it.
 *
 * Known nodes, strangers and what others pass on have a budget each, so that none of them can use up
 * what the others need: at the very most a quarter of one core in all, and 5 % for strangers.
 *
 * @module
 */
import type { Random } from "../channel.ts";
import { type BucketRate, TokenBucket, TokenBuckets } from "./token_buckets.ts";

/** Who is vouched for by what: `known` is heard where it was heard before, `relayed` passed on by another. */
export type Provenance = "known" | "stranger" | "relayed";

const KNOWN: BucketRate = { perSecond: 100, burst: 200 };
const STRANGERS: BucketRate = { perSecond: 50, burst: 100 };
/** A machine that starts two hundred nodes at once is no attack: the rest is passed on by others. */
const STRANGERS_PER_HOST: BucketRate = { perSecond: 25, burst: 50 };
/** A crowd of 2,000 is learned within 10 s. */
const RELAYED: BucketRate = { perSecond: 150, burst: 500 };
/** A forgery costs its host ten seconds' worth. */
const FORGERY_DEBT = 250;
const HOST_BUCKETS = 256;

/** What one node spends on signatures. */
export class VerificationBudget {
  readonly #known = new TokenBucket(KNOWN);
  readonly #strangers = new TokenBucket(STRANGERS);
  readonly #relayed = new TokenBucket(RELAYED);
  readonly #hosts: TokenBuckets;

  /** @param random Draws. */
  constructor(random: Random) {
    this.#hosts = new TokenBuckets(STRANGERS_PER_HOST, HOST_BUCKETS, random() * 2 ** 32);
  }

  /**
   * Asks whether one more signature may be checked.
   *
   * @param provenance How it came.
   * @param host Whose datagram it came in.
   * @param nowMs Now.
   * @returns Whether it may.
   */
  take(provenance: Provenance, host: string, nowMs: number): boolean {
    if (provenance === "known") return this.#known.take(nowMs);
    if (provenance === "relayed") {
      return this.#hosts.available(host, nowMs) >= 0 && this.#relayed.take(nowMs);
    }
    return this.#hosts.take(host, nowMs) && this.#strangers.take(nowMs);
  }

  /** How many adverts may be asked for of others. */
  relayable(nowMs: number): number {
    return Math.max(0, Math.floor(this.#relayed.available(nowMs)));
  }

  /** Notes that a host has sent a forgery. */
  punish(host: string, nowMs: number): void {
    this.#hosts.punish(host, nowMs, FORGERY_DEBT);
  }
}
