import { assertEquals, assertRejects } from "@std/assert";
import type { Conversation } from "../../../core/acceptor.ts";
import { parseAddress } from "../../../core/address.ts";
import type { Channel, Transport } from "../../../core/channel.ts";
import { SynapseError } from "../../../core/errors.ts";
import { resolveLimits } from "../../../core/limits.ts";
import type { MessageEntry } from "../../../core/trace.ts";
import type { P2pConnectOptions } from "../../../core/p2p_network/node_options.ts";
import { MemoryTransport } from "../../../transports/memory.ts";
import { TestP2pNetwork } from "../../support/p2p_network.ts";

const typesOf = (events: readonly { readonly type: string }[]): string[] =>
  events.map(({ type }) => type);

Deno.test("P2pNode.connectWithNode() connects two nodes, which learn each other's ids", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  const peer = await network.connect(alice, "bob");
  assertEquals([peer.id, peer.direction, peer.isConnected], ["bob", "outbound", true]);
  assertEquals([...alice.node.nodesOutbound], [peer]);
  const [caller] = bob.node.nodesInbound;
  assertEquals([caller.id, caller.direction], ["alice", "inbound"]);
  assertEquals(typesOf(alice.events), ["outboundNodeConnected"]);
  assertEquals(typesOf(bob.events), ["inboundNodeConnected"]);
  assertEquals([...bob.node.allNodes], [caller]);
});

Deno.test("P2pNode sends text, JSON and bytes both ways", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  const peer = await network.connect(alice, "bob");
  const sent = ["hello", { a: [1, "é"] }, new Uint8Array([0, 255]), [1], 5, true, null];
  for (const data of sent) await alice.node.sendToNode(peer, data);
  for (const data of sent) await bob.node.sendToNode([...bob.node.nodesInbound][0], data);
  await network.clock.runMicrotasks();
  assertEquals(bob.messages, sent);
  assertEquals(alice.messages, sent);
  assertEquals([alice.node.messageCountSend, alice.node.messageCountRecv], [7, 7]);
});

Deno.test("P2pNode.sendToNodes() reaches all but those excluded", async () => {
  await using network = new TestP2pNetwork();
  const [alice, bob, carol, dave] = await Promise.all(
    ["alice", "bob", "carol", "dave"].map((id) => network.join(id)),
  );
  await network.connect(alice, "bob");
  const excluded = await network.connect(alice, "carol");
  await network.connect(dave, "alice");
  const failures = await alice.node.sendToNodes({ all: 1 }, { exclude: [excluded] });
  await network.clock.runMicrotasks();
  assertEquals([bob, carol, dave].map(({ messages }) => messages), [[{ all: 1 }], [], [{
    all: 1,
  }]]);
  assertEquals(failures.size, 0);
});

Deno.test("P2pNode.sendToNodes() says whom it can't reach", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  await network.join("bob");
  const peer = await network.connect(alice, "bob");
  const failures = await alice.node.sendToNodes(new Uint8Array([4]));
  assertEquals([...failures].map(([peer, error]) => [peer, (error as SynapseError).code]), [
    [peer, "not_supported"],
  ]);
});

Deno.test("P2pNode draws an id of 128 hexadecimal digits where it is given none", async () => {
  await using network = new TestP2pNetwork();
  const { node } = await network.join("drawn", { id: undefined });
  assertEquals(node.id, "07".repeat(64));
});

for (const id of ["", "a:b", "a|b", "a b", "a\n", "x".repeat(513)]) {
  Deno.test(`P2pNode refuses the id ${JSON.stringify(id.slice(0, 8))}`, async () => {
    await using network = new TestP2pNetwork();
    await assertRejects(() => network.join(id), TypeError, "Cannot use id");
  });
}

Deno.test("P2pNode.connectWithNode() refuses what is no port", async () => {
  await using network = new TestP2pNetwork();
  const { node } = await network.join("alice");
  for (const port of [-1, 65_536, 1.5, NaN]) {
    await assertRejects(() => node.connectWithNode("bob", port), RangeError, "0 to 65535");
  }
});

Deno.test("P2pNode.connectWithNode() refuses itself, under whatever name", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  await alice.node.listen("memory://elsewhere");
  const other = await network.join("bob");
  await other.node.listen("memory://mirror");
  for (const [node, name] of [[alice, "alice"], [other, "mirror"]] as const) {
    const error = await assertRejects(
      () => network.connect(node, name),
      SynapseError,
    ) as SynapseError;
    assertEquals(error.code, "not_supported");
  }
  const raw = await network.dial("alice");
  await raw.greet("alice:1");
  await network.clock.advance(200);
  assertEquals(raw.text, "alice");
  raw.channel.close();
});

Deno.test("P2pNode.connectWithNode() returns a node that it is connected with", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  const connecting = [alice.node.connectWithNode("bob", 0), alice.node.connectWithNode("bob", 0)];
  await network.clock.advance(1_000);
  const [first, second] = await Promise.all(connecting);
  assertEquals(first, second);
  assertEquals(await alice.node.connectWithNode("bob", 0), first);
  assertEquals([alice.node.nodesOutbound.size, bob.node.nodesInbound.size], [1, 1]);
});

Deno.test("P2pNode.connectWithNode() returns a node that has connected with it", async () => {
  // Both ends of a connection in memory have names of their own, as far as hosts go.
  const memory = new MemoryTransport();
  const oneHost: Transport = {
    schemes: ["memory"],
    dial: async (to) => nameRemote(await memory.dial(to)),
    listen: (at, accept) => memory.listen(at, (channel) => accept(nameRemote(channel))),
  };
  await using network = new TestP2pNetwork(undefined, oneHost);
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  await network.connect(alice, "bob");
  const peer = await network.connect(bob, "alice");
  assertEquals([peer.id, peer.direction], ["alice", "inbound"]);
  await network.clock.advance(1_000);
  assertEquals([bob.node.nodesOutbound.size, alice.node.nodesInbound.size], [0, 0]);
  assertEquals([...alice.events.slice(1)].map(({ type }) => type), [
    "inboundNodeConnected",
    "inboundNodeDisconnected",
  ]);
});

function nameRemote(channel: Channel): Channel {
  Object.defineProperty(channel, "remote", { value: { ...channel.remote, host: "host" } });
  return channel;
}

Deno.test("P2pNode.disconnectWithNode() says so first, and only of nodes that it connected with", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  const peer = await network.connect(alice, "bob", { reconnect: true });
  alice.node.on("nodeDisconnectWithOutboundNode", ({ peer }) => peer.send("bye"));
  await bob.node.disconnectWithNode([...bob.node.nodesInbound][0]);
  await alice.node.disconnectWithNode(peer);
  await network.clock.advance(100_000);
  assertEquals(bob.messages, ["bye"]);
  assertEquals(typesOf(alice.events), [
    "outboundNodeConnected",
    "nodeDisconnectWithOutboundNode",
    "outboundNodeDisconnected",
  ]);
  assertEquals(typesOf(bob.events), [
    "inboundNodeConnected",
    "nodeMessage",
    "inboundNodeDisconnected",
  ]);
  assertEquals([peer.isConnected, alice.node.allNodes.size, bob.node.allNodes.size], [false, 0, 0]);
});

Deno.test("P2pNode.connectWithNode() with reconnect connects anew, however often it takes", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  await network.connect(alice, "bob", { reconnect: true });
  await bob.node.stop();
  await network.clock.advance(25_000);
  const trials = () =>
    alice.events.flatMap((event) =>
      event.type === "nodeReconnectionError" ? [[event.host, event.port, event.trials]] : []
    );
  assertEquals(trials(), [["bob", 0, 1], ["bob", 0, 2]]);
  for (let round = 0; round < 2; round++) {
    const again = await network.join("bob");
    await network.clock.advance(11_000);
    assertEquals([...alice.node.nodesOutbound].map(({ id }) => id), ["bob"], `round ${round}`);
    await again.node.stop();
  }
  assertEquals(trials().length, 4);
});

Deno.test("P2pNode.connectWithNode() with reconnect holds for a connection that there is", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  const peer = await network.connect(alice, "bob");
  assertEquals(await alice.node.connectWithNode("bob", 0, { reconnect: true }), peer);
  for (const node of bob.node.allNodes) node.close();
  await network.clock.advance(11_000);
  assertEquals([peer.isConnected, alice.node.nodesOutbound.size], [false, 1]);
});

for (const way of ["giveUp()", "returning false from the callback"]) {
  Deno.test(`P2pNode stops reconnecting after ${way}`, async () => {
    await using network = new TestP2pNetwork();
    const trials: number[] = [];
    const alice = await network.join("alice", {
      callback(event) {
        if (event.type !== "nodeReconnectionError") return;
        trials.push(event.trials);
        if (event.trials < 2) return true;
        if (way !== "giveUp()") return false;
        event.giveUp();
      },
    });
    const bob = await network.join("bob");
    await network.connect(alice, "bob", { reconnect: true });
    await bob.node.stop();
    await network.clock.advance(100_000);
    assertEquals(trials, [1, 2]);
    assertEquals(network.clock.pendingTimers, 0);
  });
}

Deno.test("P2pNode.stop() says so, disconnects everybody, and leaves nothing behind", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  await network.join("carol");
  await network.connect(alice, "bob");
  await network.connect(alice, "carol", { reconnect: true });
  await network.dial("alice");
  alice.node.on("nodeRequestToStop", () => alice.node.sendToNodes("goodbye"));
  await alice.node.stop();
  await network.clock.runMicrotasks();
  assertEquals(bob.messages, ["goodbye"]);
  assertEquals(typesOf(alice.events).slice(2), [
    "nodeRequestToStop",
    "outboundNodeDisconnected",
    "outboundNodeDisconnected",
  ]);
  assertEquals(network.clock.pendingTimers, 0);
  for (
    const attempt of [
      () => alice.node.listen("memory://x"),
      () => alice.node.connectWithNode("bob", 0),
    ]
  ) {
    const error = await assertRejects(attempt, SynapseError) as SynapseError;
    assertEquals(error.code, "cancelled");
  }
  await alice.node.stop();
});

Deno.test("P2pNode.stop() gives up dialling", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  await network.transport.listen(parseAddress("memory://silent"), (channel) => {
    channel.open({ data() {}, drain() {}, end() {}, close() {} });
  });
  const connecting = alice.node.connectWithNode("silent", 0);
  connecting.catch(() => {});
  await network.clock.runMicrotasks();
  await alice.node.stop();
  const error = await assertRejects(() => connecting, SynapseError) as SynapseError;
  assertEquals(error.code, "cancelled");
  assertEquals(network.clock.pendingTimers, 0);
});

Deno.test("P2pNode.connectWithNode() keeps its deadline and its signal", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  await network.transport.listen(parseAddress("memory://silent"), (channel) => {
    channel.open({ data() {}, drain() {}, end() {}, close() {} });
  });
  const failures: unknown[] = [];
  const attempt = (options: P2pConnectOptions) =>
    void alice.node.connectWithNode("silent", 0, options).catch((error) => failures.push(error));
  attempt({ timeoutMs: 1_000 });
  await network.clock.advance(1_000);
  const controller = new AbortController();
  attempt({ signal: controller.signal });
  await network.clock.runMicrotasks();
  controller.abort("enough");
  await network.clock.runMicrotasks();
  attempt({});
  await network.clock.advance(5_000);
  assertEquals(failures.map((error) => (error as SynapseError).code ?? error), [
    "deadline_exceeded",
    "enough",
    "deadline_exceeded",
  ]);
});

Deno.test("P2pNode takes maxConnections, hangs up on one more without an id, and takes the next", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob", { maxConnections: 1 });
  const [alice, carol] = [await network.join("alice"), await network.join("carol")];
  const peer = await network.connect(alice, "bob");
  const error = await assertRejects(
    () => network.connect(carol, "bob"),
    SynapseError,
  ) as SynapseError;
  assertEquals(error.code, "connection_lost");
  assertEquals((bob.refused[0] as SynapseError).code, "limit_exceeded");
  await peer.close();
  await network.connect(carol, "bob");
  const none = await network.join("none", { maxConnections: 0 });
  await assertRejects(() => network.connect(carol, "none"), SynapseError);
  assertEquals(none.node.nodesInbound.size, 0);
});

Deno.test("P2pNode.acceptor() takes connections of a listener that others share", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  const alice = await network.join("alice");
  const traced: MessageEntry[] = [];
  const acceptor = bob.node.acceptor({
    limits: resolveLimits(),
    addresses: () => [{ scheme: "tcp", host: "127.0.0.1", port: 9999, path: "" }],
    openTrace: () => (entry) => traced.push(entry),
  });
  const conversations: Conversation[] = [];
  await network.transport.listen(parseAddress("memory://shared"), (channel) => {
    const opening: number[] = [];
    channel.open({
      data(chunk) {
        opening.push(...chunk);
        if (acceptor.recognise(new Uint8Array(opening)) !== true) return;
        conversations.push(acceptor.accept(channel, new Uint8Array(opening)));
      },
      drain() {},
      end() {},
      close() {},
    });
  });
  const peer = await network.connect(alice, "shared");
  await peer.send("hello");
  await network.clock.runMicrotasks();
  assertEquals([acceptor.name, peer.id, bob.messages], ["p2pnetwork", "bob", ["hello"]]);
  assertEquals(traced, [{
    direction: "in",
    dialect: "p2pnetwork",
    peer: "memory://shared-1",
    type: "message",
    bytes: 6,
  }]);
  await conversations[0].close();
  await conversations[0].closed;
  assertEquals([peer.isConnected, bob.node.nodesInbound.size], [false, 0]);
});

Deno.test("P2pNode tells others the port of the listener that it shares", async () => {
  await using network = new TestP2pNetwork();
  const [alice, bob] = [await network.join("alice"), await network.join("bob")];
  bob.node.acceptor({
    limits: resolveLimits(),
    addresses: () => [{ scheme: "tcp", host: "127.0.0.1", port: 9999, path: "" }],
  });
  await network.connect(bob, "alice");
  assertEquals([...alice.node.nodesInbound].map(({ port }) => port), [9999]);
});

Deno.test("P2pNode tells of its failing listeners, and goes on", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  const alice = await network.join("alice");
  bob.node.on("nodeMessage", () => {
    throw new Error("kaboom");
  });
  bob.node.on("nodeMessage", () => Promise.reject(new Error("later")));
  const peer = await network.connect(alice, "bob");
  await peer.send("one");
  await peer.send("two");
  await network.clock.runMicrotasks();
  assertEquals(bob.messages, ["one", "two"]);
  const failures = bob.events.filter(({ type }) => type === "listenerFailed");
  assertEquals(failures.length, 4);
});
