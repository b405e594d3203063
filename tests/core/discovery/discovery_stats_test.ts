import { assertEquals } from "@std/assert";
import { DiscoveryStats, type DropSummary } from "../../../core/discovery/discovery_stats.ts";
import { SimulatedClock } from "../../support/simulated_clock.ts";

function createStats() {
  const clock = new SimulatedClock();
  const summaries: [number, DropSummary][] = [];
  const onSummary = (summary: DropSummary) => void summaries.push([clock.now(), summary]);
  return { clock, summaries, stats: new DiscoveryStats({ clock, onSummary }) };
}

Deno.test("DiscoveryStats tells of what was dropped soon, and then once a minute", () => {
  const { clock, summaries, stats } = createStats();
  for (let i = 0; i < 5; i++) stats.drop("forged");
  clock.run(500);
  stats.drop("malformed");
  clock.run(500);
  assertEquals(summaries, [[1_000, { forged: 5, malformed: 1 }]]);
  for (let i = 0; i < 120; i++) {
    stats.drop("flood");
    clock.run(1_000);
  }
  assertEquals(summaries.slice(1), [[61_000, { flood: 60 }], [121_000, { flood: 60 }]]);
});

Deno.test("DiscoveryStats counts what is harmless without a word", () => {
  const { clock, summaries, stats } = createStats();
  for (const reason of ["namespace", "own", "duplicate", "pnet"] as const) stats.drop(reason);
  clock.run(120_000);
  assertEquals(summaries, []);
  stats.drop("expired");
  clock.run(120_000);
  assertEquals(summaries, [[121_000, { expired: 1 }]]);
  const { dropped } = stats.read();
  assertEquals([dropped.namespace, dropped.own, dropped.duplicate, dropped.expired], [1, 1, 1, 1]);
});

Deno.test("DiscoveryStats.stop() leaves no timer behind", () => {
  const { clock, summaries, stats } = createStats();
  stats.drop("forged");
  stats.stop();
  clock.run(120_000);
  assertEquals(summaries, []);
});

Deno.test("DiscoveryStats counts datagrams and bytes each way", () => {
  const { stats } = createStats();
  stats.countReceived(new Uint8Array(10));
  stats.countSent(new Uint8Array(20));
  stats.countBroadcast(new Uint8Array(30));
  const { received, receivedBytes, sent, broadcast, sentBytes } = stats.read();
  assertEquals([received, receivedBytes, sent, broadcast, sentBytes], [1, 10, 1, 1, 50]);
});
