/**
 * Functions for others to call. It imports nothing, so that the executable can serve it, too:
 *
 * ```sh
 * synapse serve examples/calculator.ts --namespace demo
 * synapse call localhost:9999 sum 2 3
 * synapse call localhost:9999 countdown 10 1000
 * ```
 *
 * @module
 */

/** Every exported function can be called. */
export function sum(a: number, b: number): number {
  calls++;
  return a + b;
}
sum.description = "Adds two numbers.";

/**
 * A generator streams: its caller gets each number as it comes, and may leave at any. What has a
 * default is optional.
 */
export async function* countdown(from: number, pauseMs: number = 0): AsyncGenerator<number> {
  calls++;
  for (let number = from; number > 0; number--) {
    yield number;
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
countdown.description = "Streams the numbers down to 1.";

/** What was called in the minute that the task below has looked at last. */
export function traffic(): number {
  return callsBefore;
}
traffic.description = "Tells how many calls there were in the last minute.";

let calls = 0;
let callsBefore = 0;

/** What runs again and again on its own. */
export const background = {
  measure: {
    every: "1m",
    run(): void {
      callsBefore = calls;
      calls = 0;
    },
  },
};
