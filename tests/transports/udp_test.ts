import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import dgram from "node:dgram";
import type { DatagramAddress, DatagramSink } from "../../core/channel.ts";
import { Discovery } from "../../core/discovery.ts";
import type { TransportError } from "../../core/errors.ts";
import { Identity } from "../../core/identity.ts";
import { PeerTable } from "../../core/peer_table.ts";
import { systemClock, systemRandom } from "../../transports/system.ts";
import { UdpTransport } from "../../transports/udp.ts";

const LOOPBACK = { host: "127.0.0.1" };

/** A transport on loopback alone, and what it has heard and warned of. */
class Ear implements DatagramSink, AsyncDisposable {
  readonly transport: UdpTransport;
  readonly warnings: TransportError[] = [];
  readonly #heard: { readonly text: string; readonly from: DatagramAddress }[] = [];
  #waiting: (() => void) | undefined;

  constructor(port: number) {
    this.transport = new UdpTransport({ port, interfaces: [] });
  }

  static async open(port: number, preferredPort?: number): Promise<Ear> {
    const ear = new Ear(port);
    await ear.transport.open(ear, preferredPort);
    return ear;
  }

  receive(datagram: Uint8Array, from: DatagramAddress): void {
    this.#heard.push({ text: new TextDecoder().decode(datagram), from });
    this.#waiting?.();
  }

  warn(error: TransportError): void {
    this.warnings.push(error);
    this.#waiting?.();
  }

  broadcast(text: string): void {
    this.transport.broadcast(new TextEncoder().encode(text), LOOPBACK);
  }

  send(text: string, to: DatagramAddress): void {
    this.transport.send(new TextEncoder().encode(text), to);
  }

  /** The next that is heard. */
  async next(): Promise<{ readonly text: string; readonly from: DatagramAddress }> {
    while (this.#heard.length === 0) await this.#something();
    return this.#heard.shift()!;
  }

  async warned(): Promise<TransportError> {
    while (this.warnings.length === 0) await this.#something();
    return this.warnings[0];
  }

  get waitingCount(): number {
    return this.#heard.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close();
  }

  #something(): Promise<void> {
    return new Promise((resolve) => this.#waiting = resolve);
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  await using socket = await bound({ type: "udp4" }, 0);
  return socket.port;
}

async function bound(options: dgram.SocketOptions, port: number) {
  const socket = dgram.createSocket(options);
  await new Promise<void>((resolve) => socket.bind(port, "0.0.0.0", resolve));
  return {
    port: socket.address().port,
    next: () => new Promise((resolve) => socket.once("message", (bytes) => resolve(`${bytes}`))),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

Deno.test("UdpTransport broadcasts to everybody else who shares the port", async () => {
  const port = await freePort();
  await using alice = await Ear.open(port);
  await using bob = await Ear.open(port);
  await using carol = await Ear.open(port);
  alice.broadcast("hello");
  for (const ear of [bob, carol]) assertEquals((await ear.next()).text, "hello");
  bob.broadcast("hello, Alice");
  assertEquals((await alice.next()).text, "hello, Alice");
  assertEquals(alice.waitingCount, 0);
  assertEquals([alice, bob, carol].flatMap(({ warnings }) => warnings), []);
});

Deno.test("UdpTransport sends to one, at the address that its datagrams come from", async () => {
  const port = await freePort();
  await using alice = await Ear.open(port);
  await using bob = await Ear.open(port);
  await using carol = await Ear.open(port);
  alice.broadcast("who?");
  const { from } = await bob.next();
  assertEquals(from.host, "127.0.0.1");
  assert(from.port !== port);
  await carol.next();
  bob.send("only for you", from);
  assertEquals((await alice.next()).text, "only for you");
  bob.broadcast("for all");
  assertEquals((await carol.next()).text, "for all");
});

Deno.test("UdpTransport sends from the port that it is to be reached at, or from another", async () => {
  const [port, preferred] = [await freePort(), await freePort()];
  await using alice = await Ear.open(port, preferred);
  await using bob = await Ear.open(port, preferred);
  alice.broadcast("from the one");
  assertEquals((await bob.next()).from.port, preferred);
  bob.broadcast("from another");
  const { from } = await alice.next();
  assert(from.port !== preferred && from.port !== port);
  assertEquals(bob.warnings, []);
});

Deno.test("UdpTransport on interfaces of its choice has those, and this machine", () => {
  assertEquals(new UdpTransport({ interfaces: [] }).links(), [LOOPBACK]);
  assertEquals(new UdpTransport({ interfaces: ["no such interface"] }).links(), [LOOPBACK]);
});

Deno.test("UdpTransport warns of an interface that this machine hasn't got", async () => {
  const warnings: string[] = [];
  const transport = new UdpTransport({
    port: await freePort(),
    interfaces: ["127.0.0.1", "nosuch0"],
  });
  await transport.open({ receive: () => {}, warn: (error) => void warnings.push(error.message) });
  await transport.close();
  assertEquals(warnings, [
    "Cannot use interface nosuch0 as this machine has no such interface (others are found there once it has)",
  ]);
});

Deno.test("UdpTransport.close() sends what was said before", async () => {
  const port = await freePort();
  await using alice = await Ear.open(port);
  const bob = await Ear.open(port);
  bob.broadcast("goodbye");
  await bob.transport.close();
  assertEquals((await alice.next()).text, "goodbye");
});

Deno.test("UdpTransport warns when another program has the port to itself, and sends all the same", async () => {
  await using program = await bound({ type: "udp4" }, 0);
  await using alice = await Ear.open(program.port);
  const { code, url, message } = await alice.warned();
  assertEquals([code, url], ["unreachable", `udp://0.0.0.0:${program.port}`]);
  assertStringIncludes(message, `Cannot hear broadcasts on UDP port ${program.port}`);
  alice.broadcast("hello");
  assertEquals(await program.next(), "hello");
  assertEquals(alice.warnings.length, 1);
});

Deno.test("UdpTransport warns once of peers that it can't send to, however many there are", async () => {
  await using alice = await Ear.open(await freePort());
  for (let i = 1; i <= 3; i++) alice.send("lost", { host: `127.0.0.1.${i}`, port: 9 });
  const { message } = await alice.warned();
  assertStringIncludes(message, "Cannot send datagrams to 127.0.0.1.1");
  await alice.transport.close();
  assertEquals(alice.warnings.length, 1);
});

Deno.test({
  name: "UdpTransport warns when permission is missing, and does without",
  permissions: { net: false, sys: false },
  async fn() {
    await using alice = await Ear.open(3_334);
    alice.broadcast("nobody hears this");
    assertEquals(alice.warnings.map(({ message }) => message.split(" as ")[0]), [
      "Cannot send datagrams",
      "Cannot hear broadcasts on UDP port 3334",
    ]);
    const everywhere = new UdpTransport();
    assertEquals(everywhere.links(), [LOOPBACK]);
  },
});

Deno.test("Discovery over UDP finds the nodes of this machine, and hears their goodbyes", async () => {
  const port = await freePort();
  const [alice, bob] = [createNode("alice", 1, port), createNode("bob", 2, port)];
  const found = Promise.all([heardOf(alice.table, "peerJoined"), heardOf(bob.table, "peerJoined")]);
  await alice.discovery.start();
  await bob.discovery.start();
  assertEquals(await found, ["bob", "alice"]);
  assertEquals(alice.table.named("bob", "demo")?.addresses, ["tcp://127.0.0.1:9002"]);
  const left = heardOf(alice.table, "peerOffline");
  await bob.discovery.stop();
  assertEquals(await left, "bob");
  await alice.discovery.stop();
});

function createNode(name: string, number: number, port: number) {
  const onListenerError = (error: unknown) => {
    throw error;
  };
  const table = new PeerTable({ clock: systemClock, onListenerError });
  const discovery = new Discovery({
    namespace: "demo",
    name,
    listening: { host: "127.0.0.1", port: 9_000 + number },
    identity: new Identity(new Uint8Array(32).fill(number)),
    transport: new UdpTransport({ port, interfaces: [] }),
    table,
    clock: systemClock,
    random: systemRandom,
  });
  return { table, discovery };
}

function heardOf(table: PeerTable, event: "peerJoined" | "peerOffline"): Promise<string> {
  return new Promise((resolve) => table.on(event, ({ peer }) => resolve(peer.name)));
}
