/** One served node, and every kind of client at once on its port. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Node as BrowserNode } from "../../browser.ts";
import { Node } from "../../mod.ts";
import { synapse, SynapseProcess } from "./synapse_process.ts";

const CHAT = new URL("../../examples/chat.ts", import.meta.url).pathname;
const SECRET = { SYNAPSE_SECRET: "open sesame" };

Deno.test("a node shows its page, and answers curl, a browser, TCP, easyrpc and synapse on one port", async () => {
  await using server = await SynapseProcess.serve([CHAT], { env: SECRET });
  const host = server.target.replace("tcp://", "");

  const page = await fetch(`http://${host}/`);
  assertEquals(page.status, 200);
  assertStringIncludes(await page.text(), "<title>Synapse</title>");
  assertMatch(page.headers.get("content-security-policy") ?? "", /^default-src 'none'/);

  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "say", params: ["Curl", "hello"] });
  const answer = await fetch(`http://${host}/rpc`, { method: "POST", body });
  assertEquals(await answer.json(), { jsonrpc: "2.0", id: 1, result: 0 });

  await using browser = new BrowserNode();
  const remote = await browser.connect(`ws://${host}/rpc`);
  const heard = remote.stream("listen");
  const next = heard.next();
  // Once it is answered, the stream is open.
  await remote.call("_synapse.ping");

  await using client = new Node();
  const tcp = await client.connect(server.target);
  assertEquals(await tcp.call("say", ["TCP", "hello"]), 1);
  assertEquals((await next).value, { name: "TCP", text: "hello" });
  await heard.return?.();

  for (
    const target of [`easyrpc://${host}/ws/chat`, `synapse://${host}`, `ws://${host}/rpc`, host]
  ) {
    const { out, code } = await synapse(["call", target, "history", "1"], { env: SECRET });
    assertEquals([code, JSON.parse(out)], [0, [{ name: "TCP", text: "hello" }]], target);
  }
  const refused = await synapse(["call", `easyrpc://${host}/ws/chat`, "history"], {
    env: { SYNAPSE_SECRET: "guessed" },
  });
  assertEquals(refused.code, 1);

  const metrics = await (await fetch(`http://${host}/metrics`)).text();
  assertMatch(metrics, /^synapse_calls_total\{method="history",outcome="ok"\} 4$/m);
  assertEquals(await (await fetch(`http://${host}/healthz`)).text(), "ok\n");
});

/** What strangers send, and the status that each gets; none for those that are still being waited for. */
const NUISANCES: readonly (readonly [text: string, status: string | undefined])[] = [
  ["GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"],
  ["GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421"],
  [
    "GET /rpc HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "400",
  ],
  [`POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 30}\r\n\r\n`, "413"],
  [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, "431"],
  ["GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", undefined],
  ["POST", undefined],
];

Deno.test("native callers don't notice what strangers do by HTTP on their port", async () => {
  await using server = await SynapseProcess.serve([CHAT]);
  const host = server.target.replace("tcp://", "");
  const port = Number(/\d+$/.exec(host));
  await using client = new Node();
  const tcp = await client.connect(server.target);
  const strangers = await Promise.all(
    Array.from({ length: 210 }, async (_, n) => {
      const [text, status] = NUISANCES[n % NUISANCES.length];
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode(text));
      return { connection, status };
    }),
  );
  const refusals = Array.from({ length: 50 }, async () => {
    const foreign = await fetch(`http://${host}/rpc`, {
      method: "POST",
      headers: { Origin: "https://evil.example" },
      body: "{}",
    });
    await foreign.body?.cancel();
    return foreign.status;
  });
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, n) => tcp.call("say", ["TCP", String(n)])),
  );
  assertEquals(answers.length, 500);
  assertEquals(new Set(await Promise.all(refusals)), new Set([403]));
  for (const { connection, status } of strangers) {
    if (status !== undefined) {
      const head = new Uint8Array(12);
      await connection.read(head);
      assertEquals(new TextDecoder().decode(head), `HTTP/1.1 ${status}`);
    }
    connection.close();
  }
  assertEquals(await tcp.call("history", [1]) instanceof Array, true);
});

Deno.test("serve --no-http speaks no HTTP", async () => {
  await using server = await SynapseProcess.serve([CHAT, "--no-http"]);
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(/\d+$/.exec(server.target)),
  });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  assertEquals(await connection.read(new Uint8Array(10)), null);
  connection.close();
  const { event, message } = JSON.parse(await server.line() ?? "");
  assertEquals(event, "refused");
  assertMatch(message, /begins so: got HTTP$/);
});
