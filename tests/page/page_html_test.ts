import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { gzipSync } from "node:zlib";
import { buildPage, formatPageModule, PAGE_MODULE } from "../../tools/build_page.ts";

/** What fits the first two round trips of a new connection, about. */
const MAX_SCRIPT_BYTES = 60 * 1024;

const { html, script } = await buildPage();

Deno.test("page_html.ts is what its sources make: deno task page", async () => {
  const isUpToDate = await Deno.readTextFile(PAGE_MODULE) === formatPageModule(html);
  assert(isUpToDate, "Sources have changed: run deno task page");
});

Deno.test("the page's script stays under 60 KiB, gzipped", () => {
  const { length } = gzipSync(script, { level: 9 });
  assert(length < MAX_SCRIPT_BYTES, `${length} bytes`);
});

Deno.test("the page has all that it needs in it", () => {
  const markup = html.replace(script, "").replace(/<style>.*<\/style>/s, "");
  assertNotMatch(markup, /(?:src|href|action|srcset)\s*=\s*["'](?!data:)/i);
  assertNotMatch(html, /\burl\(|@import/);
  const elsewhere = [...script.matchAll(/\b(?:https?|wss?):\/\/[\w.-]+/g)].map(([url]) => url);
  assertEquals(new Set(elsewhere), new Set(["http://www.w3.org"]));
});

Deno.test("the page's script never makes markup of text", () => {
  assertNotMatch(script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
});
