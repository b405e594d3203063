import { assert, assertEquals, assertMatch } from "@std/assert";
import { Node } from "../../mod.ts";
import { serveHttp, type ServeHttpOptions } from "../../http.ts";
import { testBounded } from "../conformance/test_bounded.ts";

const FOREIGN = "https://chat.example";

/** What becomes of a call that comes from a page, or from none. */
async function call(
  options: ServeHttpOptions,
  { origin, at = "127.0.0.1" }: { readonly origin?: string; readonly at?: string } = {},
): Promise<unknown> {
  await using node = new Node();
  node.endpoint("sum", (a: number, b: number) => a + b);
  serveHttp(node, options);
  const { address: { port } } = await node.listen(`tcp://${at}:0`);
  const own = `http://127.0.0.1:${port}`;
  const response = await fetch(`${own}/rpc`, {
    method: "POST",
    headers: origin === undefined ? {} : { origin: origin === "own" ? own : origin },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sum", params: [1, 2] }),
  });
  if (!response.headers.get("content-type")?.includes("json")) {
    await response.body?.cancel();
    return response.status;
  }
  const { result, error } = await response.json();
  return result ?? error.data?.code ?? error;
}

testBounded("serveHttp() lets its own page call where it listens on loopback alone", async () => {
  assertEquals(await call({}, { origin: "own" }), 3);
  assertMatch(JSON.stringify(await call({}, { origin: "own", at: "0.0.0.0" })), /unauthorized/);
});

testBounded(
  "serveHttp() lets its own page call where it is told so, and not where not",
  async () => {
    assertEquals(await call({ pageCalls: true }, { origin: "own", at: "0.0.0.0" }), 3);
    assertMatch(
      JSON.stringify(await call({ pageCalls: false }, { origin: "own" })),
      /unauthorized/,
    );
  },
);

testBounded(
  "serveHttp() lets pages call whose origin is allowed, wherever it listens",
  async () => {
    assertEquals(await call({}, { origin: FOREIGN }), 403);
    for (const allowOrigins of [[FOREIGN], ["*"]]) {
      assertEquals(await call({ allowOrigins }, { origin: FOREIGN, at: "0.0.0.0" }), 3);
    }
  },
);

testBounded("serveHttp() lets programs call whatever pages may", async () => {
  assertEquals(await call({ pageCalls: false }), 3);
});

testBounded("serveHttp() ends what is watched when its node closes", async () => {
  const node = new Node();
  serveHttp(node);
  const { address: { port } } = await node.listen("tcp://127.0.0.1:0");
  await using client = new Node();
  const remote = await client.connect(`tcp://127.0.0.1:${port}`);
  const items = remote.stream("_synapse.watch");
  await items.next();
  const last = items.next();
  // Calls under way may take for ever: only the watch's own end lets the node close.
  await node.close(Infinity);
  assertEquals((await last).done, true);
});

testBounded("serveHttp() counts the bytes of all that listeners accept, in /metrics", async () => {
  await using node = new Node();
  node.endpoint("double", (text: string) => text + text);
  serveHttp(node);
  const { address: { port } } = await node.listen("tcp://127.0.0.1:0");
  const read = async (): Promise<{ received: number; sent: number }> => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const [received, sent] = ["received", "sent"].map((name) =>
      Number(text.match(new RegExp(`^synapse_${name}_bytes_total (\\d+)$`, "m"))?.[1])
    );
    return { received, sent };
  };
  const before = await read();
  for (const address of [`tcp://127.0.0.1:${port}`, `ws://127.0.0.1:${port}/rpc`]) {
    await using client = new Node();
    await client.call(address, "double", ["x".repeat(10_000)]);
  }
  const after = await read();
  const [received, sent] = [after.received - before.received, after.sent - before.sent];
  assert(received > 20_000 && received < 25_000, `${received} bytes received`);
  assert(sent > 40_000 && sent < 50_000, `${sent} bytes sent`);
});
