/**
 * One conversation on one channel. Both sides may call: requests go out and are matched with their
 * answers, requests come in and are handed to the registry, and neither side can make the other hold
 * more than its limits.
 *
 * Bytes go from the channel through the dialect's decoder to the handler, and a plain result back
 * into the channel's buffer, in one turn without a promise.
 *
 * @module
 */
import { type Address, formatAddress } from "./address.ts";
import type { CallContext, Caller, CallOptions } from "./caller.ts";
import type { Channel, ChannelSink, Clock } from "./channel.ts";
import type { ByteWriter } from "./codec.ts";
import type { Extensions } from "./codecs/messagepack_extensions.ts";
import { createDeferred, type Deferred } from "./deferred.ts";
import type { Dialect, Wire } from "./dialects/dialect.ts";
import { SynapseError, TransportError } from "./errors.ts";
import { IncomingCalls } from "./incoming_calls.ts";
import { KeepAlive, type KeepAliveOptions } from "./keep_alive.ts";
import type { Limits } from "./limits.ts";
import type { Kwargs, Message, PeerInfo } from "./message.ts";
import { OutgoingCalls } from "./outgoing_calls.ts";
import { Output } from "./output.ts";
import type { Registry } from "./registry.ts";
import type { RunningCall } from "./running_call.ts";
import type { StreamReader } from "./stream_reader.ts";

/** What a session is made of. */
export interface SessionOptions {
  readonly channel: Channel;
  readonly dialect: Dialect;
  readonly extensions: Extensions;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly keepAlive?: KeepAliveOptions;
  /** What this side says of itself. */
  readonly self: PeerInfo;
  /** The side that dialled speaks first. */
  readonly isDialler: boolean;
  /** What has been read of the channel already. */
  readonly opening?: Uint8Array;
  /** The peer has said who it is. */
  onHello?(session: Session): void;
  /** A notification's handler failed: there is nobody to answer. */
  onNotifyError?(session: Session, method: string, error: unknown): void;
  /** The session is over; without an error in good order. */
  onClose?(session: Session, error?: Error): void;
}

/** How long {@linkcode Session.close} waits for calls under way, where nothing else is said. */
export const DEFAULT_DRAIN_MS: number = 5_000;
/** How long it then waits for the peer to take what is left for it. */
const LAST_WORDS_MS = 2_000;

/** A conversation; the peer as something to call. */
export class Session implements Caller {
  readonly #options: SessionOptions;
  readonly #channel: Channel;
  readonly #wire: Wire;
  readonly #output: Output;
  readonly #incoming: IncomingCalls;
  readonly #outgoing: OutgoingCalls;
  readonly #keepAlive: KeepAlive;
  readonly #closed: Deferred<void> = createDeferred();
  #info: PeerInfo | undefined;
  #heldBytes = 0;
  #state: "open" | "draining" | "closed" = "open";
  #error: Error | undefined;

  /**
   * Starts at once.
   *
   * @param options What it is made of.
   */
  constructor(options: SessionOptions) {
    const { channel, limits, clock } = options;
    this.#options = options;
    this.#channel = channel;
    this.#wire = options.dialect.open({ limits, extensions: options.extensions });
    this.#output = new Output(channel, this.#wire, limits);
    this.#outgoing = new OutgoingCalls({
      clock,
      limits,
      output: this.#output,
      refusal: () => this.#state === "open" ? undefined : this.#lost("it is closed"),
      tell: (encode) => this.#tell(encode),
      changed: () => this.#checkDrained(),
    });
    this.#incoming = new IncomingCalls({
      registry: options.registry,
      limits,
      output: this.#output,
      context: (call, kwargs) => this.#context(call, kwargs),
      window: () => this.#wire.isExtended ? this.#info?.window ?? 0 : 0,
      notifyFailed: (method, error) => options.onNotifyError?.(this, method, error),
      changed: () => this.#incomingChanged(),
      fault: (error) => this.#refuse(error),
    });
    this.#keepAlive = new KeepAlive(clock, {
      ping: () => this.#ping(),
      dead: (reason) => this.#cut(reason),
      output: this.#output,
    }, options.keepAlive);
    channel.open(this.#sink(), Math.min(limits.highWaterBytes, limits.maxBufferedBytes));
    if (options.isDialler) this.#tell((writer) => this.#wire.hello(options.self, writer));
    if (options.opening !== undefined) this.#receive(options.opening);
  }

  /** @inheritdoc */
  get info(): PeerInfo | undefined {
    return this.#info;
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#channel.remote;
  }

  /** Whether calls can be made. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Why the session is over; undefined while it isn't, or when it ended in good order. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Settles when the session is over. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** @inheritdoc */
  call(method: string, args: readonly unknown[] = [], options?: CallOptions): Promise<unknown> {
    return this.#outgoing.call(method, args, options);
  }

  /** @inheritdoc */
  stream(method: string, args: readonly unknown[] = [], options: CallOptions = {}): StreamReader {
    return this.#outgoing.stream(method, args, options);
  }

  /** @inheritdoc */
  notify(method: string, args: readonly unknown[] = [], kwargs?: Kwargs): void {
    if (this.#state !== "open") throw this.#lost("it is closed");
    this.#output.send((writer) => this.#wire.notify(method, args, kwargs, writer));
  }

  /**
   * Ends in good order: no new calls either way, those under way are finished, what is buffered goes out.
   *
   * @param timeoutMs How long calls under way may take, 5,000 by default; then they are cut. A peer that
   * takes no output is cut two seconds later.
   * @returns Settles when the channel is gone.
   */
  async close(timeoutMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    const { clock } = this.#options;
    if (this.#state === "open") this.#state = "draining";
    // A handler may be closing its own session: what it returns in this turn still goes out.
    await Promise.resolve();
    if (timeoutMs <= 0 || this.#isIdle) this.#end();
    const cancelEnd = clock.after(timeoutMs, () => this.#end());
    const cancelCut = clock.after(timeoutMs + LAST_WORDS_MS, () => this.#cut("it was closed"));
    await this.closed;
    cancelEnd();
    cancelCut();
  }

  #sink(): ChannelSink {
    return {
      data: (chunk) => this.#receive(chunk),
      drain: () => {
        this.#output.isWritable = true;
        this.#incoming.drained();
      },
      end: () => this.#halfClosed(),
      close: (error) => this.#over(error),
    };
  }

  #receive(chunk: Uint8Array): void {
    this.#keepAlive.heard();
    const { decoder } = this.#wire;
    const messages = decoder.push(chunk);
    for (let i = 0; i < messages.length && this.#state !== "closed"; i++) {
      this.#dispatch(messages[i]);
    }
    if (decoder.fault !== undefined) return this.#refuse(decoder.fault);
    if (this.#incoming.held > 0) this.#hold(chunk.length);
  }

  #dispatch(message: Message): void {
    switch (message.type) {
      case "response":
        return this.#outgoing.settle(message);
      case "request":
      case "notify":
        if (this.#state === "open") return this.#incoming.take(message);
        if (message.type === "request") {
          this.#tell((writer) => this.#wire.error(message.id, this.#lost("it is closing"), writer));
        }
        return;
      case "item":
        return this.#outgoing.item(message);
      case "credit":
        return this.#incoming.credit(message.id, message.count);
      case "cancel":
        return this.#incoming.cancel(message.id);
      case "hello":
        return this.#greeted(message.peer);
      case "ping":
        // Where output waits, that will tell as soon as the peer takes it; pongs must not pile up behind it.
        if (this.#output.isWritable) this.#tell((writer) => this.#wire.pong(writer));
    }
  }

  #greeted(peer: PeerInfo): void {
    const isFirst = this.#info === undefined;
    this.#info = peer;
    if (!isFirst) return;
    if (!this.#options.isDialler) {
      this.#tell((writer) => this.#wire.hello(this.#options.self, writer));
    }
    this.#outgoing.greeted();
    this.#options.onHello?.(this);
  }

  /** Sends what is nobody's call: where that fails, the connection is past saving. */
  #tell(encode: (writer: ByteWriter) => void): boolean {
    if (this.#state === "closed") return false;
    try {
      this.#output.send(encode);
      return true;
    } catch (error) {
      this.#end(error as Error);
      return false;
    }
  }

  #context(call: RunningCall, kwargs: Kwargs | undefined): CallContext {
    return {
      peer: this,
      address: this.address,
      dialect: this.#options.dialect.name,
      get signal() {
        return call.signal;
      },
      kwargs,
    };
  }

  /**
   * Keeps reading while calls are held back, since answers to our own calls and credit come the same
   * way and may be what everybody waits for; up to as much as we'd let wait on the way out.
   */
  #hold(bytes: number): void {
    const wasPaused = this.#isPaused;
    this.#heldBytes += bytes;
    if (!wasPaused && this.#isPaused) this.#channel.pause();
  }

  get #isPaused(): boolean {
    return this.#heldBytes >= this.#options.limits.highWaterBytes;
  }

  #incomingChanged(): void {
    if (this.#heldBytes > 0 && this.#incoming.held === 0) {
      const wasPaused = this.#isPaused;
      this.#heldBytes = 0;
      if (wasPaused) this.#channel.resume();
    }
    this.#checkDrained();
  }

  /** Asks whether the peer is there. While we don't read, no answer could come: then we say that we are. */
  #ping(): boolean {
    if (!this.#wire.isExtended) return false;
    if (!this.#isPaused) return this.#tell((writer) => this.#wire.ping(writer));
    this.#tell((writer) => this.#wire.pong(writer));
    return false;
  }

  /** The bytes can't be trusted any more: says why, where somebody may read it, and hangs up. */
  #refuse(fault: SynapseError): void {
    this.#tell((writer) => this.#wire.error(0, fault, writer));
    this.#end(fault, true);
  }

  /** A peer with the extensions never half-closes, so that it is gone; a plain one may still wait for answers. */
  #halfClosed(): void {
    try {
      this.#wire.decoder.end();
    } catch (error) {
      return this.#end(error as Error, true);
    }
    if (this.#wire.isExtended || this.#incoming.size === 0) return this.#end();
    this.#outgoing.fail(this.#lost("the other side has closed it"));
    this.#state = "draining";
  }

  /** Hangs up: politely lets what is buffered go out first. */
  #end(error?: Error, isPolite = error === undefined): void {
    if (this.#state === "closed") return;
    this.#settle(error);
    this.#channel.close(isPolite ? undefined : error).catch(() => {});
  }

  /** Hangs up at once, also where hanging up politely takes too long. */
  #cut(reason: string): void {
    const error = this.#lost(reason);
    this.#end(error);
    this.#channel.close(error).catch(() => {});
  }

  /** The channel is gone. */
  #over(error?: Error): void {
    this.#keepAlive.stop();
    if (this.#state !== "closed") this.#settle(error);
    this.#options.onClose?.(this, this.#error);
    this.#closed.resolve();
  }

  #settle(error?: Error): void {
    this.#state = "closed";
    this.#error = error;
    const reason = error instanceof SynapseError
      ? error
      : this.#lost(error?.message ?? "it was closed", error);
    this.#outgoing.fail(reason);
    this.#incoming.abort(reason);
  }

  get #isIdle(): boolean {
    return this.#outgoing.size === 0 && this.#incoming.size === 0;
  }

  #checkDrained(): void {
    if (this.#state === "draining" && this.#isIdle) this.#end();
  }

  #lost(reason: string, cause?: Error): TransportError {
    const url = formatAddress(this.address);
    return new TransportError(
      "connection_lost",
      url,
      `Connection with ${url} is lost as ${reason}`,
      { cause },
    );
  }
}
