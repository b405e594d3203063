/** capnweb over `ws` on both sides. @module */
import { once } from "node:events";
import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import WebSocket, { WebSocketServer } from "ws";

globalThis.WebSocket ??= WebSocket; // Node 20 has none, and capnweb reads WebSocket.CONNECTING

class Api extends RpcTarget {
  echo(text, number, options) {
    return [text, number, options];
  }
  blob(bytes) {
    return bytes;
  }
}

export async function serve() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => newWebSocketRpcSession(socket, new Api()));
  await once(server, "listening");
  return { port: server.address().port };
}

export async function connect({ port }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, "open");
  const remote = newWebSocketRpcSession(socket);
  return {
    echo: (text, number, options) => remote.echo(text, number, options),
    blob: (bytes) => remote.blob(bytes),
  };
}
