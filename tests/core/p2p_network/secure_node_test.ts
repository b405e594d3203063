import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { CallContext } from "../../../core/caller.ts";
import { seal as sealEnvelope } from "../../../core/envelope.ts";
import { RemoteError, SynapseError } from "../../../core/errors.ts";
import { Identity } from "../../../core/identity.ts";
import { SecureP2pNode } from "../../../core/p2p_network/secure_node.ts";
import type { P2pPeer } from "../../../core/p2p_network/peer.ts";
import { TestP2pNetwork } from "../../support/p2p_network.ts";

const identity = (seed: number): Identity => new Identity(new Uint8Array(32).fill(seed));
const ALICE = identity(1);
const BOB = identity(2);

interface TestSecureNode {
  readonly secure: SecureP2pNode;
  readonly said: unknown[];
  readonly refusals: string[];
}

let nonces = 0;

async function join(
  network: TestP2pNetwork,
  id: string,
  identity: Identity,
): Promise<TestSecureNode> {
  const { node } = await network.join(id, { callback: () => {} });
  const secure = new SecureP2pNode(node, {
    identity,
    randomBytes: (count) => new Uint8Array(count).fill(++nonces),
  });
  const said: unknown[] = [];
  const refusals: string[] = [];
  secure.on("message", ({ key, name, data }) => said.push([key, name, data]));
  secure.on(
    "refused",
    ({ name, error }) => refusals.push(`${(error as SynapseError).code} ${name}`),
  );
  return { secure, said, refusals };
}

/** Alice, connected with Bob, who each know the other's key. */
async function pair(network: TestP2pNetwork) {
  const alice = await join(network, "alice", ALICE);
  const bob = await join(network, "bob", BOB);
  const connecting = alice.secure.node.connectWithNode("bob", 0);
  await network.clock.advance(1_000);
  const peer: P2pPeer = await connecting;
  return { alice, bob, peer };
}

Deno.test("SecureP2pNode proves its key to the other, both ways", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  assertEquals(alice.secure.keyOf(peer), BOB.id);
  const [caller] = bob.secure.node.nodesInbound;
  assertEquals(bob.secure.keyOf(caller), ALICE.id);
  assertEquals([alice.refusals, bob.refusals], [[], []]);
});

Deno.test("SecureP2pNode.send() says to a key what it may read, where ours may say it", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  alice.secure.allow(BOB.id, ["btc.*"]);
  bob.secure.allow(ALICE.id, ["btc.tx"]);
  await alice.secure.send(peer, "btc.tx", { amount: 1.5, at: "é", list: [null, true, 1e20, -0] });
  await alice.secure.send(peer, "btc.block", 1);
  await network.clock.runMicrotasks();
  assertEquals(bob.said, [
    [ALICE.id, "btc.tx", { amount: 1.5, at: "é", list: [null, true, 1e20, 0] }],
  ]);
  assertEquals(bob.refusals, ["unauthorized btc.block"]);
  assertEquals(alice.refusals, ["unauthorized btc.block"]);
  const error = await assertRejects(() => alice.secure.send(peer, "secret", 1), SynapseError);
  assertEquals(error.code, "unauthorized");
});

Deno.test("SecureP2pNode.publish() tells those who may read it, and nobody else", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  bob.secure.allow(ALICE.id, ["*"]);
  assertEquals(await alice.secure.publish("news", 1), []);
  alice.secure.allow(BOB.id, ["news"]);
  assertEquals(await alice.secure.publish("news", 2), [peer]);
  await network.clock.runMicrotasks();
  assertEquals(bob.said, [[ALICE.id, "news", 2]]);
});

Deno.test("SecureP2pNode.call() calls what the key may call", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  bob.secure.allow(ALICE.id, ["math.*"])
    .endpoint("math.sum", (a: number, b = 10) => a + b)
    .endpoint("math.fail", () => {
      throw new SynapseError("out_of_stock", "No apples left", { data: { left: 0 } });
    })
    .endpoint("math.count", function* () {
      yield 1;
    })
    .endpoint("math.bytes", () => new Uint8Array(1))
    .endpoint("secret", () => 42);
  assertEquals(await alice.secure.call(peer, "math.sum", [1, 2]), 3);
  assertEquals(await alice.secure.call(peer, "math.sum", [1], { kwargs: { b: 5 } }), 6);
  for (
    const [name, code] of [
      ["secret", "unauthorized"],
      ["math.nope", "method_not_found"],
      ["math.fail", "out_of_stock"],
      ["math.count", "not_supported"],
      ["math.bytes", "not_supported"],
    ]
  ) {
    const error = await assertRejects(() => alice.secure.call(peer, name), RemoteError);
    assertEquals(error.code, code, name);
  }
});

Deno.test("SecureP2pNode.call() fails when the connection is lost, and nothing stays", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  bob.secure.allow("*", ["*"]).endpoint("hang", () => new Promise(() => {}));
  const call = alice.secure.call(peer, "hang");
  await network.clock.runMicrotasks();
  bob.secure.node.allNodes.forEach((peer) => peer.close());
  const error = await assertRejects(() => call, SynapseError);
  assertEquals(error.code, "connection_lost");
});

Deno.test("SecureP2pNode lets a handler call back", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  alice.secure.allow(BOB.id, ["name"]).endpoint("name", () => "Alice");
  bob.secure.allow(ALICE.id, ["greet"]).endpoint(
    "greet",
    async ({ peer, dialect }: CallContext) => `Hello, ${await peer.call("name")}, over ${dialect}`,
    { context: true },
  );
  assertEquals(await alice.secure.call(peer, "greet"), "Hello, Alice, over p2pnetwork");
});

Deno.test("SecureP2pNode hangs up on a peer that proves no key in time, and takes nothing of it", async () => {
  await using network = new TestP2pNetwork();
  const bob = await join(network, "bob", BOB);
  bob.secure.allow("*", ["*"]);
  const raw = await (await network.dial("bob")).greet();
  await raw.write('hello\x04{"type": "message", "name": "a", "data": 1}\x04');
  await network.clock.advance(4_999);
  assert(!raw.isClosed);
  await network.clock.advance(2);
  assert(raw.isClosed);
  assertEquals(bob.said, []);
  assertEquals([...new Set(bob.refusals)], ["unauthorized undefined"]);
});

Deno.test("SecureP2pNode takes nothing that was said to another, on another connection, or before", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  alice.secure.allow("*", ["*"]);
  bob.secure.allow("*", ["*"]);
  const heard: string[] = [];
  const [caller] = bob.secure.node.nodesInbound;
  bob.secure.node.on("nodeMessage", ({ data }) => heard.push(JSON.stringify(data)));
  await alice.secure.send(peer, "news", 1);
  await network.clock.runMicrotasks();
  const [envelope] = heard;
  assertEquals(bob.said.length, 1);

  await peer.send(envelope);
  await network.clock.runMicrotasks();
  assertEquals(bob.refusals.splice(0), ["replayed undefined"]);

  await peer.send(envelope.replace('"data":1', '"data":2'));
  await network.clock.runMicrotasks();
  assertEquals(bob.refusals.splice(0), ["tampered undefined"]);

  // Back to its sender, who never said that to herself.
  await caller.send(envelope);
  await network.clock.runMicrotasks();
  assertEquals(alice.refusals.splice(0), ["foreign_key undefined"]);

  // By somebody who claims to be Alice.
  const carol = await join(network, "carol", identity(3));
  const raw = await (await network.dial("carol")).greet();
  await raw.write(`{"synapse": "secure", "key": "${ALICE.id}", "nonce": "${"00".repeat(16)}"}\x04`);
  await raw.write(`${envelope}\x04`);
  assertEquals(carol.refusals, ["protocol_error undefined"]);
  assertEquals([bob.said.length, alice.said.length, carol.said.length], [1, 0, 0]);
  raw.channel.close();
});

Deno.test("SecureP2pNode isn't taken in by one that claims its own key", async () => {
  await using network = new TestP2pNetwork();
  const bob = await join(network, "bob", BOB);
  bob.secure.allow(BOB.id, ["*"]);
  const raw = await (await network.dial("bob")).greet();
  await raw.write("");
  await network.clock.advance(300);
  const claim = raw.text.slice(raw.text.indexOf("{"), raw.text.indexOf("\x04"));
  raw.text = "";
  await raw.write(`${claim}\x04`);
  const hello = raw.text;
  assert(hello.includes("hello"), hello);
  await raw.write(hello);
  assertEquals(bob.refusals, ["unauthorized undefined"]);
  raw.channel.close();
});

Deno.test("SecureP2pNode refuses whatever is no signed statement, and goes on", async () => {
  await using network = new TestP2pNetwork();
  const { alice, bob, peer } = await pair(network);
  bob.secure.allow("*", ["*"]).endpoint("sum", (a: number, b: number) => a + b);
  const failures: unknown[] = [];
  bob.secure.node.on("listenerFailed", ({ error }) => failures.push(error));
  bob.secure.on("listenerFailed", ({ error }) => failures.push(error));
  let sent = 0;
  const envelope = fc.record({
    value: fc.jsonValue(),
    hash: fc.constant(ALICE.id),
    key: fc.constantFrom(ALICE.id, BOB.id, "x"),
    time: fc.oneof(fc.constant(network.clock.unixMs()), fc.jsonValue()),
    signature: fc.constantFrom(`${"A".repeat(85)}A`, "x"),
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), envelope), async (data) => {
      if (data === "") return;
      sent++;
      await peer.send([data]);
      await peer.send(JSON.stringify(data));
      await network.clock.runMicrotasks();
    }),
    { numRuns: 200, seed: 4 },
  );
  assertEquals([failures, bob.said, bob.refusals.length], [[], [], 2 * sent]);
  assertEquals(await alice.secure.call(peer, "sum", [1, 2]), 3);
});

for (
  const statement of [
    { type: "nope" },
    { type: "call", id: 1, name: "sum" },
    { type: "call", id: -1, name: "sum", args: [] },
    { type: "call", id: 1, name: "x".repeat(257), args: [] },
    { type: "message", data: 1 },
    { type: "error", name: "x", code: 1, message: "m" },
  ]
) {
  const shown = JSON.stringify(statement).slice(0, 60);
  Deno.test(`SecureP2pNode refuses ${shown}, though it is signed`, async () => {
    await using network = new TestP2pNetwork();
    const { alice, bob, peer } = await pair(network);
    bob.secure.allow("*", ["*"]);
    // What Alice's node signs for Bob, she signs for him here by hand.
    const heard: { value: { to: string; session: string } }[] = [];
    bob.secure.node.on("nodeMessage", ({ data }) => heard.push(data as never));
    alice.secure.allow("*", ["*"]);
    await alice.secure.send(peer, "first", 1);
    await network.clock.runMicrotasks();
    const { to, session } = heard[0].value;
    const value = { to, session, ...statement };
    await peer.send(sealEnvelope(value, { identity: ALICE, clock: network.clock }));
    await network.clock.runMicrotasks();
    assertEquals(bob.refusals, ["protocol_error undefined"]);
  });
}
