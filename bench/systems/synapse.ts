/**
 * Synapse through its public API: from the sources under Deno, and under Node from the bundle that
 * an npm user gets.
 *
 * @module
 */
import type { Announcement, Connection } from "../adapter.ts";
import { SYNAPSE } from "../synapse_module.ts";
import { callWork, publishWork } from "./synapse_work.ts";

const { Node } = SYNAPSE;

/** Serves `echo` and `blob`. */
export async function serve(): Promise<Announcement> {
  const node = new Node({ namespace: "bench" });
  publishWork(node);
  const listener = await node.listen("tcp://127.0.0.1:0");
  return { port: listener.address.port };
}

/** Connects. */
export async function connect(server: Announcement): Promise<Connection> {
  return callWork(await new Node().connect(`tcp://127.0.0.1:${server.port}`));
}
