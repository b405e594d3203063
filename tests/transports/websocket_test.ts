import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseAddress } from "../../core/address.ts";
import type { CallContext, Caller } from "../../core/caller.ts";
import type { Channel } from "../../core/channel.ts";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { Extensions } from "../../core/codecs/messagepack_extensions.ts";
import { NATIVE_DIALECT } from "../../core/dialects/native.ts";
import { type SynapseError, TransportError } from "../../core/errors.ts";
import { resolveLimits } from "../../core/limits.ts";
import type { Node } from "../../core/node.ts";
import type { ConnectOptions } from "../../core/node_options.ts";
import type { Remote } from "../../core/remote.ts";
import { Session } from "../../core/session.ts";
import { WebSocketTransport } from "../../transports/websocket.ts";
import { WebSocketChannel, type WebSocketLike } from "../../transports/websocket_channel.ts";
import { RecordingSink } from "../conformance/recording_sink.ts";
import { testBounded } from "../conformance/test_bounded.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HttpServer } from "../support/http_server.ts";
import { createNode } from "../support/pair.ts";

/** A node as a page has it, and a server that holds native conversations. */
class Page implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly node: Node = createNode(new WebSocketTransport(), this.clock);
  readonly sessions: Session[] = [];
  server!: HttpServer;
  remote!: Remote;

  static async connect(options: ConnectOptions = {}): Promise<Page> {
    const page = new Page();
    const server = await HttpServer.listen({ converse: (channel) => page.#converse(channel) });
    page.server = server;
    page.remote = await page.node.connect(`ws://${server.host}/rpc`, options);
    return page;
  }

  #converse(channel: Channel): void {
    this.sessions.push(
      new Session({
        channel,
        dialect: NATIVE_DIALECT,
        extensions: new Extensions(),
        registry: this.server.registry,
        clock: this.server.clock,
        limits: resolveLimits(),
        self: { name: "server", namespace: "", window: 64 },
        isDialler: false,
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.node.close(0),
      ...this.sessions.map((session) => session.close(0)),
    ]);
    await this.server[Symbol.asyncDispose]();
  }
}

testBounded("WebSocketTransport carries calls both ways", async () => {
  await using page = await Page.connect();
  page.node.endpoint("title", () => "a page");
  page.server.registry.register(
    "describe",
    async ({ peer }: CallContext) => `called by ${await peer.call("title")}`,
    { context: true },
  );
  page.server.registry.register("echo", (value: unknown) => value);
  assertEquals(await page.remote.call("describe"), "called by a page");
  const caller: Caller = page.sessions[0];
  assertEquals(await caller.call("title"), "a page");
  const blob = new Uint8Array(1_000_000).fill(7);
  assertEquals(await page.remote.call("echo", [blob]), blob);
});

testBounded("WebSocketTransport carries streams, and news that their reader has left", async () => {
  await using page = await Page.connect();
  const left = Promise.withResolvers<number>();
  page.server.registry.register("count", async function* () {
    let n = 0;
    try {
      while (true) yield await Promise.resolve(n++);
    } finally {
      left.resolve(n);
    }
  });
  const seen: unknown[] = [];
  for await (const n of page.remote.stream("count")) {
    seen.push(n);
    if (n === 200) break;
  }
  assertEquals(seen, Array.from({ length: 201 }, (_, n) => n));
  assert(await left.promise > 200);
});

testBounded("WebSocketTransport carries cancellation", async () => {
  await using page = await Page.connect();
  const started = Promise.withResolvers<AbortSignal>();
  page.server.registry.register("wait", ({ signal }: CallContext) => {
    started.resolve(signal);
    return new Promise(() => {});
  }, { context: true });
  const controller = new AbortController();
  const call = page.remote.call("wait", [], { signal: controller.signal });
  const signal = await started.promise;
  const cancelled = new Promise((resolve) => signal.addEventListener("abort", resolve));
  controller.abort(new Error("Changed my mind"));
  await assertRejects(() => call, Error, "Changed my mind");
  await cancelled;
});

testBounded("WebSocketTransport carries pings and pongs", async () => {
  await using page = await Page.connect();
  const { clock, remote } = page;
  page.server.registry.register("greet", () => "hello");
  assertEquals(await remote.call("greet"), "hello");
  for (let i = 0; i < 10; i++) {
    await clock.advance(5_000);
    assertEquals(await remote.call("greet"), "hello");
  }
});

testBounded("WebSocketTransport notices a peer that has fallen silent", async () => {
  const sink = new RecordingSink();
  const clock = new FakeClock();
  await using server = await HttpServer.listen({
    converse: (channel) => {
      channel.open(sink);
      channel.writer.bytes(encodeMessagePack([2, "$/hello", [{ window: 64 }]]));
      channel.flush();
    },
  });
  await using node = createNode(new WebSocketTransport(), clock);
  const remote = await node.connect(`ws://${server.host}/rpc`);
  while (remote.info === undefined) await clock.runMicrotasks();
  const closed = new Promise<Error | undefined>((resolve) =>
    remote.on("closed", ({ error }) => resolve(error))
  );
  await clock.advance(10_000);
  await sink.until(() => sink.text.includes("$/ping"));
  await clock.advance(10_000);
  assertMatch((await closed)!.message, /as it has not answered a ping for 10000 ms$/);
});

testBounded("WebSocketTransport is dialled again when the connection breaks", async () => {
  await using page = await Page.connect({ reconnect: true });
  page.server.registry.register("sum", (a: number, b: number) => a + b);
  assertEquals(await page.remote.call("sum", [1, 2]), 3);
  const broken = new Promise((resolve) => page.remote.on("reconnecting", resolve));
  const again = new Promise((resolve) => page.remote.on("connected", resolve));
  await page.sessions[0].close(0);
  await broken;
  await page.clock.advance(1_000);
  await again;
  assertEquals(await page.remote.call("sum", [3, 4]), 7);
  assertEquals(page.sessions.length, 2);
});

testBounded("WebSocketTransport.dial() takes /rpc where the address has no path", async () => {
  await using server = await HttpServer.listen();
  const to = parseAddress(`ws://${server.host}`);
  const channel = await new WebSocketTransport().dial(to);
  assertEquals(channel.remote, to);
  assertEquals(server.channels[0].local.path, "/rpc");
  await channel.close(new Error("The test is over"));
});

testBounded("WebSocketTransport.dial() where HTTP refuses it is unreachable", async () => {
  await using server = await HttpServer.listen();
  const to = parseAddress(`ws://${server.host}/nowhere`);
  const error = await assertRejects(() => new WebSocketTransport().dial(to), TransportError);
  assertEquals([error.code, error.url], ["unreachable", `ws://${server.host}/nowhere`]);
  assertMatch(error.message, /^Cannot connect to \S+ as there is no WebSocket to be had there/);
  assertEquals(server.counted("(none)", 404), 1);
});

testBounded(
  "WebSocketTransport.dial() is unreachable where the platform refuses the address",
  async () => {
    const transport = new WebSocketTransport({
      createSocket: () => {
        throw new DOMException(
          "an insecure WebSocket from a page loaded over HTTPS",
          "SecurityError",
        );
      },
    });
    const error = await assertRejects(
      () => transport.dial(parseAddress("ws://node.example:80")),
      TransportError,
    );
    assertMatch(error.message, /: an insecure WebSocket from a page loaded over HTTPS$/);
  },
);

testBounded("WebSocketTransport.listen() says where WebSockets are taken", async () => {
  const error = await assertRejects(
    () => new WebSocketTransport().listen(parseAddress("ws://127.0.0.1:0/rpc")),
  );
  assertEquals((error as SynapseError).code, "not_supported");
});

/** The platform's WebSocket, without a network. */
class StubSocket implements WebSocketLike {
  bufferedAmount = 0;
  onopen = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: { readonly message?: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  readonly sent: Uint8Array[] = [];
  readonly closes: (number | undefined)[] = [];

  send(message: Uint8Array): void {
    this.sent.push(message.slice());
  }

  close(code?: number): void {
    this.closes.push(code);
  }
}

function openStub(): { socket: StubSocket; channel: WebSocketChannel; sink: RecordingSink } {
  const socket = new StubSocket();
  const local = parseAddress("tcp://127.0.0.1:1");
  const channel = new WebSocketChannel(socket, { local, remote: parseAddress("ws://h:2/rpc") });
  return { socket, channel, sink: new RecordingSink() };
}

Deno.test("WebSocketChannel sends a message of many parts as one", async () => {
  const { socket, channel, sink } = openStub();
  channel.open(sink);
  channel.writer.u8(1);
  channel.writer.bytes(new Uint8Array(20_000).fill(2));
  channel.writer.u8(3);
  channel.flush();
  assertEquals(socket.sent.map(({ length }) => length), [20_002]);
  assertEquals([socket.sent[0][0], socket.sent[0][1], socket.sent[0][20_001]], [1, 2, 3]);
  await channel.close(new Error("The test is over"));
});

Deno.test("WebSocketChannel keeps what comes while nobody reads, up to a bound", async () => {
  const { socket, channel, sink } = openStub();
  const take = (bytes: number): void => socket.onmessage!({ data: new ArrayBuffer(bytes) });
  take(3);
  channel.open(sink);
  await sink.untilReceived(3);
  channel.pause();
  for (let i = 0; i < 64; i++) take(1024 * 1024);
  assertEquals([sink.receivedBytes, socket.closes], [3, []]);
  take(1);
  assertEquals(socket.closes, [4000]);
  assertEquals((sink.error as SynapseError).code, "limit_exceeded");
});

Deno.test("WebSocketChannel delivers what came before the end, when it is read on", async () => {
  const { socket, channel, sink } = openStub();
  channel.open(sink);
  channel.pause();
  socket.onmessage!({ data: new ArrayBuffer(5) });
  socket.onclose!({ code: 1000, reason: "" });
  assertEquals(sink.events, []);
  channel.resume();
  await sink.untilSaid("close");
  assertEquals([sink.events, sink.error], [["data", "end", "close"], undefined]);
});

Deno.test("WebSocketChannel takes a page that is left for one that says goodbye", () => {
  for (const code of [1000, 1001, 1005]) {
    const { socket, channel, sink } = openStub();
    channel.open(sink);
    socket.onclose!({ code, reason: "" });
    assertEquals([sink.events, sink.error], [["end", "close"], undefined]);
  }
});

Deno.test("WebSocketChannel says with which code and words the other side has closed", () => {
  const { socket, channel, sink } = openStub();
  channel.open(sink);
  socket.onclose!({ code: 1008, reason: "no\x1b[31m entry" });
  assertEquals(
    sink.error!.message,
    "Connection with ws://h:2/rpc broke: the other side closed it with code 1008, no[31m entry",
  );
});
