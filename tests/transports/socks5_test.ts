import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import net from "node:net";
import { parseAddress } from "../../core/address.ts";
import { SynapseError, TransportError } from "../../core/errors.ts";
import { Socks5Transport } from "../../transports/socks5.ts";
import { RecordingSink } from "../conformance/recording_sink.ts";

/** What somebody asked a proxy for. */
interface Asked {
  readonly userId: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
}

/** A SOCKS5 proxy that connects nobody: it answers as told, says a greeting, and echoes. */
class ScriptedProxy implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** 0 for success, as on the wire. */
  reply = 0;
  greeting = "";
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  constructor() {
    this.#server = net.createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
      void this.#serve(socket);
    });
  }

  static async start(): Promise<ScriptedProxy> {
    const proxy = new ScriptedProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `socks5://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(socket: net.Socket): Promise<void> {
    const methods = await next(socket);
    // Whoever offers a name and a password is asked for them.
    const wantsName = methods.subarray(2).includes(2);
    socket.write(Uint8Array.of(5, wantsName ? 2 : 0));
    let userId = "", password = "";
    if (wantsName) {
      const login = await next(socket);
      const userBytes = login[1];
      userId = text(login.subarray(2, 2 + userBytes));
      password = text(login.subarray(3 + userBytes));
      socket.write(Uint8Array.of(1, 0));
    }
    const request = await next(socket);
    const isName = request[3] === 3;
    const end = isName ? 5 + request[4] : 8;
    const host = isName ? text(request.subarray(5, end)) : request.subarray(4, end).join(".");
    this.asked.push({ userId, password, host, port: request[end] << 8 | request[end + 1] });
    const answer = Uint8Array.of(5, this.reply, 0, 1, 0, 0, 0, 0, 0, 0);
    socket.write(new Uint8Array([...answer, ...new TextEncoder().encode(this.greeting)]));
    if (this.reply === 0) socket.on("data", (chunk) => socket.write(chunk));
  }
}

function next(socket: net.Socket): Promise<Uint8Array> {
  return new Promise((resolve) => socket.once("data", (chunk: Uint8Array) => resolve(chunk)));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The library leaves a timer of its own behind, that holds nothing up. */
function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, fn: run, sanitizeOps: false, sanitizeResources: false });
}

test("Socks5Transport connects through the proxy, which resolves the name", async () => {
  await using proxy = await ScriptedProxy.start();
  const transport = new Socks5Transport(proxy.url);
  const to = parseAddress("node.example.onion:8333");
  const channel = await transport.dial(to);
  assertEquals(channel.remote, to);
  const sink = new RecordingSink();
  channel.open(sink);
  channel.writer.bytes(new TextEncoder().encode("hello"));
  channel.flush();
  await sink.untilReceived(5);
  assertEquals(sink.text, "hello");
  assertEquals(proxy.asked.map(({ host, port }) => [host, port]), [["node.example.onion", 8333]]);
  await channel.close();
});

test("Socks5Transport names another user to the proxy for each connection", async () => {
  await using proxy = await ScriptedProxy.start();
  const transport = new Socks5Transport(proxy.url);
  for (let i = 0; i < 2; i++) {
    const channel = await transport.dial(parseAddress("10.0.0.1:8333"));
    channel.open(new RecordingSink());
    await channel.close(new Error("enough"));
  }
  const [one, other] = proxy.asked;
  assertNotEquals(one.userId, other.userId);
  assertNotEquals(one.password, other.password);
  assertEquals(one.host, "10.0.0.1");
});

test("Socks5Transport keeps to the user that the URL names", async () => {
  await using proxy = await ScriptedProxy.start();
  const url = proxy.url.replace("://", "://alice:s%20cret@");
  const channel = await new Socks5Transport(url).dial(parseAddress("10.0.0.1:8333"));
  channel.open(new RecordingSink());
  assertEquals(proxy.asked[0].userId, "alice");
  assertEquals(proxy.asked[0].password, "s cret");
  await channel.close(new Error("enough"));
});

test("Socks5Transport hands on what came together with the proxy's answer", async () => {
  await using proxy = await ScriptedProxy.start();
  proxy.greeting = "welcome";
  const channel = await new Socks5Transport(proxy.url).dial(parseAddress("10.0.0.1:8333"));
  const sink = new RecordingSink();
  channel.open(sink);
  await sink.untilReceived(7);
  assertEquals(sink.text, "welcome");
  await channel.close(new Error("enough"));
});

test("Socks5Transport says that the proxy could not connect", async () => {
  await using proxy = await ScriptedProxy.start();
  proxy.reply = 5;
  const transport = new Socks5Transport(proxy.url);
  const error = await assertRejects(
    () => transport.dial(parseAddress("10.0.0.1:8333")),
    TransportError,
    "Cannot connect to tcp://10.0.0.1:8333 through socks5://127.0.0.1:",
  );
  assertEquals(error.code, "unreachable");
});

test("Socks5Transport says that the proxy isn't there", async () => {
  const transport = new Socks5Transport("socks5://127.0.0.1:1");
  await assertRejects(
    () => transport.dial(parseAddress("10.0.0.1:8333")),
    TransportError,
    "Cannot connect to tcp://10.0.0.1:8333 through socks5://127.0.0.1:1 as it failed",
  );
});

test("Socks5Transport gives up when its caller does", async () => {
  const silent = net.createServer((socket) => void socket.on("error", () => {}));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as net.AddressInfo;
  const controller = new AbortController();
  const reason = new Error("no longer wanted");
  const dialling = new Socks5Transport(`socks5://127.0.0.1:${port}`)
    .dial(parseAddress("10.0.0.1:8333"), { signal: controller.signal });
  silent.once("connection", () => controller.abort(reason));
  assertEquals(await assertRejects(() => dialling), reason);
  await new Promise((resolve) => silent.close(resolve));
});

Deno.test("Socks5Transport takes socks5 URLs and nothing else", () => {
  new Socks5Transport("socks5h://[::1]:9050");
  for (
    const url of ["", "127.0.0.1:9050", "http://proxy:80", "socks5://", "socks5://proxy:1/path"]
  ) {
    assertThrows(() => new Socks5Transport(url), TypeError, "Cannot read proxy");
  }
});

Deno.test("Socks5Transport can't listen", async () => {
  const transport = new Socks5Transport("socks5://127.0.0.1:9050");
  const error = await assertRejects(
    () => transport.listen(parseAddress("127.0.0.1:0")),
    SynapseError,
  );
  assertEquals(error.code, "not_supported");
});
