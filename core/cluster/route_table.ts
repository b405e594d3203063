/**
 * Every way that a node knows to the functions of others, and which of them are the best.
 *
 * Each node tells its neighbours its own functions, and the shortest way to each of the others', with all nodes on
 * it (a path vector, as BGP has it): whoever finds itself on a way knows that it would go in a circle.
 *
 * @module
 */
import type { Route } from "./route.ts";

/** A way, and the neighbour that it begins with. */
export interface KnownRoute<Neighbour> extends Route {
  readonly via: Neighbour;
}

/** The ways of one node. */
export class RouteTable<Neighbour> {
  readonly #self: string;
  readonly #told = new Map<Neighbour, readonly Route[]>();
  /** By function, then by provider: the shortest. */
  #best: Map<string, Map<string, KnownRoute<Neighbour>>> | undefined;

  /** @param self The node's own id: ways through it are of no use to it. */
  constructor(self: string) {
    this.#self = self;
  }

  /** The names of all functions that there is a way to. */
  get names(): string[] {
    return [...this.#routes.keys()];
  }

  /** Takes in all that a neighbour has to tell, instead of what it told before. */
  replace(neighbour: Neighbour, routes: readonly Route[]): void {
    this.#told.set(neighbour, routes.filter(({ path }) => !path.includes(this.#self)));
    this.#best = undefined;
  }

  /** Forgets a neighbour. @returns Whether it had told anything. */
  remove(neighbour: Neighbour): boolean {
    this.#best = undefined;
    return this.#told.delete(neighbour);
  }

  /**
   * The best way to each provider of a function, the shortest first.
   *
   * @param name The function.
   */
  to(name: string): KnownRoute<Neighbour>[] {
    return [...this.#routes.get(name)?.values() ?? []]
      .sort((a, b) => a.path.length - b.path.length);
  }

  /**
   * The ways to one provider's function, one a neighbour, the shortest first.
   *
   * @param name The function.
   * @param provider Whose.
   */
  toProvider(name: string, provider: string): KnownRoute<Neighbour>[] {
    const found: KnownRoute<Neighbour>[] = [];
    for (const [via, routes] of this.#told) {
      const route = routes.find((route) => route.provider === provider && route.info.name === name);
      if (route !== undefined) found.push({ ...route, via });
    }
    return found.sort((a, b) => a.path.length - b.path.length);
  }

  /** The best ways to everything, as they are told to others: with this node in front. */
  get passedOn(): Route[] {
    return [...this.#routes.values()].flatMap((providers) => [...providers.values()])
      .map(({ provider, path, info }) => ({ provider, path: [this.#self, ...path], info }));
  }

  get #routes(): Map<string, Map<string, KnownRoute<Neighbour>>> {
    return this.#best ??= this.#findBest();
  }

  #findBest(): Map<string, Map<string, KnownRoute<Neighbour>>> {
    const best = new Map<string, Map<string, KnownRoute<Neighbour>>>();
    for (const [via, routes] of this.#told) {
      for (const route of routes) {
        const providers = best.get(route.info.name) ?? new Map();
        const known = providers.get(route.provider);
        if (known === undefined || route.path.length < known.path.length) {
          providers.set(route.provider, { ...route, via });
        }
        best.set(route.info.name, providers);
      }
    }
    return best;
  }
}
