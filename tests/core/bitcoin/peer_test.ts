import { assert, assertEquals, assertRejects } from "@std/assert";
import { findNetwork } from "../../../core/codecs/bitcoin/networks.ts";
import { encodeVersion, UNKNOWN_ADDRESS } from "../../../core/codecs/bitcoin/version.ts";
import { SynapseError } from "../../../core/errors.ts";
import { PeerBench } from "../../support/bitcoin/peer_bench.ts";
import { CoreNode } from "../../support/bitcoin/relaying_node.ts";

const BSV = findNetwork("bsv-regtest")!;

/** What a silent node says so that it is heard any further. */
function shakeHands({ far }: PeerBench): void {
  far.send({
    command: "version",
    version: 70016,
    services: 9n,
    timeSec: 0n,
    receiver: UNKNOWN_ADDRESS,
  });
  far.send({ command: "verack" });
}

Deno.test("BitcoinPeer says who it is, first and at once", async () => {
  await using bench = await PeerBench.silent();
  assertEquals(bench.far.commands, ["version"]);
  const { nonce, ...said } = bench.far.heard("version")[0];
  assert(nonce !== undefined && nonce !== 0n);
  assertEquals(said, {
    command: "version",
    version: 70016,
    services: 8n,
    timeSec: BigInt(Date.UTC(2026, 0, 1) / 1_000),
    receiver: UNKNOWN_ADDRESS,
    sender: UNKNOWN_ADDRESS,
    agent: "/test:1/",
    height: 7,
    relay: true,
  });
});

Deno.test("BitcoinPeer speaks of features between version and verack, then pings", async () => {
  await using bench = await PeerBench.start((surroundings, name) =>
    new CoreNode(surroundings, name)
  );
  assertEquals(bench.far.commands, [
    "version",
    "wtxidrelay",
    "sendaddrv2",
    "verack",
    "ping",
    "pong",
  ]);
  const { wtxidRelay, addrV2, agent, services, height } = bench.peer.info!;
  assertEquals([wtxidRelay, addrV2, agent, services, height], [
    true,
    true,
    "/Satoshi:30.3.0/",
    0xc09n,
    100,
  ]);
  assertEquals(bench.happened, ["ready", "message", "message", "settled"]);
  assertEquals(bench.peer.feeFilterSat, 100n);
});

Deno.test("BitcoinPeer speaks of no features to nodes that may not know them", async () => {
  await using old = await PeerBench.with({ version: 70015 });
  assertEquals(old.far.commands, ["version", "verack", "ping"]);
  await using bsv = await PeerBench.with({ network: BSV });
  assertEquals(bsv.far.commands, ["version", "verack", "ping"]);
  assertEquals(bsv.peer.info!.wtxidRelay, false);
});

Deno.test("BitcoinPeer believes in a feature by its message alone", async () => {
  await using bench = await PeerBench.with({ version: 70016, features: [] });
  assertEquals(bench.peer.info!.wtxidRelay, false);
  bench.far.send({ command: "wtxidrelay" });
  await bench.arrive();
  assertEquals(bench.peer.info!.wtxidRelay, false);
  assertEquals(bench.peer.offences.unexpected, 1);
});

Deno.test("BitcoinPeer takes versions that end early, and those with more behind", async () => {
  for (
    const [cut, agent, relay] of [[46, "", true], [80, "", true], [
      0,
      "/old/",
      false,
    ]] as const
  ) {
    await using bench = await PeerBench.silent();
    const whole = encodeVersion({
      command: "version",
      version: 70014,
      services: 1n,
      timeSec: 0n,
      receiver: UNKNOWN_ADDRESS,
      sender: UNKNOWN_ADDRESS,
      nonce: 9n,
      agent: "/old/",
      height: -1,
      relay: false,
      rest: Uint8Array.of(0),
    });
    bench.far.sendPayload("version", cut === 0 ? whole : whole.slice(0, cut));
    bench.far.send({ command: "verack" });
    await bench.arrive();
    assertEquals([bench.peer.info?.agent, bench.peer.info?.relay], [
      agent,
      relay,
    ], `${cut}`);
  }
});

Deno.test("BitcoinPeer makes an agent printable", async () => {
  await using bench = await PeerBench.with({ agent: "/evil\x1b]0;x\x07/" });
  assertEquals(bench.peer.info!.agent, "/evil\\u{1b}]0;x\\u{7}/");
});

Deno.test("BitcoinPeer hangs up on itself, and on versions too old", async () => {
  const ownNonces = new Set([0x1234n]);
  const self = await PeerBench.start(undefined, { ownNonces });
  assertEquals(
    self.closed?.reason,
    "Cannot use Bitcoin peer as it is ourselves",
  );
  assertEquals([...ownNonces], [0x1234n]);
  const old = await PeerBench.with({ version: 70000 });
  assertEquals(
    old.closed?.reason,
    "Cannot use Bitcoin peer as its version is under 70001: got 70000",
  );
});

Deno.test("BitcoinPeer waits for a handshake 10 s and no longer", async () => {
  const bench = await PeerBench.silent();
  await bench.clock.advance(9_999);
  assert(!bench.peer.isClosed);
  await bench.clock.advance(1);
  assertEquals(bench.closed, {
    reason: "Cannot shake hands with a:1 in time: no answer within 10000 ms",
    misbehaved: false,
  });
  assertEquals(bench.clock.pendingTimers, 0);
});

Deno.test("BitcoinPeer settles without a pong after 2 s", async () => {
  await using bench = await PeerBench.silent();
  shakeHands(bench);
  await bench.arrive();
  assertEquals([bench.peer.isReady, bench.peer.isSettled], [true, false]);
  await bench.clock.advance(2_000);
  assertEquals(bench.peer.isSettled, true);
});

Deno.test("BitcoinPeer answers pings, ten a second and no more", async () => {
  await using bench = await PeerBench.with({});
  const pong = () => bench.far.heard("pong").length;
  for (let nonce = 0n; nonce < 50n; nonce++) {
    bench.far.send({ command: "ping", nonce });
  }
  await bench.arrive();
  assertEquals(pong(), 20);
  assertEquals(bench.far.heard("pong").at(-1)!.nonce, 19n);
  assertEquals(bench.peer.offences.flood, 30);
  await bench.clock.advance(1_000);
  for (let nonce = 0n; nonce < 50n; nonce++) {
    bench.far.send({ command: "ping", nonce });
  }
  await bench.arrive();
  assertEquals(pong(), 30);
});

Deno.test("BitcoinPeer.ping() measures the way, the shortest and the smoothed", async () => {
  await using bench = await PeerBench.silent();
  shakeHands(bench);
  await bench.arrive();
  for (const ms of [80, 40, 120]) {
    const measured = bench.peer.ping();
    await bench.clock.advance(ms);
    bench.far.send({
      command: "pong",
      nonce: bench.far.heard("ping").at(-1)!.nonce!,
    });
    assertEquals(await measured, ms);
  }
  assertEquals(bench.peer.minPingMs, 40);
  assertEquals(bench.peer.pingMs, 80 - 5 + 45 / 8);
});

Deno.test("BitcoinPeer pings each 30 s, and gives up one that answers nothing", async () => {
  const bench = await PeerBench.silent();
  shakeHands(bench);
  await bench.clock.advance(65_000);
  assertEquals(bench.far.heard("ping").length, 3);
  assert(!bench.peer.isClosed);
  await bench.clock.advance(30_000);
  assertEquals(bench.closed?.misbehaved, false);
  assertEquals(bench.clock.pendingTimers, 0);
});

Deno.test("BitcoinPeer keeps who says something else a while longer, not for ever", async () => {
  const bench = await PeerBench.silent();
  shakeHands(bench);
  for (let seconds = 0; seconds < 200; seconds += 10) {
    bench.far.send({ command: "sendheaders" });
    await bench.clock.advance(10_000);
  }
  assert(!bench.peer.isClosed);
  for (let seconds = 0; seconds < 300; seconds += 10) {
    bench.far.send({ command: "sendheaders" });
    await bench.clock.advance(10_000);
  }
  assert(bench.peer.isClosed);
});

Deno.test("BitcoinPeer.ping() rejects when the connection ends", async () => {
  const bench = await PeerBench.with({});
  const answer = bench.peer.ping();
  bench.far.cut();
  await assertRejects(() => answer, Error);
  await assertRejects(() => bench.peer.ping(), SynapseError, "is lost");
  assertEquals(bench.closed?.misbehaved, false);
});

Deno.test("BitcoinPeer hands on what it understands, and what it doesn't", async () => {
  await using bench = await PeerBench.with({});
  const heard: unknown[] = [];
  bench.peer.events.on("message", ({ message, payloadBytes }) => {
    heard.push([message.command, payloadBytes]);
  });
  bench.peer.events.on(
    "unknown",
    ({ command, unknown }) => heard.push([command, unknown]),
  );
  bench.far.send({
    command: "inv",
    items: [{ type: 1, hash: new Uint8Array(32) }],
  });
  bench.far.sendPayload("authch", Uint8Array.of(1, 2));
  await bench.arrive();
  assertEquals(heard, [["inv", 37], ["authch", Uint8Array.of(1, 2)]]);
});

Deno.test("BitcoinPeer.close() hangs up, once", async () => {
  const bench = await PeerBench.with({});
  await bench.peer.close("enough");
  await bench.peer.close("again");
  assertEquals(bench.happened.filter((name) => name === "closed").length, 1);
  assertEquals(bench.closed, { reason: "enough", misbehaved: false });
  assertEquals(await bench.peer.closed, {
    reason: "enough",
    misbehaved: false,
  });
  assertEquals(bench.clock.pendingTimers, 0);
  await bench.arrive();
  assert(!bench.far.isOpen);
});
