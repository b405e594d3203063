/**
 * Says something to a peer, and waits for what it answers.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";
import { withDeadline } from "../deadline.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { SynapseError } from "../errors.ts";
import type { BitcoinPeer } from "./peer.ts";

/** One question. */
export interface Question<T> {
  readonly clock: Clock;
  /** What is being done, for errors: `get headers`. */
  readonly operation: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Asks. */
  readonly send: (peer: BitcoinPeer) => void;
  /** @returns The answer, where a message is or completes it. What it throws is the question's failure. */
  readonly accept: (message: BitcoinMessage) => T | undefined;
  /** What it means when the peer has answered a ping behind the question, but not the question: it may throw. */
  readonly silence?: () => T;
}

/** Nodes work off in order what they are sent, but some read blocks from their disk meanwhile. */
const SILENCE_MS = 2_000;

/**
 * Asks.
 *
 * @param peer Whom.
 * @param question What.
 * @throws {TimeoutError} When nothing comes in time.
 * @throws {SynapseError} `connection_lost`, when the peer is gone before.
 */
export function ask<T>(peer: BitcoinPeer, question: Question<T>): Promise<T> {
  const { clock, timeoutMs, signal } = question;
  const operation = `${question.operation} from ${peer.name}`;
  return withDeadline({ clock, timeoutMs, signal, operation }, async (signal) => {
    const asking = new Asking(peer, question, operation);
    signal.addEventListener("abort", () => asking.stop());
    try {
      return await asking.answer;
    } finally {
      asking.stop();
    }
  });
}

/** A question that is under way. */
class Asking<T> {
  readonly #question: Question<T>;
  readonly #answer: Deferred<T> = createDeferred();
  readonly #cleanUp: (() => void)[] = [];
  #isOver = false;

  constructor(peer: BitcoinPeer, question: Question<T>, operation: string) {
    this.#question = question;
    const lost = (reason: string): void => {
      this.#answer.reject(
        new SynapseError("connection_lost", `Cannot ${operation} as ${reason}`),
      );
    };
    if (peer.isClosed) lost("the connection is closed");
    this.#cleanUp.push(
      peer.events.on("closed", ({ reason }) => lost(reason)),
      peer.events.on("message", ({ message }) => this.#settle(() => question.accept(message))),
    );
    question.send(peer);
    if (question.silence !== undefined) {
      peer.ping().then(() => this.#listen(question.silence!), () => {});
    }
  }

  get answer(): Promise<T> {
    return this.#answer.promise;
  }

  stop(): void {
    this.#isOver = true;
    for (const cleanUp of this.#cleanUp) cleanUp();
  }

  #listen(silence: () => T): void {
    if (this.#isOver) return;
    this.#cleanUp.push(this.#question.clock.after(SILENCE_MS, () => this.#settle(silence)));
  }

  #settle(answer: () => T | undefined): void {
    try {
      const given = answer();
      if (given !== undefined) this.#answer.resolve(given);
    } catch (error) {
      this.#answer.reject(error);
    }
  }
}
