import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import type { Node as BrowserNode } from "../../browser.ts";
import type { Caller } from "../../mod.ts";
import { bundle } from "../../tools/build_page.ts";
import { testInBrowser } from "../support/browser.ts";
import { PageServer } from "../support/page_server.ts";

/** As `page_script.ts` puts it there, and a connection that a test has made. */
declare const SynapseNode: typeof BrowserNode;
// deno-lint-ignore no-var -- a global of the page
declare var remote: Awaited<ReturnType<BrowserNode["connect"]>>;
// deno-lint-ignore no-var -- as above
declare var lost: Promise<void>;

const SCRIPT = await bundle("tests/support/page_script.ts");

type Open = Parameters<Parameters<typeof testInBrowser>[1]>[0];

/** An empty page of the node, with a connection to it. */
async function connect(open: Open, server: PageServer): Promise<Page> {
  const page = await open(`${server.url}healthz`, { bypassCSP: true });
  await page.addScriptTag({ content: SCRIPT });
  await page.evaluate(async (address) => {
    const node = new SynapseNode({ name: "page" });
    node.endpoint("double", (n: number) => 2 * n);
    node.endpoint("letters", function* () {
      yield* "abc";
    });
    const remote = await node.connect(address, { reconnect: { floorMs: 10, baseMs: 10 } });
    const lost = new Promise<void>((resolve) => remote.on("disconnected", () => resolve()));
    Object.assign(globalThis, { remote, lost });
  }, `${server.url.replace("http", "ws")}rpc`);
  return page;
}

/** The page, as the node sees it. */
function pageOf({ node }: PageServer): Caller {
  return node.connections.find(({ info }) => info?.name === "page")!;
}

testInBrowser("browser.ts calls a node from a page", async (open) => {
  const sum = (a: number, b: number) => a + b;
  await using server = await PageServer.listen((node) => node.endpoint("sum", sum));
  const page = await connect(open, server);
  assertEquals(await page.evaluate(() => remote.call("sum", [1, 2])), 3);
  assertEquals(await page.evaluate(() => remote.fn.sum(3, 4)), 7);
  const code = await page.evaluate(() => remote.call("smu").catch(({ code }) => code));
  assertEquals(code, "method_not_found");
  const bytes = await page.evaluate(async () => {
    const parts = Array.from({ length: 2 }, () => new Uint8Array(1_000_000).fill(7));
    return (await remote.call("sum", parts) as string).length;
  });
  assert(bytes > 1_000_000);
});

testInBrowser("browser.ts takes a node's calls in a page", async (open) => {
  await using server = await PageServer.listen();
  await connect(open, server);
  assertEquals(await pageOf(server).call("double", [21]), 42);
  assertEquals(await Array.fromAsync(pageOf(server).stream("letters")), ["a", "b", "c"]);
});

testInBrowser("browser.ts may only look on from a page where pages may not call", async (open) => {
  let calls = 0;
  const count = () => ++calls;
  await using server = await PageServer.listen((node) => node.endpoint("count", count), {
    pageCalls: false,
  });
  const page = await connect(open, server);
  const codes = await page.evaluate(() =>
    Promise.all(
      ["count", "_synapse.join"].map((name) => remote.call(name).catch(({ code }) => code)),
    )
  );
  assertEquals(codes, ["unauthorized", "unauthorized"]);
  assertEquals(await page.evaluate(() => remote.call("_synapse.ping")), "pong");
  assertEquals(await pageOf(server).call("double", [2]), 4);
  assertEquals(calls, 0);
});

testInBrowser("browser.ts streams to a page, and ends a stream that it leaves", async (open) => {
  const left = Promise.withResolvers<void>();
  const count = async function* () {
    try {
      for (let i = 0;; i++) yield await Promise.resolve(i);
    } finally {
      left.resolve();
    }
  };
  await using server = await PageServer.listen((node) => node.endpoint("count", count));
  const page = await connect(open, server);
  const items = await page.evaluate(async () => {
    const items: unknown[] = [];
    for await (const item of remote.stream("count")) if (items.push(item) === 1_000) break;
    return items;
  });
  await left.promise;
  assertEquals(items, Array.from({ length: 1_000 }, (_, i) => i));
});

testInBrowser("browser.ts cancels a call, and its handler knows", async (open) => {
  const cancelled = Promise.withResolvers<void>();
  await using server = await PageServer.listen((node) =>
    node.endpoint("wait", { context: true }, ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", () => cancelled.resolve());
      return new Promise(() => {});
    })
  );
  const page = await connect(open, server);
  const name = await page.evaluate(() =>
    remote.call("wait", [], { signal: AbortSignal.timeout(50) }).catch(({ name }) => name)
  );
  await cancelled.promise;
  assertEquals(name, "TimeoutError");
});

testInBrowser("browser.ts connects again when the node comes back", async (open) => {
  const server = await PageServer.listen((node) => node.endpoint("who", () => "the first"));
  const page = await connect(open, server);
  assertEquals(await page.evaluate(() => remote.call("who")), "the first");
  await server.node.close(0);
  await page.evaluate(() => lost);
  const again = new URL(server.url).port;
  await using _ = await PageServer.listen(
    (node) => node.endpoint("who", () => "the second"),
    {},
    again,
  );
  assertEquals(await page.evaluate(() => remote.call("who")), "the second");
});
