/**
 * What peers say, for whoever wants to hear it: by command, or all of it in order.
 *
 * @module
 */
import type {
  BitcoinCommand,
  BitcoinMessage,
  BitcoinMessageOf,
  UnknownMessage,
} from "../codecs/bitcoin/messages.ts";
import { Emitter, type ListenerErrorHandler } from "../emitter.ts";
import { BoundedQueue } from "./bounded_queue.ts";
import type { ReceivedMessage } from "./conduit_options.ts";
import type { BitcoinPeer } from "./peer.ts";

/** A message of one command. */
export interface ReceivedMessageOf<C extends BitcoinCommand> {
  /** Who: `host:port`. */
  readonly peer: string;
  readonly command: C;
  readonly message: BitcoinMessageOf<C>;
}

/** Whoever reads so slowly misses something. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** What even the smallest message takes in memory. */
const MESSAGE_BYTES = 256;

interface Queued extends ReceivedMessage {
  readonly bytes: number;
}

/** The feed. */
export class MessageFeed {
  readonly #byCommand: Emitter<Record<string, ReceivedMessage>>;
  #queue: BoundedQueue<Queued> | undefined;
  #hasEnded = false;

  /** @param onListenerError Gets what listeners throw. */
  constructor(onListenerError: ListenerErrorHandler) {
    this.#byCommand = new Emitter(onListenerError);
  }

  /** How many messages were dropped because nobody read them in time. */
  get dropped(): number {
    return this.#queue?.dropped ?? 0;
  }

  /** All messages, from the first time that this is read on. The oldest `inv` goes first when they are too many. */
  get messages(): AsyncIterable<ReceivedMessage> {
    this.#queue ??= new BoundedQueue<Queued>({
      maxItems: MAX_MESSAGES,
      maxWeight: MAX_BYTES,
      weigh: ({ bytes }) => bytes,
      isExpendable: ({ command }) => command === "inv",
    });
    if (this.#hasEnded) this.#queue.end();
    return this.#queue;
  }

  /** Hears one peer from now on. */
  add(peer: BitcoinPeer): void {
    peer.events.on("message", ({ message, payloadBytes }) => {
      this.#push(peer.name, message, payloadBytes);
    });
    peer.events.on("unknown", (message) => {
      this.#push(peer.name, message, message.unknown.length);
    });
  }

  /** Hears what peers say with one command. @returns Stops that. */
  on<C extends BitcoinCommand>(
    command: C,
    handler: (received: ReceivedMessageOf<C>) => unknown,
  ): () => void {
    return this.#byCommand.on(command, handler as (received: ReceivedMessage) => unknown);
  }

  /** Says that nothing more comes. */
  end(): void {
    this.#hasEnded = true;
    this.#queue?.end();
  }

  #push(peer: string, message: BitcoinMessage | UnknownMessage, payloadBytes: number): void {
    const { command } = message;
    this.#byCommand.emit(command, { peer, command, message });
    this.#queue?.push({ peer, command, message, bytes: payloadBytes + MESSAGE_BYTES });
  }
}
