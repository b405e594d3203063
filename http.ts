/**
 * HTTP on a node's own listeners: a page to look at, metrics, JSON-RPC, WebSockets, and proxies of easyrpc.
 *
 * @example Usage
 * ```ts
 * import { Node } from "@synapse/p2p";
 * import { serveHttp } from "@synapse/p2p/http";
 *
 * const node = new Node({ namespace: "demo", name: "alice" });
 * node.endpoint("sum", (a: number, b: number) => a + b);
 * serveHttp(node);
 * await node.listen("tcp://127.0.0.1:0");
 * // Now: a page at /, /metrics, /healthz, JSON-RPC by POST to /rpc, and WebSockets there.
 * await node.close();
 * ```
 * @module
 */
export type { Metrics } from "./core/metrics.ts";
export type { NodeMetrics } from "./core/node_metrics.ts";
export {
  type ServeEasyrpcOptions,
  serveHttp,
  type ServeHttpOptions,
} from "./transports/http/serve_http.ts";
