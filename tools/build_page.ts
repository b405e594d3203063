/**
 * Makes one file of the page: its script bundled, its style and its script written into it.
 *
 * `deno task page` writes it to `transports/http/page_html.ts`.
 *
 * @module
 */

/** A page in the making. */
export interface BuiltPage {
  readonly html: string;
  /** As it is written in there. */
  readonly script: string;
}

const ROOT = new URL("../", import.meta.url);
/** Where the page is kept. */
export const PAGE_MODULE: URL = new URL("transports/http/page_html.ts", ROOT);

/** Builds it. The same sources give the same page. */
export async function buildPage(): Promise<BuiltPage> {
  const [skeleton, style, script] = await Promise.all([
    Deno.readTextFile(new URL("page/index.html", ROOT)),
    Deno.readTextFile(new URL("page/styles.css", ROOT)),
    bundle("page/main.ts"),
  ]);
  const html = [
    ['<link rel="stylesheet" href="styles.css">', `<style>${shortenStyle(style)}</style>`],
    ['<script src="main.ts"></script>', `<script type="module">${script}</script>`],
  ].reduce((text, [from, to]) => replaceOnce(text, from, to), shortenMarkup(skeleton));
  return { html, script };
}

/**
 * Bundles a module for pages.
 *
 * @param path From the project's root.
 * @returns A script that can stand in a page.
 */
export async function bundle(path: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", path],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  // What would end the script's element early, or begin a comment in it, stands in strings only.
  return new TextDecoder().decode(stdout).trim().replace(/<(\/script|!--)/gi, "<\\$1");
}

/**
 * Writes the module that holds a page.
 *
 * @param html The page.
 */
export function formatPageModule(html: string): string {
  return `/**
 * The page that a node shows at \`/\`: made by \`deno task page\` from \`page/\`.
 *
 * @module
 */
// deno-fmt-ignore-file
// deno-lint-ignore-file

/** All of it: script and style are in there. */
export const PAGE_HTML: string = ${JSON.stringify(html)};
`;
}

function shortenStyle(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ").replace(/ ?([{};,]) ?/g, "$1")
    .trim();
}

function shortenMarkup(text: string): string {
  return text.replace(/\n\s*/g, "\n");
}

function replaceOnce(text: string, from: string, to: string): string {
  const at = text.indexOf(from);
  if (at === -1) throw new Error(`Cannot build page as it doesn't hold ${from}`);
  return text.slice(0, at) + to + text.slice(at + from.length);
}

if (import.meta.main) {
  const { html } = await buildPage();
  await Deno.writeTextFile(PAGE_MODULE, formatPageModule(html));
}
