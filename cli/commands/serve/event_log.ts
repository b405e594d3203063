/**
 * What is worth knowing while a node serves: a line each, and not too many.
 *
 * @module
 */
import {
  fingerprint,
  formatAddress,
  type Node,
  parsePublicKey,
  type PeerEvents,
  SynapseError,
} from "../../../mod.ts";
import { explainError } from "../../explain_error.ts";
import { harmlessLine } from "../../harmless.ts";
import { type CliIo, note } from "../../io.ts";
import { printValue } from "../../print_value.ts";

/** One thing that has happened. */
export interface ServeEvent {
  /** What, in one word. */
  readonly event:
    | "stopping"
    | "warning"
    | "task_failed"
    | "refused"
    | "bad_peer"
    | "notify_failed"
    | "received"
    | "discovery_warning"
    | "renamed"
    | "packets_dropped"
    | "key_changed"
    | "address_book_failed";
  /** For people. */
  readonly message: string;
}

/** So many lines in so many milliseconds: who connects again and again must not fill a disk. */
const MAX_LINES = 10;
const WINDOW_MS = 1_000;
/** What goes on and on is told so often: somebody under a false name, a seed that is away. */
const AGAIN_MS = 60_000;

/** Prints events: on stderr for people, on stdout as JSON. */
export class EventLog {
  readonly #io: CliIo;
  readonly #isJson: boolean;
  readonly #now: () => number;
  #windowMs = -Infinity;
  #lines = 0;
  #leftOut = 0;
  readonly #toldMs = new Map<string, number>();

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
    this.#followDiscovery(node);
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

  #followDiscovery(node: Node): void {
    node.on("discoveryWarning", ({ error }) => {
      const message = `warning: ${explainError(error)}`;
      return this.#reportSeldom(message, { event: "discovery_warning", message });
    });
    node.on("renamed", ({ from, to, holder }) =>
      this.report({
        event: "renamed",
        message: `goes by the name of ${harmlessLine(to)} as ${harmlessLine(from)} is taken by ${
          holder === undefined ? "another, as a seed says" : fingerprintOf(holder)
        }`,
      }));
    node.on("packetsDropped", (summary) => {
      const counts = Object.entries(summary).map(([reason, count]) => `${count} ${reason}`);
      return this.report({
        event: "packets_dropped",
        message: `dropped packets of others: ${counts.join(", ")}`,
      });
    });
    node.on("peerKeyChanged", (change) =>
      this.#reportSeldom("key_changed", {
        event: "key_changed",
        message: explainKeyChange(change),
      }));
  }

  async #reportSeldom(about: string, event: ServeEvent): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - (this.#toldMs.get(about) ?? -Infinity) < AGAIN_MS) return;
    this.#toldMs.set(about, nowMs);
    await this.report(event);
  }
}

function explainKeyChange({ knownKey, observation }: PeerEvents["peerKeyChanged"]): string {
  const { name, address, key } = observation;
  const found = key === undefined ? "no key" : `the key ${fingerprintOf(key)}`;
  return `warning: did not believe ${harmlessLine(address)}, which goes by the name of ${
    harmlessLine(name)
  } with ${found}: the name belongs to ${fingerprintOf(knownKey)}`;
}

/** What people can compare. */
function fingerprintOf(key: string): string {
  return fingerprint(parsePublicKey(key));
}
