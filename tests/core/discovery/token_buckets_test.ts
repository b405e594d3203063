import { assert, assertEquals } from "@std/assert";
import { TokenBucket, TokenBuckets } from "../../../core/discovery/token_buckets.ts";

Deno.test("TokenBucket gives a burst, then what comes in", () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 });
  assertEquals([1, 2, 3, 4].map(() => bucket.take(0)), [true, true, true, false]);
  assertEquals(bucket.take(499), false);
  assertEquals(bucket.take(500), true);
  assertEquals(bucket.take(500), false);
  assertEquals(bucket.available(3_600_000), 3);
});

Deno.test("TokenBucket.take() takes all or nothing", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 10 });
  assertEquals(bucket.take(0, 11), false);
  assertEquals(bucket.take(0, 10), true);
});

Deno.test("TokenBuckets has a budget for each source", () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, 1_024);
  assertEquals(buckets.take("10.0.0.1", 0), true);
  assertEquals(buckets.take("10.0.0.1", 0), false);
  assertEquals(buckets.take("10.0.0.2", 0), true);
});

Deno.test("TokenBuckets.punish() makes a source wait until its debt is paid", () => {
  const buckets = new TokenBuckets({ perSecond: 10, burst: 5 }, 16);
  buckets.punish("10.0.0.1", 0, 20);
  assert(buckets.available("10.0.0.1", 1_999) < 0);
  assertEquals(buckets.take("10.0.0.1", 2_000), false);
  assertEquals(buckets.take("10.0.0.1", 2_200), true);
});

Deno.test("TokenBuckets spreads sources evenly, differently for each salt", () => {
  const load = (salt: number) => {
    const buckets = new TokenBuckets({ perSecond: 0, burst: 1_000 }, 64, salt);
    for (let i = 0; i < 6_400; i++) buckets.take(`10.0.${i >> 8}.${i & 255}:${i}`, 0);
    return Array.from(
      { length: 6_400 },
      (_, i) => buckets.available(`10.0.${i >> 8}.${i & 255}:${i}`, 0),
    );
  };
  const left = load(1);
  assert(Math.min(...left) > 1_000 - 200 && Math.max(...left) < 1_000 - 50);
  assert(left.some((tokens, i) => tokens !== load(2)[i]));
});
