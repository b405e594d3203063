/**
 * Who keeps a name that two nodes go by: whoever had it first, and of two that start at once the one with the
 * smaller key.
 *
 * A node that has gone by its name for a minute never gives it up, or anybody could take it away.
 *
 * @module
 */
import type { Advert } from "../advert.ts";
import type { Clock } from "../channel.ts";
import { TokenBucket } from "./token_buckets.ts";

/** For so long a name can turn out to be another's: by then a node knows everybody. */
const PROBATION_MS = 60_000;
/** Who came that much earlier was first; within it, nobody was. */
const SIMULTANEOUS_MS = 2_000;
/** Somebody who takes every name that we take should not keep us busy for ever. */
const CHANGES = { perSecond: 0.1, burst: 10 } as const;
/** One node's adverts on several links, or two that crossed ours, are one objection. */
const OBJECTION_SPAN_MS = 500;
const MAX_NAME_CHARACTERS = 64;

/** One node's name. */
export class NameClaim {
  readonly #wanted: string;
  readonly #key: string;
  readonly #clock: Clock;
  #name: string;
  readonly #changes = new TokenBucket(CHANGES);
  #suffix = 1;
  #claimedAt: { readonly nowMs: number; readonly unixMs: number } | undefined;
  #objections = 0;
  #objectedAtMs = -Infinity;

  /**
   * @param wanted The name.
   * @param key Our own.
   * @param clock Time.
   */
  constructor(wanted: string, key: string, clock: Clock) {
    this.#wanted = wanted;
    this.#key = key;
    this.#clock = clock;
    this.#name = wanted;
  }

  /** The name as it stands: the one wanted, or that with a number. */
  get name(): string {
    return this.#name;
  }

  /** Begins to go by the name. */
  claim(): void {
    this.#claimedAt = { nowMs: this.#clock.now(), unixMs: this.#clock.unixMs() };
    this.#objections = 0;
    this.#objectedAtMs = -Infinity;
  }

  /** Whether the name can still turn out to be another's. */
  get mayGiveWay(): boolean {
    const nowMs = this.#clock.now();
    const isYoung = this.#claimedAt === undefined || nowMs - this.#claimedAt.nowMs <= PROBATION_MS;
    return isYoung && this.#changes.available(nowMs) >= 1;
  }

  /**
   * Decides between us and somebody else who goes by our name.
   *
   * @param other Their advert.
   * @returns Whether the name stays ours.
   */
  withstands(other: Advert): boolean {
    const claimed = this.#claimedAt;
    const nowMs = this.#clock.now();
    if (claimed === undefined) return false;
    if (!this.mayGiveWay) return true;
    if (other.timeMs < claimed.unixMs - SIMULTANEOUS_MS) return false;
    if (nowMs - this.#objectedAtMs > OBJECTION_SPAN_MS) {
      this.#objectedAtMs = nowMs;
      this.#objections++;
    }
    // Who started together with us gives way or we do; who says it again after hearing us was there before.
    return this.#objections === 1 && this.#key < other.key;
  }

  /** Takes the next name: `name-2`, `name-3` and so on. */
  next(): void {
    this.#changes.take(this.#clock.now());
    const ending = `-${++this.#suffix}`;
    let stem = this.#wanted;
    while (stem.length + ending.length > MAX_NAME_CHARACTERS) {
      stem = [...stem].slice(0, -1).join("");
    }
    this.#name = stem.trimEnd() + ending;
  }
}
