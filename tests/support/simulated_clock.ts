/**
 * Time for simulations: millions of timers, none of them asynchronous.
 *
 * @module
 */
import type { Clock } from "../../core/channel.ts";

interface Timer {
  readonly dueMs: number;
  /** Of timers due together the earlier set one fires first. */
  readonly serial: number;
  callback: (() => void) | undefined;
}

/** A {@link Clock} that jumps from timer to timer. For code that awaits nothing: see `FakeClock` for that. */
export class SimulatedClock implements Clock {
  readonly #startUnixMs: number;
  /** A binary heap. */
  readonly #timers: Timer[] = [];
  #nowMs = 0;
  #serial = 0;

  constructor(startUnixMs: number = Date.UTC(2026, 0, 1)) {
    this.#startUnixMs = startUnixMs;
  }

  now(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return this.#startUnixMs + this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = {
      dueMs: this.#nowMs + Math.max(delayMs, 0),
      serial: this.#serial++,
      callback,
    };
    this.#push(timer);
    return () => {
      timer.callback = undefined;
    };
  }

  /** Lets time pass. */
  run(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#timers.length > 0 && this.#timers[0].dueMs <= untilMs) {
      const { dueMs, callback } = this.#pop();
      if (callback === undefined) continue;
      this.#nowMs = dueMs;
      callback();
    }
    this.#nowMs = untilMs;
  }

  #push(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, timers[parent])) break;
      timers[at] = timers[parent];
      at = parent;
    }
    timers[at] = timer;
  }

  #pop(): Timer {
    const timers = this.#timers;
    const first = timers[0];
    const last = timers.pop()!;
    if (timers.length === 0) return first;
    let at = 0;
    while (true) {
      let child = 2 * at + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && isBefore(timers[child + 1], timers[child])) child++;
      if (!isBefore(timers[child], last)) break;
      timers[at] = timers[child];
      at = child;
    }
    timers[at] = last;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.serial < b.serial);
}
