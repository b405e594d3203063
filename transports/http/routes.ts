/**
 * What the HTTP server answers, path by path.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Address } from "../../core/address.ts";
import { SynapseError } from "../../core/errors.ts";
import type { JsonRpcServer } from "../../core/json_rpc.ts";
import type { NodeMetrics } from "../../core/node_metrics.ts";
import { pagePolicy } from "./page_policy.ts";
import { refused, type Reply } from "./reply.ts";
import { readBody } from "./request_body.ts";

/** One path. */
export interface Route {
  /** As in metrics: a path, or what stands for many. */
  readonly name: string;
  readonly methods: readonly string[];
  answer(request: IncomingMessage, response: ServerResponse): Reply | Promise<Reply>;
}

/** What routes are made of. */
export interface RoutesOptions {
  readonly page: { readonly html: string } | undefined;
  readonly metrics: NodeMetrics;
  /**
   * Answers calls.
   *
   * @param origin Of the page that they come from; undefined where they come from none.
   */
  jsonRpcFor(origin: string | undefined): JsonRpcServer;
  readonly maxBodyBytes: number;
  /** For each call. */
  readonly timeoutMs: number;
}

/** Where WebSockets are native connections, and POST is JSON-RPC. */
export const RPC_PATH = "/rpc";
const READING: readonly string[] = ["GET", "HEAD"];
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
/** What a refusal of a JSON-RPC text is in HTTP. */
const REFUSAL_STATUS = { malformed: 400, limit: 413 } as const;

/**
 * Makes them.
 *
 * @param options What they are made of.
 * @returns By path.
 */
export function createRoutes(options: RoutesOptions): ReadonlyMap<string, Route> {
  const { page, metrics } = options;
  const policy = page && pagePolicy(page.html);
  const routes: readonly Route[] = [
    {
      name: "/",
      methods: READING,
      answer: () =>
        page === undefined ? refused(404, "there is no page here: call functions at /rpc") : {
          status: 200,
          type: "text/html; charset=utf-8",
          body: page.html,
          headers: { "Content-Security-Policy": policy! },
        },
    },
    { name: "/healthz", methods: READING, answer: () => ({ status: 200, body: "ok\n" }) },
    {
      name: "/metrics",
      methods: READING,
      answer: () => ({ status: 200, type: METRICS_TYPE, body: metrics.all.format() }),
    },
    {
      name: RPC_PATH,
      methods: ["POST"],
      answer: (request, response) => answerJsonRpc(request, response, options),
    },
  ];
  return new Map(routes.map((route) => [route.name, route]));
}

async function answerJsonRpc(
  request: IncomingMessage,
  response: ServerResponse,
  { jsonRpcFor, maxBodyBytes, timeoutMs }: RoutesOptions,
): Promise<Reply> {
  const left = new AbortController();
  response.on("close", () => {
    left.abort(new SynapseError("cancelled", "Cannot finish call as its caller has left"));
  });
  const text = await readBody(request, maxBodyBytes);
  const answer = await jsonRpcFor(request.headers.origin).answer(text, {
    address: addressOf(request),
    signal: left.signal,
    timeoutMs,
  });
  if (answer.text === undefined) return { status: 204 };
  const status = answer.refusal === undefined ? 200 : REFUSAL_STATUS[answer.refusal];
  return { status, type: "application/json", body: `${answer.text}\n` };
}

function addressOf({ socket }: IncomingMessage): Address {
  const { remoteAddress = "", remotePort = 0 } = socket;
  return { scheme: "http", host: remoteAddress, port: remotePort, path: "" };
}
