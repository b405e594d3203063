/**
 * The reading end of a stream: items that arrive become an async iterable, and credit goes back as
 * they are consumed.
 *
 * @module
 */
import type { Clock } from "./channel.ts";
import { createDeferred, type Deferred } from "./deferred.ts";
import { RemoteError, SynapseError, TimeoutError } from "./errors.ts";
import { HeldItems } from "./held_items.ts";
import type { PendingCall } from "./pending_calls.ts";

/** What it needs of its session. */
export interface StreamReaderHost {
  readonly clock: Clock;
  /** Items that the other side may send ahead. */
  readonly window: number;
  /** Memory that several items may hold while nobody reads them; any where left out. */
  readonly maxBytes?: number;
  /** Lets the other side send more. */
  credit(count: number): void;
  /** Tells the other side to stop, and forgets the call. */
  abandon(): void;
  /** Makes sure that a deadline is noticed. */
  watch(dueMs: number): void;
  /** Reads an error as the peer wrote it. */
  readError(error: unknown): Error;
}

/** One call's results as they come. Created with the call, ended by its answer. */
export class StreamReader implements AsyncIterableIterator<unknown>, PendingCall {
  readonly method: string;
  /** Only set while somebody waits for an item. */
  dueMs = Infinity;
  readonly #host: StreamReaderHost;
  readonly #timeoutMs: number;
  readonly #items = new HeldItems();
  #waiting: Deferred<IteratorResult<unknown>>[] = [];
  #consumed = 0;
  #hasItems = false;
  #isDone = false;
  #error: unknown;
  #hasError = false;
  #onDone: () => void = () => {};

  /**
   * @param method The function, for errors.
   * @param timeoutMs How long to wait for any one item; Infinity for ever.
   * @param host The session.
   */
  constructor(method: string, timeoutMs: number, host: StreamReaderHost) {
    this.method = method;
    this.#timeoutMs = timeoutMs;
    this.#host = host;
  }

  /** Whether the function streams; known with the first item. One that doesn't gives its result as the only item. */
  get isStream(): boolean {
    return this.#hasItems;
  }

  /** Calls back once the stream is over, for whatever reason. */
  onDone(callback: () => void): void {
    this.#onDone = callback;
  }

  /** @inheritdoc */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next item. */
  next(): Promise<IteratorResult<unknown>> {
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      this.#giveCredit();
      return Promise.resolve({ done: false, value });
    }
    if (this.#hasError) {
      this.#hasError = false;
      return Promise.reject(this.#error);
    }
    if (this.#isDone) return Promise.resolve({ done: true, value: undefined });
    const waiter = createDeferred<IteratorResult<unknown>>();
    this.#waiting.push(waiter);
    if (this.#timeoutMs < Infinity) {
      this.dueMs = this.#host.clock.now() + this.#timeoutMs;
      this.#host.watch(this.dueMs);
    }
    return waiter.promise;
  }

  /** Leaves early: the generator on the other side runs its `finally`. */
  return(value?: unknown): Promise<IteratorResult<unknown>> {
    if (!this.#isDone) {
      this.#host.abandon();
      this.#items.clear();
      this.#finish();
    }
    return Promise.resolve({ done: true, value });
  }

  /** @inheritdoc */
  item(values: readonly unknown[]): void {
    this.#hasItems = true;
    if (this.#isDone || values.length === 0) return;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      const refusal = this.#hold(values[0]);
      if (refusal === undefined) return;
      this.#host.abandon();
      return this.fail(refusal);
    }
    if (this.#waiting.length === 0) this.dueMs = Infinity;
    waiter.resolve({ done: false, value: values[0] });
    this.#giveCredit();
  }

  /** @inheritdoc */
  settle(error: unknown, result: unknown): void {
    if (error !== null) return this.fail(this.#host.readError(error));
    if (!this.#hasItems) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#items.push(result);
      else waiter.resolve({ done: false, value: result });
    }
    this.#finish();
  }

  /** @inheritdoc */
  fail(reason: unknown): void {
    if (this.#isDone) return;
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) {
      waiter.reject(reason);
    } else {
      this.#error = reason;
      this.#hasError = true;
    }
    this.#finish();
  }

  /** @inheritdoc */
  expire(): void {
    this.cancel(new TimeoutError(`read stream ${this.method}`, this.#timeoutMs));
  }

  /** Gives up from outside: what has come and was not read yet is dropped. */
  cancel(reason: unknown): void {
    this.#host.abandon();
    this.#items.clear();
    this.fail(reason);
  }

  /** Keeps an item until it is asked for. @returns Why not. */
  #hold(item: unknown): SynapseError | undefined {
    const { window, maxBytes = Infinity } = this.#host;
    const attempt = `Cannot read stream ${this.method}`;
    if (this.#items.length >= window) {
      const message = `${attempt} as the peer sends more than its credit`;
      return new RemoteError(this.method, "protocol_error", message);
    }
    this.#items.push(item);
    // A single one is bounded as every message is.
    if (this.#items.length === 1 || this.#items.bytes <= maxBytes) return undefined;
    const found = `${this.#items.length} items that are not read`;
    return new SynapseError(
      "limit_exceeded",
      `${attempt} as it holds more than ${maxBytes} bytes: got ${found}`,
    );
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.dueMs = Infinity;
    for (const waiter of this.#waiting) waiter.resolve({ done: true, value: undefined });
    this.#waiting = [];
    this.#onDone();
  }

  /** In halves of the window, so that credit neither costs a message an item nor lets the sender run dry. */
  #giveCredit(): void {
    if (this.#isDone || ++this.#consumed < Math.ceil(this.#host.window / 2)) return;
    this.#host.credit(this.#consumed);
    this.#consumed = 0;
  }
}
