import { assert, assertEquals, assertRejects } from "@std/assert";
import { EncodeError, SynapseError } from "../../../core/errors.ts";
import type { P2pCompression } from "../../../core/p2p_network/compression.ts";
import type { P2pNodeOptions } from "../../../core/p2p_network/node_options.ts";
import type { P2pPeer, P2pSendOptions } from "../../../core/p2p_network/peer.ts";
import { nodeP2pCompression } from "../../../transports/compression.ts";
import { p2pVectorOf } from "../../support/p2p_vectors.ts";
import { TestP2pNetwork } from "../../support/p2p_network.ts";

const MIB = 1024 * 1024;

/** Bob, somebody who has connected with him, and Bob's view of that one. */
async function meet(network: TestP2pNetwork, options?: P2pNodeOptions) {
  const bob = await network.join("bob", options);
  const raw = await (await network.dial("bob")).greet();
  await network.clock.advance(200);
  raw.text = "";
  const [peer] = bob.node.nodesInbound;
  return { bob, raw, peer };
}

/** Watches a promise. */
function watch(promise: Promise<unknown>) {
  const watched = { state: "pending", error: undefined as unknown };
  promise.then(
    () => watched.state = "done",
    (error) => {
      watched.state = "failed";
      watched.error = error;
    },
  );
  return watched;
}

for (
  const [what, data, options, reason] of [
    ["an empty text", "", {}, "it is empty"],
    ["no bytes at all", new Uint8Array(), {}, "it is empty"],
    ["an empty text, compressed", "", { compression: "zlib" }, "it is empty"],
    ["bytes with a 04", new Uint8Array([1, 4]), {}, "the byte 04 in it would end it: found at 1"],
    ["text with a 04", "\x04", {}, "found at 0"],
    ["what looks compressed", "abc\x02", {}, "would mark it as compressed"],
    ["bzip2", "a", { compression: "bzip2" }, "Cannot compress message with bzip2"],
    ["xz", "a", { compression: "lzma" }, "Cannot compress message with lzma"],
    ["what JSON can't hold", { a: NaN }, {}, "JSON can't hold it"],
    ["a message too large", "x".repeat(101), {}, "larger than 100 bytes: got 101"],
  ] as const
) {
  Deno.test(`P2pPeer.send() refuses ${what}, and sends nothing of it`, async () => {
    await using network = new TestP2pNetwork();
    const { raw, peer, bob } = await meet(network, { limits: { maxMessageBytes: 100 } });
    await assertRejects(
      () => peer.send(data, options as P2pSendOptions),
      EncodeError,
      reason,
    );
    await peer.send("next");
    await network.clock.runMicrotasks();
    assertEquals([raw.text, bob.node.messageCountSend], ["next\x04", 1]);
  });
}

for (
  const [name, data] of [
    ["zlib.str.client", "compress me ".repeat(20)],
    ["zlib.dict.client", { k: "v".repeat(50) }],
  ] as const
) {
  Deno.test(`P2pPeer.send() writes ${name} as a real node does, and such a one is read`, async () => {
    await using network = new TestP2pNetwork();
    const { raw, peer, bob } = await meet(network);
    await peer.send(data, { compression: "zlib" });
    await network.clock.runMicrotasks();
    const { bytes } = p2pVectorOf(name);
    assertEquals(raw.text, new TextDecoder().decode(bytes));
    await raw.write(bytes);
    await network.until(() => bob.messages.length !== 0);
    assertEquals(bob.messages, [data]);
  });
}

Deno.test("P2pPeer.send() compressed carries any bytes", async () => {
  await using network = new TestP2pNetwork();
  const [alice, bob] = [await network.join("alice"), await network.join("bob")];
  const peer = await network.connect(alice, "bob");
  const data = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  await peer.send(data, { compression: "zlib" });
  await peer.send("\x04\x02", { compression: "zlib" });
  await network.until(() => bob.messages.length >= 2);
  assertEquals(bob.messages, [data, "\x04\x02"]);
});

Deno.test("Messages are sent and read in their order, whatever compressing and decompressing takes", async () => {
  const held: (() => void)[] = [];
  const hold = () => new Promise<void>((resolve) => held.push(resolve));
  const slow: P2pCompression = {
    async compress(method, bytes) {
      await hold();
      return await nodeP2pCompression.compress(method, bytes);
    },
    async decompress(method, bytes, maxBytes) {
      await hold();
      return await nodeP2pCompression.decompress(method, bytes, maxBytes);
    },
  };
  await using network = new TestP2pNetwork(slow);
  const [alice, bob] = [await network.join("alice"), await network.join("bob")];
  const peer = await network.connect(alice, "bob");
  const zlib = { compression: "zlib" } as const;
  const first = watch(peer.send("1", zlib));
  const refused = watch(peer.send("x", { compression: "lzma" }));
  for (const [data, options] of [["2", {}], ["3", zlib], ["4", {}]] as const) {
    peer.send(data, options);
  }
  const releaseLast = async (count: number) => {
    await network.until(() => held.length >= count);
    for (const release of held.splice(0).reverse()) release();
  };
  await releaseLast(3);
  await network.until(() => first.state !== "pending");
  assertEquals(bob.messages, []);
  await releaseLast(1);
  await releaseLast(1);
  await network.until(() => bob.messages.length >= 4);
  assertEquals([bob.messages, refused.state], [[1, 2, 3, 4], "failed"]);
});

Deno.test("P2pPeer.send() settles when the peer has taken enough", async () => {
  await using network = new TestP2pNetwork();
  const { raw, peer } = await meet(network);
  raw.channel.pause();
  const first = watch(peer.send("x".repeat(MIB + 1)));
  const second = watch(peer.send("y"));
  await network.clock.advance(1_000);
  assertEquals([first.state, second.state], ["pending", "pending"]);
  raw.channel.resume();
  await network.clock.runMicrotasks();
  assertEquals([first.state, second.state, raw.text.length], ["done", "done", MIB + 4]);
});

Deno.test("P2pPeer.send() fails when too much waits, at n and n + 1, and works again later", async () => {
  await using network = new TestP2pNetwork();
  const { raw, peer } = await meet(network, { limits: { maxBufferedBytes: 2 * MIB } });
  raw.channel.pause();
  const first = watch(peer.send("x".repeat(2 * MIB - 10)));
  const fitting = watch(peer.send("y".repeat(9)));
  const failing = watch(peer.send("z"));
  await network.clock.runMicrotasks();
  assertEquals([first.state, fitting.state, failing.state], ["pending", "pending", "failed"]);
  assertEquals((failing.error as SynapseError).code, "limit_exceeded");
  raw.channel.resume();
  await network.clock.runMicrotasks();
  await peer.send("z");
});

Deno.test("P2pPeer.send() counts what waits for our id to be read", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob", { limits: { maxBufferedBytes: 1_000 } });
  const sent: ReturnType<typeof watch>[] = [];
  bob.node.on("inboundNodeConnected", ({ peer }) => {
    for (const length of [600, 390, 20]) sent.push(watch(peer.send("x".repeat(length))));
  });
  await (await network.dial("bob")).greet();
  await network.clock.advance(1_000);
  assertEquals(sent.map(({ state }) => state), ["done", "done", "failed"]);
});

Deno.test("A peer that takes nothing any more is cut off, one that is slow isn't", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw, peer } = await meet(network);
  raw.channel.pause();
  const sent = watch(peer.send("x".repeat(3 * MIB)));
  peer.send("y".repeat(2 * MIB)).catch(() => {});
  await network.clock.advance(29_000);
  assertEquals(bob.node.allNodes.size, 1);
  await network.clock.advance(1_000);
  assertEquals([sent.state, bob.node.allNodes.size], ["failed", 0]);
  assertEquals((sent.error as SynapseError).code, "connection_lost");
  assertEquals((bob.refused[0] as SynapseError).code, "deadline_exceeded");
});

Deno.test("Nothing is read of a peer that doesn't take what waits for it, until it does", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw, peer } = await meet(network, { limits: { maxBufferedBytes: 4 * MIB } });
  raw.channel.pause();
  peer.send("x".repeat(2 * MIB)).catch(() => {});
  await raw.write("one\x04");
  await raw.write("two\x04");
  assertEquals(bob.messages, []);
  raw.channel.resume();
  await network.clock.runMicrotasks();
  assertEquals(bob.messages, ["one", "two"]);
});

Deno.test("What was much before it was compressed doesn't stop reading for good", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw, peer } = await meet(network, { limits: { maxBufferedBytes: MIB } });
  const sent = watch(peer.send("x".repeat(MIB - 100), { compression: "zlib" }));
  await raw.write("one\x04");
  await network.until(() => sent.state === "done");
  await network.clock.runMicrotasks();
  assertEquals(bob.messages, ["one"]);
});

Deno.test("Listeners that take their time hold up their peer, and nobody else", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network, { limits: { maxHandling: 3 } });
  const other = await (await network.dial("bob")).greet();
  const heard: unknown[] = [];
  const finish: (() => void)[] = [];
  bob.node.on("nodeMessage", ({ data, peer }) => {
    heard.push(data);
    if (peer !== [...bob.node.nodesInbound][0]) return;
    return new Promise<void>((resolve) => finish.push(resolve));
  });
  await raw.write("a\x04b\x04c\x04d\x04e\x04", "f\x04");
  assertEquals(heard, ["a", "b", "c"]);
  await other.write("1 of other\x04");
  assertEquals(heard.splice(0).length, 4);
  finish.shift()!();
  await network.clock.runMicrotasks();
  assertEquals(heard, ["d"]);
  while (finish.length > 0) {
    finish.shift()!();
    await network.clock.runMicrotasks();
  }
  assertEquals(heard, ["d", "e", "f"]);
});

Deno.test("A peer that leaves is gone, even while listeners take their time for ever", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network, { limits: { maxHandling: 2 } });
  bob.node.on("nodeMessage", () => new Promise(() => {}));
  await raw.write("one\x04");
  await raw.close();
  await network.clock.runMicrotasks();
  assertEquals(bob.node.allNodes.size, 0);
});

Deno.test("An echo to a peer that never reads holds no more than it may", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network, { limits: { maxBufferedBytes: MIB } });
  let failures = 0;
  bob.node.on("nodeMessage", async ({ peer, data }) => {
    await peer.send(data).catch(() => failures++);
  });
  raw.channel.pause();
  for (let i = 0; i < 40; i++) await raw.write(`${"x".repeat(64 * 1024)}\x04`);
  assert(bob.messages.length < 12, `${bob.messages.length} messages`);
  raw.channel.resume();
  await network.until(() => bob.messages.length >= 40);
  await network.clock.runMicrotasks();
  assertEquals([failures, raw.text.length], [0, 40 * (64 * 1024 + 1)]);
});

Deno.test("P2pPeer.close() sends what was sent before, P2pPeer.send() after it fails", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  let peer!: P2pPeer;
  bob.node.on("inboundNodeConnected", (event) => {
    peer = event.peer;
    peer.send("one", { compression: "zlib" });
    peer.send("two");
    peer.close();
  });
  const raw = await (await network.dial("bob")).greet();
  await network.until(() => !peer.isConnected);
  assertEquals(raw.text.replace(/^bob[\w+/=]+/, ""), "\x02\x04two\x04");
  const error = await assertRejects(() => peer.send("three"), SynapseError) as SynapseError;
  assertEquals(error.code, "connection_lost");
});

Deno.test("P2pPeer.close() doesn't wait for ever for a peer that takes nothing", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw, peer } = await meet(network);
  raw.channel.pause();
  peer.send("x".repeat(2 * MIB)).catch(() => {});
  const closed = watch(peer.close());
  await network.clock.advance(4_999);
  assertEquals(closed.state, "pending");
  await network.clock.advance(1);
  assertEquals([closed.state, bob.node.allNodes.size, network.clock.pendingTimers], ["done", 0, 0]);
});
