/**
 * A server or client process, as the program that runs the benchmark sees it.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Announcement } from "./adapter.ts";
import { PROJECT_DIR } from "./paths.ts";
import type { TaskCall } from "./run_task.ts";
import type { SideCommand } from "./run_side.ts";
import { createSideCommand } from "./side_command.ts";
import type { Row } from "./systems.ts";

const ANSWER_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const KEPT_STDERR_CHARS = 2_000;

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A process that runs `run_side.ts` or `run_task.ts`. */
export class Side implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #pending: Pending | undefined;
  #stderr = "";
  /** Empty until the process said that it is ready. */
  #ready: { pid: number; announcement?: Announcement } = { pid: 0 };

  /** Use {@linkcode Side.start}, {@linkcode Side.startServer} or {@linkcode Side.startClient}. */
  constructor(command: readonly string[]) {
    const [program, ...args] = command;
    const env = { ...process.env, NO_COLOR: "1" };
    this.#child = spawn(program, args, { cwd: PROJECT_DIR, stdio: "pipe", env });
    this.#child.stderr!.on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARS);
    });
    // Peers may print too; only lines of JSON are ours.
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      if (line.startsWith("{")) this.#pending?.resolve(JSON.parse(line));
    });
    this.#child.stdin!.on("error", () => {}); // the process is gone, which "close" tells
    this.#exited = new Promise((resolve) => {
      const end = (reason: Error) => {
        this.#pending?.reject(reason);
        resolve();
      };
      this.#child.on("error", end);
      this.#child.on(
        "close",
        (code) => end(new Error(`process ended with code ${code}: ${this.#stderr}`)),
      );
    });
  }

  /** Starts a server. */
  static startServer(row: Row, profileDir?: string): Promise<Side> {
    return Side.start(createSideCommand(row, "server", { profileDir }));
  }

  /** Starts a client of `server`. */
  static startClient(row: Row, server: Side, profileDir?: string): Promise<Side> {
    return Side.start(
      createSideCommand(row, "client", { profileDir, server: server.announcement }),
    );
  }

  /** Starts any program that talks like `run_side.ts`. */
  static async start(command: readonly string[]): Promise<Side> {
    const side = new Side(command);
    try {
      side.#ready = await side.#nextAnswer();
      return side;
    } catch (error) {
      await side[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How clients reach this server. */
  get announcement(): Announcement {
    return this.#ready.announcement!;
  }

  /** This process, and those that it started to serve. */
  get pids(): number[] {
    return [this.#ready.pid, ...this.#ready.announcement?.pids ?? []];
  }

  /**
   * Has the process do something.
   *
   * @param timeoutMs How long that may take.
   * @returns Its answer.
   */
  ask<T>(command: SideCommand | TaskCall, timeoutMs: number = ANSWER_TIMEOUT_MS): Promise<T> {
    const answer = this.#nextAnswer<T>(timeoutMs);
    this.#child.stdin!.write(JSON.stringify(command) + "\n");
    return answer;
  }

  /** Ends the process: gently, then by force. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #nextAnswer<T>(timeoutMs: number = ANSWER_TIMEOUT_MS): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer in ${timeoutMs} ms: ${this.#stderr}`)),
        timeoutMs,
      );
      this.#pending = {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer as T);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }
}
