/**
 * Remembers which signed messages were taken, for as long as they could be taken again.
 *
 * Memory is bounded twice: by the window, outside which a message is refused for its age alone, and by
 * count. When there are too many the oldest slice of the window is forgotten, and whatever is as old as
 * that is refused from then on: under pressure the window gets shorter, and nothing gets in twice.
 *
 * @module
 */
import type { Clock } from "./channel.ts";

/** How far from our own time a signed message's may be: clocks differ, and networks are slow. */
export const DEFAULT_WINDOW_MS: number = 60_000;

/** What {@linkcode ReplayGuard} takes. */
export interface ReplayGuardOptions {
  /** Time. */
  readonly clock: Clock;
  /** How far a message's time may be from now, either way. {@linkcode DEFAULT_WINDOW_MS} by default. */
  readonly windowMs?: number;
  /** How many messages to remember. 65,536 by default: about 10 MB. */
  readonly maxEntries?: number;
}

/** Slices that one side of the window is cut into. What is forgotten is forgotten a slice at a time. */
const SLICES = 32;

/** One receiver's memory. */
export class ReplayGuard {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #sliceMs: number;
  readonly #maxEntries: number;
  /** By number: the slice that a time belongs to. */
  readonly #slices = new Map<number, Set<string>>();
  #size = 0;
  /** Slices before this one were forgotten for lack of room. */
  #firstSlice = -Infinity;

  /**
   * @param options The clock, and what differs from the defaults.
   * @throws {RangeError} When a number is not positive and whole.
   */
  constructor(options: ReplayGuardOptions) {
    const { clock, windowMs = DEFAULT_WINDOW_MS, maxEntries = 65_536 } = options;
    for (const [name, value] of Object.entries({ windowMs, maxEntries })) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      throw new RangeError(
        `Cannot guard against replays as ${name} must be a positive whole number: got ${value}`,
      );
    }
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#sliceMs = Math.ceil(windowMs / SLICES);
    this.#maxEntries = maxEntries;
  }

  /** How many messages it remembers. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a message, once. Only authentic ones should get this far, or strangers fill the memory.
   *
   * @param signature What tells the message from all others.
   * @param unixMs The time that it bears.
   * @returns `fresh` the first time, then `replayed`; `expired` when it is outside the window, or from a
   * part of it that had to be forgotten.
   */
  admit(signature: string, unixMs: number): "fresh" | "replayed" | "expired" {
    const now = this.#clock.unixMs();
    const slice = Math.floor(unixMs / this.#sliceMs);
    if (Math.abs(now - unixMs) > this.#windowMs || slice < this.#firstSlice) return "expired";
    if (this.#slices.get(slice)?.has(signature)) return "replayed";
    this.#forgetBefore(Math.floor((now - this.#windowMs) / this.#sliceMs));
    if (this.#size >= this.#maxEntries) {
      this.#firstSlice = Math.min(...this.#slices.keys()) + 1;
      this.#forgetBefore(this.#firstSlice);
      if (slice < this.#firstSlice) return "expired";
    }
    const entries = this.#slices.get(slice);
    if (entries === undefined) this.#slices.set(slice, new Set([signature]));
    else entries.add(signature);
    this.#size++;
    return "fresh";
  }

  #forgetBefore(firstSlice: number): void {
    for (const [slice, entries] of this.#slices) {
      if (slice >= firstSlice) continue;
      this.#slices.delete(slice);
      this.#size -= entries.size;
    }
  }
}
