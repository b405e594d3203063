import { assertAlmostEquals, assertEquals } from "@std/assert";
import { CallRates, type CallTotals } from "../../../core/watch/call_rates.ts";

const BOUNDS = [0.001, 0.01, 0.1];

function totals(total: number, counts: readonly number[], failed = 0): CallTotals {
  return { total, failed, durations: { boundsSeconds: BOUNDS, counts } };
}

Deno.test("CallRates.sample() counts what has come since the last time", () => {
  const rates = new CallRates(totals(10, [10, 0, 0, 0]), 0);
  const { calls } = rates.sample(totals(30, [30, 0, 0, 0], 3), 2_000);
  assertEquals(calls, { total: 30, failed: 3, perSecond: 10 });
  assertEquals(rates.sample(totals(30, [30, 0, 0, 0], 3), 3_000).calls.perSecond, 0);
});

Deno.test("CallRates.sample() has no rate where no time has passed", () => {
  const rates = new CallRates(totals(0, [0, 0, 0, 0]), 5);
  assertEquals(rates.sample(totals(9, [9, 0, 0, 0]), 5).calls.perSecond, 0);
});

Deno.test("CallRates.sample() tells how long the fresh calls took, and nothing where there are none", () => {
  const rates = new CallRates(totals(1_000, [1_000, 0, 0, 0]), 0);
  const { latency } = rates.sample(totals(1_100, [1_000, 98, 2, 0]), 1_000);
  assertAlmostEquals(latency!.p50Ms, 1 + 9 * 50 / 98);
  assertAlmostEquals(latency!.p99Ms, 10 + 90 * 0.5);
  assertEquals(rates.sample(totals(1_100, [1_000, 98, 2, 0]), 2_000).latency, null);
});

Deno.test("CallRates.sample() takes the last bound for what lies beyond it", () => {
  const rates = new CallRates(totals(0, [0, 0, 0, 0]), 0);
  assertEquals(rates.sample(totals(2, [0, 0, 0, 2]), 1_000).latency, { p50Ms: 100, p99Ms: 100 });
});
