import { assertEquals } from "@std/assert";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { sortByDistance, sortByLastSeen, sortByLatency } from "../../core/peer_sort.ts";
import { peer } from "../support/peers.ts";

function measured(name: string, smoothedMs: number) {
  return peer(name, { latency: { smoothedMs, deviationMs: 0 } });
}

const names = (peers: readonly { name: string }[]) => peers.map(({ name }) => name).join(" ");

Deno.test("sortByLatency() puts the fastest first and the unmeasured last, ties by id", () => {
  const peers = [peer("d"), measured("c", 30), measured("b", 5), measured("a", 30), peer("e")];
  assertEquals(names(sortByLatency(peers)), "b a c d e");
  assertEquals(names(peers), "d c b a e", "the list itself stays");
});

Deno.test("sortByLastSeen() puts the last heard first, ties by id", () => {
  const seen = (name: string, lastSeenMs: number) => peer(name, { lastSeenMs });
  assertEquals(names(sortByLastSeen([seen("c", 5), seen("a", 7), seen("b", 7)])), "a b c");
});

Deno.test("sortByDistance() orders by the exclusive or of the hashes, as a number", () => {
  const number = (id: string) => BigInt("0x" + sha256(new TextEncoder().encode(id)).toHex());
  const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(ids, fc.string(), (ids, target) => {
      const sorted = sortByDistance(ids.map((id) => peer(id, { id })), target);
      const distances = sorted.map(({ id }) => number(id) ^ number(target));
      assertEquals(distances, distances.toSorted((a, b) => a < b ? -1 : a > b ? 1 : 0));
      assertEquals(sorted.length, ids.length);
      assertEquals(sortByDistance(sorted, ids[0])[0].id, ids[0], "nobody is closer than oneself");
    }),
  );
});
