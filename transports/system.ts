/**
 * The real clock and the real dice.
 *
 * @module
 */
import type { Clock, Random } from "../core/channel.ts";

/** The machine's time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** For jitter, not for secrets. */
export const systemRandom: Random = Math.random;
