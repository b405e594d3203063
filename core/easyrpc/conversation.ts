/**
 * One accepted easyrpc connection: a token, then calls, each answered when its result is there.
 *
 * Where a real server would hang up without a word, or leave its proxy waiting for ever, there is an answer here.
 *
 * @module
 */
import type { Conversation } from "../acceptor.ts";
import type { Address } from "../address.ts";
import type { Clock } from "../channel.ts";
import {
  type EasyrpcMessage,
  type EasyrpcRequest,
  formatEasyrpcMessage,
  parseEasyrpcMessage,
} from "../codecs/easyrpc.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { AUTH_REFUSED, formatException, isNext } from "../dialects/easyrpc.ts";
import { DecodeError, SynapseError, TimeoutError } from "../errors.ts";
import { KeepAlive } from "../keep_alive.ts";
import type { Limits } from "../limits.ts";
import type { FunctionScope } from "../registry.ts";
import { ServedCalls } from "./served_calls.ts";
import { readSetup } from "./setup.ts";
import { type TextChannel, waitingOf } from "./text_channel.ts";
import { verifyToken } from "./token.ts";

/** What a conversation needs of its server. */
export interface EasyrpcHost {
  readonly clock: Clock;
  readonly limits: Limits;
  /** What the server calls itself. */
  readonly serverId: string;
  /** Whether requests have to be signed, which easyrpc calls encryption. */
  readonly isSigned: boolean;
  /** What is published in a namespace; undefined where nothing is. */
  registryFor(namespace: string): FunctionScope | undefined;
  /** What its callers have to know; undefined, or an empty one, where nobody may call. */
  secretFor(namespace: string): string | undefined;
  /** A connection was turned away, or can't be understood any more. */
  refused(error: Error, address: Address): void;
  /** A function failed whose result nobody wants. */
  notifyFailed(method: string, error: unknown, address: Address): void;
}

/** How long a connection has for its token, where a real server would wait for ever. */
export const SETUP_MS: number = 10_000;
/** Bytes that real proxies take at most: after a larger message they hear nothing more. */
export const MAX_ANSWER_BYTES: number = 4 * 1024 * 1024;
/** What is read of somebody who has not shown a token yet. */
const STRANGER_LIMITS = { maxMessageBytes: 8_192, maxDepth: 8, maxItems: 64 };
/** How long the other side may take to say goodbye. */
const CLOSING_MS = 2_000;
const DEFAULT_DRAIN_MS = 5_000;
/** Close code: the server is going away. */
const GOING_AWAY = 1001;
const ENDED = new SynapseError("connection_lost", "Nobody waits for this answer any more");

/** Serves one connection. */
export class EasyrpcConversation implements Conversation {
  readonly #channel: TextChannel;
  readonly #host: EasyrpcHost;
  readonly #calls: ServedCalls;
  readonly #keepAlive: KeepAlive;
  readonly #closed: Deferred<void> = createDeferred();
  #cancelDeadline: () => void;
  /** undefined until it has shown a token. */
  #namespace: string | undefined;
  #state: "open" | "draining" | "closing" | "gone" = "open";
  #isPaused = false;

  /**
   * Begins to read.
   *
   * @param channel Newly accepted.
   * @param host The server.
   */
  constructor(channel: TextChannel, host: EasyrpcHost) {
    const { clock, limits } = host;
    this.#channel = channel;
    this.#host = host;
    this.#calls = new ServedCalls({
      clock,
      limits,
      address: channel.remote,
      registry: () => this.#registry,
      answer: (id, result) => this.#send({ type: "response", id, result }),
      notifyFailed: (method, error) => host.notifyFailed(method, error, channel.remote),
      changed: () => this.#checkDrained(),
    });
    this.#keepAlive = new KeepAlive(clock, {
      // Nobody answers that; but the network finds out whether anybody is there.
      ping: () => {
        if (this.#namespace !== undefined) this.#send({ type: "pong" });
        return false;
      },
      dead: () => channel.cut(),
      output: waitingOf(channel),
    }, { idleMs: 15_000 });
    this.#cancelDeadline = clock.after(
      SETUP_MS,
      () => this.#refuse(new TimeoutError("read easyrpc setup", SETUP_MS)),
    );
    channel.open({
      receive: (message) => this.#receive(message),
      drain: () => this.#drained(),
      close: () => this.#over(),
    });
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#channel.remote;
  }

  /** @inheritdoc */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** @inheritdoc */
  async close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    if (this.#state === "open") this.#state = "draining";
    const cancel = this.#host.clock.after(drainMs, () => this.#hangUp(GOING_AWAY));
    if (drainMs <= 0) this.#hangUp(GOING_AWAY);
    this.#checkDrained();
    await this.closed;
    cancel();
  }

  #receive(message: string | Uint8Array): void {
    if (this.#state === "closing") return;
    this.#keepAlive.heard();
    try {
      if (this.#namespace === undefined) this.#greet(message);
      else this.#take(parseEasyrpcMessage(message, this.#host.limits), this.#namespace);
    } catch (error) {
      this.#refuse(error as Error);
    }
  }

  /** Somebody is there, and shows a token or goes. */
  #greet(message: string | Uint8Array): void {
    const { clock, secretFor, serverId } = this.#host;
    const setup = parseEasyrpcMessage(message, STRANGER_LIMITS);
    if (setup.type !== "setup") {
      throw new DecodeError("malformed", "Cannot accept connection as it begins without a setup");
    }
    const claims = verifyToken(setup.token, {
      secretFor: ({ namespace }) =>
        typeof namespace === "string" ? secretFor(namespace) : undefined,
      unixMs: clock.unixMs(),
      limits: STRANGER_LIMITS,
    });
    this.#namespace = readSetup(claims).namespace;
    this.#cancelDeadline();
    this.#send({ type: "auth", serverId });
  }

  #take(message: EasyrpcMessage, namespace: string): void {
    // Responses are to requests of ours, and there are none; what isn't known is passed over, as real servers do.
    if (message.type === "ping") this.#send({ type: "pong" });
    if (message.type !== "request") return;
    if (this.#state === "draining") {
      const error = new SynapseError("connection_lost", "Cannot call as the server is closing");
      if (message.isAnswered) this.#answerError(message, error);
      return;
    }
    let body: unknown;
    try {
      body = this.#readBody(message.body, namespace);
    } catch (error) {
      this.#host.refused(error as Error, this.address);
      return this.#answerError(message, error);
    }
    this.#calls.take(message, body);
  }

  /** A signed request is taken in any case; one that isn't only where it need not be. */
  #readBody(body: unknown, namespace: string): unknown {
    const { clock, limits, isSigned, secretFor } = this.#host;
    if (typeof body === "string") {
      const options = { secretFor: () => secretFor(namespace), unixMs: clock.unixMs(), limits };
      return verifyToken(body, options).data;
    }
    // Real proxies never sign what they ask of generators, which only they can have opened.
    if (!isSigned || isNext(body)) return body;
    throw new SynapseError(
      "unauthorized",
      "Cannot accept request as it is not signed: connect with encryption_enabled",
    );
  }

  get #registry(): FunctionScope | undefined {
    return this.#host.registryFor(this.#namespace ?? "");
  }

  #answerError({ id }: EasyrpcRequest, error: unknown): void {
    this.#send({ type: "response", id, result: formatException(error) });
  }

  #send(message: EasyrpcMessage): void {
    if (this.#state === "closing" || this.#state === "gone") return;
    const { maxDepth, maxBufferedBytes, highWaterBytes } = this.#host.limits;
    this.#channel.send(formatEasyrpcMessage(message, { maxDepth, maxBytes: MAX_ANSWER_BYTES }));
    const waiting = this.#channel.bufferedBytes;
    if (waiting > maxBufferedBytes) return this.#channel.cut();
    if (waiting <= highWaterBytes || this.#isPaused) return;
    this.#isPaused = true;
    this.#channel.pause();
  }

  #drained(): void {
    if (!this.#isPaused || this.#channel.bufferedBytes > this.#host.limits.highWaterBytes) return;
    this.#isPaused = false;
    this.#channel.resume();
  }

  /** Says why, and hangs up. Why a token was refused is told to nobody but this side. */
  #refuse(error: Error): void {
    this.#host.refused(error, this.address);
    const isAuth = error instanceof SynapseError && error.code === "unauthorized";
    this.#send({ type: "error", reason: isAuth ? AUTH_REFUSED : error.message });
    this.#hangUp();
  }

  #hangUp(code?: number): void {
    if (this.#state === "closing" || this.#state === "gone") return;
    this.#state = "closing";
    this.#settle();
    this.#cancelDeadline = this.#host.clock.after(CLOSING_MS, () => this.#channel.cut());
    this.#channel.close(code);
  }

  #over(): void {
    this.#state = "gone";
    this.#settle();
    this.#closed.resolve();
  }

  #settle(): void {
    this.#cancelDeadline();
    this.#keepAlive.stop();
    this.#calls.abort(ENDED);
  }

  #checkDrained(): void {
    if (this.#state === "draining" && this.#calls.size === 0) this.#hangUp(GOING_AWAY);
  }
}
