/**
 * The real clock and the real dice.
 *
 * @module
 */
import type { Clock, Random } from "../core/channel.ts";

/** The longest that a timer can be set for: 2^31 - 1 ms, 24.8 days. A longer one goes off at once. */
const MAX_TIMER_MS = 0x7fffffff;

/** The machine's time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  after(delayMs, callback) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (leftMs: number): void => {
      timer = leftMs > MAX_TIMER_MS
        ? setTimeout(() => arm(leftMs - MAX_TIMER_MS), MAX_TIMER_MS)
        : setTimeout(callback, leftMs);
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};

/** For jitter, not for secrets. */
export const systemRandom: Random = Math.random;

/** For secrets. */
export function systemRandomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
