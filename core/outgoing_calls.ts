/**
 * Our calls to the peer: sent, matched with their answers, given up.
 *
 * @module
 */
import { type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "./caller.ts";
import type { Clock } from "./channel.ts";
import type { ByteWriter } from "./codec.ts";
import type { SynapseError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Item, Kwargs, Response } from "./message.ts";
import { OutgoingCall } from "./outgoing_call.ts";
import type { Output } from "./output.ts";
import { type PendingCall, PendingCalls, tooMany } from "./pending_calls.ts";
import { StreamReader } from "./stream_reader.ts";

/** What it needs of its session. */
export interface OutgoingCallsHost {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly output: Output;
  /** Why no call can be made any more; undefined while they can. */
  refusal(): SynapseError | undefined;
  /** Sends what is nobody's call. */
  tell(encode: (writer: ByteWriter) => void): void;
  /** A call is over that was waited for. */
  changed(): void;
}

/** What we have asked the peer for. */
export class OutgoingCalls {
  readonly #host: OutgoingCallsHost;
  readonly #output: Output;
  readonly #pending: PendingCalls;
  #streams = 0;
  /** Calls given up before the peer's hello has shown that it can be told. */
  #untold: number[] = [];
  /** When this turn began, as far as calls are concerned; NaN between turns. */
  #turnStartMs = NaN;
  readonly #endTurn = (): void => void (this.#turnStartMs = NaN);

  /** @param host The session. */
  constructor(host: OutgoingCallsHost) {
    this.#host = host;
    this.#output = host.output;
    this.#pending = new PendingCalls(host.clock);
  }

  /** How many wait for their answers. */
  get size(): number {
    return this.#pending.size;
  }

  /** Calls. */
  call(
    method: string,
    args: readonly unknown[],
    options: CallOptions | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (options?.signal?.aborted) return reject(options.signal.reason);
      const timeoutMs = options?.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
      const dueMs = this.#turnMs() + timeoutMs;
      const call = new OutgoingCall(method, timeoutMs, dueMs, resolve, reject, this);
      call.id = this.#start(call, args, options?.kwargs);
      if (options?.signal !== undefined && call.id !== 0) call.obey(options.signal);
    });
  }

  /** Calls for a stream. */
  stream(method: string, args: readonly unknown[], options: CallOptions): StreamReader {
    const { signal, timeoutMs = Infinity, kwargs } = options;
    const { clock, limits } = this.#host;
    let id = 0;
    const reader = new StreamReader(method, timeoutMs, {
      clock,
      window: limits.streamWindow,
      maxBytes: limits.maxStreamBytes,
      credit: (count) => this.#host.tell((writer) => this.#output.wire.credit(id, count, writer)),
      abandon: () => this.abandon(id),
      watch: (dueMs) => this.#pending.watch(dueMs),
      readError: (error) => this.readError(method, error),
    });
    if (signal?.aborted) {
      reader.fail(signal.reason);
      return reader;
    }
    if (this.#streams >= limits.maxStreams) {
      reader.fail(tooMany(`stream ${method}`, `${limits.maxStreams} streams are open`));
      return reader;
    }
    id = this.#start(reader, args, kwargs);
    if (id === 0) return reader;
    const aborted = (): void => reader.cancel(signal?.reason);
    signal?.addEventListener("abort", aborted);
    this.#streams++;
    reader.onDone(() => {
      this.#streams--;
      signal?.removeEventListener("abort", aborted);
    });
    return reader;
  }

  /** Hands an answer to whom it is for, if anybody still waits. */
  settle(response: Response): void {
    this.#pending.take(response.id)?.settle(response.error, response.result);
    this.#host.changed();
  }

  /** Hands an item to whom it is for, if anybody still waits. */
  item(item: Item): void {
    this.#pending.get(item.id)?.item(item.values);
  }

  /** Forgets a call, and tells the peer where it can be told. */
  abandon(id: number): void {
    if (this.#pending.take(id) === undefined) return;
    if (this.#output.wire.isExtended) this.#tellCancelled(id);
    else if (this.#untold.length < this.#host.limits.maxPendingCalls) this.#untold.push(id);
    this.#host.changed();
  }

  /** Reads an error as the peer wrote it. */
  readError(method: string, error: unknown): SynapseError {
    return this.#output.wire.readError(method, error);
  }

  /** The peer has turned out to know the extensions. */
  greeted(): void {
    for (const id of this.#untold) this.#tellCancelled(id);
    this.#untold = [];
  }

  /** There will be no answers. */
  fail(reason: SynapseError): void {
    for (const call of this.#pending.takeAll()) call.fail(reason);
  }

  /** One reading of the clock serves all calls of a turn: it costs a tenth of what a call does. */
  #turnMs(): number {
    if (Number.isNaN(this.#turnStartMs)) {
      this.#turnStartMs = this.#host.clock.now();
      queueMicrotask(this.#endTurn);
    }
    return this.#turnStartMs;
  }

  #tellCancelled(id: number): void {
    this.#host.tell((writer) => this.#output.wire.cancel(id, writer));
  }

  /** Sends a request. @returns Its id, or 0 when it has failed already. */
  #start(call: PendingCall, args: readonly unknown[], kwargs: Kwargs | undefined): number {
    const { maxPendingCalls } = this.#host.limits;
    const id = this.#pending.admit(call, this.#host.refusal(), maxPendingCalls);
    if (id === 0) return 0;
    try {
      this.#output.send((writer) =>
        this.#output.wire.request(id, call.method, args, kwargs, writer)
      );
    } catch (error) {
      this.#pending.take(id);
      call.fail(error);
      return 0;
    }
    return id;
  }
}
