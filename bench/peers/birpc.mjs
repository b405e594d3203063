/** birpc over `ws`, with the JSON serializer of its README. @module */
import { once } from "node:events";
import { createBirpc } from "birpc";
import WebSocket, { WebSocketServer } from "ws";
import { fromBase64, toBase64 } from "./base64.mjs";

const channelOver = (socket) => ({
  post: (data) => socket.send(data),
  on: (receive) => socket.on("message", receive),
  serialize: JSON.stringify,
  deserialize: JSON.parse,
});

export async function serve() {
  const functions = {
    echo: (text, number, options) => [text, number, options],
    blob: (base64) => toBase64(fromBase64(base64)),
  };
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => createBirpc(functions, channelOver(socket)));
  await once(server, "listening");
  return { port: server.address().port };
}

export async function connect({ port }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, "open");
  const remote = createBirpc({}, channelOver(socket));
  return {
    echo: (text, number, options) => remote.echo(text, number, options),
    blob: async (bytes) => fromBase64(await remote.blob(toBase64(bytes))),
  };
}
