/**
 * A command node somewhere in a pnet network, as something to call.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Caller, CallOptions } from "../caller.ts";
import type { Kwargs, PeerInfo } from "../message.ts";
import type { PnetOutcomes } from "./fan_out.ts";
import type { PnetMember } from "./member.ts";

/** Calls one node. */
export type PnetInvoke = (
  target: string,
  method: string,
  args: readonly unknown[],
  options: CallOptions,
) => Promise<unknown>;

/** Functions by name. A last argument of the form `{ kwargs: {...} }` gives keyword arguments. */
export type PnetFunctions<Result> = Readonly<
  Record<string, (...args: unknown[]) => Promise<Result>>
>;

/** One node. It need not be known yet: the first call waits for its advert. */
export class PnetRemotePeer implements Caller {
  /** Its name. */
  readonly name: string;
  /** Its functions by name. */
  readonly fn: PnetFunctions<unknown>;
  readonly #member: PnetMember;
  readonly #invoke: PnetInvoke;

  /**
   * @param name Its name.
   * @param member Our place in the network.
   * @param invoke Calls it.
   */
  constructor(name: string, member: PnetMember, invoke: PnetInvoke) {
    this.name = name;
    this.#member = member;
    this.#invoke = invoke;
    this.fn = functionsOf((method, args, kwargs) => this.call(method, args, { kwargs }));
  }

  /** @inheritdoc */
  get info(): PeerInfo {
    return { name: this.name, namespace: this.#member.network, window: 0 };
  }

  /** Where it takes connections; empty while no advert has told. */
  get address(): Address {
    return this.#member.peers.get(this.name)?.address ??
      { scheme: "pnet", host: this.#member.network, port: 0, path: `/${this.name}` };
  }

  /** @inheritdoc */
  call(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    return this.#invoke(this.name, method, args, options);
  }

  /** Calls a function, whose result is the only item: pnet has no streams of values. */
  async *stream(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): AsyncGenerator<unknown> {
    yield await this.call(method, args, options);
  }

  /** @inheritdoc */
  notify(method: string, args: readonly unknown[] = [], kwargs?: Kwargs): void {
    this.call(method, args, { kwargs }).catch(() => {});
  }
}

/** Several nodes. */
export class PnetRemotePeers {
  /** Their functions by name. */
  readonly fn: PnetFunctions<PnetOutcomes<unknown>>;
  readonly #call: (
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ) => Promise<PnetOutcomes<unknown>>;

  /** @param call Calls them all. */
  constructor(
    call: (
      method: string,
      args: readonly unknown[],
      options: CallOptions,
    ) => Promise<PnetOutcomes<unknown>>,
  ) {
    this.#call = call;
    this.fn = functionsOf((method, args, kwargs) => this.call(method, args, { kwargs }));
  }

  /**
   * Calls a function of each.
   *
   * @param method Its name.
   * @param args Positional arguments.
   * @param options Signal, deadline for each, keyword arguments.
   * @returns What came of each, by name.
   */
  call(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<PnetOutcomes<unknown>> {
    return this.#call(method, args, options);
  }
}

function functionsOf<Result>(
  call: (method: string, args: readonly unknown[], kwargs: Kwargs | undefined) => Promise<Result>,
): PnetFunctions<Result> {
  return new Proxy({}, {
    get(_target, method) {
      // A proxy that answers to `then` would be called by `await target.fn`.
      if (typeof method !== "string" || method === "then") return undefined;
      return (...args: unknown[]) => {
        const kwargs = readKwargs(args.at(-1));
        return call(method, kwargs === undefined ? args : args.slice(0, -1), kwargs);
      };
    },
  });
}

function readKwargs(value: unknown): Kwargs | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const keys = Object.keys(value);
  const { kwargs } = value as { kwargs?: unknown };
  const isMarked = keys.length === 1 && keys[0] === "kwargs" && typeof kwargs === "object";
  return isMarked && kwargs !== null ? kwargs as Kwargs : undefined;
}
