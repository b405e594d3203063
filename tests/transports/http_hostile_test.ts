import { assertEquals, assertMatch } from "@std/assert";
import net from "node:net";
import { testBounded } from "../conformance/test_bounded.ts";
import { HttpServer, parseAnswer } from "../support/http_server.ts";

/** A client that sends what and when it likes. */
class Client implements Disposable {
  readonly socket: net.Socket;
  readonly closed: Promise<string>;
  text = "";

  constructor(server: HttpServer) {
    this.socket = net.connect({ host: "127.0.0.1", port: server.port, noDelay: true });
    this.socket.setEncoding("utf8").on("data", (text) => this.text += text);
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve(this.text)));
  }

  /** Connects, and waits until the server has accepted. */
  static async connect(server: HttpServer): Promise<Client> {
    const count = server.conversations.length;
    const client = new Client(server);
    while (server.conversations.length === count) await server.clock.runMicrotasks();
    return client;
  }

  send(text: string): Promise<void> {
    return new Promise((resolve) => this.socket.write(text, () => resolve()));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

testBounded("HttpAcceptor refuses paths that lead elsewhere, and knows no files", async () => {
  await using server = await HttpServer.listen({ page: { html: "hello" } });
  const paths = [
    ...["/../etc/passwd", "/./healthz", "/a/..", "/healthz/..", "/%2e%2e/etc/passwd"],
    ...["/ws/..%2fetc", "/ws/%2E./x", "/a%5c..%5cb", "/a\\b", "/a%00b"],
  ];
  for (const path of paths) {
    assertEquals((await server.request(`GET ${path}`)).status, 400, path);
  }
  for (const path of ["/deno.json", "/healthz/", "//healthz", "/rpc/", "/favicon.ico"]) {
    assertEquals((await server.request(`GET ${path}`)).status, 404, path);
  }
  assertEquals(server.counted("(none)", 400), paths.length);
  assertEquals(server.counted("(none)", 404), 5);
});

testBounded("HttpAcceptor refuses targets that are no paths", async () => {
  await using server = await HttpServer.listen();
  for (const target of ["http://evil.example/healthz", "*", "healthz"]) {
    assertEquals((await server.request(`OPTIONS ${target}`)).status, 400, target);
  }
});

testBounded("HttpAcceptor refuses a host name that isn't this machine's, on loopback", async () => {
  await using server = await HttpServer.listen({ allowOrigins: ["https://node.example:8443"] });
  const ask = async (...hosts: string[]): Promise<number> => {
    const lines = hosts.map((host) => `Host: ${host}\r\n`).join("");
    const answer = await server.exchange(
      `GET /healthz HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`,
    );
    return answer.status;
  };
  for (const host of ["localhost", "LOCALHOST:80", "127.0.0.1:9", "[::1]:9999", "127.1.2.3"]) {
    assertEquals(await ask(host), 200, host);
  }
  assertEquals(await ask("node.example:8443"), 200);
  const foreign = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"];
  for (const host of foreign) assertEquals(await ask(host), 421, host);
  assertEquals(server.counted("(none)", 421), foreign.length);
  const malformed = ["", "a b", "user@localhost", "localhost/x", "localhost:port", "[::1"];
  for (const host of malformed) assertEquals(await ask(host), 400, host);
  assertEquals(await ask("localhost", "evil.example"), 400);
  assertEquals(await ask("localhost", "localhost"), 400);
  assertEquals(await ask(), 400);
});

testBounded("HttpAcceptor refuses pages of other origins, whatever they ask for", async () => {
  await using server = await HttpServer.listen({ allowOrigins: ["https://good.example"] });
  let runs = 0;
  server.registry.register("run", () => ++runs);
  const call = '{"jsonrpc":"2.0","id":1,"method":"run"}';
  const foreign = [
    ...["https://evil.example", "null", "http://localhost", `http://${server.host}.evil.example`],
    ...["https://good.example.evil.example", "http://good.example", `file://${server.host}`, ""],
  ];
  for (const origin of foreign) {
    const { status, headers } = await server.request("POST /rpc", [`Origin: ${origin}`], call);
    assertEquals([origin, status], [origin, 403]);
    assertEquals("access-control-allow-origin" in headers, false);
  }
  const both = ["Origin: https://good.example", "Origin: https://evil.example"];
  assertEquals((await server.request("POST /rpc", both, call)).status, 403);
  assertEquals(
    (await server.request("OPTIONS /rpc", ["Origin: https://evil.example"])).status,
    403,
  );
  assertEquals(runs, 0);
  assertEquals(server.counted("(none)", 403), foreign.length + 2);
});

testBounded("HttpAcceptor refuses bodies that are too large, told or not", async () => {
  await using server = await HttpServer.listen({ maxBodyBytes: 100 });
  const fits = "[]".padStart(100);
  assertEquals((await server.call(fits)).status, 400);
  const told = await server.call(`${fits} `);
  assertEquals(told.status, 413);
  assertMatch(told.body, /^Cannot read body as it is larger than 100 bytes\n$/);
  const endless =
    `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = `40\r\n${" ".repeat(64)}\r\n`;
  assertEquals((await server.exchange(endless + chunk + chunk)).status, 413);
  const asked = await server.request(
    "POST /rpc",
    ["Content-Length: 101", "Expect: 100-continue"],
  );
  assertEquals(asked.status, 413);
  assertEquals(server.counted("/rpc", 413), 3);
});

testBounded("HttpAcceptor refuses what it must not read", async () => {
  await using server = await HttpServer.listen();
  const deep = await server.call("[".repeat(100_000));
  assertEquals(deep.status, 413);
  const request = '{"jsonrpc":"2.0","method":"x"}';
  const many = await server.call(`[${Array(20_000).fill(request).join(",")}]`);
  assertEquals(many.status, 413);
});

testBounded("HttpAcceptor refuses bodies that are not UTF-8", async () => {
  await using server = await HttpServer.listen();
  using client = new Client(server);
  await client.send(
    `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n`,
  );
  client.socket.write(Uint8Array.of(0xff, 0xfe));
  assertEquals(parseAnswer(await client.closed).status, 400);
});

testBounded("HttpAcceptor refuses heads that are too large, and what is no HTTP", async () => {
  await using server = await HttpServer.listen();
  const large = await server.request("GET /healthz", [`X-Large: ${"x".repeat(20_000)}`]);
  assertEquals(large.status, 431);
  const lines = Array.from({ length: 10_000 }, (_, i) => `X-${i}: ${i}`);
  assertEquals((await server.request("GET /healthz", lines)).status, 431);
  assertEquals((await server.exchange("GET / HTTP/9.9\r\n\r\n")).status, 400);
  assertEquals((await server.exchange("GET / HTTP/1.1\r\nno colon\r\n\r\n")).status, 400);
  const smuggled = ["Content-Length: 5", "Transfer-Encoding: chunked"];
  assertEquals((await server.request("POST /rpc", smuggled)).status, 400);
  assertEquals(server.counted("(none)", 431), 2);
});

testBounded("HttpAcceptor cuts a client whose head drips in, and says why", async () => {
  await using server = await HttpServer.listen();
  using client = await Client.connect(server);
  await client.send("GET /healthz HTTP/1.1\r\n");
  for (let i = 0; i < 9; i++) {
    await client.send(`X-${i}: a\r\n`);
    await server.clock.advance(1_000);
  }
  assertEquals(client.text, "");
  await server.clock.advance(1_000);
  assertEquals(parseAnswer(await client.closed).status, 408);
  assertEquals(server.counted("(none)", 408), 1);
});

testBounded("HttpAcceptor hangs up on a client that asks no more", async () => {
  await using server = await HttpServer.listen();
  using client = await Client.connect(server);
  await client.send(`GET /healthz HTTP/1.1\r\nHost: ${server.host}\r\n\r\nGET /he`);
  while (!client.text.endsWith("ok\n")) await server.clock.runMicrotasks();
  await server.clock.advance(10_000);
  assertEquals((await client.closed).match(/HTTP\/1.1/g)?.length, 1);
});

testBounded("HttpAcceptor cuts a client whose body never ends", async () => {
  await using server = await HttpServer.listen();
  using client = await Client.connect(server);
  const head = `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nContent-Length: 99\r\n`;
  await client.send(`${head}Expect: 100-continue\r\n\r\n`);
  while (!client.text.includes("100 Continue")) await server.clock.runMicrotasks();
  await client.send("[");
  await server.clock.advance(39_000);
  assertEquals(client.socket.destroyed, false);
  await server.clock.advance(1_000);
  assertEquals(await client.closed, "HTTP/1.1 100 Continue\r\n\r\n");
});

testBounded("HttpAcceptor takes so many connections and no more", async () => {
  await using server = await HttpServer.listen({ maxConnections: 2 });
  using _first = await Client.connect(server);
  using second = await Client.connect(server);
  using third = await Client.connect(server);
  assertEquals(parseAnswer(await third.closed).status, 503);
  second.socket.destroy();
  await server.conversations[1].closed;
  assertEquals((await server.request("GET /healthz")).status, 200);
});

testBounded(
  "HttpAcceptor cuts a client that asks and asks without waiting for answers",
  async () => {
    await using server = await HttpServer.listen();
    let runs = 0;
    server.registry.register("hang", () => {
      runs++;
      return new Promise(() => {});
    });
    const body = '{"jsonrpc":"2.0","id":1,"method":"hang"}';
    const request =
      `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const { status } = await server.exchange(request.repeat(100));
    assertEquals([status, runs <= 16], [0, true]);
  },
);

testBounded("HttpAcceptor outlives clients that vanish at any moment", async () => {
  await using server = await HttpServer.listen();
  server.registry.register("echo", (value: unknown) => value);
  const body = '{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}';
  const request =
    `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  for (let cut = 1; cut <= request.length; cut += 7) {
    using client = await Client.connect(server);
    await client.send(request.slice(0, cut));
    client.socket.resetAndDestroy();
    await server.conversations.at(-1)!.closed;
  }
  assertEquals((await server.request("GET /healthz")).status, 200);
});
