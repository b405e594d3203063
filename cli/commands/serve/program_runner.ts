/**
 * Runs programs for callers: bounded in time, output and number.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { DEFAULT_LIMITS, formatDuration, SynapseError } from "../../../mod.ts";

/** The bounds of {@linkcode ProgramRunner}. */
export interface ProgramLimits {
  /** How long one run may take. */
  readonly timeoutMs: number;
  /** What one run may print. */
  readonly maxOutputBytes: number;
  /** How many run at once. */
  readonly maxRuns: number;
}

/** 30 s is how long a caller waits; no more output than a message can carry. */
export const DEFAULT_PROGRAM_LIMITS: ProgramLimits = {
  timeoutMs: 30_000,
  maxOutputBytes: DEFAULT_LIMITS.maxMessageBytes,
  maxRuns: 16,
};

/** Of what a program complains about, the end goes to the caller. */
const MAX_ERROR_BYTES = 4_096;

/** How long a program has to clean up before it is killed. */
const GRACE_MS = 2_000;

/** Where there are no process groups and no signals. */
const IS_WINDOWS: boolean = process.platform === "win32";

/** Runs programs. */
export class ProgramRunner {
  readonly #limits: ProgramLimits;
  readonly #runs = new Set<Run>();

  /** @param limits The bounds that differ from the defaults. */
  constructor(limits: Partial<ProgramLimits> = {}) {
    this.#limits = { ...DEFAULT_PROGRAM_LIMITS, ...limits };
  }

  /**
   * Runs a program to its end.
   *
   * @param argv The program and its arguments. No shell comes near them.
   * @param signal Ends it.
   * @returns What it printed.
   * @throws {SynapseError} `exec_failed` when it can't be started or gives an exit code other than
   * 0, with `{ exitCode, stderr }` as data; `limit_exceeded` or `deadline_exceeded` when it crosses
   * a bound.
   */
  async run(argv: readonly string[], signal: AbortSignal): Promise<Uint8Array> {
    const { maxRuns } = this.#limits;
    if (this.#runs.size >= maxRuns) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot run ${argv[0]} as ${maxRuns} programs are running already`,
      );
    }
    const run = new Run(argv, this.#limits);
    this.#runs.add(run);
    try {
      return await run.finish(signal);
    } finally {
      this.#runs.delete(run);
    }
  }

  /** Kills whatever still runs, for a process that can't wait. */
  kill(): void {
    for (const run of this.#runs) run.kill("SIGKILL");
  }
}

/** One process. */
class Run {
  readonly #name: string;
  readonly #limits: ProgramLimits;
  readonly #child: ChildProcess;
  readonly #output: Uint8Array[] = [];
  #outputBytes = 0;
  #errorTail: Buffer = Buffer.alloc(0);
  /** Why it was ended from here. */
  #reason: unknown;
  #killTimer: ReturnType<typeof setTimeout> | undefined;

  constructor([program, ...args]: readonly string[], limits: ProgramLimits) {
    this.#name = program;
    this.#limits = limits;
    try {
      // A process group of its own: Ctrl-C is for the server, which lets it finish, and whatever it
      // starts ends with it.
      this.#child = spawn(program, args, {
        stdio: ["ignore", "pipe", "pipe"],
        detached: !IS_WINDOWS,
        windowsHide: true,
      });
    } catch (error) {
      throw cannotStart(program, error as NodeJS.ErrnoException);
    }
    this.#child.stdout!.on("data", (chunk: Uint8Array) => this.#take(chunk));
    this.#child.stderr!.on("data", (chunk: Uint8Array) => {
      this.#errorTail = Buffer.concat([this.#errorTail, chunk]).subarray(-MAX_ERROR_BYTES);
    });
  }

  async finish(signal: AbortSignal): Promise<Uint8Array> {
    const { timeoutMs } = this.#limits;
    const timer = setTimeout(() => {
      const message = `Cannot finish ${this.#name} in time: it ran for ${
        formatDuration(timeoutMs)
      }`;
      this.#end(new SynapseError("deadline_exceeded", message));
    }, timeoutMs);
    const aborted = (): void => this.#end(signal.reason);
    signal.addEventListener("abort", aborted);
    if (signal.aborted) aborted();
    try {
      const exitCode = await this.#closed();
      if (this.#reason !== undefined) throw this.#reason;
      if (exitCode !== 0) throw this.#failed(exitCode);
      return Buffer.concat(this.#output);
    } finally {
      signal.removeEventListener("abort", aborted);
      clearTimeout(timer);
      clearTimeout(this.#killTimer);
    }
  }

  #take(chunk: Uint8Array): void {
    const { maxOutputBytes } = this.#limits;
    this.#outputBytes += chunk.length;
    if (this.#outputBytes <= maxOutputBytes) {
      this.#output.push(chunk);
    } else {
      const message =
        `Cannot take the output of ${this.#name} as it is over ${maxOutputBytes} bytes`;
      this.#end(new SynapseError("limit_exceeded", message));
    }
  }

  /** The exit code; null after a signal. */
  #closed(): Promise<number | null> {
    return new Promise((resolve, reject) => {
      this.#child.on("close", resolve);
      this.#child.on("error", (error: NodeJS.ErrnoException) => {
        reject(cannotStart(this.#name, error));
      });
    });
  }

  #failed(exitCode: number | null): SynapseError {
    const stderr = this.#errorTail.toString("utf8").trimEnd();
    const how = exitCode === null ? "it was killed" : `its exit code is ${exitCode}`;
    return new SynapseError("exec_failed", `Cannot use the output of ${this.#name} as ${how}`, {
      data: { exitCode, stderr },
    });
  }

  #end(reason: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#output.length = 0;
    this.kill("SIGTERM");
    this.#killTimer = setTimeout(() => {
      this.kill("SIGKILL");
      // What has left its process group may hold the pipes open for ever.
      this.#child.stdout!.destroy();
      this.#child.stderr!.destroy();
    }, GRACE_MS);
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    const { pid } = this.#child;
    try {
      if (!IS_WINDOWS && pid !== undefined) return void process.kill(-pid, signal);
    } catch {
      // The group is gone, or a sandbox lets us end only what we started.
    }
    this.#child.kill(signal);
  }
}

function cannotStart(program: string, { code, message }: NodeJS.ErrnoException): SynapseError {
  // An argument with a null character in it.
  if (code === "ERR_INVALID_ARG_VALUE") return new SynapseError("invalid_params", message);
  const reason = code === "ENOENT" ? "there is no such program" : message;
  return new SynapseError("exec_failed", `Cannot run ${program} as ${reason}`);
}
