/**
 * A session that comes back: what stands between a remote and a connection that may break.
 *
 * A call in flight when the connection breaks fails with `connection_lost`; it may have run, so
 * that it is never sent again by itself. Calls made while there is no connection wait for the next.
 *
 * @module
 */
import type { Caller, CallOptions } from "./caller.ts";
import type { Clock, Random } from "./channel.ts";
import { withDeadline } from "./deadline.ts";
import { createDeferred, type Deferred } from "./deferred.ts";
import { Emitter } from "./emitter.ts";
import { TransportError } from "./errors.ts";

/** When to dial again. The delay before attempt n is `floorMs` plus a random part of min(`capMs`, `baseMs` * 2^n). */
export interface ReconnectPolicy {
  /** Never less than that between attempts. 100 ms by default. */
  readonly floorMs?: number;
  /** The random part of the first delay. 200 ms by default. */
  readonly baseMs?: number;
  /** The random part never grows beyond that. 30,000 ms by default. */
  readonly capMs?: number;
  /** Attempts in a row before giving up. Endless by default. */
  readonly maxAttempts?: number;
  /**
   * A connection that lasted so long starts the count of attempts anew. 5,000 ms by default: who accepts only
   * to hang up must not be dialled as if it had been there.
   */
  readonly stableMs?: number;
}

/** What happens to a link. */
export interface LinkEvents {
  /** There is a connection, the first one included. */
  connected: { readonly attempt: number };
  /** There is none any more. */
  disconnected: { readonly error: Error | undefined };
  /** The next attempt has been set. */
  reconnecting: { readonly attempt: number; readonly delayMs: number };
  /** An attempt has failed. */
  attemptFailed: { readonly attempt: number; readonly error: Error };
  /** There will be no more attempts. */
  closed: { readonly error: Error | undefined };
}

/** A conversation with one other, as long as it lasts. */
export interface LinkSession extends Caller {
  /** Whether calls can be made. */
  readonly isOpen: boolean;
  /** Asks for a sign of life, where the protocol has its own way to. */
  ping?(options?: CallOptions): Promise<void>;
  /** Why it is over; undefined while it isn't, or when it ended in good order. */
  readonly error: Error | undefined;
  /** Settles when it is over. */
  readonly closed: Promise<void>;
  /**
   * Ends it in good order.
   *
   * @param drainMs How long calls under way may take.
   */
  close(drainMs?: number): Promise<void>;
}

/** What a link is made of. */
export interface LinkOptions {
  /** Makes a session. Its `closed` settles when it is over. */
  dial(signal: AbortSignal): Promise<LinkSession>;
  readonly clock: Clock;
  readonly random: Random;
  /** Where it leads, for errors. */
  readonly url: string;
  /** One attempt may take that long. */
  readonly dialTimeoutMs: number;
  /** undefined: the first break is the end. */
  readonly reconnect: ReconnectPolicy | undefined;
  /** Gets what event listeners throw. */
  onListenerError(error: unknown, name: string): void;
}

/** Keeps one session to one address. */
export class Link {
  /** What happens to it. */
  readonly events: Emitter<LinkEvents>;
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  #session: LinkSession | undefined;
  /** The session after this one; undefined when there will be none. */
  #next: Deferred<LinkSession> | undefined;

  /** @param options What it is made of. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.events = new Emitter<LinkEvents>(options.onListenerError);
  }

  /** The session, while there is one. */
  get session(): LinkSession | undefined {
    return this.#session;
  }

  /**
   * Connects for the first time: one attempt.
   *
   * @param signal Gives up.
   * @throws {TransportError} `unreachable`.
   * @throws {TimeoutError} `deadline_exceeded`.
   */
  async connect(signal?: AbortSignal): Promise<void> {
    this.#adopt(await this.#dial(signal), 0);
  }

  /**
   * The session, waiting for the next one where there is none.
   *
   * @param timeoutMs How long.
   * @param signal Gives up.
   */
  ready(timeoutMs: number, signal: AbortSignal | undefined): Promise<LinkSession> {
    if (this.#session?.isOpen) return Promise.resolve(this.#session);
    const next = this.#next;
    if (next === undefined) return Promise.reject(this.lost());
    const { clock, url } = this.#options;
    return withDeadline(
      { clock, timeoutMs, signal, operation: `reconnect to ${url}` },
      () => next.promise,
    );
  }

  /**
   * Closes for good.
   *
   * @param drainMs How long calls under way may take.
   */
  async close(drainMs?: number): Promise<void> {
    const reason = this.lost();
    this.#closing.abort(reason);
    this.#next?.reject(reason);
    this.#next = undefined;
    await this.#session?.close(drainMs);
  }

  /** The error for what needs a connection while there is none. */
  lost(): TransportError {
    const { url } = this.#options;
    return new TransportError(
      "connection_lost",
      url,
      `Connection with ${url} is lost as it was closed`,
    );
  }

  /** One attempt. */
  #dial(signal?: AbortSignal): Promise<LinkSession> {
    const { clock, dialTimeoutMs, url } = this.#options;
    const closing = this.#closing.signal;
    return withDeadline({
      clock,
      timeoutMs: dialTimeoutMs,
      operation: `connect to ${url}`,
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
    }, async (signal) => refuseLate(await this.#options.dial(signal), signal));
  }

  #adopt(session: LinkSession, attempt: number): void {
    refuseLate(session, this.#closing.signal);
    const waiting = this.#next;
    this.#session = session;
    if (this.#options.reconnect !== undefined) {
      // From now on: who learns that a call has failed may make the next before the channel is gone.
      this.#next = createDeferred();
      // Nobody may be waiting when it fails.
      this.#next.promise.catch(() => {});
    }
    const sinceMs = this.#options.clock.now();
    session.closed.then(() => this.#broken(session.error, { attempt, sinceMs }));
    waiting?.resolve(session);
    this.events.emit("connected", { attempt });
  }

  #broken(error: Error | undefined, last: { attempt: number; sinceMs: number }): void {
    this.#session = undefined;
    const { clock, reconnect } = this.#options;
    this.events.emit("disconnected", { error });
    if (reconnect === undefined || this.#closing.signal.aborted) {
      this.events.emit("closed", { error });
    } else {
      const { stableMs = 5_000 } = reconnect;
      const isStable = clock.now() - last.sinceMs >= stableMs;
      this.#reconnect(reconnect, isStable ? 1 : last.attempt + 1).catch(() => {});
    }
  }

  async #reconnect(policy: ReconnectPolicy, firstAttempt: number): Promise<void> {
    const { maxAttempts = Infinity } = policy;
    const closing = this.#closing.signal;
    let lastError: Error | undefined;
    for (let attempt = firstAttempt; attempt <= maxAttempts && !closing.aborted; attempt++) {
      const delayMs = this.#delayMs(policy, attempt);
      this.events.emit("reconnecting", { attempt, delayMs });
      await this.#pause(delayMs);
      if (closing.aborted) break;
      try {
        return this.#adopt(await this.#dial(), attempt);
      } catch (error) {
        lastError = error as Error;
        if (!closing.aborted) this.events.emit("attemptFailed", { attempt, error: lastError });
      }
    }
    this.#next?.reject(lastError ?? this.lost());
    this.#next = undefined;
    this.events.emit("closed", { error: closing.aborted ? undefined : lastError });
  }

  /** Full jitter above a floor: callers that lost the same server must not come back all at once. */
  #delayMs(policy: ReconnectPolicy, attempt: number): number {
    const { floorMs = 100, baseMs = 200, capMs = 30_000 } = policy;
    return floorMs + this.#options.random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#closing;
      const done = (): void => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#options.clock.after(delayMs, done);
      signal.addEventListener("abort", done);
    });
  }
}

/** Hangs up on a session that comes when nobody wants it any more. */
function refuseLate(session: LinkSession, signal: AbortSignal): LinkSession {
  if (!signal.aborted) return session;
  session.close(0).catch(() => {});
  throw signal.reason;
}
