/**
 * A process that does what a module of this folder can do.
 *
 * @module
 */
import type { Runtime } from "./runtimes.ts";
import { Side } from "./side.ts";
import { createTaskCommand } from "./side_command.ts";

/** Four gigabytes take that long on a slow machine. */
const CALL_TIMEOUT_MS = 600_000;

/** What one is started with. */
export interface TaskOptions {
  readonly runtime: Runtime;
  /** Where it stays; anywhere where left out. */
  readonly cpu?: 0 | 1;
}

/** Another process, whose functions are called by name. */
export class TaskProcess implements AsyncDisposable {
  readonly #side: Side;

  /** Use {@linkcode TaskProcess.start}. */
  constructor(side: Side) {
    this.#side = side;
  }

  /**
   * Starts one.
   *
   * @param module Its file in this folder, as in `tasks/crowd.ts`.
   */
  static async start(module: string, { runtime, cpu }: TaskOptions): Promise<TaskProcess> {
    return new TaskProcess(await Side.start(createTaskCommand(runtime, module, cpu)));
  }

  /** Its process. */
  get pid(): number {
    return this.#side.pids[0];
  }

  /**
   * Calls a function of the module there. Arguments and result travel as JSON.
   *
   * @throws {Error} When it throws: that ends the process.
   */
  async call<Result>(name: string, ...args: readonly unknown[]): Promise<Result> {
    const { answer } = await this.#side.ask<{ answer: Result }>(
      { call: name, args },
      CALL_TIMEOUT_MS,
    );
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#side[Symbol.asyncDispose]();
  }
}
