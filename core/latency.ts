/**
 * Round-trip times, smoothed as TCP does it (RFC 6298, section 2).
 *
 * @module
 */

/** What is known of the way to somebody. */
export interface Latency {
  /** The smoothed round-trip time in milliseconds. */
  readonly smoothedMs: number;
  /** How far round-trip times stray from that, smoothed too, in milliseconds. */
  readonly deviationMs: number;
}

/**
 * Takes one more measurement into account: with a weight of an eighth, and of a quarter for the deviation.
 *
 * @param known What is known so far, if anything.
 * @param roundTripMs The measurement.
 * @returns What is known now.
 * @throws {RangeError} When the measurement is no time.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const first = smoothLatency(undefined, 100);
 * assertEquals(first, { smoothedMs: 100, deviationMs: 50 });
 * assertEquals(smoothLatency(first, 180), { smoothedMs: 110, deviationMs: 57.5 });
 * ```
 */
export function smoothLatency(known: Latency | undefined, roundTripMs: number): Latency {
  if (!Number.isFinite(roundTripMs) || roundTripMs < 0) {
    throw new RangeError(
      `Cannot smooth latency as a round trip takes 0 ms or more: got ${roundTripMs}`,
    );
  }
  if (known === undefined) return { smoothedMs: roundTripMs, deviationMs: roundTripMs / 2 };
  const { smoothedMs, deviationMs } = known;
  return {
    smoothedMs: smoothedMs + (roundTripMs - smoothedMs) / 8,
    deviationMs: deviationMs + (Math.abs(roundTripMs - smoothedMs) - deviationMs) / 4,
  };
}
