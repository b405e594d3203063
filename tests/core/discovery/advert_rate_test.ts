import { assert, assertEquals } from "@std/assert";
import {
  advertIntervalMs,
  AdvertMeter,
  suppressionDelayMs,
} from "../../../core/discovery/advert_rate.ts";
import { seededRandom } from "../../support/seeded_random.ts";

Deno.test("advertIntervalMs() is 2.5 s in a small crowd, and keeps a large one at 16 a second", () => {
  assertEquals([1, 2, 40].map(advertIntervalMs), [2_500, 2_500, 2_500]);
  for (const crowd of [50, 2_000, 10_000]) {
    assertEquals(crowd / advertIntervalMs(crowd) * 1_000, 16);
  }
});

Deno.test("suppressionDelayMs() lets only a few of any crowd be early", () => {
  for (const crowd of [10, 100, 2_000, 10_000]) {
    const random = seededRandom(crowd);
    const delays = Array.from(
      { length: crowd },
      () => suppressionDelayMs(random, { crowd, spanMs: 100 }),
    );
    assert(delays.every((delay) => delay >= 0 && delay <= 100));
    const first = Math.min(...delays);
    const early = delays.filter((delay) => delay < first + 5).length;
    assert(early <= 8, `${early} of ${crowd} within 5 ms`);
  }
});

Deno.test("suppressionDelayMs() is nothing for one alone", () => {
  assertEquals(suppressionDelayMs(() => 0.5, { crowd: 1, spanMs: 100 }), 0);
  assertEquals(suppressionDelayMs(() => 0, { crowd: 100, spanMs: 100 }), 100);
});

Deno.test("AdvertMeter counts the last second", () => {
  const meter = new AdvertMeter(0);
  for (let atMs = 0; atMs < 3_000; atMs += 100) meter.add(atMs);
  assertEquals(meter.lastSecond(2_900), 10);
  assertEquals(meter.lastSecond(3_400), 5);
  assertEquals(meter.lastSecond(4_000), 0);
  assertEquals(meter.perSecond(2_900), 10);
});

Deno.test("AdvertMeter goes by less than a second where there was no more", () => {
  const meter = new AdvertMeter(0);
  for (const atMs of [20, 50, 180]) meter.add(atMs);
  assertEquals(meter.perSecond(200), 15);
  assertEquals(meter.lastSecond(200), 3);
});
