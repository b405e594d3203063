/**
 * Synapse through its public API: from the sources under Deno, and under Node from the bundle that
 * an npm user gets.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import type * as Synapse from "../../mod.ts";
import type { Announcement, Connection } from "../adapter.ts";

// Found from the project's folder, where every side runs: under Node this file is elsewhere.
const entry = "Deno" in globalThis ? "mod.ts" : "dist/mod.js";
const { Node }: typeof Synapse = await import(pathToFileURL(entry).href);

/** Serves `echo` and `blob`. */
export async function serve(): Promise<Announcement> {
  const node = new Node({ namespace: "bench" });
  node.endpoint("echo", (text: unknown, number: unknown, options: unknown) => [
    text,
    number,
    options,
  ]);
  node.endpoint("blob", (bytes: Uint8Array) => bytes);
  const listener = await node.listen("tcp://127.0.0.1:0");
  return { port: listener.address.port };
}

/** Connects. */
export async function connect(server: Announcement): Promise<Connection> {
  const node = new Node();
  const remote = await node.connect(`tcp://127.0.0.1:${server.port}`);
  return {
    echo: (text, number, options) => remote.call("echo", [text, number, options]),
    blob: (bytes) => remote.call("blob", [bytes]),
  };
}
