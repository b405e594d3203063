/**
 * Waiting that Ctrl-C ends.
 *
 * @module
 */

/**
 * Waits for a promise, or for the signal, whichever comes first.
 *
 * @param promise What is waited for. It goes on by itself when the signal comes first.
 * @param signal Gives up.
 * @throws The signal's reason.
 */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

/**
 * Waits for a time.
 *
 * @param ms How long.
 * @param signal Gives up.
 * @throws The signal's reason.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await untilAborted(new Promise<void>((resolve) => timer = setTimeout(resolve, ms)), signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for a promise, but not for ever.
 *
 * @param promise What is waited for. It goes on by itself when that takes longer.
 * @param ms How long.
 * @param signal Gives up.
 * @throws The signal's reason, or what the promise is rejected with in time.
 */
export async function forAtMost(
  promise: Promise<unknown>,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    await Promise.race([promise, pause(ms, either)]);
  } finally {
    over.abort();
  }
}
