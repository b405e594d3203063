/**
 * Time that passes only when a test says so.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../../core/channel.ts";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Timers that set each other off without time passing would keep `advance` busy for ever. */
const MAX_TIMERS_AT_ONE_TIME = 10_000;

/** A {@link Clock} that a test moves by hand. It starts at 0, and at the given wall-clock time. */
export class FakeClock implements Clock {
  readonly #startUnixMs: number;
  #nowMs = 0;
  /** In the order in which they fire. */
  readonly #timers: Timer[] = [];

  constructor(startUnixMs: number = Date.UTC(2026, 0, 1)) {
    this.#startUnixMs = startUnixMs;
  }

  /** How many timers wait. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return this.#startUnixMs + this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(delayMs, 0), callback };
    const later = this.#timers.findIndex((other) => other.dueMs > timer.dueMs);
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index !== -1) this.#timers.splice(index, 1);
    };
  }

  /**
   * Lets time pass. Timers fire when they are due, also those that are set meanwhile, and what each
   * sets off in promises settles before the next one fires.
   */
  async advance(ms: number): Promise<void> {
    await this.runMicrotasks();
    const untilMs = this.#nowMs + ms;
    let atOneTime = 0;
    while (this.#timers.length > 0 && this.#timers[0].dueMs <= untilMs) {
      const { dueMs, callback } = this.#timers.shift()!;
      atOneTime = dueMs > this.#nowMs ? 1 : atOneTime + 1;
      if (atOneTime > MAX_TIMERS_AT_ONE_TIME) {
        throw new Error(`Cannot advance as timers keep firing at ${dueMs} ms`);
      }
      this.#nowMs = dueMs;
      callback();
      await this.runMicrotasks();
    }
    this.#nowMs = untilMs;
  }

  /** Lets promises settle, however long the chain. No time passes. */
  runMicrotasks(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
