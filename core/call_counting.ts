/**
 * Counts calls where they are served, whatever protocol they came by.
 *
 * @module
 */
import { SynapseError } from "./errors.ts";
import { type CallOutcome, outcomeOf } from "./node_metrics.ts";

/** Who counts. */
export interface CallCounting {
  /** The time, in milliseconds. */
  now(): number;
  /**
   * A call has ended; one that streams, begun.
   *
   * @param method The function; undefined where there is none of that name.
   * @param outcome How.
   * @param durationMs How long it took.
   */
  called(method: string | undefined, outcome: CallOutcome, durationMs: number): void;
}

/** Where a registry and its functions look whether anybody counts: most nodes have nobody. */
export interface CallMeter {
  counting: CallCounting | undefined;
}

/**
 * Runs a call, and counts it.
 *
 * @param counting Who counts.
 * @param method The function.
 * @param run The call.
 * @returns What it returns.
 */
export function countCall(counting: CallCounting, method: string, run: () => unknown): unknown {
  const startMs = counting.now();
  const ended = (outcome: CallOutcome): void =>
    counting.called(method, outcome, counting.now() - startMs);
  const failed = (error: unknown): never => {
    ended(error instanceof SynapseError ? outcomeOf(error.code) : "failed");
    throw error;
  };
  let outcome: unknown;
  try {
    outcome = run();
  } catch (error) {
    return failed(error);
  }
  const isPromise = typeof outcome === "object" && outcome !== null &&
    typeof (outcome as PromiseLike<unknown>).then === "function";
  if (!isPromise) {
    ended("ok");
    return outcome;
  }
  return Promise.resolve(outcome as PromiseLike<unknown>).then((value) => {
    ended("ok");
    return value;
  }, failed);
}
