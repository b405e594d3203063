/**
 * From how many calls there were to how many there are.
 *
 * @module
 */

/** Calls served since a node's beginning. */
export interface CallTotals {
  readonly total: number;
  /** Those among them that didn't end with a result. */
  readonly failed: number;
  /** How many took how long: a count for each upper bound in seconds, and one for what took longer. */
  readonly durations: {
    readonly boundsSeconds: readonly number[];
    readonly counts: readonly number[];
  };
}

/** Calls, as they are watched. */
export interface WatchedCalls {
  readonly calls: {
    readonly total: number;
    readonly failed: number;
    /** Since the sample before. */
    readonly perSecond: number;
  };
  /** How long calls since the sample before took, about; null where there were none. */
  readonly latency: { readonly p50Ms: number; readonly p99Ms: number } | null;
}

/** Compares totals with those before. */
export class CallRates {
  #before: CallTotals;
  #beforeMs: number;

  /**
   * @param totals To begin with.
   * @param nowMs When they were so.
   */
  constructor(totals: CallTotals, nowMs: number) {
    this.#before = totals;
    this.#beforeMs = nowMs;
  }

  /**
   * What has come since the last time.
   *
   * @param totals As they are now.
   * @param nowMs Now.
   */
  sample(totals: CallTotals, nowMs: number): WatchedCalls {
    const seconds = (nowMs - this.#beforeMs) / 1000;
    const { boundsSeconds, counts } = totals.durations;
    const fresh = counts.map((count, i) => count - this.#before.durations.counts[i]);
    const quantile = (q: number): number => readQuantile(boundsSeconds, fresh, q) * 1000;
    const { total, failed } = totals;
    const perSecond = seconds > 0 ? (total - this.#before.total) / seconds : 0;
    const latency = fresh.some((count) => count > 0)
      ? { p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
      : null;
    this.#before = totals;
    this.#beforeMs = nowMs;
    return { calls: { total, failed, perSecond }, latency };
  }
}

/** As Prometheus does it: even within a range, and the last bound for what lies beyond it. */
function readQuantile(bounds: readonly number[], counts: readonly number[], q: number): number {
  const rank = q * counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    if (below + counts[i] >= rank && counts[i] > 0) {
      const floor = i === 0 ? 0 : bounds[i - 1];
      return floor + (bounds[i] - floor) * (rank - below) / counts[i];
    }
    below += counts[i];
  }
  return bounds[bounds.length - 1];
}
