import { assert, assertEquals } from "@std/assert";
import type { Advert } from "../../../core/advert.ts";
import { AdvertStore } from "../../../core/discovery/advert_store.ts";
import {
  bucketBitsFor,
  LIST_HEADER_BYTES,
  LISTED_ADVERT_BYTES,
  MAX_BUCKET_BITS,
  MIN_BUCKET_BITS,
  SaltedAdverts,
} from "../../../core/discovery/difference.ts";
import { isLater, type Salt, timeWord } from "../../../core/discovery/salted_hash.ts";
import { ADVERT_TIME_MS, advertOf } from "../../support/adverts.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const SALT: Salt = [0x1234_5678, 0x9abc_def0];
const BITS = 6;

function storeOf(adverts: readonly Advert[]): AdvertStore {
  const store = new AdvertStore(10_000);
  for (const advert of adverts) {
    store.put({ advert, heardMs: advert.timeMs, source: undefined, isLive: true });
  }
  return store;
}

function salted(adverts: readonly Advert[], salt: Salt = SALT, isHere = false): SaltedAdverts {
  return new SaltedAdverts(storeOf(adverts), salt, isHere);
}

function numbered(from: number, to: number): Advert[] {
  return Array.from({ length: to - from }, (_, i) => advertOf(from + i));
}

function differing(a: Uint8Array, b: Uint8Array): number[] {
  return [...a.keys()].filter((bucket) => a[bucket] !== b[bucket]);
}

function reconcile(asker: SaltedAdverts, answerer: SaltedAdverts) {
  const buckets = differing(asker.digests(BITS), answerer.digests(BITS));
  const { pages } = answerer.list(buckets, {
    bits: BITS,
    pageBytes: 100_000,
    maxPages: 1,
    random: seededRandom(1),
  });
  return asker.compare(pages[0], BITS);
}

Deno.test("SaltedAdverts.digests() are the same for the same adverts in any order", () => {
  const adverts = numbered(0, 300);
  assertEquals(salted(adverts).digests(BITS), salted(adverts.toReversed()).digests(BITS));
});

Deno.test("SaltedAdverts.digests() differ where an advert is missing or older", () => {
  const adverts = numbered(0, 300);
  const digests = salted(adverts).digests(BITS);
  assertEquals(differing(digests, salted(adverts.slice(1)).digests(BITS)).length, 1);
  const newer = [advertOf(0, { timeMs: ADVERT_TIME_MS + 1_000 }), ...adverts.slice(1)];
  assertEquals(differing(digests, salted(newer).digests(BITS)).length, 1);
});

Deno.test("SaltedAdverts puts the same adverts into other buckets for another pair of nodes", () => {
  const adverts = numbered(0, 300);
  const digests = salted(adverts, [1, 2]).digests(BITS);
  assert(differing(digests, salted(adverts, [1, 3]).digests(BITS)).length > 32);
});

Deno.test("SaltedAdverts.compare() finds what either side lacks, and what is newer", () => {
  const common = numbered(0, 200);
  const newer = [advertOf(900, { timeMs: ADVERT_TIME_MS + 5_000 }), advertOf(901)];
  const older = [advertOf(900), advertOf(901, { timeMs: ADVERT_TIME_MS - 5_000 })];
  const asker = salted([...common, advertOf(1_000), newer[0], older[1]]);
  const answerer = salted([...common, advertOf(2_000), older[0], newer[1]]);
  const { wanted, offered } = reconcile(asker, answerer);
  assertEquals(
    answerer.select(wanted).map(({ name }) => name).sort(),
    ["node-2000", "node-901"],
  );
  assertEquals(offered.map(({ name }) => name).sort(), ["node-1000", "node-900"]);
});

Deno.test("SaltedAdverts.compare() finds nothing between two who know the same", () => {
  const adverts = numbered(0, 200);
  assertEquals(reconcile(salted(adverts), salted(adverts)), { wanted: [], offered: [] });
});

Deno.test("SaltedAdverts.list() fills pages, and says whether all is in them", () => {
  const answerer = salted(numbered(0, 500));
  const buckets = Array.from({ length: 1 << BITS }, (_, bucket) => bucket);
  const pageBytes = 400;
  const list = (maxPages: number) => {
    return answerer.list(buckets, { bits: BITS, pageBytes, maxPages, random: seededRandom(2) });
  };
  const few = list(3);
  assertEquals(few.pages.length, 3);
  assertEquals(few.isComplete, false);
  const all = list(100);
  assertEquals(all.isComplete, true);
  for (const page of all.pages) {
    const bytes = page.reduce((sum, { adverts }) => {
      return sum + LIST_HEADER_BYTES + adverts.length * LISTED_ADVERT_BYTES;
    }, 0);
    assert(bytes <= pageBytes, `${bytes} bytes`);
  }
  const listed = all.pages.flat();
  assertEquals(listed.map(({ bucket }) => bucket).sort((a, b) => a - b), buckets);
  assertEquals(listed.reduce((sum, { adverts }) => sum + adverts.length, 0), 500);
  assert(listed.every(({ isPartial }) => !isPartial));
});

Deno.test("SaltedAdverts.list() gives part of a bucket that is too large, from which nothing follows", () => {
  const answerer = salted(numbered(0, 3_000));
  const bits = MIN_BUCKET_BITS;
  const { pages, isComplete } = answerer.list([3], {
    bits,
    pageBytes: 203,
    maxPages: 5,
    random: seededRandom(2),
  });
  assertEquals(isComplete, false);
  assertEquals(pages.length, 1);
  assertEquals(pages[0].map(({ isPartial, adverts }) => [isPartial, adverts.length]), [[true, 40]]);
  const asker = salted(numbered(5_000, 5_300));
  const { wanted, offered } = asker.compare(pages[0], bits);
  assertEquals(wanted.length, 40);
  assertEquals(offered, []);
});

Deno.test("SaltedAdverts keeps this machine's own addresses on this machine", () => {
  const adverts = [advertOf(1), advertOf(2, { host: "127.0.0.1" })];
  assertEquals(salted(adverts, SALT, false).count, 1);
  assertEquals(salted(adverts, SALT, true).count, 2);
});

Deno.test("bucketBitsFor() grows with what is known, within what fits into a datagram", () => {
  assertEquals([0, 1, 64].map(bucketBitsFor), [MIN_BUCKET_BITS, MIN_BUCKET_BITS, MIN_BUCKET_BITS]);
  assertEquals(bucketBitsFor(65), MIN_BUCKET_BITS + 1);
  assertEquals([2_048, 1_000_000].map(bucketBitsFor), [MAX_BUCKET_BITS, MAX_BUCKET_BITS]);
});

Deno.test("isLater() compares times that go round", () => {
  const hourMs = 3_600_000;
  for (let startMs = ADVERT_TIME_MS; startMs < ADVERT_TIME_MS + 4 * hourMs; startMs += 60_000) {
    assert(isLater(timeWord(startMs + 600_000), timeWord(startMs)));
    assert(!isLater(timeWord(startMs), timeWord(startMs + 600_000)));
    assert(!isLater(timeWord(startMs), timeWord(startMs)));
  }
});
