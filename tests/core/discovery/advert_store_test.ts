import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  AdvertStore,
  type KnownAdvert,
  MAX_ADVERT_AGE_MS,
  SCOPE,
} from "../../../core/discovery/advert_store.ts";
import { timeWord } from "../../../core/discovery/salted_hash.ts";
import { ADVERT_TIME_MS, advertOf } from "../../support/adverts.ts";
import { RUNS } from "../../support/arbitraries.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const SOURCE = { host: "10.0.0.1", port: 1 };
const OFFLINE_AFTER_MS = 10_000;

function known(number: number, change: Partial<KnownAdvert> = {}): KnownAdvert {
  return {
    advert: advertOf(number),
    heardMs: ADVERT_TIME_MS,
    source: SOURCE,
    isLive: true,
    ...change,
  };
}

Deno.test("AdvertStore keeps the last advert of each id", () => {
  const store = new AdvertStore(10);
  store.put(known(1));
  const later = known(1, { advert: advertOf(1, { timeMs: ADVERT_TIME_MS + 1, name: "renamed" }) });
  store.put(later);
  assertEquals(store.othersCount, 1);
  assertEquals(store.liveCount, 1);
  assertEquals(store.get(later.advert.id), later);
});

Deno.test("AdvertStore takes newcomers while there is room, and news of those it knows always", () => {
  const store = new AdvertStore(2);
  for (const number of [1, 2]) store.put(known(number));
  assertEquals(store.hasRoomFor(advertOf(3).id), false);
  assertEquals(store.hasRoomFor(advertOf(2).id), true);
});

Deno.test("AdvertStore.sweep() notes the silent, and forgets them after ten minutes", () => {
  const store = new AdvertStore(10);
  store.put(known(1));
  store.put(known(2, { heardMs: ADVERT_TIME_MS + 5_000 }));
  const sweep = (ms: number) => {
    store.sweep({ unixMs: ADVERT_TIME_MS + ms, offlineAfterMs: OFFLINE_AFTER_MS });
  };
  sweep(10_000);
  assertEquals(store.liveCount, 2);
  sweep(10_001);
  assertEquals(store.live().map(({ advert }) => advert.name), ["node-2"]);
  sweep(MAX_ADVERT_AGE_MS);
  assertEquals([store.othersCount, store.liveCount], [2, 0]);
  assertEquals([...store.scopes.subarray(0, 2)], [SCOPE.nobody, SCOPE.nobody]);
  sweep(MAX_ADVERT_AGE_MS + 1);
  assertEquals(store.othersCount, 0);
});

Deno.test("AdvertStore.sweep() is patient with those that only others tell of", () => {
  const store = new AdvertStore(10);
  store.put(known(1, { source: undefined }));
  store.sweep({ unixMs: ADVERT_TIME_MS + 30_000, offlineAfterMs: OFFLINE_AFTER_MS });
  assertEquals(store.liveCount, 1);
  store.sweep({ unixMs: ADVERT_TIME_MS + 30_001, offlineAfterMs: OFFLINE_AFTER_MS });
  assertEquals(store.liveCount, 0);
});

Deno.test("AdvertStore.sweep() forgets the silent at once when it is full", () => {
  const store = new AdvertStore(3);
  store.put(known(1));
  store.put(known(2, { isLive: false, advert: advertOf(2, { type: "bye" }) }));
  store.put(known(3));
  store.sweep({ unixMs: ADVERT_TIME_MS, offlineAfterMs: OFFLINE_AFTER_MS });
  assertEquals(store.live().map(({ advert }) => advert.name).sort(), ["node-1", "node-3"]);
  assertEquals(store.hasRoomFor(advertOf(4).id), true);
});

Deno.test("AdvertStore.putOwn() replaces our own adverts, which are neither live nor forgotten", () => {
  const store = new AdvertStore(10);
  store.put(known(1));
  store.putOwn([advertOf(7), advertOf(7, { host: "127.0.0.1" })]);
  assertEquals([store.rows, store.othersCount, store.crowd], [3, 1, 3]);
  store.sweep({ unixMs: ADVERT_TIME_MS + 10 * MAX_ADVERT_AGE_MS, offlineAfterMs: 1 });
  assertEquals([store.rows, store.othersCount, store.crowd], [2, 0, 2]);
  store.putOwn([advertOf(7, { timeMs: ADVERT_TIME_MS + 9 })]);
  assertEquals(store.adverts.map(({ timeMs }) => timeMs), [ADVERT_TIME_MS + 9]);
  assertEquals(store.holderOf("node-7"), undefined);
});

Deno.test("AdvertStore.pickLive() picks each of those who are there about as often", () => {
  const store = new AdvertStore(10);
  for (let number = 1; number <= 6; number++) {
    store.put(known(number, { isLive: number % 2 === 0 }));
  }
  const random = seededRandom(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 3_000; i++) {
    const { name } = store.pickLive(random)!.advert;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort(), ["node-2", "node-4", "node-6"]);
  assert([...counts.values()].every((count) => count > 850 && count < 1_150));
  assertEquals(new AdvertStore(1).pickLive(random), undefined);
});

Deno.test("AdvertStore.holderOf() knows who is there under a name", () => {
  const store = new AdvertStore(10);
  store.put(known(1));
  store.put(known(2, { isLive: false }));
  assertEquals(store.holderOf("node-1")?.name, "node-1");
  assertEquals(store.holderOf("node-2"), undefined);
});

Deno.test("AdvertStore keeps its columns in step, whatever comes and goes", () => {
  const step = fc.record({
    number: fc.integer({ min: 1, max: 100 }),
    ageMs: fc.integer({ min: 0, max: 2 * MAX_ADVERT_AGE_MS }),
    isLive: fc.boolean(),
    sweeps: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const store = new AdvertStore(80);
      const model = new Map<string, KnownAdvert>();
      for (const { number, ageMs, isLive, sweeps } of steps) {
        const heardMs = ADVERT_TIME_MS - ageMs;
        const entry = known(number, {
          advert: advertOf(number, { timeMs: heardMs }),
          heardMs,
          isLive,
        });
        if (store.hasRoomFor(entry.advert.id)) {
          store.put(entry);
          model.set(entry.advert.id, entry);
        }
        if (sweeps > 0) continue;
        const isFull = model.size === 80;
        store.sweep({ unixMs: ADVERT_TIME_MS, offlineAfterMs: OFFLINE_AFTER_MS });
        for (const [id, one] of model) {
          const silentMs = ADVERT_TIME_MS - one.heardMs;
          const stays = one.isLive && silentMs <= OFFLINE_AFTER_MS;
          if (silentMs > MAX_ADVERT_AGE_MS || (isFull && !stays)) model.delete(id);
          else model.set(id, { ...one, isLive: stays });
        }
      }
      assertEquals(store.rows, model.size);
      assertEquals(store.liveCount, [...model.values()].filter(({ isLive }) => isLive).length);
      for (const [id, entry] of model) assertEquals(store.get(id), entry);
      store.adverts.forEach(({ idWords, timeMs }, row) => {
        assertEquals([store.highs[row], store.lows[row]], [...idWords]);
        assertEquals(store.times[row], timeWord(timeMs));
      });
    }),
    { ...RUNS, numRuns: 60 },
  );
});
