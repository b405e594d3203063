/**
 * A peer that takes one call a connection, as something to call.
 *
 * @module
 */
import type { Address } from "../address.ts";
import { type Caller, type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "../caller.ts";
import type { Channel, Clock } from "../channel.ts";
import { DEFAULT_EXTENSIONS, type Extensions } from "../codecs/messagepack_extensions.ts";
import type { OneCallDialect, OneCallWire } from "../dialects/one_call.ts";
import { SynapseError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { OpenTrace } from "../trace.ts";
import { exchangeOnce } from "./exchange.ts";

/** What a {@linkcode OneCallCaller} is made of. */
export interface OneCallCallerOptions {
  /** Where the peer is. */
  readonly address: Address;
  /** Connects to it; gives up when the signal is aborted. */
  dial(signal: AbortSignal): Promise<Channel>;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly dialect: OneCallDialect;
  readonly extensions?: Extensions;
  /** Tells of every message, where anybody wants to know. */
  readonly openTrace?: OpenTrace;
}

/** Dials for each call, and closes behind its answer. There is nothing to close between calls. */
export class OneCallCaller implements Caller {
  /** Such peers don't say who they are. */
  readonly info: undefined;
  /** Where the peer is. */
  readonly address: Address;
  readonly #options: OneCallCallerOptions;
  readonly #wire: OneCallWire;
  #pending = 0;
  #lastId = 0;

  /** @param options Whom to call, and how. */
  constructor(options: OneCallCallerOptions) {
    const { address, dialect, limits, extensions = DEFAULT_EXTENSIONS } = options;
    this.address = address;
    this.#options = options;
    this.#wire = dialect.open({ limits, extensions });
  }

  /** @inheritdoc */
  async call(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, kwargs } = options;
    const { dial, clock, limits, openTrace, dialect: { name: dialect } } = this.#options;
    if (this.#pending >= limits.maxPendingCalls) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot call ${method} as ${this.#pending} calls are waiting for an answer`,
      );
    }
    const id = String(++this.#lastId);
    const request = this.#wire.encodeRequest({ id, method, args, kwargs });
    const reader = this.#wire.readAnswer(method);
    this.#pending++;
    try {
      return await exchangeOnce(request, reader, {
        dial,
        clock,
        timeoutMs,
        signal,
        method,
        dialect,
        openTrace,
      });
    } finally {
      this.#pending--;
    }
  }

  /** Calls a function, whose result is the only item: an answer is one value here. */
  async *stream(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): AsyncGenerator<unknown> {
    yield await this.call(method, args, options);
  }

  /** @throws {SynapseError} `not_supported`: every call is answered here. */
  notify(method: string): never {
    throw this.#refusal(`notify ${method}`, "it answers every call");
  }

  #refusal(attempt: string, reason: string): SynapseError {
    const { name } = this.#options.dialect;
    return new SynapseError("not_supported", `Cannot ${attempt} by ${name} as ${reason}`);
  }
}
