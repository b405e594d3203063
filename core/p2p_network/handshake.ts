/**
 * The first moments of a connection: who is there, or a closed channel within the deadline.
 *
 * @module
 */
import type { Channel, ChannelSink, Clock } from "../channel.ts";
import { SynapseError, TimeoutError } from "../errors.ts";
import {
  type P2pGreeting,
  P2pHandshakeReader,
  type P2pHandshakeState,
} from "./handshake_reader.ts";
import type { P2pLimits } from "./limits.ts";

/** What {@linkcode P2pHandshake} takes. */
export interface P2pHandshakeOptions {
  readonly clock: Clock;
  readonly limits: P2pLimits;
  /** Whether the peer has connected, and says `id:port`; otherwise it answers with its id. */
  readonly isInbound: boolean;
  /** The peer has said who it is. The channel is for the taking: it has to be opened anew. */
  greeted(greeting: P2pGreeting): void;
  /** It hasn't, and the channel is closed. */
  failed(error: Error): void;
}

/** Waits for one peer to say who it is. */
export class P2pHandshake implements ChannelSink {
  readonly #channel: Channel;
  readonly #options: P2pHandshakeOptions;
  readonly #reader: P2pHandshakeReader;
  readonly #cancelDeadline: () => void;
  #cancelQuiet: () => void = () => {};
  #isOver = false;

  /**
   * Begins to read.
   *
   * @param channel Newly accepted or dialled.
   * @param options What to do then.
   */
  constructor(channel: Channel, options: P2pHandshakeOptions) {
    const { clock, limits: { handshakeMs, maxIdBytes }, isInbound } = options;
    this.#channel = channel;
    this.#options = options;
    this.#reader = new P2pHandshakeReader(isInbound ? "id:port" : "id", maxIdBytes);
    this.#cancelDeadline = clock.after(
      handshakeMs,
      () => this.fail(new TimeoutError("read p2p handshake", handshakeMs)),
    );
    channel.open(this);
  }

  /** @inheritdoc */
  data(chunk: Uint8Array): void {
    if (this.#isOver || chunk.length === 0) return;
    this.#cancelQuiet();
    this.#try(() => this.#go(this.#reader.push(chunk)));
  }

  /** @inheritdoc */
  end(): void {
    this.fail(
      new SynapseError(
        "connection_lost",
        this.#options.isInbound
          ? "Cannot accept p2p connection as it ended before the peer had said who it is"
          : "Cannot connect with p2p node as it hung up without saying who it is: it may have all the connections that it takes",
      ),
    );
  }

  /** @inheritdoc */
  drain(): void {}

  /** @inheritdoc */
  close(error?: Error): void {
    if (error === undefined) this.end();
    else this.fail(error);
  }

  /** Gives up, and closes the channel. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#finish();
    this.#channel.close(error).catch(() => {});
    this.#options.failed(error);
  }

  #go(state: P2pHandshakeState): void {
    if (state.type === "whole") return this.#greeted(state.greeting);
    if (state.type === "incomplete") return;
    const { clock, limits, isInbound } = this.#options;
    const isOldNode = isInbound && state.ending === "id";
    this.#cancelQuiet = clock.after(
      isOldNode ? limits.quietWithoutPortMs : limits.quietMs,
      () => this.#try(() => this.#greeted(this.#reader.finish())),
    );
  }

  #greeted(greeting: P2pGreeting): void {
    this.#finish();
    this.#options.greeted(greeting);
  }

  #finish(): void {
    this.#isOver = true;
    this.#cancelDeadline();
    this.#cancelQuiet();
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fail(error as Error);
    }
  }
}
