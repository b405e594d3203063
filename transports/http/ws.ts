/**
 * The npm package `ws`, loaded when the first WebSocket wants it: it reads an environment variable as it loads, for
 * which Deno needs a permission that who has nothing to do with WebSockets shouldn't have to give.
 *
 * @module
 */
// @ts-types="@types/ws"
import type * as ws from "ws";

/** What the package exports. */
export type WebSocketLibrary = typeof ws;

/**
 * Loads it, once.
 *
 * @returns The package. Rejects where it may not read `WS_NO_BUFFER_UTIL`.
 */
export async function loadWebSocketLibrary(): Promise<WebSocketLibrary> {
  return await import("ws") as WebSocketLibrary;
}
