import { assert, assertEquals, assertRejects } from "@std/assert";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
// @ts-types="@types/ws"
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import type { Address } from "../../core/address.ts";
import { createDeferred } from "../../core/deferred.ts";
import { connectEasyrpc } from "../../core/easyrpc/proxy.ts";
import { EasyrpcServer } from "../../core/easyrpc/server.ts";
import type { TextChannel } from "../../core/easyrpc/text_channel.ts";
import { TransportError } from "../../core/errors.ts";
import { Registry } from "../../core/registry.ts";
import { acceptTexts, dialTexts, type DialTextsOptions } from "../../transports/easyrpc_socket.ts";
import { systemClock } from "../../transports/system.ts";
import { collect } from "../support/streams.ts";

/** A server of WebSockets, and the channels that it has accepted. */
class Listening implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly address: Address;

  constructor(server: Server, sockets: WebSocketServer) {
    this.#server = server;
    this.#sockets = sockets;
    const { port } = server.address() as AddressInfo;
    this.address = { scheme: "easyrpc", host: "127.0.0.1", port, path: "/ws/lab" };
  }

  static async start(accept: (channel: TextChannel) => void): Promise<Listening> {
    const server = createServer();
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on("connection", (socket, request) => {
      const { remoteAddress: host = "", remotePort: port = 0 } = request.socket;
      accept(acceptTexts(socket, { scheme: "ws", host, port, path: request.url ?? "" }));
    });
    const listening = createDeferred<void>();
    server.listen(0, "127.0.0.1", () => listening.resolve());
    await listening.promise;
    return new Listening(server, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = createDeferred<void>();
    this.#sockets.close();
    this.#server.close(() => closed.resolve());
    await closed.promise;
  }
}

/** How to dial: as the platform does, and as `ws` does. */
const DIALLERS: Readonly<Record<string, DialTextsOptions["createSocket"]>> = {
  "the platform": undefined,
  ws: (url) => new NodeWebSocket(url, { perMessageDeflate: false }),
};

const NEVER = new AbortController().signal;

/** Everything that a channel says, and when it is over. */
function record(channel: TextChannel) {
  const heard: string[] = [];
  const over = createDeferred<Error | undefined>();
  const drained = createDeferred<void>();
  channel.open({
    receive: (message) =>
      heard.push(typeof message === "string" ? message : new TextDecoder().decode(message)),
    drain: () => drained.resolve(),
    close: (error) => over.resolve(error),
  });
  return { channel, heard, over: over.promise, drained: drained.promise };
}

/** Both ends of a connection. */
async function connect(createSocket?: DialTextsOptions["createSocket"]) {
  const accepted = createDeferred<TextChannel>();
  const listening = await Listening.start(accepted.resolve);
  const near = record(await dialTexts(listening.address, { signal: NEVER, createSocket }));
  const far = record(await accepted.promise);
  return {
    near,
    far,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

for (const [name, createSocket] of Object.entries(DIALLERS)) {
  Deno.test(`acceptTexts() and dialTexts() by ${name} carry texts both ways, in order, and say goodbye`, async () => {
    await using ends = await connect(createSocket);
    const { near, far } = ends;
    const texts = ["", "hé€😀", "x".repeat(1_000_000), ...Array.from({ length: 100 }, String)];
    for (const text of texts) {
      near.channel.send(text);
      far.channel.send(text);
    }
    await far.drained;
    near.channel.close();
    assertEquals([await near.over, await far.over], [undefined, undefined]);
    assertEquals([near.heard, far.heard], [texts, texts]);
    assertEquals([near.channel.bufferedBytes, far.channel.bufferedBytes], [0, 0]);
    near.channel.send("late");
    far.channel.send("late");
  });

  Deno.test(`acceptTexts() says goodbye to ${name} with the code that it is given`, async () => {
    await using ends = await connect(createSocket);
    ends.far.channel.close(1001);
    assertEquals([await ends.far.over, await ends.near.over], [undefined, undefined]);
  });

  Deno.test(`acceptTexts() cuts, and ${name} learns of it`, async () => {
    await using ends = await connect(createSocket);
    ends.far.channel.cut();
    assert(await ends.near.over instanceof TransportError);
    assert(await ends.far.over instanceof TransportError);
  });

  Deno.test(`dialTexts() by ${name} cuts without waiting for a goodbye`, async () => {
    await using ends = await connect(createSocket);
    ends.near.channel.cut();
    assert(await ends.near.over instanceof TransportError);
    await ends.far.over;
  });
}

Deno.test("acceptTexts() keeps what comes before it is opened, and while it is paused", async () => {
  const accepted = createDeferred<TextChannel>();
  await using listening = await Listening.start(accepted.resolve);
  const near = record(await dialTexts(listening.address, { signal: NEVER }));
  near.channel.send("early");
  const far = record(await accepted.promise);
  far.channel.send("hello");
  far.channel.pause();
  near.channel.send("late");
  far.channel.resume();
  near.channel.close();
  await far.over;
  assertEquals(far.heard, ["early", "late"]);
  assertEquals(near.heard, ["hello"]);
});

Deno.test("dialTexts() says that nobody is there", async () => {
  const listening = await Listening.start(() => {});
  const { address } = listening;
  await listening[Symbol.asyncDispose]();
  for (const createSocket of Object.values(DIALLERS)) {
    const options = { signal: NEVER, createSocket };
    const error = await assertRejects(() => dialTexts(address, options), TransportError);
    assertEquals([error.code, error.url.startsWith("easyrpc://127.0.0.1:")], ["unreachable", true]);
  }
  const odd = { ...address, host: "no host" };
  await assertRejects(() => dialTexts(odd, { signal: NEVER }), TransportError, "no WebSocket");
});

Deno.test("dialTexts() obeys its signal", async () => {
  const silent = createServer();
  const sockets = new Set<{ destroy(): void }>();
  silent.on("upgrade", (_request, socket) => sockets.add(socket));
  const listening = createDeferred<void>();
  silent.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const { port } = silent.address() as AddressInfo;
  const controller = new AbortController();
  const address = { scheme: "easyrpc", host: "127.0.0.1", port, path: "/" };
  const dialling = assertRejects(
    () => dialTexts(address, { signal: controller.signal }),
    Error,
    "enough",
  );
  controller.abort(new Error("enough"));
  await dialling;
  const early = AbortSignal.abort(new Error("early"));
  await assertRejects(() => dialTexts(address, { signal: early }), Error, "early");
  for (const socket of sockets) socket.destroy();
  const closed = createDeferred<void>();
  silent.closeAllConnections();
  silent.close(() => closed.resolve());
  await closed.promise;
});

Deno.test("an easyrpc server and a proxy talk over WebSockets", async () => {
  const registry = new Registry();
  registry.register("sum", (a: number, b: number) => a + b);
  registry.register("count", function* (n: number) {
    for (let i = 0; i < n; i++) yield i;
  });
  const server = new EasyrpcServer({
    clock: systemClock,
    serverId: "5f",
    registryFor: () => registry,
    secretFor: () => "secret",
  });
  await using listening = await Listening.start((channel) => server.accept(channel));
  const proxy = await connectEasyrpc((signal) => dialTexts(listening.address, { signal }), {
    secret: "secret",
    id: crypto.randomUUID(),
    clock: systemClock,
  });
  assertEquals(await proxy.call("sum", [1, 2]), 3);
  assertEquals(await collect(proxy.stream("count", [3])), [0, 1, 2]);
  const sums = await Promise.all(Array.from({ length: 100 }, (_, n) => proxy.call("sum", [n, 1])));
  assertEquals(sums, Array.from({ length: 100 }, (_, n) => n + 1));
  await proxy.close();
  await server.close();
  assertEquals(server.connections, 0);
});
