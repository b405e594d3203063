/**
 * HTTP on the port that all dialects share: a page, health, metrics, JSON-RPC, and WebSockets.
 *
 * | path | what |
 * | --- | --- |
 * | `/` | the page, where there is one |
 * | `/healthz` | `ok` while the node serves |
 * | `/metrics` | Prometheus text |
 * | `/rpc` | WebSocket: native MessagePack-RPC in binary messages; POST: JSON-RPC 2.0 |
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Acceptor, AcceptorHost, Conversation } from "../../core/acceptor.ts";
import type { Channel } from "../../core/channel.ts";
import { recogniseHttp } from "../../core/dialects/http.ts";
import { SynapseError } from "../../core/errors.ts";
import { JsonRpcServer } from "../../core/json_rpc.ts";
import { NodeMetrics } from "../../core/node_metrics.ts";
import type { Registry } from "../../core/registry.ts";
import { SocketChannel } from "../tcp.ts";
import { WebSocketChannel } from "../websocket_channel.ts";
import { HttpConnection } from "./connection.ts";
import { refused, type Reply, send, sendRaw } from "./reply.ts";
import { isLargerThan } from "./request_body.ts";
import { pathOf, refuseHead } from "./request_guard.ts";
import { createRoutes, type Route, RPC_PATH } from "./routes.ts";
import {
  MAX_COALESCED_BYTES,
  type UpgradeRequest,
  type UpgradeRoute,
  WebSocketUpgrades,
} from "./websocket_upgrades.ts";

/** What of a node is needed. */
export type HttpHost = Pick<AcceptorHost, "registry" | "clock" | "limits" | "openTrace">;

/** What {@linkcode createHttpAcceptor} takes. */
export interface HttpOptions {
  /**
   * Takes a native connection over that came as a WebSocket.
   *
   * @param channel Of whole messages.
   * @param request What was asked for, and whether by a page.
   */
  converse(channel: Channel, request: UpgradeRequest): void;
  /** What pages may call by JSON-RPC; all that is published where left out. */
  readonly pageRegistry?: Registry;
  /**
   * Whether a page may call all that is published nevertheless, just now.
   *
   * @param origin Of the page.
   */
  mayPageCall?(origin: string): boolean;
  /** What `/` shows. */
  readonly page?: { readonly html: string };
  /** WebSockets of other paths. */
  readonly upgrades?: readonly UpgradeRoute[];
  /** What is counted; of its own where left out. */
  readonly metrics?: NodeMetrics;
  /** Origins of pages that may call besides our own, such as `https://example.com`; `*` for all. */
  readonly allowOrigins?: readonly string[];
  /** Bytes of the body of a request, 1 MiB by default: JSON takes many times its length in memory. */
  readonly maxBodyBytes?: number;
  /** How long the head of a request may take, 10,000 ms by default. */
  readonly headTimeoutMs?: number;
  /** How long a body and the calls that it asks for may take, 30,000 ms by default. */
  readonly requestTimeoutMs?: number;
  /** HTTP connections at a time, WebSockets not counted; 1,000 by default. */
  readonly maxConnections?: number;
}

/** How a page that is allowed may call. */
const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Headers": "content-type",
  "Access-Control-Allow-Methods": "GET, HEAD, POST",
  "Access-Control-Max-Age": "600",
};
const MAX_HEAD_BYTES = 16 * 1024;
/** In metrics: what was refused before anybody looked for a route. */
const NO_ROUTE = "(none)";

/**
 * Makes the acceptor of HTTP connections.
 *
 * @param host The node.
 * @param options What is served besides functions, to whom, and how long that may take.
 */
export function createHttpAcceptor(host: HttpHost, options: HttpOptions): Acceptor {
  return new HttpAcceptor(host, options);
}

class HttpAcceptor implements Acceptor {
  readonly name = "http";
  readonly #host: HttpHost;
  readonly #options: HttpOptions;
  readonly #metrics: NodeMetrics;
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #upgrades: WebSocketUpgrades;
  readonly #connections = new Map<Socket, HttpConnection>();
  readonly #requestTimeoutMs: number;
  readonly #maxBodyBytes: number;

  constructor(host: HttpHost, options: HttpOptions) {
    const { metrics = new NodeMetrics(), upgrades = [] } = options;
    const { registry, clock, limits, openTrace } = host;
    registry.count({
      now: () => clock.now(),
      called: (...call) => metrics.called(...call),
    });
    const jsonRpc = new JsonRpcServer({ registry, clock, limits, openTrace });
    const pageJsonRpc = options.pageRegistry === undefined
      ? jsonRpc
      : new JsonRpcServer({ registry: options.pageRegistry, clock, limits, openTrace });
    this.#host = host;
    this.#options = options;
    this.#metrics = metrics;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.#maxBodyBytes = options.maxBodyBytes ?? 1024 * 1024;
    this.#routes = createRoutes({
      page: options.page,
      metrics,
      jsonRpcFor: (origin) =>
        origin === undefined || options.mayPageCall?.(origin) ? jsonRpc : pageJsonRpc,
      maxBodyBytes: this.#maxBodyBytes,
      timeoutMs: this.#requestTimeoutMs,
    });
    const native: UpgradeRoute = {
      path: RPC_PATH,
      maxMessageBytes: limits.maxMessageBytes + MAX_COALESCED_BYTES,
      accept: (socket, request) => options.converse(new WebSocketChannel(socket, request), request),
    };
    this.#upgrades = new WebSocketUpgrades(
      [native, ...upgrades].map((route) => this.#counted(route)),
      (socket, reply) => this.#refuse(socket, reply),
    );
    this.#server = this.#createServer();
  }

  recognise(opening: Uint8Array): boolean | undefined {
    return recogniseHttp(opening);
  }

  accept(channel: Channel, opening: Uint8Array): Conversation {
    if (!(channel instanceof SocketChannel)) return refuseChannel(channel);
    const { headTimeoutMs = 10_000, maxConnections = 1_000 } = this.#options;
    const socket = channel.detach();
    const connection = new HttpConnection(socket, {
      address: { ...channel.remote, scheme: "http" },
      clock: this.#host.clock,
      headTimeoutMs,
      // The answer to a call that took all its time has to be taken, too.
      requestTimeoutMs: this.#requestTimeoutMs + headTimeoutMs,
      onOverdue: () => this.#refuse(socket, refused(408, "its head didn't come in time")),
    });
    if (this.#connections.size >= maxConnections) {
      this.#refuse(socket, refused(503, "too many connections are open"));
      return connection;
    }
    this.#connections.set(socket, connection);
    connection.closed.then(() => this.#connections.delete(socket));
    if (opening.length > 0) socket.unshift(opening);
    this.#server.emit("connection", socket);
    socket.resume();
    return connection;
  }

  #createServer(): Server {
    const server = createServer({
      maxHeaderSize: MAX_HEAD_BYTES,
      keepAliveTimeout: 0,
      // Without one it is refused like with two: here, where it is counted.
      requireHostHeader: false,
    });
    // Deno hangs up after each answer of a server that doesn't listen itself (2.9: denoland/deno#35609).
    Object.defineProperty(server, "listening", { value: true });
    server.on("request", (request, response) => {
      // What isn't refused in there is our mistake, and must not be more than this caller's misfortune.
      this.#serve(request, response).catch(() => response.destroy());
    });
    // A refusal comes instead of the body, which the client has kept back until it is told to go on.
    server.on("checkContinue", (request, response) => {
      if (!isLargerThan(request, this.#maxBodyBytes)) response.writeContinue();
      server.emit("request", request, response);
    });
    server.on("upgrade", (request, socket, head) => {
      this.#upgrade(request, socket as Socket, head);
    });
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const isLarge = error.code === "HPE_HEADER_OVERFLOW";
      const reply = isLarge ? refused(431, "its head is too large") : refused(400, "it is no HTTP");
      this.#refuse(socket as Socket, reply);
    });
    return server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined || !connection.begin()) return void request.socket.destroy();
    response.on("close", () => connection.end());
    const refusal = this.#refuseHead(request);
    const route = refusal === undefined ? this.#routes.get(pathOf(request.url ?? "")) : undefined;
    const reply = refusal ?? await this.#answer(route, request, response);
    this.#metrics.answered(route?.name ?? NO_ROUTE, reply.status);
    send(response, {
      ...reply,
      headers: {
        ...reply.headers,
        ...(refusal === undefined && allowPage(request)),
        // What is left of a body isn't waited for.
        ...(reply.status >= 400 && { "Connection": "close" }),
      },
    });
  }

  async #answer(
    route: Route | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Reply> {
    const { method = "", url = "" } = request;
    const isUpgradable = this.#upgrades.find(url) !== undefined;
    const methods = route?.methods ?? (isUpgradable ? [] : undefined);
    if (methods === undefined) return refused(404, "there is nothing at its path");
    const allowed = [...methods, "OPTIONS"].join(", ");
    if (method === "OPTIONS") {
      return { status: 204, headers: { "Allow": allowed, ...PREFLIGHT_HEADERS } };
    }
    if (route === undefined || !methods.includes(method)) {
      return isUpgradable && method === "GET"
        ? { ...refused(426, "a WebSocket is expected"), headers: { "Upgrade": "websocket" } }
        : { ...refused(405, `it takes ${allowed}`), headers: { "Allow": allowed } };
    }
    try {
      return await route.answer(request, response);
    } catch (error) {
      if (!(error instanceof SynapseError)) return refused(500, "something went wrong here");
      const status = error.code === "limit_exceeded" ? 413 : 400;
      return { status, body: `${error.message}\n` };
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Uint8Array): void {
    const connection = this.#connections.get(socket);
    const { url = "", headers } = request;
    const route = this.#upgrades.find(url);
    const refusal = this.#refuseHead(request) ??
      (headers.upgrade?.toLowerCase() === "websocket"
        ? undefined
        : refused(400, "there are no other upgrades than to websocket")) ??
      (route === undefined ? refused(404, "there is nothing at its path") : undefined);
    if (refusal !== undefined) return this.#refuse(socket, refusal);
    // Answers to what was asked before would end up among its messages.
    if (connection === undefined || !connection.isIdle) return void socket.destroy();
    connection.release();
    // The connection's place among those of the node is free before the conversation takes its own.
    this.#upgrades.accept(route!, request, head).catch(() => socket.destroy());
  }

  #counted(route: UpgradeRoute): UpgradeRoute {
    const { path, maxMessageBytes } = route;
    const accept: UpgradeRoute["accept"] = (socket, request) => {
      this.#metrics.answered(path, 101);
      route.accept(socket, request);
    };
    return { path, maxMessageBytes, accept };
  }

  #refuseHead(request: IncomingMessage): Reply | undefined {
    const { url = "", rawHeaders, socket: { localAddress } } = request;
    const head = { target: url, rawHeaders, localAddress };
    const refusal = refuseHead(head, this.#options.allowOrigins ?? []);
    return refusal && refused(refusal.status, refusal.reason);
  }

  #refuse(socket: Socket, reply: Reply): void {
    // What comes behind a refusal is no better.
    if (!socket.writable) return;
    this.#metrics.answered(NO_ROUTE, reply.status);
    sendRaw(socket, reply);
  }
}

/** Lets the page read the answer whose origin was found to be allowed. */
function allowPage({ headers: { origin } }: IncomingMessage): Record<string, string> {
  return origin === undefined ? {} : {
    "Access-Control-Allow-Origin": origin,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Origin",
  };
}

function refuseChannel(channel: Channel): Conversation {
  const error = new SynapseError(
    "not_supported",
    "Cannot speak HTTP here as there is no socket: it takes a tcp:// or unix:// connection",
  );
  const closed = channel.close(error);
  return { address: channel.remote, closed, close: () => closed };
}
