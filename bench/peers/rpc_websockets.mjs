/** rpc-websockets: JSON-RPC 2.0 over WebSocket. @module */
import { once } from "node:events";
import { Client, Server } from "rpc-websockets";
import { fromBase64, toBase64 } from "./base64.mjs";

export async function serve() {
  const server = new Server({ port: 0, host: "127.0.0.1" });
  server.register("echo", (params) => params);
  server.register("blob", ([base64]) => toBase64(fromBase64(base64)));
  await once(server, "listening");
  return { port: server.wss.address().port };
}

export async function connect({ port }) {
  const client = new Client(`ws://127.0.0.1:${port}`, { reconnect: false });
  await once(client, "open");
  return {
    echo: (...args) => client.call("echo", args),
    blob: async (bytes) => fromBase64(await client.call("blob", [toBase64(bytes)])),
  };
}
