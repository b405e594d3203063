/**
 * Runs tasks on their {@link Schedule}s, each with no more than one run at a time.
 *
 * @module
 */
import type { Clock } from "./channel.ts";
import { SynapseError } from "./errors.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Something to be done again and again.
 *
 * @param signal Aborted when the task is stopped while it runs.
 */
export type BackgroundTask = (signal: AbortSignal) => unknown;

/** One task, as it stands. */
export interface BackgroundTaskHandle {
  /** What the task is called. */
  readonly name: string;
  /** When it runs. */
  readonly schedule: Schedule;
  /** How often it was started. */
  readonly runs: number;
  /** How many of its runs threw. */
  readonly failures: number;
  /** What the last of those threw. */
  readonly lastError: unknown;
  /**
   * Ends the task: aborts the signal of a run that is under way, and starts no other.
   *
   * @returns Settles when nothing of it runs any more. Waiting for that within the task itself never
   * ends.
   */
  stop(): Promise<void>;
}

/** What {@linkcode BackgroundTasks} needs. */
export interface BackgroundTasksOptions {
  /** Time. */
  readonly clock: Clock;
  /** Gets what a task throws. The task goes on at its next time. Must not throw. */
  readonly onError: (name: string, error: unknown) => void;
}

/** What {@linkcode BackgroundTasks.add} takes besides the task. */
export interface BackgroundTaskOptions {
  /** The name of the function where left out. */
  readonly name?: string;
}

/**
 * So long is slept at a time. Within it a machine that was suspended, or whose clock was set, finds
 * its way back to the calendar; and it stays clear of 2^31-1 ms, above which timers fire at once.
 */
const MAX_SLEEP_MS = 60_000;

/**
 * A clock that went back by less was corrected, and is waited for, or tasks would run twice. Beyond
 * that it was set, and waiting for it could take for ever.
 */
const MAX_CORRECTION_MS = 60_000;

/**
 * A set of tasks that start and stop together.
 *
 * A run that takes longer than the distance to the next one delays nothing: times that pass
 * meanwhile are skipped.
 */
export class BackgroundTasks {
  readonly #options: BackgroundTasksOptions;
  readonly #tasks = new Set<ScheduledTask>();
  #isStarted = false;

  /**
   * @param options The clock, and where errors go.
   */
  constructor(options: BackgroundTasksOptions) {
    this.#options = options;
  }

  /** The tasks that were added, and have not come to a stop. */
  get tasks(): readonly BackgroundTaskHandle[] {
    return [...this.#tasks];
  }

  /**
   * Adds a task. It begins with {@linkcode start}, or right now where that was called before.
   *
   * @param schedule When it runs.
   * @param task What it does.
   * @param options Its name.
   * @returns To watch and stop it.
   */
  add(
    schedule: Schedule,
    task: BackgroundTask,
    options: BackgroundTaskOptions = {},
  ): BackgroundTaskHandle {
    const name = options.name ?? (task.name || "anonymous");
    const added = new ScheduledTask(name, schedule, {
      ...this.#options,
      task,
      onStopped: () => this.#tasks.delete(added),
    });
    this.#tasks.add(added);
    if (this.#isStarted) added.start();
    return added;
  }

  /** Begins: intervals are measured from here. Does nothing the second time. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (const task of this.#tasks) task.start();
  }

  /**
   * Stops every task.
   *
   * @returns Settles when none runs any more.
   */
  async stop(): Promise<void> {
    this.#isStarted = false;
    await Promise.all([...this.#tasks].map((task) => task.stop()));
  }
}

interface ScheduledTaskOptions extends BackgroundTasksOptions {
  readonly task: BackgroundTask;
  readonly onStopped: () => void;
}

class ScheduledTask implements BackgroundTaskHandle {
  readonly name: string;
  readonly schedule: Schedule;
  readonly #options: ScheduledTaskOptions;
  #runs = 0;
  #failures = 0;
  #lastError: unknown;
  #isStopped = false;
  /** What the schedule counts from. */
  #sinceUnixMs = 0;
  /** The time at the last look. */
  #seenUnixMs = 0;
  #cancelSleep: () => void = () => {};
  #abortRun = new AbortController();
  #run: Promise<void> = Promise.resolve();

  constructor(name: string, schedule: Schedule, options: ScheduledTaskOptions) {
    this.name = name;
    this.schedule = schedule;
    this.#options = options;
  }

  get runs(): number {
    return this.#runs;
  }

  get failures(): number {
    return this.#failures;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  start(): void {
    this.#sinceUnixMs = this.#seenUnixMs = this.#options.clock.unixMs();
    // Less one, as the very beginning may be a time to run too.
    this.#sleepUntil(this.schedule.next(this.#sinceUnixMs - 1, this.#sinceUnixMs));
  }

  async stop(): Promise<void> {
    if (!this.#isStopped) {
      this.#isStopped = true;
      this.#cancelSleep();
      this.#abortRun.abort(
        new SynapseError("cancelled", `Cannot finish ${this.name} as it was stopped`),
      );
    }
    await this.#run;
    this.#options.onStopped();
  }

  #sleepUntil(dueUnixMs: number | undefined): void {
    if (this.#isStopped || dueUnixMs === undefined) return;
    const sleepMs = Math.min(Math.max(dueUnixMs - this.#seenUnixMs, 0), MAX_SLEEP_MS);
    this.#cancelSleep = this.#options.clock.after(sleepMs, () => this.#wake(dueUnixMs));
  }

  #wake(dueUnixMs: number): void {
    if (this.#lookAtClock() === "set back") {
      this.#sleepUntil(this.schedule.next(this.#seenUnixMs, this.#sinceUnixMs));
    } else if (this.#seenUnixMs < dueUnixMs) {
      this.#sleepUntil(dueUnixMs);
    } else {
      this.#run = this.#runOnce(dueUnixMs);
    }
  }

  #lookAtClock(): "running" | "set back" {
    const unixMs = this.#options.clock.unixMs();
    const isSetBack = unixMs < this.#seenUnixMs - MAX_CORRECTION_MS;
    this.#seenUnixMs = unixMs;
    if (!isSetBack) return "running";
    this.#sinceUnixMs = unixMs;
    return "set back";
  }

  async #runOnce(dueUnixMs: number): Promise<void> {
    // One for each run: listeners that a run leaves behind must not pile up.
    this.#abortRun = new AbortController();
    const { signal } = this.#abortRun;
    this.#runs++;
    try {
      await this.#options.task(signal);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) this.#fail(error);
    }
    const isSetBack = this.#lookAtClock() === "set back";
    const afterUnixMs = isSetBack ? this.#seenUnixMs : Math.max(dueUnixMs, this.#seenUnixMs);
    this.#sleepUntil(this.schedule.next(afterUnixMs, this.#sinceUnixMs));
  }

  #fail(error: unknown): void {
    this.#failures++;
    this.#lastError = error;
    this.#options.onError(this.name, error);
  }
}
