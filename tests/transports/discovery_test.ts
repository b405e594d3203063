/**
 * What nodes do with a network that gives them little, and with one that gives them too much: over real sockets,
 * on loopback alone.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import dgram from "node:dgram";
import { createAdvert } from "../../core/advert.ts";
import type { DatagramSink, DatagramTransport } from "../../core/channel.ts";
import { TransportError } from "../../core/errors.ts";
import { Identity, Node, type NodeWorld } from "../../mod.ts";

/** Nodes that are closed in the end, and what they warn of. */
class Crowd implements AsyncDisposable {
  readonly warnings: string[] = [];
  readonly #nodes: Node[] = [];
  #warned = (): void => {};

  /** Settles with the next warning. */
  get warning(): Promise<void> {
    return new Promise((resolve) => this.#warned = resolve);
  }

  add(name: string, world: Partial<NodeWorld> = {}): Node {
    const node = new Node({ namespace: "demo", name }, world);
    node.endpoint("sum", (a: number, b: number) => a + b);
    node.on("discoveryWarning", ({ error }) => {
      this.warnings.push(error.message);
      this.#warned();
    });
    this.#nodes.push(node);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close(0)));
  }
}

/** Another program's socket, on a port that it shares with nobody. */
class Program implements AsyncDisposable {
  readonly #socket = dgram.createSocket({ type: "udp4" });

  static async open(): Promise<Program> {
    const program = new Program();
    await new Promise<void>((resolve) => program.#socket.bind(0, "0.0.0.0", resolve));
    program.#socket.setBroadcast(true);
    return program;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends to whoever shares a port of this machine. */
  say(datagram: Uint8Array, port: number): Promise<void> {
    // What the system has no room for is lost, as on any network.
    return new Promise((resolve) =>
      this.#socket.send(datagram, port, "127.255.255.255", () => resolve())
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

async function freePort(): Promise<number> {
  await using program = await Program.open();
  return program.port;
}

/** Alice can't be heard of, and Bob neither hears; yet both are called, by address and, with a seed, by name. */
async function assertWorks(alice: Node, bob: Node, port: number): Promise<void> {
  const { address: { port: tcp } } = await alice.listen("tcp://127.0.0.1:0");
  await alice.advertise({ port, interfaces: [] });
  const url = `tcp://127.0.0.1:${tcp}`;
  assertEquals(await bob.call(url, "sum", [1, 2]), 3);
  await bob.discover({ port, interfaces: [], seeds: [url] });
  assertEquals(await bob.target("alice").call("sum", [3, 4]), 7);
  for await (const { peer, result } of bob.broadcast("sum", [5, 6])) {
    assertEquals([peer.name, result], ["alice", 11]);
  }
}

Deno.test("A node whose UDP port another program has warns, and everything else works", async () => {
  await using program = await Program.open();
  await using crowd = new Crowd();
  await assertWorks(crowd.add("alice"), crowd.add("bob"), program.port);
  assertEquals(crowd.warnings.length, 2);
  for (const warning of crowd.warnings) {
    assertMatch(
      warning,
      /^Cannot hear broadcasts on UDP port \d+ as the address is taken.*\(others are found only/,
    );
  }
});

Deno.test({
  name: "A node that may not bind a UDP port warns, and everything else works",
  permissions: { net: ["127.0.0.1"], sys: false },
  async fn() {
    await using crowd = new Crowd();
    await assertWorks(crowd.add("alice"), crowd.add("bob"), 3_334);
    assertEquals(crowd.warnings.map((warning) => warning.split(" as ")[0]).sort(), [
      "Cannot hear broadcasts on UDP port 3334",
      "Cannot hear broadcasts on UDP port 3334",
      "Cannot send datagrams",
      "Cannot send datagrams",
    ]);
  },
});

/** No network to broadcast on: as `UdpTransport` is where even loopback is down. */
class NoBroadcast implements DatagramTransport {
  #sink: DatagramSink | undefined;

  open(sink: DatagramSink): Promise<void> {
    this.#sink = sink;
    return Promise.resolve();
  }

  links() {
    return [{ host: "127.0.0.1" }];
  }

  broadcast(): void {
    this.#sink?.warn(new TransportError("unreachable", "udp://", "Cannot send datagrams"));
  }

  send(): void {}

  close(): Promise<void> {
    this.#sink = undefined;
    return Promise.resolve();
  }
}

Deno.test("A node without a network to broadcast on warns, and everything else works", async () => {
  await using crowd = new Crowd();
  const world = { createDatagrams: () => new NoBroadcast() };
  const { warning } = crowd;
  await assertWorks(crowd.add("alice", world), crowd.add("bob", world), 3_334);
  await warning;
});

/** Of a flood: most of it is lost on its way here. */
const ENOUGH = 2_000;

Deno.test("A node that is flooded goes on answering calls, believes nothing, and counts what it drops", async () => {
  const port = await freePort();
  await using crowd = new Crowd();
  await using program = await Program.open();
  const alice = crowd.add("alice");
  await alice.listen("tcp://127.0.0.1:0");
  await alice.advertise({ port, interfaces: [] });
  const remote = await crowd.add("").connect(`tcp://127.0.0.1:${alice.addresses[0].port}`);

  const noise = badDatagrams();
  let isOver = false;
  const flooding = (async () => {
    while (alice.stats()!.received < ENOUGH) {
      await Promise.all(noise.map((datagram) => program.say(datagram, port)));
    }
    isOver = true;
  })();
  while (!isOver) assertEquals(await remote.call("sum", [1, 2]), 3);
  await flooding;

  const { received, verified, accepted, dropped } = alice.stats()!;
  const count = Object.values(dropped).reduce((sum, drops) => sum + drops, 0);
  assertEquals([accepted, alice.peers.size], [0, 0]);
  assert(count >= received, `${count} dropped of ${received}`);
  // A signature takes a hundred times as long as anything else that is looked at.
  assert(verified < 20, `${verified} verified`);
});

/** What nobody should believe: forged, without a name or an address that could be one, too large. */
function badDatagrams(): Uint8Array[] {
  const identity = new Identity(new Uint8Array(32).fill(7));
  const content = { type: "adv", namespace: "demo", name: "mallory" } as const;
  const { line } = createAdvert(
    { ...content, host: "127.0.0.1", port: 1, timeMs: Date.now() },
    identity,
  );
  const texts = [
    line.replace("mallory", "trustme"),
    line.replace("mallory", "mal|ory"),
    line.replace("mallory", "mal\u001b[2Jlory"),
    line.replace("127.0.0.1", "nowhere"),
    "demo|nonsense|||END",
  ];
  const encoder = new TextEncoder();
  return [...texts.map((text) => encoder.encode(`${text}\n`)), new Uint8Array(60_000)];
}
