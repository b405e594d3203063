/**
 * The way out of a session: whole messages or nothing, and never more than the limits allow.
 *
 * @module
 */
import type { Channel } from "./channel.ts";
import type { ByteWriter } from "./codec.ts";
import type { Wire } from "./dialects/dialect.ts";
import { SynapseError } from "./errors.ts";
import type { Limits } from "./limits.ts";

/** Appends messages to a channel's buffer. */
export class Output {
  /** The dialect's encoders. */
  readonly wire: Wire;
  /** False while too much is waiting: stop producing until the channel has drained. */
  isWritable = true;
  readonly #channel: Channel;
  readonly #writer: ByteWriter;
  readonly #limits: Limits;

  /**
   * @param channel Where to.
   * @param wire How.
   * @param limits How much.
   */
  constructor(channel: Channel, wire: Wire, limits: Limits) {
    this.wire = wire;
    this.#channel = channel;
    this.#writer = channel.writer;
    this.#limits = limits;
  }

  /**
   * Sends one message.
   *
   * @param encode Appends it.
   * @throws {EncodeError} When it can't be encoded, or is too large. Nothing of it is sent.
   * @throws {SynapseError} `limit_exceeded` when far too much is waiting already.
   */
  send(encode: (writer: ByteWriter) => void): void {
    const { maxBufferedBytes, maxMessageBytes } = this.#limits;
    if (!this.isWritable && this.#channel.bufferedBytes > maxBufferedBytes) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot send message as more than ${maxBufferedBytes} bytes wait already: the peer reads too slowly`,
      );
    }
    const writer = this.#writer;
    writer.begin(maxMessageBytes);
    try {
      encode(writer);
      writer.commit();
    } catch (error) {
      writer.rewind();
      throw error;
    }
    this.isWritable = this.#channel.flush();
  }
}
