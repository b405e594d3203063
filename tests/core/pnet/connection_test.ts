import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Channel } from "../../../core/channel.ts";
import { formatPipePacket } from "../../../core/codecs/pipe_packet.ts";
import { TimeoutError } from "../../../core/errors.ts";
import { PnetBasicNode } from "../../../core/pnet/basic_node.ts";
import { type TestMemberOptions, TestNetwork } from "../../support/pnet_network.ts";
import { openPacket, packetOf, vectorOf } from "../../support/pnet_vectors.ts";

const HELLO = vectorOf("netkey.msg.str").text;

/** A network with bob, who echoes, and what he has refused. */
async function echo(options: TestMemberOptions = {}) {
  const network = new TestNetwork();
  const refused: Error[] = [];
  const seen: unknown[] = [];
  const bob = await network.join("bob", {
    onRefused: (error) => refused.push(error as Error),
    ...options,
  });
  new PnetBasicNode(bob, { onmessage: (value) => (seen.push(value), value) });
  return {
    network,
    bob,
    refused,
    seen,
    [Symbol.asyncDispose]: () => network.close(),
  };
}

/** Opens a connection that only listens. */
async function connect(network: TestNetwork) {
  const channel = await network.dial("bob");
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  channel.open({
    data: (chunk) => text += new TextDecoder().decode(chunk),
    drain() {},
    end: () => void channel.close(),
    close: () => resolve(text),
  });
  return { channel, answer: promise };
}

function write(channel: Channel, text: string | Uint8Array): void {
  channel.writer.bytes(typeof text === "string" ? new TextEncoder().encode(text) : text);
  channel.flush();
}

Deno.test("PnetConnection answers a packet that comes byte by byte", async () => {
  await using world = await echo();
  const { channel, answer } = await connect(world.network);
  for (const byte of new TextEncoder().encode(HELLO)) {
    write(channel, new Uint8Array([byte]));
    await Promise.resolve();
  }
  assertEquals(openPacket(await answer, "alice", { keyed: true }), "hello €");
});

Deno.test("PnetConnection answers a line that ends with the connection", async () => {
  await using world = await echo();
  const { channel, answer } = await connect(world.network);
  write(channel, HELLO.trimEnd());
  channel.close();
  await answer;
  await world.network.clock.runMicrotasks();
  assertEquals(world.seen, ["hello €"]);
});

Deno.test("PnetConnection ignores what follows the first packet", async () => {
  await using world = await echo();
  const text = await world.network.say("bob", HELLO + HELLO + "x".repeat(100_000));
  assertEquals(text.split("\n").length, 2);
  assertEquals(world.seen.length, 1);
});

Deno.test("PnetConnection goes on with bytes that were read to recognise it", async () => {
  await using world = await echo();
  const early = new TextEncoder().encode(HELLO.slice(0, 100));
  await world.network.transport.listen(
    { scheme: "memory", host: "shared", port: 0, path: "" },
    (channel) => world.bob.accept(channel, early),
  );
  const text = await world.network.say("shared", HELLO.slice(100));
  assertEquals(openPacket(text, "alice", { keyed: true }), "hello €");
});

Deno.test("PnetConnection closes one that says nothing, and serves others meanwhile", async () => {
  await using world = await echo({ limits: { requestMs: 1_000 } });
  const { channel, answer } = await connect(world.network);
  write(channel, "labnet|msg|");
  await world.network.clock.advance(999);
  assertStringIncludes(await world.network.say("bob", HELLO), "|rsp|");
  assertEquals(world.bob.connections, 1);
  await world.network.clock.advance(1);
  assertEquals(await answer, "");
  assertEquals(world.bob.connections, 0);
  assert(world.refused[0] instanceof TimeoutError);
  assertEquals(world.network.clock.pendingTimers, 0);
});

Deno.test("PnetConnection closes one whose packet is too long, at n + 1 bytes", async () => {
  const length = new TextEncoder().encode(HELLO).length - 1;
  for (const [maxPacketBytes, isAnswered] of [[length, true], [length - 1, false]] as const) {
    await using world = await echo({ limits: { maxPacketBytes } });
    assertEquals((await world.network.say("bob", HELLO)).includes("|rsp|"), isAnswered);
    assertEquals(world.refused.length, isAnswered ? 0 : 1);
  }
});

Deno.test("PnetConnection holds no more than maxBufferedBytes of all packets together", async () => {
  await using world = await echo({ limits: { maxBufferedBytes: 20_000 } });
  const open = await Promise.all(Array.from({ length: 3 }, () => connect(world.network)));
  for (const { channel } of open) write(channel, "x".repeat(8_000));
  assertEquals(await open[2].answer, "");
  assertEquals(world.bob.connections, 2);
  for (const { channel } of open) channel.close(new Error("done"));
  await world.network.clock.runMicrotasks();
  assertStringIncludes(await world.network.say("bob", HELLO), "|rsp|");
});

Deno.test("PnetMember.accept() refuses connections above maxConnections, and takes them again", async () => {
  await using world = await echo({ limits: { maxConnections: 2 } });
  const open = [await connect(world.network), await connect(world.network)];
  await world.network.dial("bob");
  assertEquals([world.bob.connections, world.refused.length], [2, 1]);
  open[0].channel.close();
  await open[0].answer;
  assertStringIncludes(await world.network.say("bob", HELLO), "|rsp|");
});

const packet = packetOf(vectorOf("netkey.msg.str"));
const spki = btoa("-----BEGIN PUBLIC KEY-----\nMFwwDQYJ\n-----END PUBLIC KEY-----\n");

for (
  const [what, bytes] of [
    ["invalid UTF-8", new Uint8Array([0x6c, 0xff, 0x7c, 0x0a])],
    ["a missing sender key", formatPipePacket({ ...packet, key: "" })],
    ["a sender key that is none", formatPipePacket({ ...packet, key: "bm8ga2V5" })],
    ["a sender key in SPKI", formatPipePacket({ ...packet, key: spki })],
  ] as const
) {
  Deno.test(`PnetConnection closes without an answer on ${what}, and runs nothing`, async () => {
    await using world = await echo();
    assertEquals(await world.network.say("bob", bytes), "");
    assertEquals(world.seen, []);
    assertEquals(world.refused.length, 1);
    assertStringIncludes(await world.network.say("bob", HELLO), "|rsp|");
  });
}

for (const content of ["%%%", "", "b''", "YWJj", "fHw=", "P3w="]) {
  Deno.test(`PnetConnection closes without an answer on the content ${JSON.stringify(content)}`, async () => {
    await using world = await echo({ keyed: false });
    assertEquals(await world.network.say("bob", formatPipePacket({ ...packet, content })), "");
  });
}

Deno.test("PnetConnection answers ERR_RSA_DECRYPTION_FAILED when key and token are empty", async () => {
  await using world = await echo({ keyed: false });
  const text = await world.network.say("bob", formatPipePacket({ ...packet, content: "fA==" }));
  assertStringIncludes(text, "|err|ERR_RSA_DECRYPTION_FAILED|");
});

Deno.test("PnetConnection closes without an answer on an advert with two @", async () => {
  await using world = await echo({ keyed: false });
  const advert = { ...packet, type: "adv", content: "a@b@127.0.0.1:1" };
  assertEquals(await world.network.say("bob", formatPipePacket(advert)), "");
  assertEquals(world.bob.peers.size, 0);
});

Deno.test("PnetConnection closes without an answer when the handler throws, as real nodes do", async () => {
  await using network = new TestNetwork();
  const refused: unknown[] = [];
  const bob = await network.join("bob", { onRefused: (error) => refused.push(error) });
  const kaboom = new Error("kaboom");
  new PnetBasicNode(bob, {
    onmessage: () => {
      throw kaboom;
    },
  });
  assertEquals(await network.say("bob", HELLO), "");
  assertEquals(refused, [kaboom]);
});

Deno.test("PnetConnection gives up a handler that hangs, and tells it", async () => {
  await using network = new TestNetwork();
  const bob = await network.join("bob", { limits: { answerMs: 5_000 } });
  let reason: unknown;
  new PnetBasicNode(bob, {
    onmessage: (_value, _sender, signal) => {
      signal.addEventListener("abort", () => reason = signal.reason);
      return new Promise(() => {});
    },
  });
  const answer = network.say("bob", HELLO);
  await network.clock.advance(4_999);
  assertEquals([bob.connections, reason], [1, undefined]);
  await network.clock.advance(1);
  assertEquals(await answer, "");
  assert(reason instanceof TimeoutError);
  assertEquals(bob.connections, 0);
});

Deno.test("PnetConnection tells a handler that its caller has left", async () => {
  await using network = new TestNetwork();
  const bob = await network.join("bob");
  const left = Promise.withResolvers<void>();
  new PnetBasicNode(bob, {
    onmessage: (_value, _sender, signal) => {
      signal.addEventListener("abort", () => left.resolve());
      return new Promise(() => {});
    },
  });
  const { channel } = await connect(network);
  write(channel, HELLO);
  await network.clock.runMicrotasks();
  channel.close(new Error("gone"));
  await left.promise;
  await network.clock.runMicrotasks();
  assertEquals([bob.connections, network.clock.pendingTimers], [0, 0]);
});

Deno.test("PnetConnection cuts a sender that never closes its end", async () => {
  await using world = await echo();
  const channel = await world.network.dial("bob");
  let isClosed = false;
  channel.open({ data() {}, drain() {}, end() {}, close: () => isClosed = true });
  write(channel, HELLO);
  await world.network.clock.advance(9_999);
  assertEquals([isClosed, world.bob.connections], [false, 1]);
  await world.network.clock.advance(1);
  assertEquals([isClosed, world.bob.connections], [true, 0]);
});

Deno.test("PnetSender names the sender once an advert has told whose key it is", async () => {
  await using network = new TestNetwork();
  const bob = await network.join("bob");
  const names: unknown[] = [];
  new PnetBasicNode(bob, { onmessage: (_value, { name }) => (names.push(name), "") });
  await network.say("bob", HELLO);
  await network.join("alice");
  await network.say("bob", HELLO);
  assertEquals(names, [undefined, "alice"]);
});
