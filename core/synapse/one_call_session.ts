/**
 * A peer that takes one call a connection, where a conversation is wanted: there is nothing to connect, and
 * nothing that breaks, but calls under way to be waited for at the end.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { CallOptions } from "../caller.ts";
import type { Clock } from "../channel.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import type { EndpointInfo } from "../endpoint_info.ts";
import { SynapseError } from "../errors.ts";
import type { LinkSession } from "../link.ts";
import type { OneCallCaller } from "./one_call_caller.ts";

/** What a protocol has its own way to ask. */
export interface OneCallQuestions {
  /** What the peer publishes. */
  methods(caller: OneCallCaller, options?: CallOptions): Promise<EndpointInfo[]>;
  /** Whether it is there. */
  ping(caller: OneCallCaller, options?: CallOptions): Promise<void>;
}

const DEFAULT_DRAIN_MS = 5_000;

/** Calls to one peer, until they are no longer wanted. */
export class OneCallSession implements LinkSession {
  readonly info: undefined;
  readonly error: undefined;
  readonly #caller: OneCallCaller;
  readonly #clock: Clock;
  readonly #questions: OneCallQuestions;
  readonly #calls = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  readonly #closed: Deferred<void> = createDeferred();
  #isOpen = true;

  /**
   * @param caller Makes the calls.
   * @param clock Time, for closing.
   * @param questions What the protocol asks in its own way.
   */
  constructor(caller: OneCallCaller, clock: Clock, questions: OneCallQuestions) {
    this.#caller = caller;
    this.#clock = clock;
    this.#questions = questions;
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#caller.address;
  }

  /** @inheritdoc */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @inheritdoc */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** @inheritdoc */
  call(method: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.#run(options, (options) => this.#caller.call(method, args, options));
  }

  /** Calls a function, whose result is the only item. */
  async *stream(
    method: string,
    args?: readonly unknown[],
    options?: CallOptions,
  ): AsyncGenerator<unknown> {
    yield await this.call(method, args, options);
  }

  /** @inheritdoc */
  notify(method: string): never {
    return this.#caller.notify(method);
  }

  /** @inheritdoc */
  methods(options?: CallOptions): Promise<EndpointInfo[]> {
    return this.#run(options, (options) => this.#questions.methods(this.#caller, options));
  }

  /** @inheritdoc */
  ping(options?: CallOptions): Promise<void> {
    return this.#run(options, (options) => this.#questions.ping(this.#caller, options));
  }

  /** @inheritdoc */
  async close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    this.#isOpen = false;
    const cancelTimer = this.#clock.after(drainMs, () => this.#stopping.abort(isClosed()));
    await Promise.allSettled(this.#calls);
    cancelTimer();
    this.#closed.resolve();
  }

  async #run<T>(
    options: CallOptions = {},
    ask: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    if (!this.#isOpen) throw isClosed();
    const { signal: stopping } = this.#stopping;
    const signal = options.signal === undefined
      ? stopping
      : AbortSignal.any([options.signal, stopping]);
    const asked = ask({ ...options, signal });
    this.#calls.add(asked);
    try {
      return await asked;
    } finally {
      this.#calls.delete(asked);
    }
  }
}

function isClosed(): SynapseError {
  return new SynapseError("cancelled", "Cannot go on as the session is closed");
}
