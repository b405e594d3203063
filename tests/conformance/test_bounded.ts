/** Far more than any test takes, on any machine. */
const HANGS_AFTER_MS = 60_000;

/** Registers a test that fails instead of hanging when what it waits for never comes. */
export function testBounded(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, timeout: HANGS_AFTER_MS });
}
