/**
 * Time for what sets no timers: it stands still until a test moves it.
 *
 * @module
 */
import type { Clock } from "../../core/channel.ts";

/** A {@link Clock} whose two hands are moved together or apart. */
export class StillClock implements Clock {
  #nowMs = 0;
  #unixMs: number;

  constructor(unixMs: number = Date.UTC(2026, 0, 1)) {
    this.#unixMs = unixMs;
  }

  now(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return this.#unixMs;
  }

  after(): () => void {
    throw new Error("Cannot set timer as this clock has none");
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.#nowMs += ms;
    this.#unixMs += ms;
  }

  /** Sets the wall clock, as a person or a time server does. */
  set(unixMs: number): void {
    this.#unixMs = unixMs;
  }
}
