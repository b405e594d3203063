/**
 * What is worth knowing while a node serves: a line each, and not too many.
 *
 * @module
 */
import { formatAddress, type Node, SynapseError } from "../../../mod.ts";
import { explainError } from "../../explain_error.ts";
import { type CliIo, note } from "../../io.ts";
import { printValue } from "../../print_value.ts";

/** One thing that has happened. */
export interface ServeEvent {
  /** What, in one word. */
  readonly event: "stopping" | "task_failed" | "refused" | "bad_peer" | "notify_failed";
  /** For people. */
  readonly message: string;
}

/** So many lines in so many milliseconds: who connects again and again must not fill a disk. */
const MAX_LINES = 10;
const WINDOW_MS = 1_000;

/** Prints events: on stderr for people, on stdout as JSON. */
export class EventLog {
  readonly #io: CliIo;
  readonly #isJson: boolean;
  readonly #now: () => number;
  #windowMs = -Infinity;
  #lines = 0;
  #leftOut = 0;

  /**
   * @param io Where.
   * @param isJson Whether a program reads it.
   * @param now Milliseconds, from anywhere.
   */
  constructor(io: CliIo, isJson: boolean, now: () => number = () => performance.now()) {
    this.#io = io;
    this.#isJson = isJson;
    this.#now = now;
  }

  /** Prints one, or counts it where there were too many. */
  async report({ event, message }: ServeEvent): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#windowMs >= WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#lines = 0;
    }
    if (++this.#lines > MAX_LINES) {
      this.#leftOut++;
      return;
    }
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    if (this.#isJson) {
      const news = { event, message, ...(leftOut > 0 && { leftOut }) };
      // Who doesn't read on isn't told, and the node goes on.
      await printValue(news, "json", this.#io).catch(() => {});
    } else {
      const before = leftOut > 0 ? ` (${leftOut} lines before it left out)` : "";
      await note(this.#io, `${message}${before}`);
    }
  }

  /** Reports what happens to a node. */
  follow(node: Node): void {
    node.on(
      "taskFailed",
      ({ name, error }) =>
        this.report({
          event: "task_failed",
          message: `task ${name} failed: ${explainError(error)}`,
        }),
    );
    node.on("refused", ({ address, error }) =>
      this.report({
        event: "refused",
        message: `refused ${formatAddress(address)}: ${explainError(error)}`,
      }));
    node.on("notifyFailed", ({ method, error }) =>
      this.report({
        event: "notify_failed",
        message: `${method} failed, and its caller wants no answer: ${explainError(error)}`,
      }));
    node.on("released", ({ peer, error }) => {
      // That a connection breaks is nothing special.
      if (!(error instanceof SynapseError) || error.code === "connection_lost") return;
      const from = formatAddress(peer.address);
      return this.report({
        event: "bad_peer",
        message: `hung up on ${from}: ${explainError(error)}`,
      });
    });
  }
}
