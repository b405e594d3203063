/**
 * From HTTP to WebSocket (RFC 6455), by `ws`.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
// @ts-types="@types/ws"
import type { WebSocket, WebSocketServer } from "ws";
import type { Address } from "../../core/address.ts";
import { refused, type Reply } from "./reply.ts";
import { pathOf } from "./request_guard.ts";
import { loadWebSocketLibrary } from "./ws.ts";

/** What an upgrade asked for. */
export interface UpgradeRequest {
  /** Such as `/ws/chat`. */
  readonly path: string;
  /** This end, as it was called. */
  readonly local: Address;
  /** The other end. */
  readonly remote: Address;
  /** Of the page that asks, such as `https://example.com`; undefined where it is no page. */
  readonly origin: string | undefined;
}

/** Takes WebSockets of some paths. */
export interface UpgradeRoute {
  /** A path, or the beginning of many when it ends with `/`. */
  readonly path: string;
  /** Bytes of one message; larger ones end the connection with code 1009. */
  readonly maxMessageBytes: number;
  /**
   * Takes one over.
   *
   * @param socket Open. Whoever takes it closes it.
   * @param request What was asked for.
   */
  accept(socket: WebSocket, request: UpgradeRequest): void;
}

/** One flush may hold small messages before the largest that there may be. */
export const MAX_COALESCED_BYTES: number = 1024;
/** Pongs wait here behind what the other side doesn't take; beyond so much it gets none. */
const MAX_PONG_BACKLOG_BYTES = 1024 * 1024;

/** The WebSocket half of an HTTP server. */
export class WebSocketUpgrades {
  readonly #routes: readonly UpgradeRoute[];
  readonly #refuse: (socket: Socket, reply: Reply) => void;
  readonly #servers = new Map<UpgradeRoute, WebSocketServer>();

  /**
   * @param routes Who takes what. The first that fits gets it.
   * @param refuse Answers a handshake that isn't one, or that can't be shaken here.
   */
  constructor(routes: readonly UpgradeRoute[], refuse: (socket: Socket, reply: Reply) => void) {
    this.#routes = routes;
    this.#refuse = refuse;
  }

  /**
   * Finds who takes a path.
   *
   * @param target Path and query.
   */
  find(target: string): UpgradeRoute | undefined {
    const path = pathOf(target);
    return this.#routes.find((route) =>
      route.path.endsWith("/") ? path.startsWith(route.path) : path === route.path
    );
  }

  /**
   * Shakes hands, then hands the WebSocket over.
   *
   * @param route Who takes it.
   * @param request The handshake; its socket is nobody else's any more.
   * @param head What has come behind it.
   */
  async accept(route: UpgradeRoute, request: IncomingMessage, head: Uint8Array): Promise<void> {
    const { socket } = request;
    let server: WebSocketServer;
    try {
      server = await this.#serverFor(route);
    } catch (error) {
      const reason = `WebSockets can't be had here: ${(error as Error).message}`;
      return this.#refuse(socket, refused(503, reason));
    }
    const path = pathOf(request.url ?? "");
    const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = socket;
    server.handleUpgrade(request, socket, head as never, (webSocket) => {
      webSocket.on("error", () => {});
      webSocket.on("ping", (payload) => {
        if (webSocket.bufferedAmount < MAX_PONG_BACKLOG_BYTES) webSocket.pong(payload);
      });
      route.accept(webSocket, {
        path,
        local: { scheme: "ws", host: localAddress, port: localPort, path },
        remote: { scheme: "ws", host: remoteAddress, port: remotePort, path: "" },
        origin: request.headers.origin,
      });
    });
  }

  async #serverFor(route: UpgradeRoute): Promise<WebSocketServer> {
    const { WebSocketServer } = await loadWebSocketLibrary();
    const known = this.#servers.get(route);
    if (known !== undefined) return known;
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // It costs more than it saves on loopback and in a data centre, and memory for each connection.
      perMessageDeflate: false,
      maxPayload: route.maxMessageBytes,
      autoPong: false,
    });
    server.on("wsClientError", (error: Error, socket) => {
      this.#refuse(socket as Socket, refused(400, error.message));
    });
    this.#servers.set(route, server);
    return server;
  }
}
