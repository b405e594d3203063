/**
 * Names to handlers: what a node publishes, and how one of its functions is called.
 *
 * @module
 */
import type { CallCounting, CallMeter } from "./call_counting.ts";
import { closest } from "./closest.ts";
import { Endpoint, type EndpointOptions, type Handler } from "./endpoint.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import { SynapseError } from "./errors.ts";
import type { Gate } from "./gate.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

/** Between a namespace's name and a function's. */
const SCOPE_END = "/";
/** A wrong name from a peer must not cost more than a few microseconds each of these. */
const MAX_COMPARED_NAMES = 200;
const MAX_SHOWN_NAME = 80;

/**
 * The functions of one node: those of its home namespace by their names, those of others as `namespace/name`.
 *
 * A group is several namespaces by one name: `group/name` is the function of the first that has it.
 */
export class Registry {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #namespaces = new Map<string, Registry>();
  readonly #groups = new Map<string, readonly string[]>();
  /** Decides who may call them. */
  readonly gate: Gate | undefined;
  readonly #maxEndpoints: number;
  readonly #prefix: string;
  #extension: Pick<FunctionScope, "get" | "list"> | undefined;
  #changed: () => void = () => {};
  readonly #meter: CallMeter;

  /**
   * @param maxEndpoints More than that are refused.
   * @param gate Decides who may call them; everybody where left out.
   * @param within Of a namespace: what comes before the names of its functions for those that are called from
   * outside, and who counts calls.
   */
  constructor(
    maxEndpoints: number = DEFAULT_LIMITS.maxEndpoints,
    gate?: Gate,
    within: { readonly prefix: string; readonly meter: CallMeter } = {
      prefix: "",
      meter: { counting: undefined },
    },
  ) {
    this.#maxEndpoints = maxEndpoints;
    this.gate = gate;
    this.#prefix = within.prefix;
    this.#meter = within.meter;
  }

  /**
   * Another namespace of the node, made when it is first asked for.
   *
   * @param name Its name.
   * @throws {TypeError} When the name can't be one, or is a group's.
   */
  namespace(name: string): Registry {
    const known = this.#namespaces.get(name);
    if (known !== undefined) return known;
    checkScope(name);
    if (this.#groups.has(name)) {
      throw new TypeError(`Cannot make namespace ${name} as there is a group of that name`);
    }
    const made = new Registry(this.#maxEndpoints, this.gate, {
      prefix: `${name}${SCOPE_END}`,
      meter: this.#meter,
    });
    made.observe(() => this.#changed());
    this.#namespaces.set(name, made);
    return made;
  }

  /**
   * Calls several namespaces by one name.
   *
   * @param name The group's.
   * @param members Namespaces, the one that is looked in first comes first.
   * @throws {TypeError} When the name can't be one, or is a namespace's.
   */
  group(name: string, members: readonly string[]): void {
    checkScope(name);
    if (this.#namespaces.has(name)) {
      throw new TypeError(`Cannot make group ${name} as there is a namespace of that name`);
    }
    this.#groups.set(name, [...members]);
    this.#changed();
  }

  /**
   * Adds functions that are found elsewhere. Its own come first.
   *
   * @param extension Where.
   */
  extend(extension: Pick<FunctionScope, "get" | "list">): void {
    this.#extension = extension;
  }

  /**
   * Counts the calls of all its functions from now on.
   *
   * @param counting Who counts. There is one.
   */
  count(counting: CallCounting): void {
    this.#meter.counting = counting;
  }

  /**
   * Says when something was published or taken back.
   *
   * @param changed Called each time. There is one.
   */
  observe(changed: () => void): void {
    this.#changed = changed;
  }

  /**
   * The functions of one namespace or group by their names alone.
   *
   * @param name The namespace's, or the group's.
   * @returns undefined when there is none of that name.
   */
  scope(name: string): FunctionScope | undefined {
    const namespace = this.#namespaces.get(name);
    if (namespace !== undefined) return namespace;
    const members = this.#groups.get(name)?.map((member) => this.#namespaces.get(member));
    return members && new Group(name, members.filter((member) => member !== undefined));
  }

  /**
   * Publishes a function; one of the same name is replaced.
   *
   * @throws {TypeError} When the name is empty.
   * @throws {RangeError} When there are too many.
   */
  register(name: string, handler: Handler, options: EndpointOptions = {}): Endpoint {
    if (name === "") throw new TypeError("Cannot publish function as its name is empty");
    if (this.#endpoints.size >= this.#maxEndpoints && !this.#endpoints.has(name)) {
      throw new RangeError(
        `Cannot publish function ${name} as there are ${this.#maxEndpoints} already`,
      );
    }
    const fullName = this.#prefix + name;
    const endpoint = new Endpoint(fullName, handler, {
      ...options,
      gate: this.gate,
      meter: this.#meter,
    });
    this.#endpoints.set(name, endpoint);
    this.#changed();
    return endpoint;
  }

  /** Takes a function back. @returns Whether there was one. */
  unregister(name: string): boolean {
    const isGone = this.#endpoints.delete(name);
    if (isGone) this.#changed();
    return isGone;
  }

  /** Finds a function. */
  get(name: string): Endpoint | undefined {
    return this.#endpoints.get(name) ?? this.#getScoped(name) ?? this.#extension?.get(name);
  }

  /** Finds a function that is published here. */
  getOwn(name: string): Endpoint | undefined {
    return this.#endpoints.get(name) ?? this.#getScoped(name);
  }

  /**
   * One namespace or group by itself, its functions by their names alone: for protocols that choose one first.
   *
   * @param name The namespace's, or the group's; the home one where left out.
   * @returns undefined when there is none of that name.
   */
  view(name?: string): FunctionScope | undefined {
    if (name === undefined) {
      const isHome = (info: EndpointInfo): boolean => this.#getScoped(info.name) === undefined;
      return {
        get: (name) => this.#endpoints.get(name) ?? this.#extension?.get(name),
        list: () => this.list().filter(isHome),
        notFound: (name, hasHint) => this.notFound(name, hasHint),
      };
    }
    const scope = this.scope(name);
    return scope && {
      get: (name) => scope.get(name),
      list: () => scope.list().map((info) => ({ ...info, name: info.name.slice(name.length + 1) })),
      notFound: (name, hasHint) => scope.notFound(name, hasHint),
    };
  }

  /** What can be called, in order of name. */
  list(): EndpointInfo[] {
    const own = this.listOwn();
    const names = new Set(own.map(({ name }) => name));
    const others = this.#extension?.list().filter(({ name }) => !names.has(name)) ?? [];
    return others.length === 0 ? own : [...own, ...others].sort(byName);
  }

  /** What is published here, in order of name. */
  listOwn(): EndpointInfo[] {
    const own = [...this.#endpoints.values()].filter((endpoint) => !endpoint.isHidden);
    const scopes = [...this.#namespaces.keys(), ...this.#groups.keys()];
    return [
      ...own.map((endpoint) => endpoint.info),
      ...scopes.flatMap((scope) => this.scope(scope)!.list()),
    ].sort(byName);
  }

  #getScoped(name: string): Endpoint | undefined {
    const end = name.indexOf(SCOPE_END);
    return end < 0 ? undefined : this.scope(name.slice(0, end))?.get(name.slice(end + 1));
  }

  /**
   * The error for a name that isn't here.
   *
   * @param hasHint Whether to look for the nearest one that is, which takes time.
   */
  notFound(name: string, hasHint: boolean = true): SynapseError {
    this.#meter.counting?.called(undefined, "refused", 0);
    const shown = name.slice(0, MAX_SHOWN_NAME);
    const near = hasHint ? this.#closest(shown) : undefined;
    const hint = near === undefined ? "" : `: did you mean ${near}?`;
    return new SynapseError(
      "method_not_found",
      `Cannot call ${JSON.stringify(shown)} as no such function is published here${hint}`,
    );
  }

  #closest(name: string): string | undefined {
    const names: string[] = [];
    for (const endpoint of this.#endpoints.values()) {
      if (!endpoint.isHidden && names.push(endpoint.name) === MAX_COMPARED_NAMES) break;
    }
    return closest(name, names);
  }
}

function byName(a: EndpointInfo, b: EndpointInfo): number {
  return a.name < b.name ? -1 : 1;
}

/** Functions to be found by name. */
export type FunctionScope = Pick<Registry, "get" | "list" | "notFound">;

/** Several namespaces by one name. */
class Group implements FunctionScope {
  readonly #name: string;
  readonly #members: readonly Registry[];

  constructor(name: string, members: readonly Registry[]) {
    this.#name = name;
    this.#members = members;
  }

  get(name: string): Endpoint | undefined {
    for (const member of this.#members) {
      const endpoint = member.get(name);
      if (endpoint !== undefined) return endpoint;
    }
    return undefined;
  }

  list(): EndpointInfo[] {
    const found = new Map<string, EndpointInfo>();
    for (const info of this.#members.flatMap((member) => member.list())) {
      const name = this.#name + info.name.slice(info.name.indexOf(SCOPE_END));
      if (!found.has(name)) found.set(name, { ...info, name });
    }
    return [...found.values()];
  }

  notFound(name: string, hasHint?: boolean): SynapseError {
    return this.#members[0]?.notFound(name, hasHint) ?? new Registry().notFound(name);
  }
}

function checkScope(name: string): void {
  if (name !== "" && !name.includes(SCOPE_END)) return;
  throw new TypeError(
    `Cannot use name of namespace as it must not be empty, nor hold a ${SCOPE_END}: got ${
      JSON.stringify(name.slice(0, MAX_SHOWN_NAME))
    }`,
  );
}
