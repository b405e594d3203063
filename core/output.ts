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
  #appendedBytes = 0;
  #isEncoding = false;

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

  /** What the network has not taken yet. */
  get bufferedBytes(): number {
    return this.#channel.bufferedBytes;
  }

  /** What it has taken so far. */
  get takenBytes(): number {
    return this.#appendedBytes - this.#channel.bufferedBytes;
  }

  /**
   * Sends one message.
   *
   * @param encode Appends it.
   * @throws {EncodeError} When it can't be encoded, or is too large. Nothing of it is sent.
   * @throws {SynapseError} `limit_exceeded` when far too much is waiting already; `not_supported` within
   * another message, where a getter or an extension's encoder makes a call.
   */
  send(encode: (writer: ByteWriter) => void): void {
    const { maxBufferedBytes, maxMessageBytes } = this.#limits;
    if (!this.isWritable && this.#channel.bufferedBytes > maxBufferedBytes) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot send message as more than ${maxBufferedBytes} bytes wait already: the peer reads too slowly`,
      );
    }
    if (this.#isEncoding) {
      throw new SynapseError(
        "not_supported",
        "Cannot send message as another is being encoded: getters and extensions must not call",
      );
    }
    const writer = this.#writer;
    const before = writer.pendingBytes;
    writer.begin(maxMessageBytes);
    this.#isEncoding = true;
    try {
      encode(writer);
      writer.commit();
    } catch (error) {
      writer.rewind();
      throw error;
    } finally {
      this.#isEncoding = false;
    }
    this.#appendedBytes += writer.pendingBytes - before;
    this.isWritable = this.#channel.flush();
  }
}
