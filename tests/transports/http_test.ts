import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import net from "node:net";
import type { CallContext } from "../../core/caller.ts";
import type { SynapseError } from "../../core/errors.ts";
import { resolveLimits } from "../../core/limits.ts";
import { Registry } from "../../core/registry.ts";
import { createHttpAcceptor } from "../../transports/http/acceptor.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { testBounded } from "../conformance/test_bounded.ts";
import { RecordingSink } from "../conformance/recording_sink.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HttpServer, parseAnswer } from "../support/http_server.ts";

const HTML = "<!doctype html><style>p{margin:0}</style><p>Hello</p><script>console.log(1)</script>";

function sha256(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

Deno.test("HttpAcceptor.recognise() knows requests by their first bytes, however few", () => {
  const acceptor = createHttpAcceptor(
    { registry: new Registry(), clock: new FakeClock(), limits: resolveLimits() },
    { converse: () => {} },
  );
  const recognise = (text: string): boolean | undefined =>
    acceptor.recognise(new TextEncoder().encode(text));
  for (const text of ["GET / HTTP/1.1\r\n", "POST ", "OPTIONS * HTTP/1.1", "HEAD / "]) {
    for (let cut = 1; cut < text.indexOf(" "); cut++) {
      assertEquals(recognise(text.slice(0, cut)), undefined, text.slice(0, cut));
    }
    assertEquals(recognise(text), true);
  }
  for (const text of ["GETAWAY", "get / ", "network|msg|", "\x93\x02", "OPTIONAL", "PO|adv|x"]) {
    assertEquals(recognise(text), false, text);
  }
});

testBounded("HttpAcceptor answers /healthz, to GET and to HEAD", async () => {
  await using server = await HttpServer.listen();
  const got = await server.request("GET /healthz");
  assertEquals([got.status, got.body], [200, "ok\n"]);
  const head = await server.request("HEAD /healthz?why");
  assertEquals([head.status, head.body, head.headers["content-length"]], [200, "", "3"]);
  assertEquals(server.counted("/healthz", 200), 2);
});

testBounded("HttpAcceptor answers one request after another on a connection", async () => {
  await using server = await HttpServer.listen();
  const socket = net.connect({ host: "127.0.0.1", port: server.port });
  for (let i = 1; i <= 3; i++) {
    const answered = new Promise<string>((resolve) => {
      socket.once("data", (bytes) => resolve(`${bytes}`)).once("close", () => resolve(""));
    });
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`);
    assertEquals(parseAnswer(await answered).status, 200);
    // Whoever hangs up does so by now.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assertEquals(server.counted("/healthz", 200), i);
  }
  assertEquals(server.conversations.length, 1);
  socket.destroy();
});

testBounded(
  "HttpAcceptor says what is wrong with upgrades to anything else, on any path",
  async () => {
    await using server = await HttpServer.listen();
    const offer = [
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABk",
    ];
    const head = [`Host: ${server.host}`, ...offer].join("\r\n");
    const { status, body } = await server.exchange(`GET /healthz HTTP/1.1\r\n${head}\r\n\r\n`);
    assertEquals(status, 400);
    assertStringIncludes(body, "there are no other upgrades than to websocket");
  },
);

testBounded("HttpAcceptor counts a request that names no host among the refused", async () => {
  await using server = await HttpServer.listen();
  const { status, body } = await server.exchange("GET /healthz HTTP/1.1\r\n\r\n");
  assertEquals([status, body], [400, "Cannot serve request as it doesn't name one host\n"]);
  assertEquals(server.counted("(none)", 400), 1);
});

testBounded("HttpAcceptor shows the page, which may run what is written in it alone", async () => {
  await using server = await HttpServer.listen({ page: { html: HTML } });
  const { status, headers, body } = await server.request("GET /");
  assertEquals([status, body], [200, HTML]);
  assertEquals(headers["content-type"], "text/html; charset=utf-8");
  const policy = headers["content-security-policy"].split("; ");
  assert(policy.includes("default-src 'none'"));
  assert(policy.includes(`script-src ${sha256("console.log(1)")}`));
  assert(policy.includes(`style-src ${sha256("p{margin:0}")}`));
  assert(policy.includes("frame-ancestors 'none'"));
});

testBounded("HttpAcceptor says that there is no page", async () => {
  await using server = await HttpServer.listen();
  const { status, body } = await server.request("GET /");
  assertEquals(status, 404);
  assertMatch(body, /^Cannot serve request as there is no page here/);
});

testBounded("HttpAcceptor sends security headers with everything", async () => {
  await using server = await HttpServer.listen({ page: { html: HTML } });
  const answers = [
    ...await Promise.all(
      ["GET /", "GET /healthz", "GET /nowhere", "DELETE /rpc", "POST /rpc"].map((line) =>
        server.request(line)
      ),
    ),
    await server.exchange("GET / HTTP/1.1\r\nbad\r\n\r\n"),
  ];
  assertEquals(answers.map(({ status }) => status), [200, 200, 404, 405, 400, 400]);
  for (const { headers } of answers) {
    assertEquals(headers["x-content-type-options"], "nosniff");
    assertEquals(headers["x-frame-options"], "DENY");
    assertEquals(headers["referrer-policy"], "no-referrer");
    assertEquals(headers["cross-origin-resource-policy"], "same-origin");
    assertMatch(headers["content-security-policy"], /default-src 'none'/);
    assertEquals("access-control-allow-origin" in headers, false);
  }
});

testBounded("HttpAcceptor answers /metrics in Prometheus's text form", async () => {
  await using server = await HttpServer.listen();
  server.registry.register("sum", (a: number, b: number) => a + b);
  await server.call({ jsonrpc: "2.0", id: 1, method: "sum", params: [1, 2] });
  const { status, headers, body } = await server.request("GET /metrics");
  assertEquals(status, 200);
  assertEquals(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  assertStringIncludes(body, '\nsynapse_calls_total{method="sum",outcome="ok"} 1\n');
  assertStringIncludes(body, '\nsynapse_http_requests_total{route="/rpc",status="200"} 1\n');
});

testBounded("HttpAcceptor answers JSON-RPC at POST /rpc", async () => {
  await using server = await HttpServer.listen();
  server.registry.register("greet", (name: string) => Promise.resolve(`hello ${name}`));
  const { status, headers, body } = await server.call(
    { jsonrpc: "2.0", id: 1, method: "greet", params: { name: "Zoë" } },
  );
  assertEquals([status, headers["content-type"]], [200, "application/json"]);
  assertEquals(body, '{"jsonrpc":"2.0","id":1,"result":"hello Zoë"}\n');
  const notified = await server.call({ jsonrpc: "2.0", method: "greet", params: ["Bob"] });
  assertEquals([notified.status, notified.body], [204, ""]);
});

testBounded("HttpAcceptor takes the form that curl sends without being told", async () => {
  await using server = await HttpServer.listen();
  server.registry.register("sum", (a: number, b: number) => a + b);
  const { body } = await server.request(
    "POST /rpc",
    ["Content-Type: application/x-www-form-urlencoded", "Accept: */*"],
    '{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]}',
  );
  assertEquals(JSON.parse(body).result, 3);
});

testBounded("HttpAcceptor answers JSON-RPC errors as HTTP has them", async () => {
  await using server = await HttpServer.listen();
  assertEquals((await server.call("{")).status, 400);
  assertEquals((await server.call("[]")).status, 400);
  assertEquals((await server.call({ jsonrpc: "2.0", id: 1, method: "nothing" })).status, 200);
});

testBounded("HttpAcceptor serves one connection request after request", async () => {
  await using server = await HttpServer.listen();
  const request = `GET /healthz HTTP/1.1\r\nHost: ${server.host}\r\n`;
  const last = `${request}Connection: close\r\n\r\n`;
  const { body } = await server.exchange(`${request}\r\n${request}\r\n${last}`);
  assertEquals(body.match(/^ok$/gm)?.length, 3);
});

testBounded("HttpAcceptor tells a handler that its caller has left", async () => {
  await using server = await HttpServer.listen();
  const called = Promise.withResolvers<CallContext>();
  server.registry.register("wait", (context: CallContext) => {
    called.resolve(context);
    return new Promise(() => {});
  }, { context: true });
  const socket = net.connect({ host: "127.0.0.1", port: server.port });
  const body = '{"jsonrpc":"2.0","id":1,"method":"wait"}';
  socket.write(
    `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const { signal } = await called.promise;
  const left = new Promise((resolve) => signal.addEventListener("abort", resolve));
  socket.destroy();
  await left;
  assertEquals((signal.reason as SynapseError).code, "cancelled");
});

testBounded("HttpAcceptor lets an allowed page call, and tells its browser so", async () => {
  const origin = "https://example.com";
  await using server = await HttpServer.listen({ allowOrigins: [origin] });
  const preflight = await server.request("OPTIONS /rpc", [
    `Origin: ${origin}`,
    "Access-Control-Request-Method: POST",
    "Access-Control-Request-Headers: content-type",
  ]);
  assertEquals(preflight.status, 204);
  assertEquals(preflight.headers["access-control-allow-origin"], origin);
  assertEquals(preflight.headers["access-control-allow-headers"], "content-type");
  assertMatch(preflight.headers["access-control-allow-methods"], /\bPOST\b/);
  const answer = await server.request("POST /rpc", [`Origin: ${origin}`], "[]");
  assertEquals(answer.headers["access-control-allow-origin"], origin);
  assertEquals(answer.headers["vary"], "Origin");
});

testBounded("HttpAcceptor lets its own page call", async () => {
  await using server = await HttpServer.listen();
  const { status } = await server.request("GET /healthz", [`Origin: http://${server.host}`]);
  assertEquals(status, 200);
});

testBounded("HttpAcceptor keeps from pages by JSON-RPC what isn't for them", async () => {
  const pageRegistry = new Registry();
  pageRegistry.register("look", () => "fine");
  await using server = await HttpServer.listen({ pageRegistry });
  server.registry.register("change", () => "done");
  const call = async (method: string, headers: readonly string[]): Promise<unknown> => {
    const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method });
    const { result, error } = JSON.parse(
      (await server.request("POST /rpc", headers, request)).body,
    );
    return result ?? error.data.code;
  };
  const page = [`Origin: http://${server.host}`];
  assertEquals(await call("look", page), "fine");
  assertEquals(await call("change", page), "method_not_found");
  assertEquals(await call("change", []), "done");
});

testBounded("HttpAcceptor.accept() counts a connection until it is closed", async () => {
  await using server = await HttpServer.listen();
  await server.request("GET /healthz");
  assertEquals(server.conversations.length, 1);
  const [{ address, closed }] = server.conversations;
  assertEquals([address.scheme, address.host], ["http", "127.0.0.1"]);
  await closed;
});

testBounded(
  "HttpAcceptor closes idle connections at once, and others when they are answered",
  async () => {
    await using server = await HttpServer.listen();
    const called = Promise.withResolvers<void>();
    const result = Promise.withResolvers<string>();
    server.registry.register("wait", () => {
      called.resolve();
      return result.promise;
    });
    const answer = server.exchange(
      `POST /rpc HTTP/1.1\r\nHost: ${server.host}\r\nContent-Length: 40\r\n\r\n` +
        '{"jsonrpc":"2.0","id":1,"method":"wait"}',
    );
    const idle = net.connect({ host: "127.0.0.1", port: server.port });
    await called.promise;
    while (server.conversations.length < 2) await server.clock.runMicrotasks();
    const closed = Promise.all(server.conversations.map((conversation) => conversation.close()));
    await new Promise((resolve) => idle.resume().on("close", resolve));
    result.resolve("done");
    assertEquals(JSON.parse((await answer).body).result, "done");
    await closed;
  },
);

testBounded("HttpAcceptor cuts calls that outlast a closing node's patience", async () => {
  await using server = await HttpServer.listen();
  const called = Promise.withResolvers<void>();
  server.registry.register("hang", () => {
    called.resolve();
    return new Promise(() => {});
  });
  const answer = server.call({ jsonrpc: "2.0", id: 1, method: "hang" });
  await called.promise;
  const closed = server.conversations[0].close(1_000);
  await server.clock.advance(1_000);
  await closed;
  assertEquals((await answer).status, 0);
});

testBounded("HttpAcceptor refuses channels that are no sockets", async () => {
  const memory = new MemoryTransport();
  const acceptor = createHttpAcceptor(
    { registry: new Registry(), clock: new FakeClock(), limits: resolveLimits() },
    { converse: () => {} },
  );
  const sink = new RecordingSink();
  const at = { scheme: "memory", host: "http", port: 0, path: "" };
  await using _listener = await memory.listen(at, (channel) => {
    channel.open(sink);
    acceptor.accept(channel, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  });
  const near = await memory.dial(at);
  near.open(new RecordingSink());
  await sink.untilSaid("close");
  assertEquals((sink.error as SynapseError).code, "not_supported");
  await near.close();
});

Deno.test("parseAnswer() tells silence from an answer", () => {
  assertEquals(parseAnswer("").status, 0);
  assertEquals(parseAnswer("HTTP/1.1 204 No Content\r\nA: b: c\r\n\r\n").headers, { a: "b: c" });
});
