/// <reference lib="dom" />
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { Node } from "../../mod.ts";
import { SynapseProcess } from "../cli/synapse_process.ts";
import { testInBrowser } from "../support/browser.ts";
import { PageServer } from "../support/page_server.ts";

const CALCULATOR = fileURLToPath(new URL("../../examples/calculator.ts", import.meta.url));
/** Would show, and run, if it were taken for markup. */
const MARKUP = '<img src="x" onerror="document.title=1">';

/** `synapse serve`, as its users start it. */
async function serve() {
  const server = await SynapseProcess.serve([
    CALCULATOR,
    ...["--namespace", "demo", "--name", "alice", "--no-advertise"],
  ]);
  return Object.assign(server, { url: server.target.replace("tcp:", "http:") });
}

/** Opens the form of a function. */
async function openForm(page: Page, name: string): Promise<void> {
  await page.locator("summary", { hasText: `${name}(` }).click();
}

/** Waits until a text is there. */
async function see(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector, { hasText: text }).first().waitFor();
}

/** Waits until nothing of the kind is there. */
async function seeNothing(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector, { hasText: text }).waitFor({ state: "detached" });
}

testInBrowser("the page shows who the node is, and asks nobody else for anything", async (open) => {
  await using server = await serve();
  const page = await open("about:blank");
  const [asked, complaints]: [string[], string[]] = [[], []];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(server.url);
  await see(page, "h1", "alice@demo");
  await see(page, "#state", /connected · up \d/);
  assertMatch(await page.locator("#key").innerText(), /^(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}$/);
  assertEquals(await page.locator("#address").innerText(), server.target);
  await see(page, "summary", "sum(a, b)");
  await see(page, "summary", "stream countdown(from, pauseMs = 0)");
  await see(page, ".doc", "Adds two numbers.");
  assertEquals(await page.title(), "alice@demo · Synapse");
  assertEquals(asked.filter((url) => !url.startsWith("data:")), [`${server.url}/`]);
  assertEquals(complaints, []);
});

testInBrowser(
  "the page calls a function by its form, with nothing but the keyboard",
  async (open) => {
    await using server = await serve();
    const page = await open(server.url);
    await page.locator("summary", { hasText: "sum(" }).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("a", { exact: true }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type("2");
    await page.keyboard.press("Tab");
    await page.keyboard.type("40");
    await page.keyboard.press("Enter");
    await see(page, ".result", "42");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    await see(page, ".result", '"two40"');
  },
);

testInBrowser("the page shows how a call failed", async (open) => {
  const fail = (_why: string) => {
    throw new Error(MARKUP);
  };
  await using server = await PageServer.listen((node) => node.endpoint("fail", fail));
  const page = await open(server.url);
  await openForm(page, "fail");
  await page.getByLabel("_why").fill("{");
  await page.getByRole("button", { name: "Call" }).click();
  await see(page, ".status.failed", `internal_error: ${MARKUP}`);
});

testInBrowser("the page shows a stream item by item, until it ends or is stopped", async (open) => {
  await using server = await serve();
  const page = await open(server.url);
  await openForm(page, "countdown");
  const start = page.getByRole("button", { name: "Start" });
  await page.getByLabel("from").fill("3");
  await start.click();
  await see(page, ".status", /^3 items in /);
  assertEquals(await page.locator(".result div").allInnerTexts(), ["3", "2", "1"]);
  await page.getByLabel("from").fill("100000");
  await page.getByLabel("pauseMs").fill("5");
  await start.click();
  await see(page, ".status", /^\d+ items so far$/);
  await page.getByRole("button", { name: "Stop" }).click();
  await see(page, ".status", /^stopped after /);
  const shown = (await page.locator(".result div").allInnerTexts()).map(Number);
  assertEquals(shown, shown.map((_, i) => shown[0] - i));
  assert(shown.at(-1)! > 1);
});

testInBrowser("the page shows a peer when it comes, and not when it has left", async (open) => {
  await using server = await serve();
  const page = await open(server.url);
  await see(page, "tbody tr.connected", "this page");
  const bob = new Node({ name: "bob", namespace: "demo" });
  const remote = await bob.connect(server.target);
  await see(page, "tbody tr.connected", "bob");
  await see(page, "svg .dot.connected text", "bob");
  await remote.call("sum", [1, 2]);
  await bob.close();
  await seeNothing(page, "tbody tr", "bob");
  await seeNothing(page, "svg .dot text", "bob");
  await see(page, "#events li", "bob@demo has left");
});

testInBrowser(
  "the page shows functions as they come and go, and keeps what is filled in",
  async (open) => {
    await using server = await PageServer.listen((node) => {
      node.endpoint("first", () => {}).endpoint("greet", (name: string) => `hello ${name}`);
    });
    const page = await open(server.url);
    await openForm(page, "greet");
    await page.getByLabel("name").fill("bob");
    server.node.removeEndpoint("first");
    server.node.endpoint("another", () => {});
    await see(page, "summary", "another()");
    await seeNothing(page, "summary", "first()");
    await page.keyboard.press("Enter");
    await see(page, ".result", "hello bob");
  },
);

testInBrowser("the page finds functions among many", async (open) => {
  await using server = await PageServer.listen((node) => {
    for (let i = 0; i < 300; i++) node.endpoint(`function_${i}`, () => i);
  });
  const page = await open(server.url);
  await see(page, "#function-note", "100 of 300 are shown.");
  assertEquals(await page.locator("summary").count(), 100);
  await page.getByRole("searchbox").fill("_29");
  await see(page, "summary", "function_299()");
  assertEquals(await page.locator("summary").count(), 11);
  assertEquals(await page.locator("#function-note").innerText(), "");
});

testInBrowser("the page counts calls", async (open) => {
  await using server = await PageServer.listen((node) => node.endpoint("ping", () => "pong"));
  await using bob = new Node();
  const page = await open(server.url);
  await see(page, "#state", "connected · up");
  const remote = await bob.connect(server.address);
  await Promise.all(Array.from({ length: 5_000 }, () => remote.call("ping")));
  await see(page, "#total", /^5,0\d\d$/);
  await see(page, "#rate .top", /,000$/);
  assertMatch((await page.locator("#rate path.line").getAttribute("d"))!, /^M[\d.]+ [\d.]+L/);
});

testInBrowser("the page takes what others write for text", async (open) => {
  await using server = await PageServer.listen((node) =>
    node.endpoint("echo", { description: MARKUP }, (...args: unknown[]) => args)
  );
  await using peer = new Node({ name: MARKUP, namespace: "demo" });
  await peer.connect(server.address);
  const page = await open(server.url);
  await see(page, ".doc", MARKUP);
  await see(page, "tbody .name", MARKUP);
  await openForm(page, "echo");
  await page.getByLabel("args").fill(`${MARKUP}\n[1]`);
  await page.getByRole("button", { name: "Call" }).click();
  await see(page, ".result", MARKUP.replaceAll('"', '\\"'));
  assertEquals(await page.locator("img").count(), 0);
  // The page's policy has the browser refuse what would be a mistake.
  const makeMarkup = () => page.evaluate((text) => void (document.body.innerHTML = text), MARKUP);
  await assertRejects(makeMarkup, Error, "TrustedHTML");
  assertEquals(await page.title(), "alice@demo · Synapse");
});

testInBrowser("the page only looks on where pages may not call", async (open) => {
  let calls = 0;
  const count = () => ++calls;
  await using server = await PageServer.listen((node) => node.endpoint("count", count), {
    pageCalls: false,
  });
  const page = await open(server.url);
  await see(page, "#functions", "count()");
  await see(page, "#read-only", "--page-calls");
  assertEquals(await page.locator("form").count(), 0);
  const answer = await page.evaluate(async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "count" });
    return await (await fetch("/rpc", { method: "POST", body })).text();
  });
  assertMatch(answer, /pages may only look on here/);
  assertEquals(calls, 0);
});

testInBrowser("the page finds the node again when it comes back", async (open) => {
  const server = await PageServer.listen();
  const page = await open(server.url);
  await see(page, "#state", "connected");
  await server.node.close(0);
  await see(page, "#state", "connection lost: trying again");
  const { port } = new URL(server.url);
  await using again = await PageServer.listen((node) => node.endpoint("fresh", () => {}), {}, port);
  await see(page, "summary", "fresh()");
  await see(page, "#state", "connected · up");
  assertEquals(again.url, server.url);
});

testInBrowser("the page fits a phone, and follows the system's colours", async (open) => {
  await using server = await serve();
  const page = await open(server.url, {
    viewport: { width: 320, height: 640 },
    colorScheme: "dark",
    reducedMotion: "reduce",
  });
  await see(page, "tbody tr", "this page");
  await openForm(page, "countdown");
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  assertEquals(await width(), 320);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.emulateMedia({ colorScheme: "light" });
  assert(await paper() !== dark);
  const animations = () => page.evaluate(() => document.getAnimations().length);
  assertEquals(await animations(), 0);
});
