/**
 * A proxy's requests: sent, matched with their answers, given up.
 *
 * @module
 */
import { type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "../caller.ts";
import type { Clock } from "../channel.ts";
import type { EasyrpcResponse } from "../codecs/easyrpc.ts";
import { GENERATOR_END, nextBody, readError, readGeneratorStart } from "../dialects/easyrpc.ts";
import type { SynapseError } from "../errors.ts";
import { OutgoingCall } from "../outgoing_call.ts";
import { type PendingCall, PendingCalls, tooMany } from "../pending_calls.ts";
import { StreamReader } from "../stream_reader.ts";

/** What it needs of its proxy. */
export interface ProxyCallsHost {
  readonly clock: Clock;
  /** What all ids begin with: servers tell generators apart by nothing else, those of other proxies included. */
  readonly idPrefix: string;
  readonly maxPendingCalls: number;
  readonly maxStreams: number;
  /** Why no call can be made any more; undefined while they can. */
  refusal(): SynapseError | undefined;
  /**
   * Sends a request.
   *
   * @throws {EncodeError} When it can't be sent.
   */
  send(id: string, isAnswered: boolean, body: unknown): void;
  /** One more is done. */
  changed(): void;
}

/** A stream's generator, and whether it has begun. */
interface OpenGenerator {
  id: { readonly id: unknown } | undefined;
}

/** What one proxy has asked for. */
export class ProxyCalls {
  readonly #host: ProxyCallsHost;
  readonly #pending: PendingCalls;
  /** Of the calls that wait, those that read generators. */
  readonly #generators = new Map<PendingCall, OpenGenerator>();

  /** @param host The proxy. */
  constructor(host: ProxyCallsHost) {
    this.#host = host;
    this.#pending = new PendingCalls(host.clock);
  }

  /** How many wait for their answers. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * Asks for one answer.
   *
   * @param body Makes what is sent; what it throws is the outcome.
   */
  ask(method: string, body: () => unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal, timeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const call = new OutgoingCall(
        method,
        timeoutMs,
        this.#host.clock.now() + timeoutMs,
        resolve,
        reject,
        { abandon: (id) => this.#abandon(id), readError: (_method, error) => error as Error },
      );
      call.id = this.#start(call, body);
      if (signal !== undefined && call.id !== 0) call.obey(signal);
    });
  }

  /**
   * Asks for the items of a generator.
   *
   * @param body Makes what is sent; what it throws is the outcome.
   */
  read(method: string, body: () => unknown, options: CallOptions = {}): StreamReader {
    const { clock, maxStreams } = this.#host;
    const { signal, timeoutMs = Infinity } = options;
    const generator: OpenGenerator = { id: undefined };
    let id = 0;
    const reader = new StreamReader(method, timeoutMs, {
      clock,
      // Each item is asked for, one ahead of what is read.
      window: 1,
      credit: () => this.#askNext(id, generator),
      abandon: () => this.#abandon(id),
      watch: (dueMs) => this.#pending.watch(dueMs),
      readError: (error) => error as Error,
    });
    if (signal?.aborted) {
      reader.fail(signal.reason);
    } else if (this.#generators.size >= maxStreams) {
      reader.fail(tooMany(`stream ${method}`, `${maxStreams} streams are open`));
    } else {
      id = this.#start(reader, body);
    }
    if (id === 0) return reader;
    this.#generators.set(reader, generator);
    const aborted = (): void => reader.cancel(signal?.reason);
    signal?.addEventListener("abort", aborted);
    reader.onDone(() => {
      this.#generators.delete(reader);
      signal?.removeEventListener("abort", aborted);
    });
    return reader;
  }

  /**
   * Asks without wanting an answer.
   *
   * @throws {SynapseError} When it can't be sent.
   */
  tell(body: unknown): void {
    const refusal = this.#host.refusal();
    if (refusal !== undefined) throw refusal;
    this.#host.send(`${this.#host.idPrefix}0`, false, body);
  }

  /** Hands an answer to whom it is for, if anybody still waits. */
  settle({ id: text, result }: EasyrpcResponse): void {
    const { idPrefix } = this.#host;
    if (typeof text !== "string" || !text.startsWith(idPrefix)) return;
    const id = Number(text.slice(idPrefix.length));
    const call = this.#pending.get(id);
    if (call === undefined) return;
    const generator = this.#generators.get(call);
    if (generator?.id !== undefined) return this.#takeItem(id, call, result);
    const start = readGeneratorStart(result);
    if (start === undefined) return this.#finish(id, call, result);
    // Says that there are items; to a call that wants one result, that there won't be one.
    call.item([]);
    if (generator === undefined) return;
    generator.id = start;
    this.#askNext(id, generator);
  }

  /** There will be no answers. */
  fail(reason: SynapseError): void {
    for (const call of this.#pending.takeAll()) call.fail(reason);
  }

  #takeItem(id: number, call: PendingCall, item: unknown): void {
    const error = readError(call.method, item);
    if (item === GENERATOR_END || error !== undefined) this.#finish(id, call, item);
    else call.item([item]);
  }

  #finish(id: number, call: PendingCall, result: unknown): void {
    this.#pending.take(id);
    call.settle(readError(call.method, result) ?? null, result);
    this.#host.changed();
  }

  #askNext(id: number, generator: OpenGenerator): void {
    const call = this.#pending.get(id);
    if (call === undefined || generator.id === undefined) return;
    try {
      this.#host.send(`${this.#host.idPrefix}${id}`, true, nextBody(generator.id.id));
    } catch (error) {
      this.#abandon(id);
      call.fail(error);
    }
  }

  /** Nobody waits any more; easyrpc has no way to say so. */
  #abandon(id: number): void {
    if (this.#pending.take(id) !== undefined) this.#host.changed();
  }

  /** Sends a request. @returns Its id, or 0 when it has failed already. */
  #start(call: PendingCall, body: () => unknown): number {
    const { maxPendingCalls, idPrefix } = this.#host;
    const id = this.#pending.admit(call, this.#host.refusal(), maxPendingCalls);
    if (id === 0) return 0;
    try {
      this.#host.send(`${idPrefix}${id}`, true, body());
      return id;
    } catch (error) {
      this.#pending.take(id);
      call.fail(error);
      return 0;
    }
  }
}
