/**
 * Nodes that call each other's functions through one another: what one publishes, all can call, along chains, forks
 * and rings, and each function only once.
 *
 * On the wire it is three functions: `_synapse.cluster.join`, by which a connection becomes a way to a neighbour,
 * and gets a name that nobody else knows; `_synapse.cluster.routes`, by which a neighbour of that name tells what
 * can be reached through it, all of it each time that something changes; `_synapse.cluster.call`, by which a call
 * goes one step on.
 *
 * @module
 */
import type { CallContext, Caller } from "../caller.ts";
import type { Clock } from "../channel.ts";
import type { EndpointInfo } from "../endpoint_info.ts";
import { SynapseError } from "../errors.ts";
import type { JoinOptions as NodeJoinOptions } from "../node_options.ts";
import { Endpoint } from "../endpoint.ts";
import type { FunctionScope, Registry } from "../registry.ts";
import type { Remote } from "../remote.ts";
import { createSignature } from "../signature.ts";
import { Forwarder } from "./forwarder.ts";
import type { Neighbour } from "./neighbour.ts";
import { formatRoutes, isNodeId, parseRoutes, type Route } from "./route.ts";
import { RouteTable } from "./route_table.ts";

/** What {@linkcode Cluster} takes. */
export interface ClusterOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Draws 16 random bytes, base64url: the node's own id in the cluster, and the names of connections. */
  createId(): string;
}

/** What a neighbour is joined with. */
export type JoinOptions = Pick<NodeJoinOptions, "namespace">;

const JOIN = "_synapse.cluster.join";
const ROUTES = "_synapse.cluster.routes";
const CALL = "_synapse.cluster.call";

/** One node's part in a cluster. */
export class Cluster implements Pick<FunctionScope, "get" | "list"> {
  readonly #options: ClusterOptions;
  readonly #id: string;
  /** By the names of their connections. */
  readonly #neighbours = new Map<string, Neighbour>();
  readonly #routes: RouteTable<Neighbour>;
  readonly #forwarder: Forwarder;
  readonly #endpoints = new Map<string, Endpoint>();
  /** What each neighbour was told last. */
  readonly #told = new Map<Neighbour, string>();
  #isTelling = false;

  /** @param options The node. Its registry is extended by what others publish. */
  constructor(options: ClusterOptions) {
    const { registry } = options;
    const id = options.createId();
    this.#options = options;
    this.#id = id;
    this.#routes = new RouteTable(id);
    this.#forwarder = new Forwarder({ id, registry, routes: this.#routes, method: CALL });
    registry.extend(this);
    registry.observe(() => this.#changed());
    const hidden = { hidden: true, context: true };
    registry.register(
      JOIN,
      (hello: unknown, context: CallContext) => this.#joined(hello, context),
      hidden,
    );
    registry.register(
      ROUTES,
      (link: unknown, routes: unknown) => this.#learn(link, routes),
      { hidden: true },
    );
    registry.register(
      CALL,
      (step: unknown, args: unknown, context: CallContext) =>
        this.#forwarder.take(step, args, context),
      hidden,
    );
  }

  /**
   * Makes the node at the other end of a connection a neighbour.
   *
   * @param caller The connection.
   * @param isOpen Says whether a call could be sent on it now.
   * @param options What is shared.
   * @throws {RemoteError} When it takes no neighbours.
   */
  async join(caller: Caller, isOpen: () => boolean, options: JoinOptions = {}): Promise<void> {
    const { namespace } = options;
    const link = this.#options.createId();
    const hello = { id: this.#id, link, ...(namespace !== undefined && { namespace }) };
    const answer = await caller.call(JOIN, [hello]) as Record<string, unknown> | null;
    const id = answer?.id;
    if (!isNodeId(id)) {
      throw new SynapseError(
        "protocol_error",
        "Cannot join cluster as the node doesn't say its id",
      );
    }
    this.#add({ id, link, caller, namespace, isOpen });
    this.#learn(link, answer?.routes);
  }

  /**
   * Stays the neighbour of a node that is dialled again when the connection breaks.
   *
   * @param remote The node.
   * @param options What is shared.
   * @throws {SynapseError} When it can't be joined the first time; it is closed then.
   */
  async keep(remote: Remote, options: JoinOptions): Promise<void> {
    const caller = remote as Caller;
    const join = (): Promise<void> => this.join(caller, () => remote.isConnected, options);
    remote.on("disconnected", () => this.leave(caller));
    try {
      await join();
    } catch (error) {
      await remote.close(0);
      throw error;
    }
    remote.on("connected", () => void join().catch(() => {}));
  }

  /** A connection is over: what was reached by it no longer is. */
  leave(caller: Caller): void {
    for (const neighbour of this.#neighbours.values()) {
      if (neighbour.caller !== caller) continue;
      this.#neighbours.delete(neighbour.link);
      this.#told.delete(neighbour);
      if (this.#routes.remove(neighbour)) this.#changed();
    }
  }

  /** Finds a function that somebody else publishes. */
  get(name: string): Endpoint | undefined {
    const known = this.#endpoints.get(name);
    if (known !== undefined) return known;
    const [route] = this.#routes.to(name);
    if (route === undefined) return undefined;
    const endpoint = this.#createEndpoint(route.info);
    this.#endpoints.set(name, endpoint);
    return endpoint;
  }

  /** What others publish, each function once. */
  list(): EndpointInfo[] {
    return this.#routes.names.map((name) => this.get(name)!.info);
  }

  #createEndpoint({ name, description, parameters, stream }: EndpointInfo): Endpoint {
    const handler = (...args: unknown[]): unknown => {
      const { signal } = args.pop() as CallContext;
      return this.#forwarder.call(name, args, signal);
    };
    return new Endpoint(name, handler, {
      description,
      context: true,
      signature: createSignature(parameters, stream),
      gate: this.#options.registry.gate,
    });
  }

  #joined(hello: unknown, { peer }: CallContext): unknown {
    const { id, link, namespace } =
      (typeof hello === "object" && hello !== null ? hello : {}) as Record<
        string,
        unknown
      >;
    const isTaken = typeof link === "string" && this.#neighbours.has(link);
    if (
      !isNodeId(id) || !isNodeId(link) || isTaken ||
      (namespace !== undefined && typeof namespace !== "string")
    ) {
      throw new SynapseError("invalid_params", "Cannot join cluster as that is no node's id");
    }
    const isOpen = (): boolean => this.#neighbours.has(link);
    const neighbour = { id, link, caller: peer, namespace, isOpen };
    this.#add(neighbour);
    const routes = this.#routesFor(neighbour);
    this.#told.set(neighbour, JSON.stringify(routes));
    return { id: this.#id, routes: formatRoutes(routes) };
  }

  #add(neighbour: Neighbour): void {
    this.leave(neighbour.caller);
    this.#neighbours.set(neighbour.link, neighbour);
    this.#changed();
  }

  #learn(link: unknown, routes: unknown): void {
    const neighbour = isNodeId(link) ? this.#neighbours.get(link) : undefined;
    if (neighbour === undefined) {
      throw new SynapseError("protocol_error", "Cannot take routes from who has not joined");
    }
    const shared = parseRoutes(routes, neighbour.id)
      .filter(({ info }) => isShared(info.name, neighbour));
    this.#routes.replace(neighbour, shared);
    this.#changed();
  }

  /** Soon, and once for all that changes in one turn. */
  #changed(): void {
    this.#endpoints.clear();
    if (this.#isTelling || this.#neighbours.size === 0) return;
    this.#isTelling = true;
    this.#options.clock.after(0, () => {
      this.#isTelling = false;
      for (const neighbour of this.#neighbours.values()) this.#tell(neighbour);
    });
  }

  #tell(neighbour: Neighbour): void {
    const routes = this.#routesFor(neighbour);
    const text = JSON.stringify(routes);
    if (this.#told.get(neighbour) === text || !neighbour.isOpen()) return;
    this.#told.set(neighbour, text);
    try {
      neighbour.caller.notify(ROUTES, [neighbour.link, formatRoutes(routes)]);
    } catch {
      // The connection is going, and with it the neighbour.
    }
  }

  /** What can be reached through this node by a neighbour: nothing that would lead back to it. */
  #routesFor(neighbour: Neighbour): Route[] {
    const id = this.#id;
    const own = this.#options.registry.listOwn()
      .map((info) => ({ provider: id, path: [id], info }));
    return [...own, ...this.#routes.passedOn]
      .filter(({ path, info }) => !path.includes(neighbour.id) && isShared(info.name, neighbour));
  }
}

function isShared(name: string, { namespace }: Neighbour): boolean {
  return namespace === undefined || name.startsWith(`${namespace}/`);
}
