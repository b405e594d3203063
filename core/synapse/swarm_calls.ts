/**
 * Calls that a node makes to the other members of its swarm: the same to each, a few at a time, and no more of
 * them waiting than fit in memory.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Channel, Clock, DialOptions } from "../channel.ts";
import type { OneCallWire } from "../dialects/one_call.ts";
import { SYNAPSE_DIALECT } from "../dialects/synapse.ts";
import { SynapseError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Kwargs } from "../message.ts";
import { Budget } from "../budget.ts";
import type { OpenTrace } from "../trace.ts";
import { exchangeOnce } from "./exchange.ts";
import type { SwarmPeer } from "./swarm_peer.ts";
import { PEER_SILENCE_MS } from "./swarm_peers.ts";

/** What the calls need of the node. */
export interface SwarmCallsOptions {
  readonly clock: Clock;
  readonly wire: OneCallWire;
  readonly limits: Limits;
  /** Tells of every message, where anybody wants to know. */
  readonly openTrace?: OpenTrace;
  dial(to: Address, options?: DialOptions): Promise<Channel>;
}

/** A call to make. */
export interface SwarmCall {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly kwargs?: Kwargs;
}

/** Where a member is. */
export type SwarmPlace = Pick<SwarmPeer, "address" | "port">;

/** Connections to members that are open at once: others may answer while one doesn't. */
const MAX_AT_ONCE = 128;
/** Calls that wait for one of them. */
const MAX_WAITING = 20_000;
/** Milliseconds for each: a member that takes longer than the beat of the swarm is as good as gone. */
export const SWARM_CALL_TIMEOUT_MS: number = 5_000;

/** Calls members. */
export class SwarmCalls {
  readonly #options: SwarmCallsOptions;
  readonly #budget: Budget;
  readonly #controller = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param options The node. */
  constructor(options: SwarmCallsOptions) {
    this.#options = options;
    this.#budget = new Budget(options.limits.maxBufferedBytes);
  }

  /**
   * Calls each member, one connection for each place.
   *
   * @param peers Whom.
   * @param call What.
   * @param answered Called for each that has answered well. Must not throw.
   * @returns Settles when each has answered, or can't be reached in time.
   * @throws {EncodeError} When the call can't be sent.
   * @throws {SynapseError} `limit_exceeded`, when too much is waiting to be sent.
   */
  async callEach(
    peers: readonly SwarmPeer[],
    call: SwarmCall,
    answered: (peer: SwarmPeer, result: unknown) => void = () => {},
  ): Promise<void> {
    const { method } = call;
    const places = new Map(peers.map((peer) => [`${peer.address} ${peer.port}`, peer]));
    if (places.size === 0) return;
    const bytes = this.#encode(call);
    if (this.#waiting.length + places.size > MAX_WAITING || !this.#budget.take(bytes.length)) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot call ${method} of ${places.size} peers as too many calls are waiting`,
      );
    }
    const { clock } = this.#options;
    const dueMs = clock.now() + PEER_SILENCE_MS;
    try {
      await Promise.all(Array.from(places.values(), async (peer) => {
        await this.#turn();
        try {
          if (clock.now() < dueMs) answered(peer, await this.#exchange(peer, method, bytes));
        } catch {
          /* who isn't there will fall silent */
        } finally {
          this.#next();
        }
      }));
    } finally {
      this.#budget.give(bytes.length);
    }
  }

  /**
   * Calls one, now.
   *
   * @param place Where it is.
   * @param call What.
   * @returns What it answers.
   * @throws {SynapseError} As {@linkcode exchangeOnce}.
   */
  async call(place: SwarmPlace, call: SwarmCall): Promise<unknown> {
    return await this.#exchange(place, call.method, this.#encode(call));
  }

  /** Gives up what is under way, and what waits. */
  stop(): void {
    this.#controller.abort(new SynapseError("cancelled", "Cannot go on as the node is closed"));
  }

  #encode({ method, args, kwargs }: SwarmCall): Uint8Array {
    return this.#options.wire.encodeRequest({ id: "1", method, args, kwargs });
  }

  #exchange({ address, port }: SwarmPlace, method: string, bytes: Uint8Array): Promise<unknown> {
    const { clock, wire, dial, openTrace } = this.#options;
    const to = { scheme: "tcp", host: address, port, path: "" };
    return exchangeOnce(bytes, wire.readAnswer(method), {
      dial: (signal) => dial(to, { signal }),
      clock,
      timeoutMs: SWARM_CALL_TIMEOUT_MS,
      signal: this.#controller.signal,
      method,
      dialect: SYNAPSE_DIALECT.name,
      openTrace,
    });
  }

  async #turn(): Promise<void> {
    if (this.#running < MAX_AT_ONCE) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place on. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
