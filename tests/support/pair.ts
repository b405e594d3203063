/**
 * Two nodes that know each other, without network and without time.
 *
 * @module
 */
import type { Transport } from "../../core/channel.ts";
import type { Caller } from "../../core/caller.ts";
import { Node } from "../../core/node.ts";
import type { ConnectOptions, NodeOptions } from "../../core/node_options.ts";
import type { EndpointOptions, Handler } from "../../core/endpoint.ts";
import type { Remote } from "../../core/remote.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { FakeClock } from "./fake_clock.ts";

/** Functions to publish, some with options. */
export type Endpoints = Readonly<Record<string, Handler | readonly [EndpointOptions, Handler]>>;

/** What {@linkcode Pair.connect} takes. */
export interface PairOptions {
  /** What the server publishes. */
  readonly serves?: Endpoints;
  /** What the client publishes, for the server to call back. */
  readonly calledBack?: Endpoints;
  readonly server?: NodeOptions;
  readonly client?: NodeOptions;
  readonly connect?: ConnectOptions;
  readonly transport?: Transport;
}

/** A node on the given transport and clock; the dice always show a half. */
export function createNode(
  transport: Transport,
  clock: FakeClock,
  options: NodeOptions = {},
  endpoints: Endpoints = {},
): Node {
  const node = new Node(options, {
    transports: [transport],
    clock,
    random: () => 0.5,
    randomBytes: (count) => new Uint8Array(count).fill(7),
  });
  for (const [name, entry] of Object.entries(endpoints)) {
    if (typeof entry === "function") node.endpoint(name, entry);
    else node.endpoint(name, entry[0], entry[1]);
  }
  return node;
}

/** A server, a client, and the connection between them. */
export class Pair<Api = unknown> implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly server: Node;
  readonly client: Node;
  /** The server, as the client sees it. */
  readonly remote: Remote<Api>;

  constructor(clock: FakeClock, server: Node, client: Node, remote: Remote<Api>) {
    this.clock = clock;
    this.server = server;
    this.client = client;
    this.remote = remote;
  }

  /** Connects two new nodes, and waits until both have said hello. */
  static async connect<Api = unknown>(options: PairOptions = {}): Promise<Pair<Api>> {
    const { transport = new MemoryTransport(), serves, calledBack } = options;
    const clock = new FakeClock();
    const server = createNode(transport, clock, { name: "server", ...options.server }, serves);
    const client = createNode(transport, clock, { name: "client", ...options.client }, calledBack);
    await server.listen("memory://server");
    const remote = await client.connect<Api>("memory://server", options.connect);
    await clock.runMicrotasks();
    return new Pair(clock, server, client, remote);
  }

  /** The client, as the server sees it. */
  get caller(): Caller {
    return this.server.connections[0];
  }

  /** Closes both; what is still running is cut. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client.close(0), this.server.close(0)]);
  }
}
