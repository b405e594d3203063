/**
 * Photographs the page of a node among others, for the README: `deno task screenshots`.
 *
 * @module
 */
import type { Page } from "playwright-core";
import * as chat from "../examples/chat.ts";
import { Node, type Remote } from "../mod.ts";
import { openBrowser } from "../tests/support/browser.ts";
import { PageServer } from "../tests/support/page_server.ts";

/** One of the others. */
interface Other {
  readonly name: string;
  /** How long it takes to answer. */
  readonly ms: number;
  readonly knows: readonly string[];
  readonly says?: string;
}

const FOLDER = new URL("../docs/screenshots/", import.meta.url);
/** Until the charts are full. */
const CHART_MS = 122_000;
const NAMESPACE = "demo";
const OTHERS: readonly Other[] = [
  { name: "bob", ms: 1, knows: ["carol", "erin"], says: "Is anybody here?" },
  { name: "carol", ms: 4, knows: ["bob", "dave"], says: "We all are." },
  { name: "dave", ms: 38, knows: ["carol", "mallory", "niaj", "olivia"], says: "Hello from afar" },
  { name: "erin", ms: 12, knows: ["bob", "peggy"] },
  { name: "frank", ms: 140, knows: ["rupert", "sybil"] },
];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function join(server: PageServer, { name, ms, knows }: Other): Promise<Remote> {
  const node = new Node({ name, namespace: NAMESPACE });
  node.endpoint("_synapse.peers", async () => {
    await pause(ms);
    return ["alice", ...knows].map((name) => ({ name, namespace: NAMESPACE }));
  });
  return await node.connect(server.address);
}

/** Calls more, and less, and more again. */
async function keepBusy(remote: Remote): Promise<void> {
  for (let i = 0; remote.isConnected; i++) {
    const count = 8 + 6 * Math.sin(i / 70) + Math.random() * 3;
    const calls = Array.from({ length: count }, () => remote.call("history", [5]));
    await Promise.allSettled([...calls, pause(50)]);
  }
}

/** Tells of others that can't be seen from here. */
async function announce(server: PageServer): Promise<void> {
  await using node = new Node({ name: "grace", namespace: NAMESPACE });
  const remote = await node.connect(server.address);
  for (const [i, name] of ["grace", "heidi"].entries()) {
    const address = `tcp://192.168.1.${20 + i}:9999`;
    await remote.call("_synapse.join", [{ name, namespace: NAMESPACE, address }]);
  }
}

/** Listens by the page's forms, and speaks. */
async function converse(page: Page, remotes: readonly Remote[]): Promise<void> {
  await page.locator("summary", { hasText: "listen(" }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await pause(200);
  for (const [i, { name, says }] of OTHERS.entries()) {
    if (says !== undefined) await remotes[i].call("say", [name, says]);
  }
  await page.locator("summary", { hasText: "say(" }).click();
  await page.getByLabel("name").fill("Ada");
  await page.getByLabel("text").fill("Good to see you");
  await page.getByRole("button", { name: "Call" }).click();
  await page.locator(".result", { hasText: "Good to see you" }).waitFor();
  await page.evaluate("document.activeElement.blur()");
}

async function photograph(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: new URL(`${name}.png`, FOLDER).pathname, fullPage: true });
}

await Deno.mkdir(FOLDER, { recursive: true });
await using server = await PageServer.listen((node) => {
  for (const [name, handler] of Object.entries(chat)) node.endpoint(name, handler);
});
const remotes = await Promise.all(OTHERS.map((other) => join(server, other)));
for (const remote of remotes) void keepBusy(remote);
const browser = await openBrowser();
const page = await browser.newPage({
  viewport: { width: 1200, height: 800 },
  deviceScaleFactor: 2,
  reducedMotion: "reduce",
});
await page.goto(server.url);
await pause(CHART_MS);
await announce(server);
await converse(page, remotes);
await pause(1_500);
await photograph(page, "light");
await page.emulateMedia({ colorScheme: "dark" });
await photograph(page, "dark");
await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize({ width: 390, height: 800 });
// The picture takes its new size with the next snapshot.
await pause(1_500);
await photograph(page, "phone");
await browser.close();
await Promise.all(remotes.map((remote) => remote.close(0)));
