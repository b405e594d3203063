/**
 * When a node advertises next. The interval grows with the crowd, and is reconsidered when the time has come
 * (RFC 3550, 6.3.6) or the crowd has shrunk (6.3.4).
 *
 * @module
 */
import type { Clock, Random } from "../channel.ts";
import { advertIntervalMs } from "./advert_rate.ts";

/** Either way, so that nodes that started together drift apart. */
const JITTER = 0.2;
/** It has just advertised, and can't tell yet how much others do. */
const FIRST_AFTER_MS = 1_000;
/** While too much is being sent already, so long is waited before looking again; half as much either way. */
const POSTPONED_MS = 1_000;
/** Nobody is put off for longer than this many intervals: a flood must not silence everybody. */
const MAX_POSTPONED_INTERVALS = 2;

/** What {@linkcode AdvertSchedule} needs. */
export interface AdvertScheduleOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How many adverts there are to be sent by all. */
  readonly crowd: () => number;
  /** Whether there is room for one more just now. */
  readonly hasRoom: () => boolean;
  /** Advertises. */
  readonly advertise: () => void;
}

/** One node's timer. */
export class AdvertSchedule {
  readonly #options: AdvertScheduleOptions;
  #sinceMs = 0;
  /** Intervals from then to the next advert. */
  #factor = 1;
  #cancel: () => void = () => {};

  /** @param options What it needs. */
  constructor(options: AdvertScheduleOptions) {
    this.#options = options;
  }

  /** Begins anywhere within the first interval, so that nodes that start together don't advertise together. */
  start(): void {
    this.#count(this.#options.clock.now() + FIRST_AFTER_MS, this.#options.random());
  }

  /** Counts from now, as an advert has just gone out. */
  restart(): void {
    this.#count(this.#options.clock.now(), 1 - JITTER + 2 * JITTER * this.#options.random());
  }

  /** Looks whether the crowd has changed. */
  reconsider(): void {
    this.#wait(Math.max(0, this.#dueMs - this.#options.clock.now()));
  }

  /** Ends it. */
  stop(): void {
    this.#cancel();
  }

  get #intervalMs(): number {
    return advertIntervalMs(this.#options.crowd());
  }

  get #dueMs(): number {
    return this.#sinceMs + this.#factor * this.#intervalMs;
  }

  #count(sinceMs: number, factor: number): void {
    this.#sinceMs = sinceMs;
    this.#factor = factor;
    this.reconsider();
  }

  #wait(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    const { clock, random, hasRoom, advertise } = this.#options;
    const lateMs = clock.now() - this.#dueMs;
    // Timers are a little early at times.
    if (lateMs < -1) return this.#wait(-lateMs);
    if (!hasRoom() && lateMs < MAX_POSTPONED_INTERVALS * this.#intervalMs) {
      return this.#wait(POSTPONED_MS * (0.5 + random()));
    }
    this.restart();
    advertise();
  }
}
