/**
 * Synapse's native calls over WebSocket, on the port that serves HTTP.
 *
 * @module
 */
import { serveHttp } from "../../http.ts";
import { Node } from "../../mod.ts";
import type { Announcement, Connection } from "../adapter.ts";
import { callWork, publishWork } from "./synapse_work.ts";

/** Serves `echo` and `blob`. */
export async function serve(): Promise<Announcement> {
  const node = new Node({ namespace: "bench" });
  publishWork(node);
  serveHttp(node);
  const listener = await node.listen("tcp://127.0.0.1:0");
  return { port: listener.address.port };
}

/** Connects. */
export async function connect(server: Announcement): Promise<Connection> {
  return callWork(await new Node().connect(`ws://127.0.0.1:${server.port}/rpc`));
}
