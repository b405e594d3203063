/**
 * A node with a great many functions, and somebody who looks at its metrics.
 *
 * @module
 */
import { Agent, get } from "node:http";
import { serveHttp } from "../../http.ts";
import { Node } from "../../mod.ts";

/** What reading the metrics has given. */
export interface Read {
  /** From each request to the end of its answer. */
  readonly ms: readonly number[];
  /** Of one answer. */
  readonly bytes: number;
  /** How many functions it tells of. */
  readonly functions: number;
}

const HOST = "127.0.0.1";
const CALLS_AT_ONCE = 500;

/** Serves so many functions. @returns The port. */
export async function serve(functions: number): Promise<number> {
  const node = new Node({ namespace: "bench" });
  for (let i = 0; i < functions; i++) node.endpoint(nameOf(i), (value: number) => value);
  serveHttp(node);
  return (await node.listen(`tcp://${HOST}:0`)).address.port;
}

/** Calls each of them once. */
export async function callAll(port: number, functions: number): Promise<void> {
  const node = new Node();
  const remote = await node.connect(`tcp://${HOST}:${port}`);
  for (let i = 0; i < functions; i += CALLS_AT_ONCE) {
    const count = Math.min(CALLS_AT_ONCE, functions - i);
    await Promise.all(Array.from({ length: count }, (_, j) => remote.call(nameOf(i + j), [1])));
  }
  await node.close();
}

/** Reads the metrics so often, on one connection. */
export async function read(port: number, times: number): Promise<Read> {
  const ms: number[] = [];
  const agent = new Agent({ keepAlive: true });
  let text = "";
  while (ms.length < times) {
    const begunMs = performance.now();
    text = await readOnce(port, agent);
    ms.push(performance.now() - begunMs);
  }
  agent.destroy();
  return {
    ms,
    bytes: text.length,
    functions: text.match(/^synapse_calls_total\{method="area\d/gm)?.length ?? 0,
  };
}

/** Over `node:http`, as `fetch` takes up to a millisecond more. */
function readOnce(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: HOST, port, path: "/metrics", agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
      response.on("end", () => resolve(text)).on("error", reject);
    }).on("error", reject);
  });
}

function nameOf(number: number): string {
  return `area${number % 100}.function${number}`;
}
