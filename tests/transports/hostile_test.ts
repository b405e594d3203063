import { assert, assertEquals, assertRejects } from "@std/assert";
import net from "node:net";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { MsgpackRpcCodec, type RpcMessage } from "../../core/codecs/msgpack_rpc.ts";
import { SynapseError } from "../../core/errors.ts";
import type { Response } from "../../core/message.ts";
import { Node } from "../../core/node.ts";
import type { NodeEvents, NodeOptions } from "../../core/node_options.ts";
import { systemClock, systemRandom, systemRandomBytes } from "../../transports/system.ts";
import { TcpTransport } from "../../transports/tcp.ts";
import { testBounded } from "../conformance/test_bounded.ts";
import { join } from "../support/raw_peer.ts";

/** A socket that keeps no rules. */
class Attacker implements Disposable {
  readonly socket: net.Socket;
  readonly messages: RpcMessage[] = [];
  hasEnded = false;
  isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(socket: net.Socket) {
    const decoder = new MsgpackRpcCodec().decoder();
    this.socket = socket;
    socket.on("data", (chunk: Uint8Array) => {
      this.messages.push(...decoder.push(new Uint8Array(chunk)));
      this.#wake();
    });
    socket.on("end", () => {
      this.hasEnded = true;
      this.#wake();
    });
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on("error", () => {});
  }

  static async connect(node: Node): Promise<Attacker> {
    const { host, port } = node.addresses[0];
    const socket = net.connect({ host, port, allowHalfOpen: true });
    const attacker = new Attacker(socket);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return attacker;
  }

  send(...messages: unknown[]): void {
    this.socket.write(join(messages.map((message) => encodeMessagePack(message))));
  }

  get responses(): Response[] {
    return this.messages.filter((message) => message.type === "response");
  }

  /** Waits until something holds; looked at whenever the socket has said something. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function createNode(options: NodeOptions = {}): Node {
  return new Node(options, {
    transports: [new TcpTransport()],
    clock: systemClock,
    random: systemRandom,
    randomBytes: systemRandomBytes,
  });
}

/** A server, and the ends of its connections. */
class Server implements AsyncDisposable {
  readonly node: Node;
  readonly released: NodeEvents["released"][] = [];
  runs = 0;
  #waiting: (() => void)[] = [];

  constructor(options: NodeOptions) {
    this.node = createNode(options)
      .endpoint("echo", (...args: unknown[]) => {
        this.runs++;
        return args;
      })
      .endpoint("later", async (value: unknown) => await Promise.resolve(value))
      .endpoint("hang", () => new Promise(() => {}));
    this.node.on("released", (event) => {
      this.released.push(event);
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  static async listen(options: NodeOptions = {}): Promise<Server> {
    const server = new Server(options);
    await server.node.listen("tcp://127.0.0.1:0");
    return server;
  }

  get url(): string {
    return `tcp://127.0.0.1:${this.node.addresses[0].port}`;
  }

  async untilReleased(count: number): Promise<void> {
    while (this.released.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Whatever has been done to it, the next connection is served. */
  async assertServes(): Promise<void> {
    const client = createNode();
    assertEquals(await client.call(this.url, "echo", ["still here"]), ["still here"]);
    await client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.close(0);
  }
}

testBounded(
  "TCP: a message that breaks off at any byte ends its connection, and no other",
  async () => {
    await using server = await Server.listen();
    const request = encodeMessagePack([0, 1, "echo", ["text", { a: [1, 2.5, null] }]]);
    const innocent = createNode();
    const remote = await innocent.connect(server.url);
    for (let cut = 1; cut < request.length; cut++) {
      using ending = await Attacker.connect(server.node);
      using vanishing = await Attacker.connect(server.node);
      ending.socket.end(request.slice(0, cut));
      vanishing.socket.write(request.slice(0, cut), () => vanishing.socket.resetAndDestroy());
      await ending.until(() => ending.hasEnded);
      assertEquals(ending.messages, []);
      assertEquals(await remote.call("echo", [cut]), [cut]);
    }
    await server.untilReleased(2 * (request.length - 1));
    const codes = server.released.map(({ error }) => (error as SynapseError | undefined)?.code);
    assertEquals(codes.filter((code) => code === "protocol_error").length, request.length - 1);
    await innocent.close();
  },
);

testBounded("TCP: a request that comes byte by byte is answered", async () => {
  await using server = await Server.listen();
  using attacker = await Attacker.connect(server.node);
  for (const byte of encodeMessagePack([0, 1, "echo", ["slowly"]])) {
    await new Promise<void>((resolve) => {
      attacker.socket.write(Uint8Array.of(byte), () => resolve());
    });
  }
  await attacker.until(() => attacker.responses.length === 1);
  assertEquals(attacker.responses[0].result, ["slowly"]);
});

testBounded("TCP: what is no MessagePack-RPC is told so, and hung up on", async () => {
  await using server = await Server.listen();
  for (
    const text of [
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "\x16\x03\x01\x02",
      "\n\n\n",
      "SSH-2.0-x\r\n",
    ]
  ) {
    using attacker = await Attacker.connect(server.node);
    attacker.socket.write(text);
    await attacker.until(() => attacker.hasEnded);
    assertEquals(attacker.responses.map(({ id }) => id), [0]);
    assert(String(attacker.responses[0].error).startsWith("protocol_error: "));
  }
  await server.assertServes();
});

testBounded(
  "TCP: pipelined requests without a reader stop being read, and are then answered once each",
  async () => {
    await using server = await Server.listen();
    using attacker = await Attacker.connect(server.node);
    attacker.socket.pause();
    const perChunk = 1_000;
    const chunks = 200;
    const filler = "x".repeat(200);
    for (let n = 0; n < chunks; n++) {
      attacker.send(
        ...Array.from({ length: perChunk }, (_, i) => [0, n * perChunk + i, "echo", [filler]]),
      );
    }
    // Others are served all the while; until nothing more happens to the flood.
    const client = createNode();
    const remote = await client.connect(server.url);
    for (let quiet = 0, before = -1; quiet < 5;) {
      for (let i = 0; i < 200; i++) await remote.call("later", [i]);
      quiet = server.runs === before ? quiet + 1 : 0;
      before = server.runs;
    }
    assert(server.runs < chunks * perChunk, "all were read although nobody took the answers");
    assert(attacker.socket.writableLength > 0);
    attacker.socket.resume();
    await attacker.until(() => attacker.responses.length === chunks * perChunk);
    assertEquals(server.runs, chunks * perChunk);
    assertEquals(attacker.responses.findIndex(({ id }, i) => id !== i), -1);
    await client.close();
  },
);

testBounded("TCP: a peer that asks for much, takes nothing and goes is forgotten", async () => {
  await using server = await Server.listen();
  using attacker = await Attacker.connect(server.node);
  attacker.socket.pause();
  const blob = new Uint8Array(1_000_000);
  for (let id = 0; id < 30; id++) attacker.send([0, id, "echo", [blob]]);
  attacker.send([0, 99, "hang", []]);
  await server.assertServes();
  attacker.socket.resetAndDestroy();
  await server.untilReleased(2);
  assertEquals(server.node.connections, []);
});

testBounded("TCP: a peer that goes silent is noticed", async () => {
  await using server = await Server.listen({ keepAlive: { idleMs: 20, unansweredMs: 20 } });
  using attacker = await Attacker.connect(server.node);
  attacker.send([2, "$/hello", [{ name: "silent", namespace: "", window: 1 }]], [0, 1, "hang", []]);
  await server.untilReleased(1);
  assertEquals((server.released[0].error as SynapseError).code, "connection_lost");
  assert(attacker.messages.some((message) => "method" in message && message.method === "$/ping"));
});

testBounded("TCP: a plain peer that half-closes gets its answers, then the end", async () => {
  await using server = await Server.listen();
  using attacker = await Attacker.connect(server.node);
  attacker.send([0, 1, "echo", ["a"]], [0, 2, "later", ["b"]]);
  attacker.socket.end();
  await attacker.until(() => attacker.hasEnded);
  assertEquals(attacker.responses.map(({ result }) => result), [["a"], "b"]);
  await server.untilReleased(1);
  assertEquals(server.released[0].error, undefined);
});

testBounded("TCP: more connections than allowed are refused, the others served", async () => {
  await using server = await Server.listen({ limits: { maxConnections: 5 } });
  const attackers: Attacker[] = [];
  for (let i = 0; i < 30; i++) attackers.push(await Attacker.connect(server.node));
  const refused = attackers.slice(5);
  await Promise.all(
    refused.map((attacker) => attacker.until(() => attacker.hasEnded || attacker.isClosed)),
  );
  for (const attacker of attackers.slice(0, 5)) {
    attacker.send([0, 1, "echo", [1]]);
    await attacker.until(() => attacker.responses.length === 1);
  }
  for (const attacker of attackers) attacker.socket.destroy();
  await server.untilReleased(5);
  await server.assertServes();
});

testBounded("TCP: servers that misbehave give callers a typed error", async () => {
  const habits: [string, (socket: net.Socket) => void, string][] = [
    ["hangs up", (socket) => socket.end(), "connection_lost"],
    ["resets", (socket) => socket.resetAndDestroy(), "connection_lost"],
    ["talks HTTP", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol_error"],
    ["breaks off", (socket) => socket.end(Uint8Array.of(0x94, 1, 1)), "protocol_error"],
    ["answers nothing", () => {}, "deadline_exceeded"],
    [
      "answers others",
      (socket) => socket.write(encodeMessagePack([1, 4_000_000, null, 1])),
      "deadline_exceeded",
    ],
    [
      "names 4 GiB",
      (socket) => socket.write(Uint8Array.of(0x94, 1, 1, 0xc0, 0xc6, 255, 255, 255, 255)),
      "limit_exceeded",
    ],
    [
      "streams",
      (socket) => socket.write(encodeMessagePack([2, "$/item", [1, "unasked"]])),
      "not_supported",
    ],
  ];
  for (const [name, behave, code] of habits) {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      // Not before the request is there.
      socket.once("data", () => behave(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const client = createNode();
    const timeoutMs = code === "deadline_exceeded" ? 30 : 30_000;
    const error = await assertRejects(
      () => client.call(`tcp://127.0.0.1:${port}`, "f", [], { timeoutMs }),
      SynapseError,
      undefined,
      name,
    );
    assertEquals(error.code, code, name);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await Promise.all([client.close(0), closed]);
  }
});
