import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { PeerObservation } from "../../core/peer_observation.ts";
import type { PeerTable } from "../../core/peer_table.ts";
import { PeerTableModel } from "../support/peer_table_model.ts";
import { createTable, keyText } from "../support/peers.ts";
import { StillClock } from "../support/still_clock.ts";

/** What can be done to a table and to its model alike. */
type Step = (table: PeerTable | PeerTableModel, clock: StillClock) => unknown;

const NAMES = ["alice", "bob", "carol", "dave"] as const;
const NAMESPACES = ["demo", "other"] as const;
const KEYS = [1, 2, 3].map(keyText);
const HANDLES = NAMES.flatMap((name) => NAMESPACES.map((namespace) => `${name}@${namespace}`));
const RUNS: fc.Parameters<unknown> = { seed: 1_000_003, numRuns: 1500 };

/** Few names, keys and moments, so that they meet. */
function step(): fc.Arbitrary<Step> {
  const id = fc.constantFrom(...KEYS, ...HANDLES);
  const skewMs = fc.constantFrom(0, 0, 0, -1, -5, -29_999, -30_001, -50_000, 1, 30_000, 30_001);
  const observation = fc.record({
    name: fc.constantFrom(...NAMES),
    namespace: fc.constantFrom(...NAMESPACES),
    address: fc.nat(9).map((i) => `tcp://10.0.0.${i}:9999`),
    key: fc.option(fc.constantFrom(...KEYS), { nil: undefined }),
    functions: fc.option(fc.subarray(["a", "b"]), { nil: undefined }),
    skewMs,
    offlineAfterMs: fc.constantFrom(10_000, 60_000),
  });
  const merge = observation.map(({ skewMs, offlineAfterMs, ...rest }): Step => (table, clock) => {
    const heard: PeerObservation = { ...rest, heardMs: clock.unixMs() + skewMs };
    return table instanceof PeerTableModel
      ? table.merge(heard, offlineAfterMs)
      : table.merge(heard, { offlineAfterMs });
  });
  const act = (arbitrary: fc.Arbitrary<(table: PeerTable | PeerTableModel) => unknown>) =>
    arbitrary.map((act): Step => (table) => void act(table));
  const goodbye = fc.record({ id, skewMs }).map(({ id, skewMs }): Step => (table, clock) => {
    table.goodbye(id, clock.unixMs() + skewMs);
  });
  const forget = fc.record({ name: fc.constantFrom(...NAMES), in: fc.constantFrom(...NAMESPACES) });
  return fc.oneof(
    { weight: 12, arbitrary: merge },
    { weight: 2, arbitrary: act(id.map((id) => (table) => table.connecting(id))) },
    { weight: 2, arbitrary: act(id.map((id) => (table) => table.connected(id, "inbound"))) },
    { weight: 2, arbitrary: act(id.map((id) => (table) => table.disconnected(id))) },
    { weight: 2, arbitrary: act(id.map((id) => (table) => table.failed(id))) },
    {
      weight: 3,
      arbitrary: act(
        fc.record({ id, ms: fc.nat(3) }).map(({ id, ms }) => (table) => table.pinged(id, ms)),
      ),
    },
    { weight: 1, arbitrary: goodbye },
    { weight: 1, arbitrary: act(forget.map((one) => (table) => table.forget(one.name, one.in))) },
    { weight: 3, arbitrary: act(fc.constant((table) => table.sweep())) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(1, 5_000, 10_000, 61_000, 600_000).map((ms): Step =>
      // Both share one clock, which is moved once.
      (table, clock) => table instanceof PeerTableModel && clock.pass(ms)),
    },
  );
}

const steps = () => fc.array(step(), { maxLength: 50, size: "max" });
const maxPeers = () => fc.constantFrom(1, 2, 4, 20);

Deno.test("PeerTable does what its model does", () => {
  fc.assert(
    fc.property(steps(), maxPeers(), (steps, maxPeers) => {
      const clock = new StillClock();
      const { table } = createTable(clock, { maxPeers });
      const model = new PeerTableModel(clock, maxPeers);
      for (const step of steps) {
        const outcome = step(table, clock);
        const expected = step(model, clock);
        if (typeof expected === "string") assertEquals(outcome, expected);
        assertEquals(table.list(), model.list());
      }
    }),
    RUNS,
  );
});

Deno.test("PeerTable is found by id and by name, never too large, and no name has two keys", () => {
  fc.assert(
    fc.property(steps(), maxPeers(), (steps, maxPeers) => {
      const clock = new StillClock();
      const { table } = createTable(clock, { maxPeers });
      const passing = new PeerTableModel(clock, 1);
      for (const step of steps) {
        step(table, clock);
        step(passing, clock);
        const peers = table.list();
        assert(peers.length <= maxPeers);
        assertEquals(peers.length, table.size);
        for (const peer of peers) {
          assertEquals(table.get(peer.id), peer);
          assertEquals(table.named(peer.name, peer.namespace), peer);
          assertEquals(peer.id, peer.key ?? `${peer.name}@${peer.namespace}`);
          assertEquals(peer.addresses.length, new Set(peer.addresses).size);
          assert(peer.addresses.length >= 1 && peer.addresses.length <= 8);
          assert(peer.firstSeenMs <= peer.lastSeenMs);
        }
      }
    }),
    { ...RUNS, numRuns: 500 },
  );
});

Deno.test("PeerTable tells, event by event, who is there", () => {
  fc.assert(
    fc.property(steps(), maxPeers(), (steps, maxPeers) => {
      const clock = new StillClock();
      const { table } = createTable(clock, { maxPeers });
      const passing = new PeerTableModel(clock, 1);
      const present = new Set<string>();
      table.on("peerJoined", ({ peer }) => {
        assert(!present.has(peer.id), "joins once");
        present.add(peer.id);
      });
      table.on("peerUpdated", ({ peer }) => {
        assert(present.has(peer.id) || !["discovered", "connected"].includes(peer.state));
      });
      table.on("peerOffline", ({ peer }) => assert(present.delete(peer.id), "was there"));
      table.on("peerLeft", ({ peer }) => present.delete(peer.id));
      for (const step of steps) {
        step(table, clock);
        step(passing, clock);
        for (const { id, state } of table.list()) {
          if (state !== "connecting") assertEquals(present.has(id), state !== "offline", id);
        }
        assert(present.size <= table.size);
      }
    }),
    { ...RUNS, numRuns: 500 },
  );
});

Deno.test("PeerTable.restore() brings back what snapshot() held", () => {
  fc.assert(
    fc.property(steps(), maxPeers(), (steps, maxPeers) => {
      const clock = new StillClock();
      const { table } = createTable(clock, { maxPeers });
      const passing = new PeerTableModel(clock, 1);
      for (const step of steps) {
        step(table, clock);
        step(passing, clock);
      }
      const json = JSON.parse(JSON.stringify(table.snapshot()));
      const { table: restored } = createTable(clock, { maxPeers });
      assertEquals(restored.restore(json), table.size);
      assertEquals(JSON.parse(JSON.stringify(restored.snapshot())), json);
    }),
    { ...RUNS, numRuns: 500 },
  );
});
