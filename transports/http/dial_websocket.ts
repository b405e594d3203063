/**
 * Dialling WebSockets by `ws`, where there is `node:net`.
 *
 * The platform's own can't stop reading or hang up; Node 20 has none; and Deno's sends the head of a message of
 * 1 KiB or more by itself, without TCP_NODELAY, so that its content waits for the other side's delayed
 * acknowledgement, 40 ms: with 64 calls in flight, a seventieth of the calls.
 *
 * @module
 */
import type { TextSocket } from "../easyrpc_socket.ts";
import type { WebSocketLike } from "../websocket_channel.ts";
import { MAX_COALESCED_BYTES } from "./websocket_upgrades.ts";
import { loadWebSocketLibrary } from "./ws.ts";

/**
 * Makes what {@linkcode WebSocketTransport} takes as `createSocket`.
 *
 * @param maxMessageBytes Bytes of one native message.
 */
export function createWebSocketDialler(
  maxMessageBytes: number,
): (url: string) => Promise<WebSocketLike & TextSocket> {
  return async (url) => {
    const { WebSocket } = await loadWebSocketLibrary();
    return new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: maxMessageBytes + MAX_COALESCED_BYTES,
    });
  };
}
