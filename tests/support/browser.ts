/**
 * Headless Chromium, where there is one.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const NAMES: readonly string[] = ["chromium", "chromium-browser", "google-chrome"];
const FOLDERS: readonly string[] = (Deno.env.get("PATH") ?? "").split(":");
const PATH = FOLDERS.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`))
  .find((path) => existsSync(path));
/** Far more than anything takes, on any machine. */
const HANGS_AFTER_MS = 60_000;

const skipped = PATH === undefined ? " (skipped: chromium is not here)" : "";

/** Starts it. */
export async function openBrowser(): Promise<Browser> {
  // Its sandbox and its shared memory take what containers and build machines don't have.
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  return await chromium.launch({ executablePath: PATH, args });
}

/**
 * Registers a test in a browser, where there is one.
 *
 * @param name The test's name.
 * @param test Opens pages.
 */
export function testInBrowser(
  name: string,
  test: (open: (url: string, options?: BrowserContextOptions) => Promise<Page>) => Promise<void>,
): void {
  Deno.test({
    name: name + skipped,
    ignore: PATH === undefined,
    timeout: HANGS_AFTER_MS,
    // The driver keeps timers and the browser's pipes until the process ends.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const browser = await openBrowser();
      try {
        await test(async (url, options) => {
          const page = await browser.newPage(options);
          await page.goto(url);
          return page;
        });
      } finally {
        await browser.close();
      }
    },
  });
}
