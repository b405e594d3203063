/**
 * One call that we made, as the promise that its caller holds.
 *
 * @module
 */
import { SynapseError, TimeoutError } from "./errors.ts";
import type { PendingCall } from "./pending_calls.ts";

/** What it needs of its session. */
export interface OutgoingCallHost {
  /** Forgets the call and tells the peer, where it can be told. */
  abandon(id: number): void;
  /** Reads an error as the peer wrote it. */
  readError(method: string, error: unknown): Error;
}

/** Waits for one answer. */
export class OutgoingCall implements PendingCall {
  /** Set once the call has its slot. */
  id = 0;
  readonly method: string;
  dueMs: number;
  readonly #timeoutMs: number;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #host: OutgoingCallHost;
  #disobey: (() => void) | undefined;

  /**
   * @param method The function, for errors.
   * @param timeoutMs The deadline that `dueMs` stands for, for errors.
   * @param dueMs The deadline on the clock.
   * @param promise Both ends of the caller's promise.
   * @param host The session.
   */
  constructor(
    method: string,
    timeoutMs: number,
    dueMs: number,
    resolve: (result: unknown) => void,
    reject: (reason: unknown) => void,
    host: OutgoingCallHost,
  ) {
    this.method = method;
    this.dueMs = dueMs;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#host = host;
  }

  /** Gives up when the signal says so, with the signal's own reason. */
  obey(signal: AbortSignal): void {
    const aborted = (): void => {
      this.#host.abandon(this.id);
      this.#reject(signal.reason);
    };
    signal.addEventListener("abort", aborted, { once: true });
    this.#disobey = () => signal.removeEventListener("abort", aborted);
  }

  /** @inheritdoc */
  settle(error: unknown, result: unknown): void {
    this.#disobey?.();
    if (error === null) this.#resolve(result);
    else this.#reject(this.#host.readError(this.method, error));
  }

  /** @inheritdoc */
  fail(reason: unknown): void {
    this.#disobey?.();
    this.#reject(reason);
  }

  /** @inheritdoc */
  item(): void {
    this.#host.abandon(this.id);
    this.fail(
      new SynapseError(
        "not_supported",
        `Cannot call ${this.method} as it streams its results: use stream()`,
      ),
    );
  }

  /** @inheritdoc */
  expire(): void {
    this.#host.abandon(this.id);
    this.fail(new TimeoutError(`call ${this.method}`, this.#timeoutMs));
  }
}
