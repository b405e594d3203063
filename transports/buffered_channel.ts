/**
 * What every channel here does the same way: collect output and send it once a tick, say when too
 * much is waiting, hand input to whoever listens, close once.
 *
 * @module
 */
import { ByteWriter } from "../core/codec.ts";
import type { Address } from "../core/address.ts";
import type { Channel, ChannelSink } from "../core/channel.ts";
import { createDeferred, type Deferred } from "../core/deferred.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";

/**
 * When so much waits, it goes out within the tick, so that the other process starts on it while this one still
 * works: 608 k instead of 406 k calls/s with 64 in flight.
 */
const EAGER_FLUSH_BYTES = 1024;

/** The common half of a {@linkcode Channel}; a transport adds how bytes really move. */
export abstract class BufferedChannel implements Channel {
  /** @inheritdoc */
  abstract readonly kind: "stream" | "message";
  /** @inheritdoc */
  abstract readonly local: Address;
  /** @inheritdoc */
  abstract readonly remote: Address;
  /** @inheritdoc */
  readonly writer: ByteWriter = new ByteWriter();
  #state: "open" | "closing" | "gone" = "open";
  #sink: ChannelSink | undefined;
  #highWaterBytes = DEFAULT_LIMITS.highWaterBytes;
  #isFlushScheduled = false;
  #isBlocked = false;
  #isPaused = false;
  #reason: Error | undefined;
  readonly #closed: Deferred<void> = createDeferred();
  readonly #flushNow = (): void => this.#send();
  readonly #drain = (): void => {
    this.writer.drainTo(this.#state === "open" ? this.#write : discard);
  };
  readonly #write = (part: Uint8Array): void => this.transmit(part);

  /** Hands one part to the network. */
  protected abstract transmit(part: Uint8Array): void;
  /**
   * Calls `transmit` for several parts, the heads of messages and their payloads, which had better travel
   * together.
   */
  protected transmitTogether(transmitParts: () => void): void {
    transmitParts();
  }
  /** Bytes handed to `transmit` that the network hasn't taken. */
  protected abstract get queuedBytes(): number;
  /** Begins, or goes on, reading. */
  protected abstract startReading(): void;
  /** Stops reading for now. */
  protected abstract stopReading(): void;
  /** Sends what is queued, then closes; input that still comes is of no interest. */
  protected abstract finish(): void;
  /** Closes at once. */
  protected abstract abort(): void;

  /** @inheritdoc */
  get bufferedBytes(): number {
    return this.queuedBytes + this.writer.pendingBytes;
  }

  /** @inheritdoc */
  open(sink: ChannelSink, highWaterBytes: number = DEFAULT_LIMITS.highWaterBytes): void {
    if (this.#state === "gone") return queueMicrotask(() => sink.close(this.#reason));
    this.#sink = sink;
    this.#highWaterBytes = highWaterBytes;
    this.#read();
  }

  /** @inheritdoc */
  flush(): boolean {
    if (this.writer.pendingBytes >= EAGER_FLUSH_BYTES) {
      this.#send();
    } else if (!this.#isFlushScheduled) {
      this.#isFlushScheduled = true;
      queueMicrotask(this.#flushNow);
    }
    return !this.#isBlocked;
  }

  /** @inheritdoc */
  pause(): void {
    this.#isPaused = true;
    if (this.#state === "open") this.stopReading();
  }

  /** @inheritdoc */
  resume(): void {
    this.#isPaused = false;
    this.#read();
  }

  /** @inheritdoc */
  close(reason?: Error): Promise<void> {
    if (reason !== undefined && this.#state !== "gone") {
      this.#reason ??= reason;
      this.#state = "closing";
      this.abort();
    } else if (this.#state === "open") {
      this.#send();
      this.#state = "closing";
      this.finish();
    }
    return this.#closed.promise;
  }

  /**
   * For the transport: bytes have come. What the sink answers goes out as soon as it returns: a microtask would,
   * under Deno, wait until the socket has been read once more. A 64-byte echo at 0.96 instead of 0.87 of raw speed.
   */
  protected received(chunk: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#isFlushScheduled = true;
    try {
      this.#sink?.data(chunk);
    } finally {
      this.#send();
    }
  }

  /** For the transport: the other side will say no more. */
  protected ended(): void {
    if (this.#state === "open") this.#sink?.end();
  }

  /** For the transport: `queuedBytes` has gone down. */
  protected drained(): void {
    if (!this.#isBlocked || this.queuedBytes >= this.#highWaterBytes) return;
    this.#isBlocked = false;
    if (this.#state === "open") this.#sink?.drain();
  }

  /** For the transport: it is over; the first call counts. */
  protected gone(error?: Error): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#reason ??= error;
    this.#closed.resolve();
    this.#sink?.close(this.#reason);
    this.#sink = undefined;
  }

  #read(): void {
    if (this.#state === "open" && this.#sink !== undefined && !this.#isPaused) this.startReading();
  }

  #send(): void {
    this.#isFlushScheduled = false;
    if (this.writer.pendingBytes === 0) return;
    if (this.writer.isSplit) this.transmitTogether(this.#drain);
    else this.#drain();
    if (this.queuedBytes >= this.#highWaterBytes) this.#isBlocked = true;
  }
}

/** After the end nobody takes output, and it must not pile up. */
function discard(): void {}
