/**
 * So much, and no more: a budget that fills up again by and by.
 *
 * @module
 */

/** How a bucket fills. */
export interface BucketRate {
  /** What comes in. */
  readonly perSecond: number;
  /** What fits in; it starts full. */
  readonly burst: number;
}

/** One budget. */
export class TokenBucket {
  readonly #buckets: TokenBuckets;

  /** @param rate How it fills. */
  constructor(rate: BucketRate) {
    this.#buckets = new TokenBuckets(rate, 1);
  }

  /** What is there to be taken. Below zero for as long as it is in debt. */
  available(nowMs: number): number {
    return this.#buckets.available("", nowMs);
  }

  /** Takes some. @returns false, and takes nothing, when there is too little. */
  take(nowMs: number, amount: number = 1): boolean {
    return this.#buckets.take("", nowMs, amount);
  }
}

/**
 * A budget for each source, in memory that doesn't grow with their number.
 *
 * Sources share a fixed number of buckets by a hash of their name: no source can be forgotten by naming
 * many others, and the few that share one with a flood wait with it.
 */
export class TokenBuckets {
  readonly #rate: BucketRate;
  readonly #tokens: Float64Array;
  readonly #filledMs: Float64Array;
  readonly #salt: number;

  /**
   * @param rate How each fills.
   * @param count How many there are.
   * @param salt Keeps strangers from choosing names that share a bucket with somebody.
   */
  constructor(rate: BucketRate, count: number, salt: number = 0) {
    this.#rate = rate;
    this.#tokens = new Float64Array(count).fill(rate.burst);
    this.#filledMs = new Float64Array(count);
    this.#salt = salt | 0;
  }

  /** What is there for a source to take. */
  available(source: string, nowMs: number): number {
    return this.#tokens[this.#fill(source, nowMs)];
  }

  /** Takes some for a source. @returns false, and takes nothing, when there is too little. */
  take(source: string, nowMs: number, amount: number = 1): boolean {
    const bucket = this.#fill(source, nowMs);
    if (this.#tokens[bucket] < amount) return false;
    this.#tokens[bucket] -= amount;
    return true;
  }

  /** Puts a source into debt: it gets nothing until that is made up for. */
  punish(source: string, nowMs: number, amount: number): void {
    this.#tokens[this.#fill(source, nowMs)] = -amount;
  }

  #fill(source: string, nowMs: number): number {
    const bucket = this.#bucketOf(source);
    const { perSecond, burst } = this.#rate;
    const gained = (nowMs - this.#filledMs[bucket]) * perSecond / 1_000;
    this.#tokens[bucket] = Math.min(burst, this.#tokens[bucket] + gained);
    this.#filledMs[bucket] = nowMs;
    return bucket;
  }

  /** FNV-1a, salted. */
  #bucketOf(source: string): number {
    let hash = 0x811c9dc5 ^ this.#salt;
    for (let at = 0; at < source.length; at++) {
      hash = Math.imul(hash ^ source.charCodeAt(at), 0x01000193);
    }
    return ((hash ^ (hash >>> 15)) >>> 0) % this.#tokens.length;
  }
}
