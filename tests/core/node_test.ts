import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Listener } from "../../core/channel.ts";
import { RemoteError, SynapseError, TransportError } from "../../core/errors.ts";
import { Node } from "../../core/node.ts";
import type { NodeEvents } from "../../core/node_options.ts";
import { every } from "../../core/schedule.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createNode, Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { RawPeer } from "../support/raw_peer.ts";

/** Listens when the test says so. */
class SlowTransport extends MemoryTransport {
  readonly bound = Promise.withResolvers<void>();
  open = 0;

  override async listen(...args: Parameters<MemoryTransport["listen"]>): Promise<Listener> {
    await this.bound.promise;
    const listener = await super.listen(...args);
    this.open++;
    const close = async (): Promise<void> => {
      this.open--;
      await listener.close();
    };
    return { address: listener.address, close, [Symbol.asyncDispose]: close };
  }
}

Deno.test("Node publishes functions, and takes them back", async () => {
  await using pair = await Pair.connect();
  const { server, remote } = pair;
  server.endpoint("a", () => 1)
    .endpoint("b", { description: "Second" }, (x: number) => x)
    .endpoint("b", { description: "Replaced" }, (x: number) => x * 2);
  assertEquals(server.endpoints.map(({ name, description }) => [name, description]), [
    ["a", undefined],
    ["b", "Replaced"],
  ]);
  assertEquals(await remote.call("b", [2]), 4);
  assertEquals([server.removeEndpoint("b"), server.removeEndpoint("b")], [true, false]);
  await assertRejects(() => remote.call("b", [2]), RemoteError, "no such function");
  assertThrows(() => server.endpoint("", () => 1), TypeError);
});

Deno.test("Node answers who it is, what it publishes and whom it knows", async () => {
  await using pair = await Pair.connect({
    server: { name: "alice", namespace: "lab" },
    client: { name: "bob", namespace: "lab" },
    serves: { sum: (a: number, b = 2) => a + b },
  });
  const { remote } = pair;
  assertEquals(remote.info, { name: "alice", namespace: "lab", window: 64 });
  assertEquals(await remote.call("_synapse.ping"), "pong");
  assertEquals(await remote.ping(), 0);
  assertEquals(await remote.call("_synapse.info"), {
    name: "alice",
    namespace: "lab",
    kind: "node",
    key: pair.server.identity.id,
  });
  const listed = [{
    name: "sum",
    parameters: [
      { name: "a", kind: "positional", optional: false },
      { name: "b", kind: "positional", optional: true, default: "2" },
    ],
    stream: false,
  }];
  assertEquals(await remote.call("_synapse.methods"), listed);
  assertEquals(await remote.methods() as unknown, listed);
  assertEquals(await remote.call("get_funcs"), ["sum"]);
  assertEquals(await remote.call("get_peers"), ["bob"]);
  assertEquals(await remote.call("_synapse.peers"), [
    { name: "bob", namespace: "lab" },
  ]);
});

Deno.test("Node tells what happens to it", async () => {
  const transport = new MemoryTransport();
  const clock = new FakeClock();
  const server = createNode(transport, clock, { name: "server" });
  const client = createNode(transport, clock, { name: "client" });
  const log: unknown[] = [];
  server.on("listening", ({ address }) => log.push(["listening", address.host]));
  server.on("accepted", ({ peer }) => log.push(["accepted", peer.address.host]));
  server.on("released", ({ peer, error }) => log.push(["released", peer.address.host, error]));
  await server.listen("memory://server");
  const remote = await client.connect("memory://server");
  await remote.close();
  await clock.runMicrotasks();
  assertEquals(log, [
    ["listening", "server"],
    ["accepted", "server-1"],
    ["released", "server-1", undefined],
  ]);
  await Promise.all([server.close(), client.close()]);
});

Deno.test("A listener that throws harms nobody, and is told of", async () => {
  const failures: NodeEvents["listenerFailed"][] = [];
  await using raw = await RawNode.serve({ f: () => 1 });
  raw.node.on("listenerFailed", (failure) => failures.push(failure));
  raw.node.on("listenerFailed", () => {
    throw new Error("again");
  });
  raw.node.on("accepted", () => {
    throw new Error("first");
  });
  raw.node.on("accepted", () => Promise.reject(new Error("second")));
  const peer = raw.connect().send([0, 1, "f", []]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses[0].result, 1);
  assertEquals(failures.map(({ name, error }) => [name, (error as Error).message]), [
    ["accepted", "first"],
    ["accepted", "second"],
  ]);
});

Deno.test("Node runs tasks, and tells of those that fail", async () => {
  const { clock, server, client } = await Pair.connect();
  const failed: string[] = [];
  server.on("taskFailed", ({ name, error }) => failed.push(`${name}: ${(error as Error).message}`));
  let runs = 0;
  server.background(every("1s"), function tidy() {
    if (++runs === 2) throw new Error("dust");
  });
  assertEquals(server.tasks.map(({ name }) => name), ["tidy"]);
  await clock.advance(3_000);
  assertEquals([runs, failed], [3, ["tidy: dust"]]);
  await Promise.all([server.close(), client.close()]);
});

Deno.test("Node knows where it listens, until a listener is closed", async () => {
  const clock = new FakeClock();
  await using node = createNode(new MemoryTransport(), clock);
  const first = await node.listen("memory://first");
  await node.listen("memory://second");
  assertEquals(node.addresses.map(({ host }) => host), ["first", "second"]);
  await first.close();
  await first.close();
  assertEquals(node.addresses.map(({ host }) => host), ["second"]);
  await assertRejects(() => node.connect("memory://first"), TransportError);
  const again = await node.listen("memory://first");
  await again[Symbol.asyncDispose]();
  assertEquals(node.addresses.length, 1);
});

Deno.test("A node that is closed while it begins to listen doesn't listen", async () => {
  const transport = new SlowTransport();
  const node = createNode(transport, new FakeClock());
  const listening = assertRejects(() => node.listen("memory://late"), SynapseError);
  await node.close();
  transport.bound.resolve();
  assertEquals((await listening).code, "cancelled");
  assertEquals([transport.open, node.addresses], [0, []]);
});

Deno.test("Node refuses connections that come after its close", async () => {
  await using raw = await RawNode.serve();
  await raw.node.close();
  const peer = raw.connect();
  assertEquals((peer.hungUp!.reason as SynapseError).code, "limit_exceeded");
});

Deno.test("Node.connect() rejects where nobody listens, or nothing speaks the address", async () => {
  await using pair = await Pair.connect();
  const nobody = await assertRejects(() => pair.client.connect("memory://nobody"), TransportError);
  assertEquals([nobody.code, nobody.url], ["unreachable", "memory://nobody"]);
  const foreign = await assertRejects(() => pair.client.connect("gopher://x:1"), SynapseError);
  assertEquals(foreign.code, "not_supported");
  assertEquals(foreign.message, "Cannot use gopher://x:1 as only memory:// are spoken here");
  await assertRejects(() => pair.client.connect("no address"), TypeError);
  await assertRejects(() => pair.server.listen("memory://server"), TransportError, "taken");
  assertEquals(pair.client.connections.length, 1);
  assertEquals(pair.clock.pendingTimers, 2);
});

Deno.test("A peer that hangs up right away leaves nothing behind", async () => {
  await using raw = await RawNode.serve();
  for (let turns = 0; turns < 10; turns++) {
    const peer = new RawPeer();
    raw.transport.dialled.push(peer);
    const connecting = raw.node.connect("raw://peer:1");
    for (let i = 0; i < turns; i++) await Promise.resolve();
    peer.cut();
    const remote = await connecting;
    await raw.clock.runMicrotasks();
    assertEquals(remote.isConnected, false);
    await assertRejects(() => remote.call("f"), TransportError);
  }
  assertEquals([raw.node.connections, raw.clock.pendingTimers], [[], 0]);
});

Deno.test("Node.connections are those of both directions", async () => {
  await using raw = await RawNode.serve();
  const dialled = new RawPeer();
  raw.transport.dialled.push(dialled);
  const accepted = raw.connect().hello();
  const remote = await raw.node.connect("raw://peer:1");
  assertEquals(raw.node.connections.map(({ info }) => info?.name), ["raw", undefined]);
  assert(raw.node.connections[1] === remote);
  dialled.cut();
  accepted.cut();
  await raw.clock.runMicrotasks();
  assertEquals(raw.node.connections, []);
});

Deno.test("Node.call() connects, calls, and hangs up", async () => {
  await using pair = await Pair.connect({ serves: { sum: (a: number, b: number) => a + b } });
  const { client, clock, server } = pair;
  assertEquals(await client.call("memory://server", "sum", [1], { kwargs: { b: 2 } }), 3);
  await assertRejects(() => client.call("memory://server", "sum"), RemoteError, "are missing");
  await assertRejects(() => client.call("memory://nobody", "sum"), TransportError);
  await clock.runMicrotasks();
  assertEquals([server.connections.length, client.connections.length], [1, 1]);
});

Deno.test("Only the side that dials speaks first, and only to who speaks is said more", async () => {
  await using raw = await RawNode.serve({}, { name: "me", namespace: "mine" });
  const accepted = raw.connect();
  assertEquals(accepted.messages, []);
  const hello = [{ name: "me", namespace: "mine", window: 64 }];
  assertEquals(accepted.hello().notified("$/hello"), [hello]);
  const dialled = new RawPeer();
  raw.transport.dialled.push(dialled);
  await raw.node.connect("raw://peer:1");
  assertEquals(dialled.notified("$/hello"), [hello]);
  assertEquals(dialled.hello().notified("$/hello"), [hello]);
});

Deno.test("Node refuses limits that are none", () => {
  const world = {
    transports: [],
    clock: new FakeClock(),
    random: () => 0,
    randomBytes: () => new Uint8Array(32),
  };
  assertThrows(() => new Node({ limits: { maxStreams: 0 } }, world), RangeError, "maxStreams");
});

Deno.test("node.close() stops tasks and listeners, and refuses to begin anything", async () => {
  const { clock, server, client } = await Pair.connect();
  let runs = 0;
  server.background(every("1s"), () => runs++);
  await clock.advance(1_500);
  await Promise.all([server.close(), client.close()]);
  const before = runs;
  await clock.advance(60_000);
  assertEquals(runs, before);
  assert(runs > 0);
  assertEquals([server.addresses, server.connections, server.tasks], [[], [], []]);
  for (
    const begin of [
      () => server.listen("memory://server"),
      () => server.connect("memory://server"),
      () => server.call("memory://server", "f"),
    ]
  ) {
    const error = await assertRejects(begin) as SynapseError;
    assertEquals(error.code, "cancelled");
  }
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("node.close() while it dials gives the dial up", async () => {
  await using raw = await RawNode.serve();
  raw.transport.dialled.push(new Promise<RawPeer>(() => {}));
  const connecting = raw.node.connect("raw://peer:1");
  const failed = assertRejects(() => connecting, TransportError);
  await raw.clock.runMicrotasks();
  await raw.node.close();
  assertEquals((await failed).code, "connection_lost");
  assertEquals(raw.clock.pendingTimers, 0);
});
