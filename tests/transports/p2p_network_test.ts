/** python-p2p-network over real sockets. */
import { assertEquals } from "@std/assert";
import type { Channel } from "../../core/channel.ts";
import { Identity } from "../../core/identity.ts";
import { P2pNode } from "../../core/p2p_network/node.ts";
import type { P2pNodeOptions } from "../../core/p2p_network/node_options.ts";
import { SecureP2pNode } from "../../core/p2p_network/secure_node.ts";
import { nodeP2pCompression } from "../../transports/compression.ts";
import { systemClock, systemRandomBytes } from "../../transports/system.ts";
import { TcpTransport } from "../../transports/tcp.ts";

const transport = new TcpTransport();

async function join(id: string, options: P2pNodeOptions = {}) {
  const node = new P2pNode({ id, ...options }, {
    transport,
    clock: systemClock,
    randomBytes: systemRandomBytes,
    compression: nodeP2pCompression,
  });
  const { address } = await node.listen("tcp://127.0.0.1:0");
  return { node, address, [Symbol.asyncDispose]: () => node.stop() };
}

/** What comes on a channel, a character a byte, each time that there is more. */
function read(channel: Channel) {
  let text = "";
  let tell = () => {};
  channel.open({
    data(chunk) {
      text += new TextDecoder("latin1").decode(chunk);
      tell();
    },
    drain() {},
    end: () => void channel.close(),
    close: () => tell(),
  });
  return async (length: number): Promise<string> => {
    while (text.length < length) await new Promise<void>((resolve) => tell = resolve);
    return text;
  };
}

function write(channel: Channel, text: string): void {
  channel.writer.bytes(new TextEncoder().encode(text));
  channel.flush();
}

Deno.test("P2pNode talks over TCP, and each knows where the other listens", async () => {
  await using alice = await join("alice");
  await using bob = await join("bob");
  const echoed = Promise.withResolvers<unknown>();
  alice.node.on("nodeMessage", ({ data }) => echoed.resolve(data));
  bob.node.on("nodeMessage", ({ peer, data }) => peer.send({ got: data }));
  const { host, port } = bob.address;
  const peer = await alice.node.connectWithNode(host, port);
  await peer.send("x".repeat(1_000_000), { compression: "zlib" });
  assertEquals(await echoed.promise, { got: "x".repeat(1_000_000) });
  const [caller] = bob.node.nodesInbound;
  assertEquals([peer.port, caller.port], [port, alice.address.port]);
});

Deno.test("P2pNode serves others while one says nothing, and one says a byte at a time", async () => {
  // However busy the machine is: a port cut here is not to be taken for a short one.
  await using bob = await join("bob", { limits: { quietMs: 60_000 } });
  bob.node.on("nodeMessage", ({ peer, data }) => peer.send(data));
  const silent = await transport.dial(bob.address);
  const slow = await transport.dial(bob.address);
  const readSlow = read(slow);
  for (const byte of "node:24301") {
    write(slow, byte);
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(await readSlow(3), "bob");
  for (const byte of "one\x04two\x04") {
    write(slow, byte);
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(await readSlow(11), "bobone\x04two\x04");
  const closed = [silent, slow].map((channel) => channel.close(new Error("done")));
  await Promise.all(closed);
});

Deno.test("P2pNode hangs up in time on whoever says nothing", async () => {
  await using bob = await join("bob", { limits: { handshakeMs: 1 } });
  const silent = await transport.dial(bob.address);
  const { promise, resolve } = Promise.withResolvers<void>();
  silent.open({ data() {}, drain() {}, end: () => void silent.close(), close: () => resolve() });
  await promise;
  assertEquals(bob.node.allNodes.size, 0);
});

Deno.test("SecureP2pNode calls over TCP", async () => {
  await using alice = await join("alice");
  await using bob = await join("bob");
  const [caller, callee] = [alice, bob].map(({ node }) =>
    new SecureP2pNode(node, {
      identity: new Identity(systemRandomBytes(32)),
      randomBytes: systemRandomBytes,
    })
  );
  callee.allow("*", ["math.*"]).endpoint("math.sum", (a: number, b: number) => a + b);
  const peer = await alice.node.connectWithNode(bob.address.host, bob.address.port);
  assertEquals(await caller.call(peer, "math.sum", [1, 2]), 3);
});
