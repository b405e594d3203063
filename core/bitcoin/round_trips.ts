/**
 * Pings that are under way, and what the way takes.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { SynapseError } from "../errors.ts";
import { type Latency, smoothLatency } from "../latency.ts";

interface Ping {
  readonly sentMs: number;
  readonly answered: Deferred<number>;
}

/** More than that unanswered, and the oldest are given up: a peer that answers none must not make us hold them. */
const MAX_UNANSWERED = 64;

/** Measures one connection. */
export class RoundTrips {
  readonly #clock: Clock;
  readonly #pings = new Map<bigint, Ping>();
  /** How many of those that were given up may still be answered. */
  #givenUp = 0;
  #latency: Latency | undefined;
  #minMs: number | undefined;

  /** @param clock The time. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The shortest so far in milliseconds: the way alone, without what the peer was busy with. */
  get minMs(): number | undefined {
    return this.#minMs;
  }

  /** The smoothed one. */
  get latency(): Latency | undefined {
    return this.#latency;
  }

  /** Notes that a ping goes out. @returns Resolves with the round trip in milliseconds. */
  ping(nonce: bigint): Promise<number> {
    if (this.#pings.size >= MAX_UNANSWERED) this.#giveUpOldest();
    const answered = createDeferred<number>();
    // Nobody may be waiting.
    answered.promise.catch(() => {});
    this.#pings.set(nonce, { sentMs: this.#clock.now(), answered });
    return answered.promise;
  }

  /** Notes that a pong has come. @returns false when it answers no ping. */
  pong(nonce: bigint): boolean {
    const ping = this.#pings.get(nonce);
    if (ping === undefined) return this.#isLate();
    this.#pings.delete(nonce);
    const roundTripMs = this.#clock.now() - ping.sentMs;
    this.#minMs = Math.min(this.#minMs ?? Infinity, roundTripMs);
    this.#latency = smoothLatency(this.#latency, roundTripMs);
    ping.answered.resolve(roundTripMs);
    return true;
  }

  /** Gives up all that are unanswered. */
  end(reason: Error): void {
    for (const { answered } of this.#pings.values()) answered.reject(reason);
    this.#pings.clear();
  }

  /** Whoever is asked much at once answers all of it in the end: that is no offence. */
  #isLate(): boolean {
    if (this.#givenUp === 0) return false;
    this.#givenUp--;
    return true;
  }

  #giveUpOldest(): void {
    const [[nonce, { answered }]] = this.#pings;
    this.#pings.delete(nonce);
    this.#givenUp++;
    answered.reject(
      new SynapseError(
        "limit_exceeded",
        `Cannot wait for pong as ${MAX_UNANSWERED} others are waited for`,
      ),
    );
  }
}
