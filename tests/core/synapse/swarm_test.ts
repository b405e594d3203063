import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SYNAPSE_DIALECT } from "../../../core/dialects/synapse.ts";
import { RemoteError, SynapseError, TimeoutError, TransportError } from "../../../core/errors.ts";
import { HEARTBEAT_MS, Swarm } from "../../../core/synapse/swarm.ts";
import { PEER_SILENCE_MS } from "../../../core/synapse/swarm_peers.ts";
import { callFrame, createHost } from "../../support/synapse_host.ts";
import { ask, peerMap, placeOf, SwarmLab } from "../../support/swarm_lab.ts";

Deno.test("Swarm.join() makes two members known to each other, and each to those they know", async () => {
  await using lab = new SwarmLab();
  const [alice, bob, carol] = [
    await lab.add("alice"),
    await lab.add("bob"),
    await lab.add("carol"),
  ];
  await bob.swarm.join(placeOf("alice"));
  assertEquals([alice.peers, bob.peers], [["bob"], ["alice"]]);
  await carol.swarm.join(placeOf("alice"));
  await lab.clock.runMicrotasks();
  assertEquals([alice.peers, carol.peers], [["bob", "carol"], ["alice", "bob"]]);
  // Carol greets Bob at once, whom she has only been told of.
  assertEquals(bob.peers, ["alice", "carol"]);
  assertEquals(alice.log, ["joined bob", "joined carol"]);
});

Deno.test("Swarm keeps its members by a heartbeat, the first at once", async () => {
  await using lab = new SwarmLab();
  const [alice, bob] = [await lab.add("alice"), await lab.add("bob")];
  await bob.swarm.join(placeOf("alice"));
  await lab.clock.runMicrotasks();
  assertEquals(lab.dials.splice(0), ["bob -> alice", "alice -> bob", "bob -> alice"]);
  await lab.clock.advance(HEARTBEAT_MS - 1);
  assertEquals(lab.countDials(), 0);
  await lab.clock.advance(1);
  assertEquals(lab.dials.splice(0).toSorted(), ["alice -> bob", "bob -> alice"]);
  await lab.clock.advance(20 * HEARTBEAT_MS);
  assertEquals([alice.peers, bob.peers, lab.countDials()], [["bob"], ["alice"], 40]);
  assertEquals([alice.log, bob.log], [["joined bob"], ["joined alice"]]);
});

Deno.test("Swarm keeps who answers heartbeats, though it sends none", async () => {
  await using lab = new SwarmLab();
  const [alice, bob] = [await lab.add("alice"), await lab.add("bob")];
  await ask(alice, callFrame("_synapse.join", [peerMap("bob")]));
  bob.swarm.stop();
  await lab.clock.advance(3 * PEER_SILENCE_MS);
  assertEquals([alice.peers, bob.peers], [["bob"], ["alice"]]);
});

Deno.test("Swarm forgets who falls silent, and says nothing any more when nobody is left", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice");
  await lab.addSilent("bob");
  await ask(alice, callFrame("_synapse.heartbeat", [peerMap("bob")]));
  await ask(alice, callFrame("_synapse.heartbeat", [peerMap("nobody")]));
  await lab.clock.advance(PEER_SILENCE_MS - 1);
  assertEquals(alice.peers, ["bob", "nobody"]);
  await lab.clock.advance(1);
  assertEquals([alice.peers, alice.swarm.peers], [[], []]);
  assertEquals(alice.log, ["joined bob", "joined nobody", "offline bob", "offline nobody"]);
  lab.countDials();
  await lab.clock.advance(10 * HEARTBEAT_MS);
  assertEquals([lab.countDials(), lab.clock.pendingTimers], [0, 0]);
});

Deno.test("Swarm takes no answer of somebody else for a sign of life", async () => {
  await using lab = new SwarmLab();
  const [alice] = [await lab.add("alice"), await lab.add("bob")];
  await ask(alice, callFrame("_synapse.join", [peerMap("bob", { id: "an earlier Bob" })]));
  await lab.clock.advance(HEARTBEAT_MS);
  assertEquals(alice.peers, ["bob", "bob"]);
  await lab.clock.advance(PEER_SILENCE_MS);
  assertEquals(alice.swarm.peers.map(({ id }) => id), ["bob-id"]);
});

Deno.test("Swarm beats once for all that claim one place", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice");
  await lab.addSilent("victim");
  for (let i = 0; i < 50; i++) {
    await ask(alice, callFrame("_synapse.join", [peerMap("victim", { id: `${i}` })]));
  }
  lab.countDials();
  await lab.clock.advance(HEARTBEAT_MS);
  assertEquals(lab.countDials(), 1);
});

Deno.test("Swarm keeps who answers, though others claim its place", async () => {
  await using lab = new SwarmLab();
  const [alice, bob] = [await lab.add("alice"), await lab.add("bob")];
  await ask(alice, callFrame("_synapse.join", [peerMap("bob")]));
  await ask(alice, callFrame("_synapse.join", [peerMap("bob", { id: "eve" })]));
  bob.swarm.stop();
  await lab.clock.advance(2 * PEER_SILENCE_MS);
  assertEquals(alice.swarm.peers.map(({ id }) => id), ["bob-id"]);
});

Deno.test("Swarm never takes itself for a peer", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice");
  await alice.swarm.join(placeOf("alice"));
  assertEquals([alice.peers, alice.log], [[], []]);
});

Deno.test("Swarm takes in those of its own swarm and team alone; without one, everybody", async () => {
  await using lab = new SwarmLab();
  const lone = await lab.add("lone", { profile: { swarm: "red", team: "a" } });
  const open = await lab.add("open", { profile: { swarm: null, team: null } });
  const join = (member: typeof lone, fields: object) =>
    ask(member, callFrame("_synapse.join", [peerMap("x", fields)]));
  assertEquals(await join(lone, { swarm: "red", team: "b" }), "bad_request");
  assertEquals(await join(lone, { swarm: "blue", team: "a" }), "bad_request");
  assertEquals(await join(lone, { swarm: null, team: "a" }), "bad_request");
  assertEquals(await join(lone, { swarm: "red", team: null }), "bad_request");
  assertEquals(
    [lone.peers, await join(open, { swarm: "blue", team: "b" })],
    [[], {
      accepted: true,
      self: { ...peerMap("open"), swarm: null, team: null, kind: "node", capabilities: [] },
      peers: [{ ...peerMap("x"), swarm: "blue", team: "b", kind: "node", capabilities: [] }],
    }].map(withTimes(lab)),
  );
  assertEquals(typeof await join(lone, { swarm: "red", team: "a" }), "object");
  assertEquals(lone.peers, ["x"]);
  const refusal = await assertRejects(() => open.swarm.join(placeOf("lone")), RemoteError);
  assertEquals(refusal.code, "bad_request");
});

Deno.test("Swarm takes in no more than there is room for", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice", { limits: { maxPeers: 2 } });
  const join = (name: string) => ask(alice, callFrame("_synapse.join", [peerMap(name)]));
  for (const name of ["a", "b"]) await join(name);
  assertEquals(await join("c"), "bad_request");
  assertEquals(typeof await join("a"), "object");
  assertEquals(alice.peers, ["a", "b"]);
});

Deno.test("Swarm.join() says why it can't", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice");
  await assertRejects(() => alice.swarm.join(placeOf("nobody")), TransportError);
  await lab.addSilent("silent");
  const late = alice.swarm.join(placeOf("silent")).catch((error) => error);
  await lab.clock.advance(5_000);
  assertEquals(await late instanceof TimeoutError, true);
});

Deno.test("Swarm.join() passes over what a seed says of others that can't be true", async () => {
  await using lab = new SwarmLab();
  const seed = await lab.add("seed", { profile: { team: null } });
  for (const fields of [{ team: "other" }, {}]) {
    await ask(seed, callFrame("_synapse.join", [peerMap(`x${Object.keys(fields)}`, fields)]));
  }
  const alice = await lab.add("alice", { profile: { team: "default" } });
  await alice.swarm.join(placeOf("seed"));
  // The seed itself is of no team.
  assertEquals(alice.peers, ["x"]);
});

Deno.test("Swarm.stop() gives up what is under way", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice");
  await lab.addSilent("silent");
  const joining = alice.swarm.join(placeOf("silent")).catch((error) => error);
  await ask(alice, callFrame("_synapse.join", [peerMap("silent")]));
  await alice.acceptor.close!();
  assertEquals((await joining as SynapseError).code, "cancelled");
  assertEquals(lab.clock.pendingTimers, 0);
});

Deno.test("Swarm.self() says how it is reached, as it was told", () => {
  const place = { scheme: "tcp", host: "::", port: 7, path: "" };
  const { clock, random, limits, extensions, dial } = createHost();
  const make = (advertise: string | undefined, addresses: readonly typeof place[]) =>
    new Swarm({ id: "1", advertise }, {
      clock,
      random,
      wire: SYNAPSE_DIALECT.open({ limits, extensions }),
      limits,
      addresses: () => addresses,
      dial,
    });
  assertEquals(make("10.0.0.5", [place]).self().address, "10.0.0.5");
  assertEquals(make(undefined, [place]).self().address, "127.0.0.1");
  const unix = { ...place, scheme: "unix" };
  const error = assertThrows(() => make(undefined, [unix]).self(), SynapseError);
  assertEquals(error.code, "not_supported");
});

/** Peer maps say when somebody was heard; here always now. */
function withTimes(lab: SwarmLab): (value: unknown) => unknown {
  const last_seen = lab.clock.unixMs() / 1000;
  const stamp = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(stamp);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, stamp(item)]);
    return "port" in value
      ? { ...Object.fromEntries(entries), last_seen }
      : Object.fromEntries(entries);
  };
  return stamp;
}
