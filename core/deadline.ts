/**
 * The one way to give something a deadline.
 *
 * @module
 */
import type { Clock } from "./channel.ts";
import { createDeferred } from "./deferred.ts";
import { TimeoutError } from "./errors.ts";

/** What {@linkcode withDeadline} takes. */
export interface DeadlineOptions {
  readonly clock: Clock;
  /** Milliseconds; Infinity for none. */
  readonly timeoutMs: number;
  /** What is being done, for the error: `connect to tcp://...`. */
  readonly operation: string;
  /** The caller's own wish to stop. */
  readonly signal?: AbortSignal;
}

/**
 * Runs something until it is done, its time is up, or its caller has lost interest.
 *
 * @param options How long.
 * @param run What. Its signal says when to stop.
 * @returns What `run` returns.
 * @throws {TimeoutError} When time is up; the caller's signal's reason when that came first.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, timeoutMs, operation, signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stopped = createDeferred<never>();
  const stop = (reason: unknown): void => {
    controller.abort(reason);
    stopped.reject(reason);
  };
  const aborted = (): void => stop(signal?.reason);
  const cancelTimer = timeoutMs < Infinity
    ? clock.after(Math.max(0, timeoutMs), () => stop(new TimeoutError(operation, timeoutMs)))
    : () => {};
  signal?.addEventListener("abort", aborted);
  try {
    return await Promise.race([run(controller.signal), stopped.promise]);
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", aborted);
  }
}
