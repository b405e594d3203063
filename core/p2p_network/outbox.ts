/**
 * The way out of a connection: messages in the order in which they were sent, and no more of them in memory than the
 * limits allow.
 *
 * @module
 */
import type { Channel, Clock } from "../channel.ts";
import { checkEotMessage, EotStreamCodec } from "../codecs/eot_stream.ts";
import { packP2pCompressed } from "../codecs/p2p_compressed.ts";
import { checkNotMarkedCompressed, encodeP2pMessage } from "../codecs/p2p_message.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { EncodeError, SynapseError, TimeoutError } from "../errors.ts";
import type { P2pCompression } from "./compression.ts";
import type { P2pLimits } from "./limits.ts";
import type { P2pSendOptions } from "./peer.ts";

/** What {@linkcode P2pOutbox} takes. */
export interface P2pOutboxOptions {
  readonly clock: Clock;
  readonly limits: P2pLimits;
  readonly compression: P2pCompression;
  /** Milliseconds for which nothing is sent yet. */
  readonly settleMs: number;
  /** A message is on its way, of so many bytes. */
  sent(bytes: number): void;
  /** {@linkcode P2pOutbox.bufferedBytes} has gone down, without the channel's saying so. */
  changed(): void;
  /** The peer has stopped taking anything. */
  stalled(error: Error): void;
}

const CODEC = new EotStreamCodec();

/** Sends messages. */
export class P2pOutbox {
  readonly #channel: Channel;
  readonly #options: P2pOutboxOptions;
  readonly #settled: Deferred<void> = createDeferred();
  /** Settles when all that was sent before has been handed to the channel; undefined when it has. */
  #tail: Promise<void> | undefined;
  #cancelSettling: () => void = () => {};
  #cancelStall: () => void = () => {};
  #drained: Deferred<void> | undefined;
  /** Messages that aren't in the channel yet. */
  #waitingBytes = 0;
  #appendedBytes = 0;
  #end: Error | undefined;

  /**
   * @param channel Where to.
   * @param options How.
   */
  constructor(channel: Channel, options: P2pOutboxOptions) {
    this.#channel = channel;
    this.#options = options;
    if (options.settleMs === 0) return;
    this.#follow(this.#settled.promise);
    this.#cancelSettling = options.clock.after(options.settleMs, () => this.settle());
  }

  /** What the network hasn't taken yet. */
  get bufferedBytes(): number {
    return this.#waitingBytes + this.#channel.bufferedBytes;
  }

  /** Sends one message; see {@linkcode P2pPeer.send}. */
  async send(data: unknown, { compression = "none" }: P2pSendOptions): Promise<void> {
    const { limits } = this.#options;
    this.#checkOpen();
    const plain = encodeP2pMessage(data, limits);
    this.#checkSize(plain);
    if (compression === "none" || plain.length === 0) checkEotMessage(plain);
    if (compression === "none") {
      checkNotMarkedCompressed(plain);
      if (this.#tail === undefined) return await this.#write(plain);
    }
    if (this.bufferedBytes + plain.length > limits.maxBufferedBytes) throw this.#tooMuch();
    const message = compression === "none"
      ? plain
      : this.#options.compression.compress(compression, plain).then((compressed) =>
        packP2pCompressed(compression, compressed)
      );
    await this.#enqueue(message, plain.length);
  }

  /** Lets go what has waited for the peer to be ready. */
  settle(): void {
    this.#cancelSettling();
    this.#settled.resolve();
  }

  /** The channel has drained. */
  drain(): void {
    this.#cancelStall();
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  /** Settles when everything is in the channel, so that it may be closed. */
  async flush(): Promise<void> {
    this.settle();
    while (this.#tail !== undefined) await this.#tail;
  }

  /** It is over: who waits is told so. */
  close(error: Error): void {
    this.#end ??= error;
    this.settle();
    this.#cancelStall();
    this.#drained?.reject(error);
    this.#drained = undefined;
  }

  /** Behind those before it, whether or not they could be sent. */
  async #enqueue(message: Uint8Array | Promise<Uint8Array>, bytes: number): Promise<void> {
    this.#waitingBytes += bytes;
    const before = this.#tail;
    const written = createDeferred<void>();
    this.#follow(written.promise);
    let drained: Promise<void>;
    try {
      const [ready] = await Promise.all([message, before]);
      this.#checkSize(ready);
      this.#checkOpen();
      drained = this.#write(ready);
    } catch (error) {
      // Also when it fails first, those before it keep their place.
      await before;
      throw error;
    } finally {
      this.#waitingBytes -= bytes;
      written.resolve();
      this.#options.changed();
    }
    await drained;
  }

  /** @returns Settles when there is room for more. */
  async #write(message: Uint8Array): Promise<void> {
    const channel = this.#channel;
    const isFull = channel.bufferedBytes + message.length > this.#options.limits.maxBufferedBytes;
    if (isFull) throw this.#tooMuch();
    CODEC.encode(message, channel.writer);
    this.#appendedBytes += message.length + 1;
    this.#options.sent(message.length + 1);
    if (channel.flush()) return;
    if (this.#drained === undefined) {
      this.#drained = createDeferred();
      this.#drained.promise.catch(() => {});
      this.#watch();
    }
    await this.#drained.promise;
  }

  #watch(): void {
    const { clock, limits: { stallMs } } = this.#options;
    const takenBytes = (): number => this.#appendedBytes - this.#channel.bufferedBytes;
    const before = takenBytes();
    this.#cancelStall = clock.after(stallMs, () => {
      if (takenBytes() > before) return this.#watch();
      this.#options.stalled(new TimeoutError("send p2p message", stallMs));
    });
  }

  /** What is sent from now on waits for it. */
  #follow(sent: Promise<void>): void {
    const tail = sent.then(() => {
      if (this.#tail === tail) this.#tail = undefined;
    });
    this.#tail = tail;
  }

  #checkOpen(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  #checkSize(message: Uint8Array): void {
    const { maxMessageBytes } = this.#options.limits;
    if (message.length <= maxMessageBytes) return;
    throw new EncodeError(
      "limit_exceeded",
      `Cannot send message as it is larger than ${maxMessageBytes} bytes: got ${message.length}`,
    );
  }

  #tooMuch(): SynapseError {
    return new SynapseError(
      "limit_exceeded",
      `Cannot send message as more than ${this.#options.limits.maxBufferedBytes} bytes would wait: the peer reads too slowly`,
    );
  }
}
