/**
 * What easyrpc needs of a WebSocket.
 *
 * @module
 */
import type { Address } from "../address.ts";

/** Receives what a {@linkcode TextChannel} has to say. Never called before `open`, nor after `close`. */
export interface TextSink {
  /**
   * A message has arrived.
   *
   * @param message As it came, in a text frame or a binary one.
   */
  receive(message: string | Uint8Array): void;
  /** Some of what was sent has gone out. */
  drain(): void;
  /**
   * The channel is gone: the last call that the sink gets.
   *
   * @param error Why, where it did not end in good order.
   */
  close(error?: Error): void;
}

/** An ordered duplex of messages to one remote. */
export interface TextChannel {
  /** The other end. */
  readonly remote: Address;
  /** Bytes that were sent and that the network has not taken yet. */
  readonly bufferedBytes: number;
  /** Starts delivery. */
  open(sink: TextSink): void;
  /** Sends one text frame. Nothing happens once the channel is closed. */
  send(text: string): void;
  /** Stops reading, where the platform can; at most what is already on its way still arrives. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /**
   * Closes in good order: what was sent goes out first.
   *
   * @param code A WebSocket close code, 1000 by default.
   */
  close(code?: number): void;
  /** Closes at once. */
  cut(): void;
}

/**
 * What waits to go out, as a keep-alive looks at it: less of it waiting, or more, is some of it moving.
 *
 * @param channel The channel.
 */
export function waitingOf(
  channel: TextChannel,
): { readonly bufferedBytes: number; readonly takenBytes: number } {
  return {
    get bufferedBytes() {
      return channel.bufferedBytes;
    },
    get takenBytes() {
      return -channel.bufferedBytes;
    },
  };
}
