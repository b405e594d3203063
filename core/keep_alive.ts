/**
 * Notices that the other side is gone although nobody said so.
 *
 * When nothing was heard for a while it asks, and when nothing is heard after that either, the peer
 * is dead. While our own output is stuck a ping would be stuck behind it, so that another,
 * longer rule holds: output that nobody takes at all.
 *
 * @module
 */
import type { Clock } from "./channel.ts";

/** The three times, in milliseconds. */
export interface KeepAliveOptions {
  /** Silence after which the peer is asked. 5,000 by default. */
  readonly idleMs?: number;
  /** How long the question may stay unanswered. 10,000 by default. */
  readonly unansweredMs?: number;
  /** How long output may wait without any of it being taken. 60,000 by default: a slow link isn't a dead one. */
  readonly stalledMs?: number;
}

/** What it does to the session. */
export interface KeepAliveActions {
  /** Asks. Answers false when this peer can't be asked. */
  ping(): boolean;
  /** Gives up on the peer. */
  dead(reason: string): void;
  /** What waits to go out, and what has gone. */
  readonly output: { readonly bufferedBytes: number; readonly takenBytes: number };
}

/** Watches one connection. */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #actions: KeepAliveActions;
  readonly #idleMs: number;
  readonly #unansweredMs: number;
  readonly #stalledMs: number;
  #hasHeard = true;
  #isAsked = false;
  #isWaiting = false;
  #takenBytes = 0;
  #stuckSinceMs = 0;
  #cancelTimer: () => void;

  /**
   * @param clock The time.
   * @param actions What it does to the session.
   * @param options The times.
   */
  constructor(clock: Clock, actions: KeepAliveActions, options: KeepAliveOptions = {}) {
    this.#clock = clock;
    this.#actions = actions;
    this.#idleMs = options.idleMs ?? 5_000;
    this.#unansweredMs = options.unansweredMs ?? 10_000;
    this.#stalledMs = options.stalledMs ?? 60_000;
    this.#cancelTimer = clock.after(this.#idleMs, () => this.#check());
  }

  /** Something came from the peer. */
  heard(): void {
    this.#hasHeard = true;
  }

  /** Stops watching. */
  stop(): void {
    this.#cancelTimer();
  }

  #check(): void {
    if (this.#stuckMs() >= this.#stalledMs) {
      return this.#actions.dead(`it has taken nothing for ${this.#stalledMs} ms`);
    }
    let nextMs = this.#idleMs;
    if (this.#hasHeard || this.#isWaiting) {
      this.#hasHeard = false;
      this.#isAsked = false;
    } else if (this.#isAsked) {
      return this.#actions.dead(`it has not answered a ping for ${this.#unansweredMs} ms`);
    } else if (this.#actions.ping()) {
      this.#isAsked = true;
      nextMs = this.#unansweredMs;
    }
    this.#cancelTimer = this.#clock.after(nextMs, () => this.#check());
  }

  /** For how long output has been waiting without any of it being taken; how much waits says nothing. */
  #stuckMs(): number {
    const { bufferedBytes, takenBytes } = this.#actions.output;
    const now = this.#clock.now();
    if (!this.#isWaiting || takenBytes !== this.#takenBytes) this.#stuckSinceMs = now;
    this.#isWaiting = bufferedBytes > 0;
    this.#takenBytes = takenBytes;
    return now - this.#stuckSinceMs;
  }
}
