/**
 * The way to the node that has sent the page.
 *
 * @module
 */
/// <reference lib="dom" />
import { Node, type Remote } from "../browser.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";

/** How long to wait before trying again, where nothing else does. */
const PAUSE_MS = 1_000;
/** Who looks at the page wants to see soon that the node is back. */
const RECONNECT = { capMs: 3_000 };

/**
 * Connects to the host of the page, however long that takes.
 *
 * @param failed Told each time that it can't.
 */
export async function connectHome(failed: () => void): Promise<Remote> {
  const node = new Node();
  const address = addressOf(new URL("rpc", location.href));
  for (;;) {
    try {
      return await node.connect(address, { reconnect: RECONNECT });
    } catch {
      failed();
      await pause();
    }
  }
}

/**
 * Watches a node. When the connection breaks, it goes on with the next one.
 *
 * @param remote The node.
 * @param failed Told why nothing comes.
 * @returns Never ends.
 */
export async function* watch(
  remote: Remote,
  failed: (error: unknown) => void,
): AsyncGenerator<Snapshot> {
  for (;;) {
    try {
      for await (const item of remote.stream("_synapse.watch")) yield readSnapshot(item);
    } catch (error) {
      failed(error);
    }
    await pause();
  }
}

function addressOf({ protocol, hostname, port, pathname }: URL): string {
  const isSecure = protocol === "https:";
  return `${isSecure ? "wss" : "ws"}://${hostname}:${port || (isSecure ? 443 : 80)}${pathname}`;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
