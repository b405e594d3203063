/**
 * Takes calls one step on: to the node whose function it is, or to the neighbour on the way there.
 *
 * @module
 */
import type { CallContext } from "../caller.ts";
import { EncodeError, RemoteError, SynapseError } from "../errors.ts";
import type { Registry } from "../registry.ts";
import type { Neighbour } from "./neighbour.ts";
import { isNodeId, MAX_PATH } from "./route.ts";
import type { KnownRoute, RouteTable } from "./route_table.ts";

/** Where a call goes, and where it has been. */
export interface Step {
  /** The function. */
  readonly name: string;
  /** Whose. */
  readonly provider: string;
  /** The nodes that it has passed, in order. */
  readonly trail: readonly string[];
}

/** What {@linkcode Forwarder} takes. */
export interface ForwarderOptions {
  /** The node's own id. */
  readonly id: string;
  readonly registry: Registry;
  readonly routes: RouteTable<Neighbour>;
  /** The function by which a neighbour takes a step. */
  readonly method: string;
}

/** Said of a call that was not run anywhere, and may be made elsewhere. */
const NOT_ROUTED = "not_routed";

/** Calls functions of other nodes. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  /** Calls under way, by provider. */
  readonly #inFlight = new Map<string, number>();

  /** @param options The node, and its ways. */
  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /**
   * Calls a function of whoever provides it and has least to do; of another one only where the call was never sent.
   *
   * @param name The function.
   * @param args Positional arguments.
   * @param signal Gives up.
   * @returns Its result, or the stream of its items.
   */
  call(name: string, args: readonly unknown[], signal: AbortSignal): unknown {
    const routes = this.#options.routes.to(name)
      .sort((a, b) => this.#load(a.provider) - this.#load(b.provider));
    if (routes.length === 0) throw notRouted(name);
    if (routes[0].info.stream) return this.#stream(routes, name, args, signal);
    return this.#tryEach(routes, (route) => {
      const step = { name, provider: route.provider, trail: [] };
      return this.#counted(route.provider, () => this.#send(step, args, signal));
    });
  }

  /**
   * Takes a call from a neighbour.
   *
   * @param value Where it goes, and where it has been.
   * @param args Positional arguments.
   * @param context The neighbour; its signal gives up.
   * @returns The result, or the stream of items.
   * @throws {SynapseError} `not_routed` when there is no way, `limit_exceeded` when it has come too far.
   */
  take(value: unknown, args: unknown, context: CallContext): unknown {
    const step = parseStep(value);
    if (!Array.isArray(args)) throw malformed();
    const { id, registry, routes } = this.#options;
    const { name, provider, trail } = step;
    if (trail.includes(id) || trail.length >= MAX_PATH) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot pass call of ${name} on as it goes in a circle`,
      );
    }
    if (provider === id) {
      const endpoint = registry.getOwn(name);
      if (endpoint === undefined || endpoint.isHidden) throw notRouted(name);
      return endpoint.invoke(args, undefined, endpoint.wantsContext ? context : undefined);
    }
    const { signal } = context;
    const [route] = routes.toProvider(name, provider);
    if (route?.info.stream) return this.#streamStep(step, args, signal);
    return this.#send(step, args, signal);
  }

  /** Sends a call to the first neighbour on a way to its provider that takes it. */
  #send(step: Step, args: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    return this.#tryEach(
      this.#waysOf(step),
      ({ via }) =>
        via.caller.call(this.#options.method, [this.#next(step), args], {
          signal,
          timeoutMs: Infinity,
        }),
    );
  }

  #waysOf({ name, provider, trail }: Step): KnownRoute<Neighbour>[] {
    const ways = this.#options.routes.toProvider(name, provider)
      .filter(({ via, path }) => via.isOpen() && !path.some((node) => trail.includes(node)));
    if (ways.length === 0) throw notRouted(name);
    return ways;
  }

  #next(step: Step): Step {
    return { ...step, trail: [...step.trail, this.#options.id] };
  }

  async *#stream(
    routes: readonly KnownRoute<Neighbour>[],
    name: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<unknown> {
    const [{ provider }] = routes;
    this.#add(provider, 1);
    try {
      yield* this.#streamStep({ name, provider, trail: [] }, args, signal);
    } finally {
      this.#add(provider, -1);
    }
  }

  #streamStep(
    step: Step,
    args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncIterableIterator<unknown> {
    const [{ via }] = this.#waysOf(step);
    return via.caller.stream(this.#options.method, [this.#next(step), args], { signal });
  }

  async #tryEach(
    routes: readonly KnownRoute<Neighbour>[],
    attempt: (route: KnownRoute<Neighbour>) => Promise<unknown>,
  ): Promise<unknown> {
    let failure: unknown;
    for (const route of routes) {
      try {
        return await attempt(route);
      } catch (error) {
        if (!wasNeverSent(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #counted<Result>(provider: string, act: () => Promise<Result>): Promise<Result> {
    this.#add(provider, 1);
    try {
      return await act();
    } finally {
      this.#add(provider, -1);
    }
  }

  #load(provider: string): number {
    return this.#inFlight.get(provider) ?? 0;
  }

  #add(provider: string, count: number): void {
    const load = this.#load(provider) + count;
    if (load === 0) this.#inFlight.delete(provider);
    else this.#inFlight.set(provider, load);
  }
}

/** Whoever says so has not run it: our own session that could not send it, or a node that knew no way. */
function wasNeverSent(error: unknown): boolean {
  if (error instanceof RemoteError) return error.code === NOT_ROUTED;
  if (error instanceof EncodeError) return false;
  return error instanceof SynapseError &&
    (error.code === NOT_ROUTED || error.code === "limit_exceeded");
}

function notRouted(name: string): SynapseError {
  return new SynapseError(NOT_ROUTED, `Cannot call ${name} as no node that has it can be reached`);
}

function parseStep(value: unknown): Step {
  const { name, provider, trail } =
    (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  if (
    typeof name === "string" && isNodeId(provider) && Array.isArray(trail) &&
    trail.length <= MAX_PATH && trail.every(isNodeId)
  ) return { name, provider, trail };
  throw malformed();
}

function malformed(): SynapseError {
  return new SynapseError("invalid_params", "Cannot pass call on as it doesn't say where to");
}
