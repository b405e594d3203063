/**
 * HTTP as one of a node's protocols: its page, metrics, JSON-RPC, WebSockets, and easyrpc.
 *
 * @module
 */
import type { AcceptorHost } from "../../core/acceptor.ts";
import type { Address } from "../../core/address.ts";
import { EasyrpcServer } from "../../core/easyrpc/server.ts";
import type { Node } from "../../core/node.ts";
import { NodeMetrics } from "../../core/node_metrics.ts";
import { createSpectatorRegistry } from "../../core/spectators.ts";
import { registerWatch, Watch } from "../../core/watch.ts";
import { acceptTexts } from "../easyrpc_socket.ts";
import { createHttpAcceptor, type HttpOptions } from "./acceptor.ts";
import { PAGE_HTML } from "./page_html.ts";
import type { UpgradeRoute } from "./websocket_upgrades.ts";

/** How proxies of easyrpc are served. */
export interface ServeEasyrpcOptions {
  /** What callers have to know, where their namespace has no secret of its own. */
  readonly secret?: string;
  /** What callers of a namespace or group have to know. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Whether requests have to be signed: what easyrpc calls `encryption_enabled`. Nothing is encrypted. */
  readonly signed?: boolean;
}

/** What {@linkcode serveHttp} takes. */
export interface ServeHttpOptions extends
  Pick<
    HttpOptions,
    "allowOrigins" | "maxBodyBytes" | "headTimeoutMs" | "requestTimeoutMs" | "maxConnections"
  > {
  /**
   * Whether the node's own page may call functions; those of `allowOrigins` may. By default only while the node
   * listens on loopback alone: a page is opened by whoever gets its address, and calls as whoever has opened it.
   */
  readonly pageCalls?: boolean;
  /** Lets proxies of easyrpc call, at `/ws/...`; nobody where left out. */
  readonly easyrpc?: ServeEasyrpcOptions;
}

/** As proxies of easyrpc call it when their user names none. */
const DEFAULT_NAMESPACE = "DEFAULT";
const EASYRPC_PATH = "/ws/";
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1|::ffff:127(?:\.\d+){3})$/;

const TRAFFIC = [
  ["synapse_received_bytes_total", "Bytes that connections to the node brought.", "receivedBytes"],
  ["synapse_sent_bytes_total", "Bytes that were sent on them.", "sentBytes"],
] as const;

/**
 * Serves HTTP and WebSocket on a node's own listeners. To be called before the node listens.
 *
 * @param node When it closes, this ends.
 * @param options Who may call what by it, and bounds.
 * @returns What `/metrics` shows.
 */
export function serveHttp(node: Node, options: ServeHttpOptions = {}): NodeMetrics {
  const metrics = new NodeMetrics();
  const { easyrpc, pageCalls, ...bounds } = options;
  node.on("refused", ({ error }) => metrics.refused((error as { code?: string }).code ?? "other"));
  metrics.all.gauge("synapse_peers", "Peers that are known.", () => node.peers.size);
  node.speak({
    name: "http",
    serve(host) {
      const { registry, clock } = host;
      const watch = new Watch(watched(node, metrics), clock);
      registerWatch(registry, watch);
      metrics.all.gauge(
        "synapse_connections",
        "Connections that are open, whatever they speak.",
        () => host.connections(),
      );
      for (const [name, help, key] of TRAFFIC) {
        const read = (): number => host.traffic().reduce((sum, traffic) => sum + traffic[key], 0);
        metrics.all.total(name, help, read);
      }
      const spectators = createSpectatorRegistry(registry, watch);
      const mayPageCall = (origin: string): boolean =>
        [origin, "*"].some((allowed) => bounds.allowOrigins?.includes(allowed)) ||
        (pageCalls ?? host.addresses().every(isLocal));
      const server = easyrpc && createEasyrpcServer(host, easyrpc, metrics);
      const acceptor = createHttpAcceptor(host, {
        ...bounds,
        metrics,
        page: { html: PAGE_HTML },
        pageRegistry: spectators,
        mayPageCall,
        upgrades: server === undefined ? [] : [easyrpcRoute(host, server)],
        converse: (channel, { origin }) =>
          host.converse(
            channel,
            origin === undefined || mayPageCall(origin) ? registry : spectators,
          ),
      });
      return {
        name: acceptor.name,
        recognise: (opening) => acceptor.recognise(opening),
        accept: (channel, opening) => acceptor.accept(channel, opening),
        close: async () => {
          watch.close();
          await Promise.all([server?.close(), acceptor.close?.()]);
        },
      };
    },
  });
  return metrics;
}

/** Whether nobody elsewhere can get there. */
function isLocal({ scheme, host }: Address): boolean {
  return scheme !== "tcp" || LOOPBACK.test(host);
}

function watched(node: Node, metrics: NodeMetrics): ConstructorParameters<typeof Watch>[0] {
  return {
    get connections() {
      return node.connections;
    },
    peers: node.peers,
    calls: () => metrics.calls,
    on: (name, listener) => node.on(name, listener),
  };
}

function createEasyrpcServer(
  { registry, clock, limits, self }: AcceptorHost,
  { secret, secrets = {}, signed }: ServeEasyrpcOptions,
  metrics: NodeMetrics,
): EasyrpcServer {
  const isHome = (name: string): boolean => name === DEFAULT_NAMESPACE || name === self().namespace;
  return new EasyrpcServer({
    clock,
    limits,
    serverId: crypto.randomUUID(),
    signed,
    registryFor: (name) => registry.view(isHome(name) ? undefined : name),
    secretFor: (name) => Object.hasOwn(secrets, name) ? secrets[name] : secret,
    onRefused: () => metrics.refused("easyrpc"),
  });
}

function easyrpcRoute({ limits }: AcceptorHost, server: EasyrpcServer): UpgradeRoute {
  return {
    path: EASYRPC_PATH,
    maxMessageBytes: limits.maxMessageBytes,
    accept: (socket, { remote }) => void server.accept(acceptTexts(socket, remote)),
  };
}
