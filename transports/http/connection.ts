/**
 * One connection of the HTTP server: its deadlines, and its end.
 *
 * `node:http` looks after its own deadlines only where it listens itself.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Conversation } from "../../core/acceptor.ts";
import type { Address } from "../../core/address.ts";
import type { Clock } from "../../core/channel.ts";
import { createDeferred, type Deferred } from "../../core/deferred.ts";
import { DEFAULT_DRAIN_MS } from "../../core/session.ts";

/** What a {@linkcode HttpConnection} takes. */
export interface HttpConnectionOptions {
  readonly address: Address;
  readonly clock: Clock;
  /** How long the head of a request may take, from the connection's beginning or the last answer on. */
  readonly headTimeoutMs: number;
  /** How long all that follows the head may take, until the answer has been taken. */
  readonly requestTimeoutMs: number;
  /** The head of the first request did not come in time: to be told, then cut. */
  onOverdue(): void;
}

/** Requests of one connection that wait for their answers: browsers send one at a time, others a few. */
const MAX_IN_FLIGHT = 16;

/** From its first byte until it is closed, or no HTTP any more. */
export class HttpConnection implements Conversation {
  readonly #socket: Socket;
  readonly #options: HttpConnectionOptions;
  readonly #closed: Deferred<void> = createDeferred();
  readonly #onClose = (): void => this.release();
  #cancelDeadline: () => void = () => {};
  #inFlight = 0;
  #hasServed = false;
  #isClosing = false;

  /**
   * @param socket A connected one.
   * @param options Deadlines.
   */
  constructor(socket: Socket, options: HttpConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("close", this.#onClose);
    this.#expectHead();
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#options.address;
  }

  /** @inheritdoc */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * A request's head has come.
   *
   * @returns Whether it may be served: false where too many wait for their answers already.
   */
  begin(): boolean {
    if (this.#inFlight >= MAX_IN_FLIGHT) return false;
    this.#inFlight++;
    this.#hasServed = true;
    this.#cutAfter(this.#options.requestTimeoutMs);
    return true;
  }

  /** A request has been answered, or its caller has left. */
  end(): void {
    if (--this.#inFlight > 0) return;
    if (this.#isClosing) this.#hangUp();
    else this.#expectHead();
  }

  /** Whether no request waits for its answer. */
  get isIdle(): boolean {
    return this.#inFlight === 0;
  }

  /** It is over, or another protocol's from now on. */
  release(): void {
    this.#cancelDeadline();
    this.#isClosing = true;
    this.#socket.off("close", this.#onClose);
    this.#closed.resolve();
  }

  /** @inheritdoc */
  async close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    this.#isClosing = true;
    if (this.isIdle || drainMs <= 0) this.#hangUp();
    else this.#cutAfter(drainMs);
    await this.closed;
  }

  #expectHead(): void {
    const { clock, headTimeoutMs } = this.#options;
    this.#cancelDeadline();
    this.#cancelDeadline = clock.after(headTimeoutMs, () => {
      // Who has been served, or refused, expects the connection to be closed some time.
      if (this.#hasServed || !this.#socket.writable) this.#socket.destroy();
      else this.#options.onOverdue();
    });
  }

  #cutAfter(delayMs: number): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.after(delayMs, () => this.#socket.destroy());
  }

  #hangUp(): void {
    this.#cancelDeadline();
    // Answers that have been given are in the system's hands.
    this.#socket.destroySoon();
  }
}
