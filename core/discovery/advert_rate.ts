/**
 * How often a node may say that it is there, so that a crowd of any size leaves the network in peace:
 * the rule by which RTCP spaces its reports (RFC 3550, 6.2).
 *
 * @module
 */
import type { Random } from "../channel.ts";

/** Between two adverts of one node while few are there. */
export const MIN_INTERVAL_MS: number = 2_500;
/** What all nodes of a namespace send together by schedule. The rest up to 20 is for those who come and go. */
const SCHEDULED_PER_SECOND = 16;
/** A second's worth of adverts at twice the rate that all are kept below. */
const METERED = 40;
/** Nothing much follows from less. */
const MIN_SPAN_MS = 100;

/**
 * Says how long a node waits from one advert to the next.
 *
 * @param crowd How many adverts there are to be sent, its own included.
 * @returns Milliseconds, before jitter.
 */
export function advertIntervalMs(crowd: number): number {
  return Math.max(MIN_INTERVAL_MS, crowd * 1_000 / SCHEDULED_PER_SECOND);
}

/**
 * Draws a delay such that of many who draw only about the first few are early, however many they are: the
 * others hear those, and can spare themselves the trouble (RFC 5740, 1.2.2.1: exponentially spread feedback).
 *
 * @param random Draws.
 * @param options How many may be drawing, and the longest delay. One alone never waits.
 * @returns Milliseconds.
 */
export function suppressionDelayMs(
  random: Random,
  { crowd, spanMs }: { readonly crowd: number; readonly spanMs: number },
): number {
  if (crowd <= 1) return 0;
  const drawn = 1 + Math.log(1 - random()) / Math.log(crowd);
  return spanMs * Math.max(0, drawn);
}

/** Counts adverts as they go by, our own included. */
export class AdvertMeter {
  readonly #timesMs = new Float64Array(METERED).fill(-Infinity);
  readonly #sinceMs: number;
  #next = 0;

  /** @param nowMs Since when it has heard everything. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** One has gone by. */
  add(nowMs: number): void {
    this.#timesMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % METERED;
  }

  /** How many went by in the last second; 40 stands for any more. */
  lastSecond(nowMs: number): number {
    let count = 0;
    for (const timeMs of this.#timesMs) if (timeMs > nowMs - 1_000) count++;
    return count;
  }

  /** How many go by a second, going by less than a second where there was no more. */
  perSecond(nowMs: number): number {
    const spanMs = Math.min(1_000, Math.max(MIN_SPAN_MS, nowMs - this.#sinceMs));
    return this.lastSecond(nowMs) * 1_000 / spanMs;
  }
}
