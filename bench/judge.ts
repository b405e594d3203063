/**
 * Figures to reach, and whether they were.
 *
 * @module
 */
import { formatNumber } from "./table.ts";

/** One figure to reach. */
export interface Figure {
  readonly work: string;
  readonly toReach: string;
  readonly got: string;
  /** `not measured` when the run left out what it takes. */
  readonly verdict: "reached" | "missed" | "not measured";
}

/** How much is asked for. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number };
/** A figure without its name. */
export type Judgement = Omit<Figure, "work">;

/**
 * Judges one figure.
 *
 * @param value What was measured; undefined or NaN when nothing was.
 * @param bound What was asked for.
 * @param unit Follows both.
 */
export function judge(value: number | undefined, bound: Bound, unit: string): Judgement {
  const [sign, limit] = "atLeast" in bound ? ["≥", bound.atLeast] : ["≤", bound.atMost];
  const toReach = `${sign} ${formatNumber(limit)}${unit}`;
  if (value === undefined || Number.isNaN(value)) {
    return { toReach, got: "-", verdict: "not measured" };
  }
  const isReached = "atLeast" in bound ? value >= limit : value <= limit;
  return { toReach, got: formatNumber(value), verdict: isReached ? "reached" : "missed" };
}
