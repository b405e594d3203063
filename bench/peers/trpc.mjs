/** tRPC over WebSocket. @module */
import { once } from "node:events";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import WebSocket, { WebSocketServer } from "ws";
import { fromBase64, toBase64 } from "./base64.mjs";

const { procedure, router } = initTRPC.create();
const api = router({
  echo: procedure.input((value) => value).query(({ input }) => input),
  blob: procedure.input((value) => value).query(({ input }) => toBase64(fromBase64(input))),
});

export async function serve() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  applyWSSHandler({ wss: server, router: api, createContext: () => ({}) });
  await once(server, "listening");
  return { port: server.address().port };
}

export async function connect({ port }) {
  const socket = createWSClient({ url: `ws://127.0.0.1:${port}`, WebSocket });
  const client = createTRPCClient({ links: [wsLink({ client: socket })] });
  await client.echo.query([]);
  return {
    echo: (...args) => client.echo.query(args),
    blob: async (bytes) => fromBase64(await client.blob.query(toBase64(bytes))),
  };
}
