import { assert, assertEquals, assertMatch } from "@std/assert";
import net from "node:net";
import type { SynapseError } from "../../core/errors.ts";
import type { Channel } from "../../core/channel.ts";
import type { UpgradeRequest } from "../../transports/http/websocket_upgrades.ts";
import { WebSocketTransport } from "../../transports/websocket.ts";
import { RecordingSink } from "../conformance/recording_sink.ts";
import { testBounded } from "../conformance/test_bounded.ts";
import { type HttpAnswer, HttpServer } from "../support/http_server.ts";

const HANDSHAKE: readonly string[] = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];
const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10];

/** A WebSocket written byte by byte. */
class RawWebSocket implements Disposable {
  readonly socket: net.Socket;
  readonly channel: Channel;
  readonly closed: Promise<void>;
  #received = new Uint8Array();

  constructor(socket: net.Socket, channel: Channel) {
    this.socket = socket;
    this.channel = channel;
    socket.on("data", (chunk) => {
      this.#received = Uint8Array.from([...this.#received, ...(chunk as Uint8Array)]);
    });
    this.closed = new Promise((resolve) => socket.on("close", () => resolve()));
  }

  static async open(server: HttpServer): Promise<RawWebSocket> {
    const socket = net.connect({ host: "127.0.0.1", port: server.port });
    socket.on("error", () => {});
    socket.write(requestText(server, "/rpc", HANDSHAKE));
    await new Promise((resolve) => socket.once("data", resolve));
    return new RawWebSocket(socket, server.channels.at(-1)!);
  }

  /** One frame; masked, as clients must. */
  send(opcode: number, payload: Uint8Array, isMasked = true): void {
    // A mask of zeros is one.
    const mask = isMasked ? [0, 0, 0, 0] : [];
    const length = payload.length < 126
      ? [payload.length]
      : [126, payload.length >> 8, payload.length & 0xff];
    length[0] |= isMasked ? 0x80 : 0;
    this.socket.write(Uint8Array.from([0x80 | opcode, ...length, ...mask, ...payload]));
  }

  /** The code with which the server has closed. */
  async untilClosed(): Promise<number> {
    await this.closed;
    const at = this.#received.lastIndexOf(0x80 | CLOSE);
    return this.#received[at + 2] * 256 + this.#received[at + 3];
  }

  countFrames(opcode: number): number {
    return this.#received.filter((byte) => byte === (0x80 | opcode)).length;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function requestText(server: HttpServer, path: string, headers: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, `Host: ${server.host}`, ...headers, "", ""].join("\r\n");
}

function upgrade(
  server: HttpServer,
  path: string,
  headers: readonly string[] = HANDSHAKE,
): Promise<HttpAnswer> {
  return server.exchange(requestText(server, path, headers));
}

testBounded("HttpAcceptor makes native connections of WebSockets at /rpc", async () => {
  await using server = await HttpServer.listen();
  using client = await RawWebSocket.open(server);
  const { channel } = client;
  const sink = new RecordingSink();
  channel.open(sink);
  client.send(BINARY, Uint8Array.of(1, 2, 3));
  await sink.untilReceived(3);
  assertEquals(sink.bytes, Uint8Array.of(1, 2, 3));
  assertEquals(channel.kind, "message");
  assertEquals(channel.local, { scheme: "ws", host: "127.0.0.1", port: server.port, path: "/rpc" });
  assertEquals(channel.remote, {
    scheme: "ws",
    host: "127.0.0.1",
    port: client.socket.localPort!,
    path: "",
  });
  assertEquals(server.counted("/rpc", 101), 1);
});

testBounded(
  "HttpAcceptor frees a connection's place before the WebSocket takes its own",
  async () => {
    const order: string[] = [];
    await using server = await HttpServer.listen({
      converse: (channel) => {
        order.push("converses");
        channel.close(new Error("Enough")).catch(() => {});
      },
    });
    const answer = upgrade(server, "/rpc");
    while (server.conversations.length === 0) await server.clock.runMicrotasks();
    server.conversations[0].closed.then(() => order.push("is over"));
    assertEquals((await answer).status, 101);
    assertEquals(order, ["is over", "converses"]);
  },
);

testBounded("HttpAcceptor tells which WebSockets are of pages", async () => {
  const origins: (string | undefined)[] = [];
  await using server = await HttpServer.listen({
    converse: (channel, { origin }) => {
      origins.push(origin);
      channel.close(new Error("Enough")).catch(() => {});
    },
  });
  const own = `http://${server.host}`;
  await upgrade(server, "/rpc");
  await upgrade(server, "/rpc", [...HANDSHAKE, `Origin: ${own}`]);
  assertEquals(origins, [undefined, own]);
});

testBounded("HttpAcceptor refuses upgrades of paths that nobody takes", async () => {
  await using server = await HttpServer.listen();
  for (const path of ["/", "/rpcs", "/rpc/", "/ws/chat", "/healthz"]) {
    assertEquals((await upgrade(server, path)).status, 404, path);
  }
  assertEquals(server.counted("(none)", 404), 5);
  assertEquals(server.channels, []);
});

testBounded(
  "HttpAcceptor refuses upgrades by other pages, hosts and paths in disguise",
  async () => {
    await using server = await HttpServer.listen({ allowOrigins: ["https://good.example"] });
    const by = async (origin: string): Promise<number> =>
      (await upgrade(server, "/rpc", [...HANDSHAKE, `Origin: ${origin}`])).status;
    assertEquals(await by("https://evil.example"), 403);
    assertEquals(await by("null"), 403);
    const rebound = requestText(server, "/rpc", HANDSHAKE).replace(server.host, "evil.example");
    assertEquals((await server.exchange(rebound)).status, 421);
    assertEquals((await upgrade(server, "/ws/../rpc")).status, 400);
    assertEquals(server.channels, []);
    for (const origin of [`http://${server.host}`, "https://good.example"]) {
      const opened = by(origin);
      while (server.channels.length === 0) await server.clock.runMicrotasks();
      server.channels.shift()!.close(new Error("Enough")).catch(() => {});
      assertEquals(await opened, 101);
    }
  },
);

testBounded("HttpAcceptor refuses handshakes that are none", async () => {
  await using server = await HttpServer.listen();
  const [websocket, connection, version, key] = HANDSHAKE;
  assertEquals((await upgrade(server, "/rpc", [websocket, connection, version])).status, 400);
  assertEquals((await upgrade(server, "/rpc", [websocket, connection, key])).status, 400);
  const old = [websocket, connection, key, "Sec-WebSocket-Version: 12"];
  assertEquals((await upgrade(server, "/rpc", old)).status, 400);
  assertEquals((await upgrade(server, "/rpc", ["Upgrade: h2c", connection])).status, 400);
  const plain = await server.request("GET /rpc");
  assertEquals([plain.status, plain.headers["upgrade"]], [426, "websocket"]);
  assertEquals([server.counted("(none)", 400), server.counted("/rpc", 101)], [4, 0]);
});

testBounded("HttpAcceptor never mixes answers into a WebSocket's messages", async () => {
  await using server = await HttpServer.listen();
  const called = Promise.withResolvers<void>();
  server.registry.register("hang", () => {
    called.resolve();
    return new Promise(() => {});
  });
  const body = '{"jsonrpc":"2.0","id":1,"method":"hang"}';
  const call =
    `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const answer = await server.exchange(call + requestText(server, "/rpc", HANDSHAKE));
  assertEquals([answer.status, server.channels.length], [0, 0]);
});

testBounded("WebSocketChannel takes messages up to the limit, and none above it", async () => {
  await using server = await HttpServer.listen({ limits: { maxMessageBytes: 1_000 } });
  using fitting = await RawWebSocket.open(server);
  const sink = new RecordingSink();
  fitting.channel.open(sink);
  fitting.send(BINARY, new Uint8Array(1_000 + 1024));
  await sink.untilReceived(2_024);
  using large = await RawWebSocket.open(server);
  const largeSink = new RecordingSink();
  large.channel.open(largeSink);
  large.send(BINARY, new Uint8Array(1_000 + 1024 + 1));
  assertEquals(await large.untilClosed(), 1009);
  await largeSink.untilSaid("close");
  assertMatch(largeSink.error!.message, /^Connection with \S+ broke: Max payload size exceeded$/);
  assertEquals(sink.events, ["data"]);
});

testBounded(
  "WebSocketChannel refuses frames without a mask, and text, by their codes",
  async () => {
    await using server = await HttpServer.listen();
    const closes = async (send: (client: RawWebSocket) => void): Promise<[number, string]> => {
      using client = await RawWebSocket.open(server);
      const sink = new RecordingSink();
      client.channel.open(sink);
      send(client);
      await sink.untilSaid("close");
      client.send(CLOSE, new Uint8Array());
      return [await client.untilClosed(), (sink.error as SynapseError).code];
    };
    assertEquals(
      await closes((client) => client.send(BINARY, Uint8Array.of(1), false)),
      [1002, "connection_lost"],
    );
    assertEquals(
      await closes((client) => client.send(TEXT, new TextEncoder().encode("{}"))),
      [1003, "protocol_error"],
    );
    assertEquals(
      await closes((client) => client.send(3, Uint8Array.of(1))),
      [1002, "connection_lost"],
    );
  },
);

testBounded("HttpAcceptor answers pings, but lets no pongs pile up", async () => {
  await using server = await HttpServer.listen();
  using client = await RawWebSocket.open(server);
  const sink = new RecordingSink();
  client.channel.open(sink);
  client.send(PING, Uint8Array.of(7));
  client.send(BINARY, Uint8Array.of(1));
  await sink.untilReceived(1);
  while (client.countFrames(PONG) === 0) await server.clock.runMicrotasks();
  client.socket.pause();
  for (let i = 0; i < 100_000; i++) client.send(PING, new Uint8Array(125));
  client.send(BINARY, Uint8Array.of(1));
  await sink.untilReceived(2);
  assert(client.channel.bufferedBytes <= 1024 * 1024 + 127);
});

testBounded("HttpAcceptor gives WebSockets of other paths to those who take them", async () => {
  const taken: UpgradeRequest[] = [];
  await using server = await HttpServer.listen({
    upgrades: [{
      path: "/ws/",
      maxMessageBytes: 10,
      accept(socket, request) {
        taken.push(request);
        socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      },
    }],
  });
  const socket = new WebSocket(`ws://${server.host}/ws/chat?x=1`);
  const echoed = Promise.withResolvers<string>();
  const closed = new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => echoed.resolve(data);
  assertEquals(await echoed.promise, "hello");
  assertEquals([taken[0].path, taken[0].local.path], ["/ws/chat", "/ws/chat"]);
  socket.send("more than ten");
  assertEquals(await closed, 1009);
  assertEquals(server.counted("/ws/", 101), 1);
});

testBounded("HttpAcceptor's native connections don't notice what others try", async () => {
  await using server = await HttpServer.listen();
  const channel = await new WebSocketTransport().dial({
    scheme: "ws",
    host: "127.0.0.1",
    port: server.port,
    path: "/rpc",
  });
  const [far] = server.channels;
  far.open(
    new RecordingSink({
      data: (chunk) => {
        far.writer.bytes(chunk);
        far.flush();
      },
    }),
  );
  const sink = new RecordingSink();
  channel.open(sink);
  for (let i = 1; i <= 50; i++) {
    const attempts = [
      upgrade(server, "/nowhere"),
      server.exchange("GET / HTTP/9.9\r\n\r\n"),
      server.request("GET /../x"),
      server.call("[".repeat(10_000)),
    ];
    channel.writer.u8(i);
    channel.flush();
    await Promise.all([sink.untilReceived(i), ...attempts]);
  }
  assertEquals(sink.bytes, Uint8Array.from({ length: 50 }, (_, i) => i + 1));
  await channel.close();
});
