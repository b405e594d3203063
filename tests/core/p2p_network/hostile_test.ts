/** What makes a real node hang, wedge or die, and others besides: each gets an answer here, or a closed channel. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { packP2pCompressed } from "../../../core/codecs/p2p_compressed.ts";
import type { SynapseError } from "../../../core/errors.ts";
import type { P2pNodeOptions } from "../../../core/p2p_network/node_options.ts";
import { nodeP2pCompression } from "../../../transports/compression.ts";
import { P2P_VECTORS } from "../../support/p2p_vectors.ts";
import { type TestNode, TestP2pNetwork } from "../../support/p2p_network.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
/** 300,000 zeros. */
const BOMBS = {
  zlib: fromBase64(
    "eJztwQENAAAAwqD3T20PBxQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPwYlBwAAQ==",
  ),
  bzip2: fromBase64("QlpoOTFBWSZTWd9HTW8AAkxAgMAABAAACCAAMMwFKaYURsRRHi7kinChIb6Omt4="),
  lzma: fromBase64(
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj5JPfAG9dAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGw1jEDBAAAAH58pcZX/q9AAAYsB4KcSAHhj/vixxGf7AgAAAAAEWVo=",
  ),
};

/** Bob, and somebody who has connected with him. */
async function meet(network: TestP2pNetwork, options?: P2pNodeOptions) {
  const bob = await network.join("bob", options);
  const raw = await (await network.dial("bob")).greet();
  raw.text = "";
  return { bob, raw };
}

const codesOf = ({ refused }: TestNode): string[] =>
  refused.map((error) => (error as SynapseError).code);

/** Bob still takes connections and messages. */
async function assertServes(network: TestP2pNetwork, bob: TestNode): Promise<void> {
  const before = bob.messages.length;
  const raw = await (await network.dial("bob")).greet("honest:12345");
  assertEquals(raw.text, "bob");
  await raw.write("still there\x04");
  await network.clock.runMicrotasks();
  assertEquals(bob.messages.slice(before), ["still there"]);
  await raw.close();
}

Deno.test("A handshake that is cut anywhere is read whole", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob", { maxConnections: 1_000 });
  const opening = bytes("grüße:8001");
  for (let cut = 1; cut < opening.length; cut++) {
    const raw = await network.dial("bob");
    await raw.write(opening.slice(0, cut));
    await network.clock.advance(99);
    await raw.write(opening.slice(cut));
    assertEquals(raw.text, "", `cut at ${cut}`);
    await network.clock.advance(100);
    assertEquals(raw.text, "bob", `cut at ${cut}`);
    await raw.close();
  }
  const ids = bob.events.flatMap((event) =>
    event.type === "inboundNodeConnected" ? [`${event.peer.id}:${event.peer.port}`] : []
  );
  assertEquals([...new Set(ids)], ["grüße:8001"]);
  assertEquals(ids.length, opening.length - 1);
});

Deno.test("A port of five digits is answered at once, a shorter one after a moment's silence", async () => {
  await using network = new TestP2pNetwork();
  await network.join("bob");
  assertEquals((await (await network.dial("bob")).greet("alice:24301")).text, "bob");
  const raw = await (await network.dial("bob")).greet("alice:8001");
  await network.clock.advance(99);
  assertEquals(raw.text, "");
  await network.clock.advance(1);
  assertEquals(raw.text, "bob");
});

Deno.test("An old node's id without a port is taken after a longer silence", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  const raw = await (await network.dial("bob")).greet("old");
  await network.clock.advance(999);
  assertEquals(raw.text, "");
  await network.clock.advance(1);
  assertEquals([raw.text, [...bob.node.nodesInbound][0].id], ["bob", "old"]);
});

Deno.test("A message right behind the handshake is a message", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  await (await network.dial("bob")).greet("alice:8001hello\x04wor");
  assertEquals(bob.messages, ["hello"]);
});

Deno.test("Nothing is sent right behind our id, where a real node would take it for a part of it", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  bob.node.on("inboundNodeConnected", ({ peer }) => peer.send("welcome"));
  const raw = await (await network.dial("bob")).greet();
  await network.clock.advance(199);
  assertEquals(raw.text, "bob");
  await network.clock.advance(1);
  assertEquals(raw.text, "bobwelcome\x04");
  const eager = await (await network.dial("bob")).greet();
  await eager.write("hello\x04");
  assertEquals(eager.text, "bobwelcome\x04");
});

for (
  const [what, opening, code] of [
    ["two colons", bytes("a:1:2"), "protocol_error"],
    ["an id that is not UTF-8", new Uint8Array([0xff, 0xfe, 0x3a, 0x31]), "protocol_error"],
    ["a port that is none", bytes("a:port"), "protocol_error"],
    ["a port too high", bytes("a:99999"), "protocol_error"],
    ["HTTP", bytes("GET / HTTP/1.1\r\n\r\n"), "protocol_error"],
    ["no id", bytes(":24301"), "protocol_error"],
    ["an endless id", bytes("x".repeat(513)), "limit_exceeded"],
    ["noise", new Uint8Array([0, 1, 2, 3]), "protocol_error"],
  ] as const
) {
  Deno.test(`A connection that begins with ${what} is closed, and others are served`, async () => {
    await using network = new TestP2pNetwork();
    const bob = await network.join("bob");
    const raw = await (await network.dial("bob")).write(opening);
    await network.clock.runMicrotasks();
    assertEquals([raw.isClosed, raw.text], [true, ""]);
    assertEquals(codesOf(bob), [code]);
    assertEquals(bob.events, []);
    await assertServes(network, bob);
  });
}

for (const opening of ["", "alice:"]) {
  Deno.test(`A connection that says ${JSON.stringify(opening)} and no more holds up nobody, and is closed in time`, async () => {
    await using network = new TestP2pNetwork();
    const bob = await network.join("bob", { maxConnections: 1 });
    const raw = await (await network.dial("bob")).write(opening);
    await assertServes(network, bob);
    await network.clock.advance(4_999);
    assert(!raw.isClosed);
    await network.clock.advance(1);
    assert(raw.isClosed);
    assertEquals(codesOf(bob), ["deadline_exceeded"]);
    await assertServes(network, bob);
  });
}

Deno.test("Connections that say nothing give way, the oldest first, when there are too many", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob", { limits: { maxHandshakes: 2 } });
  const silent = [];
  for (let i = 0; i < 4; i++) silent.push(await network.dial("bob"));
  await network.clock.runMicrotasks();
  assertEquals(silent.map(({ isClosed }) => isClosed), [true, true, false, false]);
  await assertServes(network, bob);
});

Deno.test("Who connects and closes is no node", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  for (const opening of ["", "alice:80"]) {
    const raw = await (await network.dial("bob")).write(opening);
    await raw.close();
  }
  assertEquals([bob.events, bob.node.allNodes.size], [[], 0]);
  assertEquals(network.clock.pendingTimers, 0);
});

Deno.test("Empty messages are counted, and those behind them read", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network);
  await raw.write("\x04\x04one\x04\x04two\x04");
  assertEquals(bob.messages, ["one", "two"]);
  assertEquals([bob.node.messageCountRecv, bob.node.messageCountRerr], [2, 3]);
  assertEquals(raw.isClosed, false);
  // A flood of them would cost more in errors than in anything else.
  assertEquals(new Set(bob.refused).size, 1);
});

Deno.test("Two nodes of one id are two nodes", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network);
  const twin = await (await network.dial("bob")).greet();
  await raw.write("one\x04");
  await twin.write("two\x04");
  assertEquals([bob.messages, bob.node.nodesInbound.size], [["one", "two"], 2]);
  await twin.close();
  await raw.write("three\x04");
  assertEquals([bob.messages.length, bob.node.nodesInbound.size], [3, 1]);
});

Deno.test("A node that closes is gone at once; the message that it didn't end is dropped", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network);
  await raw.write("one\x04CLOSING: Already having a connection together");
  await raw.close();
  await network.clock.runMicrotasks();
  assertEquals([bob.messages, bob.node.allNodes.size], [["one"], 0]);
  assertEquals(bob.events.at(-1)?.type, "inboundNodeDisconnected");
});

for (
  const [what, message, data] of [
    ["whose 02 is there by chance", "abc\x02", "abc\x02"],
    ["whose base64 has no end", "YWJj=\x02", "YWJj=\x02"],
    ["of an unknown method", `${btoa("data-zstd")}\x02`, "data-zstd"],
    ["of damaged zlib", `${btoa("damaged zlib")}\x02`, "damaged zlib"],
    ["of damaged bzip2", `${btoa("BZh9 bzip2")}\x02`, "BZh9 bzip2"],
    ["of damaged xz", `${btoa("damaged lzma")}\x02`, "damaged lzma"],
    ["of nothing at all", `${btoa("lzma")}\x02`, "lzma"],
  ] as const
) {
  Deno.test(`A compressed message ${what} is taken as it is`, async () => {
    await using network = new TestP2pNetwork();
    const { bob, raw } = await meet(network);
    await raw.write(`${message}\x04next\x04`);
    await network.until(() => bob.messages.length >= 2);
    assertEquals(bob.messages, [data, "next"]);
  });
}

Deno.test("A message that is larger than it may be ends the connection, at n + 1", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network, { limits: { maxMessageBytes: 1_000 } });
  await raw.write(`${"x".repeat(1_000)}\x04`);
  assertEquals(bob.messages.length, 1);
  await raw.write("y".repeat(1_001));
  assertEquals([raw.isClosed, codesOf(bob)], [true, ["limit_exceeded"]]);
  await assertServes(network, bob);
});

for (const method of ["zlib", "bzip2", "lzma"] as const) {
  Deno.test(`A message that ${method} makes larger than it may be ends the connection`, async () => {
    await using network = new TestP2pNetwork({
      compress: nodeP2pCompression.compress,
      decompress: (given, _bytes, maxBytes) => {
        const bomb = BOMBS[method];
        assertEquals([given, maxBytes], [method, 1_000]);
        return nodeP2pCompression.decompress(method, bomb, maxBytes);
      },
    });
    const { bob, raw } = await meet(network, { limits: { maxMessageBytes: 1_000 } });
    await raw.write(packP2pCompressed(method, new Uint8Array([1])), "\x04next\x04");
    await network.until(() => bob.refused.length !== 0);
    assertEquals([bob.messages, codesOf(bob)], [[], ["limit_exceeded"]]);
    await network.clock.runMicrotasks();
    assert(raw.isClosed);
    await assertServes(network, bob);
  });
}

Deno.test("JSON that is deeper than it may be ends the connection, and the process goes on", async () => {
  await using network = new TestP2pNetwork();
  const { bob, raw } = await meet(network);
  const depth = 100_000;
  await raw.write(`${"[".repeat(depth)}${"]".repeat(depth)}\x04`);
  assertEquals([raw.isClosed, codesOf(bob)], [true, ["limit_exceeded"]]);
  await assertServes(network, bob);
});

Deno.test("A node that answers with id and message in one is told from one that doesn't", async () => {
  await using network = new TestP2pNetwork();
  const alice = await network.join("alice");
  const answer = async (text: string) => {
    const listener = await network.transport.listen(
      { scheme: "memory", host: "hasty", port: 0, path: "" },
      (channel) => {
        channel.open({ data() {}, drain() {}, end() {}, close() {} });
        channel.writer.bytes(bytes(text));
        channel.flush();
      },
    );
    const outcome = await network.connect(alice, "hasty").catch((error) => error.code);
    await listener.close();
    return outcome;
  };
  assertEquals(await answer("hastyhello\x04"), "protocol_error");
  const drawn = "0f".repeat(64);
  assertEquals((await answer(`${drawn}hello\x04`)).id, drawn);
  assertEquals(alice.messages, ["hello"]);
});

Deno.test("P2pNode takes whatever comes for messages, or closes, and goes on", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  const real = P2P_VECTORS.map((vector) => vector.bytes);
  const broken = fc.tuple(
    fc.array(fc.oneof(fc.constantFrom(...real), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 4,
    }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(broken, async ([parts, damage, isGreeted]) => {
      const raw = await network.dial("bob");
      if (isGreeted) await raw.greet();
      const whole = new Uint8Array(parts.flatMap((part) => [...part]));
      for (const [at, byte] of damage) if (whole.length > 0) whole[at % whole.length] = byte;
      await raw.write(whole);
      await raw.close();
      await network.clock.advance(6_000);
    }),
    { numRuns: 300, seed: 20_261 },
  );
  assertEquals([bob.node.allNodes.size, network.clock.pendingTimers], [0, 0]);
  await assertServes(network, bob);
});
