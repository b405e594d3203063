import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Latency, smoothLatency } from "../../core/latency.ts";
import { RUNS } from "../support/arbitraries.ts";

Deno.test("smoothLatency() follows RFC 6298", () => {
  const first = smoothLatency(undefined, 100);
  assertEquals(first, { smoothedMs: 100, deviationMs: 50 });
  const second = smoothLatency(first, 200);
  assertEquals(second, { smoothedMs: 112.5, deviationMs: 62.5 });
  // RTTVAR is taken from the smoothed time before this measurement.
  assertEquals(smoothLatency(second, 112.5), { smoothedMs: 112.5, deviationMs: 46.875 });
});

Deno.test("smoothLatency() comes to what is always measured", () => {
  let latency = smoothLatency(undefined, 1000);
  for (let i = 0; i < 200; i++) latency = smoothLatency(latency, 20);
  assertAlmostEquals(latency.smoothedMs, 20, 1e-6);
  assertAlmostEquals(latency.deviationMs, 0, 1e-6);
});

Deno.test("smoothLatency() stays between the shortest and the longest measurement", () => {
  const measurements = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(measurements, (measurements) => {
      let latency: Latency | undefined;
      for (const roundTripMs of measurements) latency = smoothLatency(latency, roundTripMs);
      const slackMs = 1e-6;
      assert(latency!.smoothedMs >= Math.min(...measurements) - slackMs);
      assert(latency!.smoothedMs <= Math.max(...measurements) + slackMs);
      assert(latency!.deviationMs >= 0);
    }),
    RUNS,
  );
});

Deno.test("smoothLatency() refuses what is no time", () => {
  for (const bad of [-1, NaN, Infinity]) {
    assertThrows(() => smoothLatency(undefined, bad), RangeError, `got ${bad}`);
  }
});
