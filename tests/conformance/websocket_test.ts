import type { Transport } from "../../core/channel.ts";
import { createWebSocketDialler } from "../../transports/http/dial_websocket.ts";
import { WebSocketTransport } from "../../transports/websocket.ts";
import { HttpServer } from "../support/http_server.ts";
import { testTransport } from "./transport.ts";

/** The suite floods its connections with single messages of 24 MiB. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

testWebSocket("websocket of the platform", new WebSocketTransport());
testWebSocket(
  "websocket of ws",
  new WebSocketTransport({ createSocket: createWebSocketDialler(MAX_MESSAGE_BYTES) }),
);

function testWebSocket(name: string, client: Transport): void {
  testTransport({
    name,
    kind: "message",
    transport: {
      schemes: client.schemes,
      dial: (to, options) => client.dial(to, options),
      listen: async (at, converse) =>
        (await HttpServer.listen({
          at,
          converse,
          limits: { maxMessageBytes: MAX_MESSAGE_BYTES },
        })).listener,
    },
    freshAddress: () => ({ scheme: "ws", host: "127.0.0.1", port: 0, path: "/rpc" }),
  });
}
