/**
 * Peers by name, as something to call: one of them, some of them, or all that are there.
 *
 * @module
 */
import { type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "./caller.ts";
import { SynapseError } from "./errors.ts";
import { createNamedFunctions, type NamedFunctions } from "./named_functions.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import { type Peer, peerHandle } from "./peer.ts";

/** What one of several peers has answered. */
export type PeerAnswer =
  & {
    /** Who. */
    readonly peer: Peer;
    /** From asking to answering, connecting included, in milliseconds. */
    readonly latencyMs: number;
  }
  & ({ readonly result: unknown; readonly error?: undefined } | {
    readonly result?: undefined;
    readonly error: Error;
  });

/** What calling several peers takes. */
export interface BroadcastOptions extends CallOptions {
  /** How many are asked at once, 32 by default. */
  readonly concurrency?: number;
}

const DEFAULT_CONCURRENCY = 32;

/** One peer, by name. */
export class PeerTarget {
  /** Its functions by name: `target.fn.sum(1, 2)`. */
  readonly fn: NamedFunctions<Promise<unknown>>;
  readonly #name: string;
  readonly #neighbourhood: Neighbourhood;

  /**
   * @param name The peer's name in the node's namespace.
   * @param neighbourhood The node's.
   */
  constructor(name: string, neighbourhood: Neighbourhood) {
    this.#name = name;
    this.#neighbourhood = neighbourhood;
    this.fn = createNamedFunctions((method, args) => this.call(method, args));
  }

  /**
   * Calls one of its functions. Waits for the peer where it isn't known yet; one deadline covers it all.
   *
   * @param method The function.
   * @param args Positional arguments.
   * @param options Signal, deadline, keyword arguments.
   * @returns Its result.
   * @throws {TransportError} `unreachable`, when nobody of that name is there.
   */
  async call(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    const neighbourhood = this.#neighbourhood;
    const { clock } = neighbourhood;
    const dueMs = clock.now() + timeoutMs;
    const left = () => ({ timeoutMs: Math.max(0, dueMs - clock.now()), signal });
    const peer = await neighbourhood.find(this.#name, left());
    const remote = await neighbourhood.reach(peer, left());
    return await remote.call(method, args, { ...options, ...left() });
  }
}

/** Several peers. */
export class GroupTarget {
  /** Their functions by name: `for await (const { peer, result } of target.fn.sum(1, 2))`. */
  readonly fn: NamedFunctions<AsyncGenerator<PeerAnswer>>;
  readonly #names: readonly string[] | undefined;
  readonly #neighbourhood: Neighbourhood;

  /**
   * @param names The peers' names; undefined for everybody who is there.
   * @param neighbourhood The node's.
   */
  constructor(names: readonly string[] | undefined, neighbourhood: Neighbourhood) {
    this.#names = names;
    this.#neighbourhood = neighbourhood;
    this.fn = createNamedFunctions((method, args) => this.call(method, args));
  }

  /**
   * Calls one function of each. Answers come as they are ready: whoever is slow holds up nobody else.
   *
   * @param method The function.
   * @param args Positional arguments.
   * @param options Signal, deadline for each, keyword arguments, how many at once.
   * @returns An answer a peer, failures included. Leaving the loop early cancels what is under way.
   */
  async *call(
    method: string,
    args: readonly unknown[] = [],
    options: BroadcastOptions = {},
  ): AsyncGenerator<PeerAnswer> {
    const { concurrency = DEFAULT_CONCURRENCY, signal, ...callOptions } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(
        `Cannot call several at once as that takes a positive number: got ${concurrency}`,
      );
    }
    signal?.throwIfAborted();
    const left = new AbortController();
    const stop = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
    const waiting = this.#peers();
    const running = new Map<Peer, Promise<[Peer, PeerAnswer]>>();
    try {
      while (waiting.length > 0 || running.size > 0) {
        while (running.size < concurrency && waiting.length > 0) {
          const peer = waiting.shift()!;
          const asked = this.#ask(peer, method, args, { ...callOptions, signal: stop });
          running.set(peer, asked.then((answer) => [peer, answer]));
        }
        const [peer, answer] = await Promise.race(running.values());
        running.delete(peer);
        signal?.throwIfAborted();
        yield answer;
      }
    } finally {
      left.abort(new SynapseError("cancelled", "Cannot go on as nobody reads the answers"));
    }
  }

  #peers(): Peer[] {
    const present = this.#neighbourhood.present();
    if (this.#names === undefined) return present;
    const { namespace } = this.#neighbourhood;
    const byName = new Map(present.map((peer) => [peer.name, peer]));
    return [...new Set(this.#names)].map((name) => byName.get(name) ?? absent(name, namespace));
  }

  async #ask(
    peer: Peer,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<PeerAnswer> {
    const neighbourhood = this.#neighbourhood;
    const { clock } = neighbourhood;
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    const startMs = clock.now();
    const left = () => ({ timeoutMs: Math.max(0, startMs + timeoutMs - clock.now()), signal });
    try {
      const known = peer.addresses.length > 0 ? peer : await neighbourhood.find(peer.name, left());
      const remote = await neighbourhood.reach(known, left());
      const result = await remote.call(method, args, { ...options, ...left() });
      return { peer: known, result, latencyMs: clock.now() - startMs };
    } catch (error) {
      return { peer, error: error as Error, latencyMs: clock.now() - startMs };
    }
  }
}

/** Stands for a peer that is only a name yet. */
function absent(name: string, namespace: string): Peer {
  return {
    id: peerHandle({ name, namespace }),
    name,
    namespace,
    addresses: [],
    key: undefined,
    functions: [],
    state: "offline",
    direction: undefined,
    firstSeenMs: 0,
    lastSeenMs: 0,
    failures: 0,
    latency: undefined,
  };
}
