import { assert, assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../core/errors.ts";
import type { PeerObservation } from "../../core/peer_observation.ts";
import { PeerTable } from "../../core/peer_table.ts";
import { createTable, heard, keyText, peer } from "../support/peers.ts";
import { StillClock } from "../support/still_clock.ts";

const K1 = keyText(1);
const K2 = keyText(2);

Deno.test("PeerTable.merge() lets a peer join, and knows it by id and by name", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  const seenMs = clock.unixMs();
  assertEquals(table.merge(heard("alice", clock, { key: K1, functions: ["sum"] })), "joined");
  assertEquals(table.merge(heard("bob", clock)), "joined");
  const alice = peer("alice", {
    id: K1,
    key: K1,
    functions: ["sum"],
    firstSeenMs: seenMs,
    lastSeenMs: seenMs,
  });
  assertEquals(table.get(K1), alice);
  assertEquals(table.named("alice", "demo"), alice);
  assertEquals(table.get("alice@demo"), undefined, "its id is its key");
  assertEquals(table.get("bob@demo")?.name, "bob");
  assertEquals(table.named("alice", "elsewhere"), undefined);
  assertEquals(table.size, 2);
  assertEquals(events, ["peerJoined alice", "peerJoined bob"]);
});

Deno.test("PeerTable.list() gives all peers, or those of one namespace", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("alice", clock));
  table.merge(heard("alice", clock, { namespace: "other" }));
  assertEquals(table.list().map(({ id }) => id), ["alice@demo", "alice@other"]);
  assertEquals(table.list("other").map(({ id }) => id), ["alice@other"]);
  assertEquals(table.list("none"), []);
});

Deno.test("PeerTable.merge() takes the same again for no more than a sign of life", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  clock.pass(1000);
  assertEquals(table.merge(heard("alice", clock)), "unchanged");
  assertEquals(table.get("alice@demo")?.lastSeenMs, clock.unixMs());
  assertEquals(table.get("alice@demo")?.firstSeenMs, clock.unixMs() - 1000);
  assertEquals(events, ["peerJoined alice"]);
});

Deno.test("PeerTable.merge() unites addresses, newest first, and keeps 8", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  const address = (i: number) => `tcp://10.0.0.${i}:9999`;
  const hear = (i: number) => table.merge(heard("alice", clock, { address: address(i) }));
  const known = () => table.get("alice@demo")!.addresses;
  assertEquals(hear(0), "joined");
  for (let i = 1; i < 8; i++) assertEquals(hear(i), "updated");
  assertEquals(known(), [7, 6, 5, 4, 3, 2, 1, 0].map(address));
  assertEquals(hear(3), "unchanged", "only the order is another");
  assertEquals(known(), [3, 7, 6, 5, 4, 2, 1, 0].map(address));
  assertEquals(hear(8), "updated");
  assertEquals(known(), [8, 3, 7, 6, 5, 4, 2, 1].map(address));
  assertEquals(hear(0), "updated");
  assertEquals(events.length, 10);
});

Deno.test("PeerTable.merge() knows one address in two spellings", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("alice", clock, { address: "10.0.0.1:9999" }));
  assertEquals(table.merge(heard("alice", clock, { address: "TCP://10.0.0.1:9999" })), "unchanged");
  assertEquals(table.get("alice@demo")?.addresses, ["tcp://10.0.0.1:9999"]);
});

Deno.test("PeerTable.merge() replaces functions, where any were said", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  const hear = (functions?: string[]) => table.merge(heard("alice", clock, { functions }));
  hear(["a", "b"]);
  assertEquals(hear(["a", "b"]), "unchanged");
  assertEquals(hear(), "unchanged");
  assertEquals(table.get("alice@demo")?.functions, ["a", "b"]);
  assertEquals(hear(["a"]), "updated");
  assertEquals(hear([]), "updated");
  assertEquals(table.get("alice@demo")?.functions, []);
});

Deno.test("PeerTable.merge() lets the newer observation win", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  const now = clock.unixMs();
  const at = (heardMs: number, address: string) =>
    table.merge(heard("alice", clock, { heardMs, address: `tcp://${address}:1` }));
  assertEquals(at(now, "b"), "joined");
  assertEquals(at(now - 1, "a"), "stale");
  assertEquals(at(now, "c"), "updated", "of the same moment, from another interface");
  assertEquals(table.get("alice@demo")?.addresses, ["tcp://c:1", "tcp://b:1"]);
});

Deno.test("PeerTable.merge() takes what is up to 30 s old for now, and up to 30 s ahead at all", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  const now = clock.unixMs();
  const at = (name: string, heardMs: number) => table.merge(heard(name, clock, { heardMs }));
  assertEquals(at("behind", now - 30_000), "joined");
  assertEquals(table.get("behind@demo")?.lastSeenMs, now);
  assertEquals(at("too far behind", now - 30_001), "stale");
  assertEquals(at("ahead", now + 30_000), "joined");
  assertEquals(table.get("ahead@demo")?.lastSeenMs, now);
  assertEquals(at("too far ahead", now + 30_001), "invalid");
});

Deno.test("PeerTable.merge() dates what is older than clocks can differ", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  const observation = heard("alice", clock, { heardMs: clock.unixMs() - 40_000 });
  assertEquals(table.merge(observation, { offlineAfterMs: 40_000 }), "stale");
  assertEquals(table.merge(observation, { offlineAfterMs: 40_001 }), "joined");
  assertEquals(table.get("alice@demo")?.lastSeenMs, clock.unixMs() - 40_000);
  clock.pass(1);
  table.sweep();
  assertEquals(events, ["peerJoined alice", "peerOffline alice"]);
});

Deno.test("PeerTable.merge() takes a repetition for no sign of life", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  const advert = heard("alice", clock);
  table.merge(advert);
  clock.pass(9_999);
  assertEquals(table.merge(advert), "unchanged");
  clock.pass(1);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "offline");
  assertEquals(table.merge(advert), "stale");
  assertEquals(table.get("alice@demo")?.state, "offline");
});

Deno.test("PeerTable.merge() refuses another key under a known name, and says so", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock, { key: K1 }));
  const before = table.get(K1);
  const claim = heard("alice", clock, { key: K2, address: "tcp://6.6.6.6:6" });
  table.on("peerKeyChanged", ({ peer, knownKey, observation }) => {
    assertEquals(peer, before);
    assertEquals(knownKey, K1);
    assertEquals(observation.address, claim.address);
  });
  assertEquals(table.merge(claim), "key_changed");
  assertEquals(table.list(), [before]);
  assertEquals(events, ["peerJoined alice", "peerKeyChanged alice"]);
});

Deno.test("PeerTable.merge() learns nothing without a key about a name that has one", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock, { key: K1 }));
  const before = table.get(K1);
  clock.pass(1000);
  const claim = heard("alice", clock, { address: "tcp://6.6.6.6:6" });
  assertEquals(table.merge(claim), "unchanged");
  assertEquals(table.list(), [before]);
  assertEquals(events.length, 1);
});

Deno.test("PeerTable.merge() lets one with a key take over a name without", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock, { maxPeers: 1 });
  table.merge(heard("alice", clock, { address: "tcp://6.6.6.6:6" }));
  assertEquals(table.merge(heard("alice", clock, { key: K1 })), "joined");
  assertEquals(table.list().map(({ id, addresses }) => [id, addresses]), [
    [K1, ["tcp://10.0.0.1:9999"]],
  ]);
  assertEquals(events, ["peerJoined alice", "peerLeft alice superseded", "peerJoined alice"]);
});

Deno.test("PeerTable.merge() follows a key to another name, and frees the old one", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock, { key: K1 }));
  table.merge(heard("alice-2", clock));
  clock.pass(10);
  assertEquals(table.merge(heard("alice-2", clock, { key: K1, namespace: "other" })), "updated");
  clock.pass(10);
  assertEquals(table.merge(heard("alice-2", clock, { key: K1 })), "updated");
  assertEquals(table.get(K1)?.name, "alice-2");
  assertEquals(table.named("alice", "demo"), undefined);
  assertEquals(table.named("alice-2", "demo")?.id, K1);
  assertEquals(table.merge(heard("alice", clock, { key: K2 })), "joined");
  assertEquals(events, [
    "peerJoined alice",
    "peerJoined alice-2",
    "peerUpdated alice-2",
    "peerLeft alice-2 superseded",
    "peerUpdated alice-2",
    "peerJoined alice",
  ]);
  clock.pass(10);
  assertEquals(table.merge(heard("alice", clock, { key: K1 })), "key_changed");
  assertEquals(table.size, 2);
});

Deno.test("PeerTable.sweep() takes a peer for offline at n, not at n - 1, each by its own time", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  table.merge(heard("bob", clock), { offlineAfterMs: 400_000 });
  clock.pass(9_999);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "discovered");
  clock.pass(1);
  table.sweep();
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "offline");
  clock.pass(390_000);
  table.sweep();
  assertEquals(events.slice(2), ["peerOffline alice", "peerOffline bob"]);
});

Deno.test("PeerTable.sweep() drops a peer ten minutes after it was last heard", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  clock.pass(599_999);
  table.sweep();
  assertEquals(table.size, 1);
  clock.pass(1);
  table.sweep();
  assertEquals(table.size, 0);
  assertEquals(table.named("alice", "demo"), undefined);
  assertEquals(events, ["peerJoined alice", "peerOffline alice", "peerLeft alice expired"]);
});

Deno.test("PeerTable.sweep() is not misled when the wall clock is set", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("alice", clock));
  clock.set(clock.unixMs() + 86_400_000);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "discovered");
  clock.set(0);
  clock.pass(10_000);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "offline");
});

Deno.test("PeerTable.merge() goes on when the wall clock is set back", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("alice", clock));
  clock.set(clock.unixMs() - 86_400_000);
  for (let i = 0; i < 3; i++) {
    clock.pass(9_999);
    assertEquals(table.merge(heard("alice", clock)), "unchanged");
    table.sweep();
    assertEquals(table.get("alice@demo")?.state, "discovered");
  }
});

Deno.test("PeerTable.merge() lets an offline peer join again", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  clock.pass(10_000);
  table.sweep();
  assertEquals(table.merge(heard("alice", clock)), "joined");
  assertEquals(table.get("alice@demo")?.state, "discovered");
  assertEquals(events, ["peerJoined alice", "peerOffline alice", "peerJoined alice"]);
});

Deno.test("PeerTable keeps the state of a connection", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  const id = "alice@demo";
  const seen = () => {
    const { state, direction, failures } = table.get(id)!;
    return [state, direction, failures];
  };
  assertEquals(table.connecting(id), true);
  assertEquals(seen(), ["connecting", undefined, 0]);
  assertEquals(table.failed(id), true);
  assertEquals(table.failed(id), true);
  assertEquals(seen(), ["discovered", undefined, 2]);
  assertEquals(table.disconnected(id), true, "which it was not");
  assertEquals(table.connected(id, "outbound"), true);
  assertEquals(seen(), ["connected", "outbound", 0]);
  assertEquals(table.failed(id), true);
  assertEquals(seen(), ["connected", "outbound", 1], "a ping, not the connection");
  assertEquals(table.disconnected(id), true);
  assertEquals(seen(), ["discovered", undefined, 1]);
  assertEquals(events, ["peerJoined alice", ...new Array(6).fill("peerUpdated alice")]);
});

Deno.test("PeerTable says when it does not know a peer", () => {
  const { table, events } = createTable(new StillClock());
  assertEquals(table.connecting("nobody"), false);
  assertEquals(table.connected("nobody", "inbound"), false);
  assertEquals(table.disconnected("nobody"), false);
  assertEquals(table.failed("nobody"), false);
  assertEquals(table.pinged("nobody", 1), false);
  assertEquals(table.goodbye("nobody", 0), false);
  assertEquals(table.forget("nobody", "demo"), false);
  assertEquals(events, []);
});

Deno.test("PeerTable keeps a peer that is connected, however silent, until that is over", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  table.connected("alice@demo", "inbound");
  clock.pass(3_600_000);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "connected");
  table.disconnected("alice@demo");
  assertEquals(table.get("alice@demo")?.lastSeenMs, clock.unixMs());
  clock.pass(9_999);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "discovered");
  clock.pass(1);
  table.sweep();
  assertEquals(events.at(-1), "peerOffline alice");
});

Deno.test("PeerTable tells of presence, also about a peer that is dialled while offline", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  clock.pass(10_000);
  table.sweep();
  table.connecting("alice@demo");
  table.failed("alice@demo");
  assertEquals(table.get("alice@demo")?.state, "offline");
  table.connecting("alice@demo");
  table.connected("alice@demo", "outbound");
  assertEquals(events.slice(2), [
    "peerUpdated alice",
    "peerUpdated alice",
    "peerUpdated alice",
    "peerJoined alice",
  ]);
});

Deno.test("PeerTable takes a peer for offline whose dial failed after it had gone silent", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  table.connecting("alice@demo");
  clock.pass(10_000);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "connecting");
  table.failed("alice@demo");
  assertEquals(events.at(-1), "peerOffline alice");
});

Deno.test("PeerTable.pinged() smooths latency and is a sign of life, without an event", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  table.failed("alice@demo");
  clock.pass(9_999);
  table.pinged("alice@demo", 100);
  table.pinged("alice@demo", 180);
  const { latency, failures, lastSeenMs } = table.get("alice@demo")!;
  assertEquals(latency, { smoothedMs: 110, deviationMs: 57.5 });
  assertEquals([failures, lastSeenMs], [0, clock.unixMs()]);
  clock.pass(9_999);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "discovered");
  assertThrows(() => table.pinged("alice@demo", -1), RangeError);
  assertEquals(events, ["peerJoined alice", "peerUpdated alice"]);
});

Deno.test("PeerTable.merge() does not undo a later sign of life", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("alice", clock), { offlineAfterMs: 60_000 });
  clock.pass(100_000);
  table.pinged("alice@demo", 5);
  const relayed = heard("alice", clock, { heardMs: clock.unixMs() - 40_000 });
  assertEquals(table.merge(relayed, { offlineAfterMs: 60_000 }), "unchanged");
  assertEquals(table.get("alice@demo")?.lastSeenMs, clock.unixMs());
  clock.pass(59_999);
  table.sweep();
  assertEquals(table.get("alice@demo")?.state, "discovered");
});

Deno.test("PeerTable.pinged() brings back a peer that was offline", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock));
  clock.pass(10_000);
  table.sweep();
  table.pinged("alice@demo", 5);
  assertEquals(events.at(-1), "peerJoined alice");
  assertEquals(table.get("alice@demo")?.state, "discovered");
});

Deno.test("PeerTable.goodbye() takes a peer for offline until it is heard again", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  const before = heard("alice", clock);
  table.merge(before);
  table.connected("alice@demo", "inbound");
  clock.pass(100);
  assertEquals(table.goodbye("alice@demo", clock.unixMs()), true);
  assertEquals(table.goodbye("alice@demo", clock.unixMs()), true, "twice, for good measure");
  table.disconnected("alice@demo");
  const { state, direction } = table.get("alice@demo")!;
  assertEquals([state, direction], ["offline", undefined]);
  assertEquals(table.merge({ ...before, heardMs: clock.unixMs() - 1 }), "stale", "a straggler");
  clock.pass(1);
  assertEquals(table.merge(heard("alice", clock)), "joined");
  assertEquals(events.slice(2), ["peerOffline alice", "peerJoined alice"]);
});

Deno.test("PeerTable.goodbye() does not believe a replay, nor a time to come", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("alice", clock));
  const now = clock.unixMs();
  for (const heardMs of [now - 1, now + 30_001, NaN]) {
    assertEquals(table.goodbye("alice@demo", heardMs), false);
    assertEquals(table.get("alice@demo")?.state, "discovered");
  }
  assertEquals(table.goodbye("alice@demo", now + 30_000), true);
});

Deno.test("PeerTable.forget() makes a name free for another key", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock, { key: K1 }));
  assertEquals(table.forget("alice", "demo"), true);
  assertEquals(table.merge(heard("alice", clock, { key: K2 })), "joined");
  clock.pass(600_000);
  table.sweep();
  assertEquals(table.forget("alice", "demo"), true, "only the key was left");
  assertEquals(table.forget("alice", "demo"), false);
  assertEquals(table.merge(heard("alice", clock, { key: K1 })), "joined");
  assertEquals(events.slice(0, 2), ["peerJoined alice", "peerLeft alice forgotten"]);
});

Deno.test("PeerTable keeps maxPeers at n and n + 1", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock, { maxPeers: 3 });
  for (const name of ["a", "b", "c"]) table.merge(heard(name, clock));
  assertEquals(table.size, 3);
  assertEquals(events.length, 3);
  assertEquals(table.merge(heard("d", clock)), "joined");
  assertEquals(table.size, 3);
  assertEquals(events.slice(3), ["peerLeft c evicted", "peerJoined d"]);
});

Deno.test("PeerTable drops offline peers first, longest silent first", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock, { maxPeers: 3 });
  for (const name of ["a", "b", "c"]) {
    table.merge(heard(name, clock));
    clock.pass(100);
  }
  table.merge(heard("a", clock));
  clock.pass(9_950);
  table.sweep();
  assertEquals(events.splice(0), [
    "peerJoined a",
    "peerJoined b",
    "peerJoined c",
    "peerOffline b",
    "peerOffline c",
  ]);
  for (const name of ["d", "e", "f"]) table.merge(heard(name, clock));
  assertEquals(events.filter((event) => event.startsWith("peerLeft")), [
    "peerLeft b evicted",
    "peerLeft c evicted",
    "peerLeft e evicted",
  ]);
});

Deno.test("PeerTable then drops those never pinged, latest first, then the slowest", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock, { maxPeers: 4 });
  for (const name of ["fast", "slow", "new", "newer"]) table.merge(heard(name, clock));
  table.pinged("fast@demo", 5);
  table.pinged("slow@demo", 500);
  events.length = 0;
  for (const name of ["1", "2", "3", "4"]) {
    table.merge(heard(name, clock));
    table.pinged(`${name}@demo`, 50);
  }
  assertEquals(events.filter((event) => event.startsWith("peerLeft")), [
    "peerLeft newer evicted",
    "peerLeft new evicted",
    "peerLeft slow evicted",
    "peerLeft 3 evicted",
  ]);
  table.pinged("fast@demo", 9_000);
  table.merge(heard("5", clock));
  assertEquals(events.at(-2), "peerLeft fast evicted");
});

Deno.test("PeerTable drops nobody who is connected or being dialled: it is full", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock, { maxPeers: 2 });
  table.merge(heard("a", clock));
  table.merge(heard("b", clock));
  table.connected("a@demo", "inbound");
  table.connecting("b@demo");
  assertEquals(table.merge(heard("c", clock)), "full");
  assertEquals(table.size, 2);
  assertEquals(table.merge(heard("a", clock, { functions: ["sum"] })), "updated");
  table.failed("b@demo");
  assertEquals(table.merge(heard("c", clock)), "joined");
  assertEquals(events.at(-2), "peerLeft b evicted");
});

Deno.test("PeerTable survives a flood of 100,000 names: those known before stay", () => {
  const clock = new StillClock();
  const { table } = createTable(clock, { maxPeers: 1000 });
  for (let i = 0; i < 900; i++) table.merge(heard(`known${i}`, clock, { key: keyText(i) }));
  for (let i = 0; i < 100_000; i++) {
    const key = i % 2 === 0 ? keyText(1000 + i) : undefined;
    table.merge(heard(`flood${i}`, clock, { key }));
  }
  assertEquals(table.size, 1000);
  for (let i = 0; i < 900; i++) assert(table.get(keyText(i)) !== undefined, `known${i}`);
});

Deno.test("PeerTable remembers whose name it was through drop and flood", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock, { maxPeers: 1000 });
  table.merge(heard("alice", clock, { key: K1 }));
  clock.pass(60_000);
  table.merge(heard("alice", clock, { key: K1 }));
  clock.pass(600_000);
  table.sweep();
  assertEquals(table.size, 0);
  // A short visit, pushed out by the flood, takes nothing from what was known before.
  table.merge(heard("alice", clock, { key: K1 }));
  for (let i = 0; i < 100_000; i++) table.merge(heard(`${i}`, clock, { key: keyText(10 + i) }));
  table.forget("none", "demo");
  clock.pass(600_000);
  table.sweep();
  assertEquals(table.get(K1), undefined);
  events.length = 0;
  assertEquals(table.merge(heard("alice", clock, { key: K2 })), "key_changed");
  assertEquals(table.merge(heard("alice", clock)), "unchanged");
  assertEquals(events, ["peerKeyChanged alice"]);
  assertEquals(table.size, 0);
  assertEquals(table.merge(heard("alice", clock, { key: K1 })), "joined");
});

Deno.test("PeerTable.merge() refuses what can't be true, and changes nothing", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock);
  table.merge(heard("alice", clock, { key: K1 }));
  const before = table.list();
  const hostile: Record<string, unknown>[] = [
    { name: "a|b" },
    { name: "a\u001b[2J" },
    { name: "x".repeat(65_536) },
    { name: "__proto__", namespace: {} },
    { namespace: "" },
    { address: "nowhere" },
    { address: "tcp://10.0.0.1:99999" },
    { address: "x".repeat(65_536) },
    { key: "forged" },
    { functions: "sum" },
    { functions: [{ toString: () => "sum" }] },
    { heardMs: Number.MAX_SAFE_INTEGER },
    { heardMs: NaN },
    { heardMs: `${clock.unixMs()}` },
  ];
  for (const change of hostile) {
    const observation = { ...heard("bob", clock), ...change } as PeerObservation;
    assertEquals(table.merge(observation), "invalid", JSON.stringify(change).slice(0, 100));
  }
  assertEquals(table.list(), before);
  assertEquals(events.length, 1);
});

Deno.test("PeerTable takes names that objects have for names", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  for (const name of ["__proto__", "constructor", "toString"]) {
    assertEquals(table.named(name, "demo"), undefined);
    assertEquals(table.merge(heard(name, clock)), "joined");
    assertEquals(table.named(name, "demo")?.name, name);
  }
});

Deno.test("PeerTable hands out peers that don't change", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("alice", clock));
  const before = table.get("alice@demo");
  const copy = structuredClone(before);
  clock.pass(5);
  table.merge(heard("alice", clock, { address: "tcp://b:1", functions: ["f"] }));
  table.connected("alice@demo", "inbound");
  assertEquals(before, copy);
});

Deno.test("PeerTable.on() tells listeners when all is settled, so that they may change it", () => {
  const clock = new StillClock();
  const { table, events } = createTable(clock, { maxPeers: 2 });
  table.on("peerLeft", ({ peer }) => {
    if (peer.name === "b") table.forget("a", "demo");
  });
  const unsubscribe = table.on("peerJoined", ({ peer }) => {
    if (peer.name === "c") table.merge(heard("d", clock));
  });
  for (const name of ["a", "b", "c"]) table.merge(heard(name, clock));
  assertEquals(table.list().map(({ name }) => name), ["c", "d"]);
  assertEquals(events, [
    "peerJoined a",
    "peerJoined b",
    "peerLeft b evicted",
    "peerLeft a forgotten",
    "peerJoined c",
    "peerJoined d",
  ]);
  unsubscribe();
});

Deno.test("PeerTable hands on what a listener throws", () => {
  const clock = new StillClock();
  const errors: unknown[] = [];
  const onListenerError = (error: unknown, name: string) => errors.push(name, error);
  const table = new PeerTable({ clock, onListenerError });
  table.on("peerJoined", () => {
    throw "broken";
  });
  assertEquals(table.merge(heard("alice", clock)), "joined");
  assertEquals(errors, ["peerJoined", "broken"]);
});

Deno.test("PeerTable.restore() brings peers and keys back, offline and without an event", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  table.merge(heard("gone", clock, { key: K2 }));
  clock.pass(60_000);
  table.merge(heard("gone", clock, { key: K2 }));
  clock.pass(600_000);
  table.sweep();
  table.merge(heard("alice", clock, { key: K1, functions: ["sum"] }));
  table.merge(heard("alice", clock, { key: K1, address: "tcp://10.0.0.2:1" }));
  table.merge(heard("bob", clock));
  table.pinged(K1, 80);
  table.connected(K1, "outbound");
  const alice = table.get(K1)!;
  const json = JSON.parse(JSON.stringify(table.snapshot()));

  clock.pass(86_400_000);
  const { table: restored, events } = createTable(clock);
  assertEquals(restored.restore(json), 2);
  assertEquals(restored.get(K1), { ...alice, state: "offline", direction: undefined });
  assertEquals(events, []);
  clock.pass(599_999);
  restored.sweep();
  assertEquals(restored.size, 2, "the time to be heard begins with the restart");
  assertEquals(restored.merge(heard("alice", clock, { key: K1 })), "joined");
  assertEquals(restored.merge(heard("alice", clock, { key: K2 })), "key_changed");
  assertEquals(restored.merge(heard("gone", clock, { key: K1 })), "key_changed");
  clock.pass(1);
  restored.sweep();
  assertEquals(events, [
    "peerJoined alice",
    "peerKeyChanged alice",
    "peerKeyChanged gone",
    "peerLeft bob expired",
  ]);
});

Deno.test("PeerTable.restore() adds the last seen, as many as there is room for", () => {
  const clock = new StillClock();
  const { table } = createTable(clock);
  for (let i = 0; i < 5; i++) {
    table.merge(heard(`${i}`, clock));
    clock.pass(1);
  }
  const { table: small } = createTable(clock, { maxPeers: 3 });
  small.merge(heard("here", clock));
  assertEquals(small.restore(table.snapshot()), 2);
  assertEquals(small.list().map(({ name }) => name), ["here", "4", "3"]);
});

Deno.test("PeerTable.restore() leaves what is known as it is", () => {
  const clock = new StillClock();
  const { table: old } = createTable(clock);
  old.merge(heard("alice", clock, { key: K1 }));
  old.merge(heard("bob", clock, { key: K2 }));
  const { table } = createTable(clock);
  table.merge(heard("alice", clock, { key: keyText(3) }));
  table.merge(heard("bob-2", clock, { key: K2 }));
  table.merge(heard("carol", clock));
  old.merge(heard("carol", clock, { key: keyText(4) }));
  const before = table.list();
  assertEquals(table.restore(old.snapshot()), 0);
  assertEquals(table.list(), before);
  assertEquals(table.named("carol", "demo")?.key, undefined);
});

Deno.test("PeerTable.restore() believes no other key under a name that is remembered", () => {
  const clock = new StillClock();
  const visit = (key: string) => {
    const { table } = createTable(clock);
    for (const passed of [0, 60_000]) {
      clock.pass(passed);
      table.merge(heard("alice", clock, { key }));
    }
    return table;
  };
  const present = visit(K2).snapshot();
  const dropped = visit(K2);
  const table = visit(K1);
  clock.pass(600_000);
  for (const one of [table, dropped]) one.sweep();
  assertEquals(dropped.snapshot().pins, [{ handle: "alice@demo", key: K2 }]);
  assertEquals(table.restore(present), 0);
  assertEquals(table.restore(dropped.snapshot()), 0);
  assertEquals(table.snapshot(), {
    version: 1,
    peers: [],
    pins: [{ handle: "alice@demo", key: K1 }],
  });
});

Deno.test("PeerTable.restore() believes no time to come", () => {
  const clock = new StillClock();
  const { table: old } = createTable(clock);
  old.merge(heard("alice", clock));
  const json = JSON.parse(JSON.stringify(old.snapshot()));
  json.peers[0].firstSeenMs = json.peers[0].lastSeenMs = 8e15;
  const { table } = createTable(clock);
  assertEquals(table.restore(json), 1);
  assertEquals(table.get("alice@demo")?.firstSeenMs, clock.unixMs());
  assertEquals(table.get("alice@demo")?.lastSeenMs, clock.unixMs());
  assertEquals(table.merge(heard("alice", clock)), "joined");
});

Deno.test("PeerTable.restore() takes all or nothing", () => {
  const clock = new StillClock();
  const { table: old } = createTable(clock);
  old.merge(heard("alice", clock));
  old.merge(heard("bob", clock));
  const json = JSON.parse(JSON.stringify(old.snapshot()));
  json.peers[1].name = "|";
  const { table } = createTable(clock);
  assertThrows(() => table.restore(json), DecodeError, "peers[1].name");
  assertEquals(table.size, 0);
});

Deno.test("PeerTable refuses bounds that are none", () => {
  const clock = new StillClock();
  for (const bad of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => createTable(clock, { maxPeers: bad }), RangeError, "maxPeers");
    assertThrows(() => createTable(clock, { offlineAfterMs: bad }), RangeError, "offlineAfterMs");
    assertThrows(() => createTable(clock, { dropAfterMs: bad }), RangeError, "dropAfterMs");
  }
});
