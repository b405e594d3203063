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
import {
  type CallContext,
  type Caller,
  type CallOptions,
  DEFAULT_CALL_TIMEOUT_MS,
} from "./caller.ts";
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
import { OutgoingCall } from "./outgoing_call.ts";
import { Output } from "./output.ts";
import { type PendingCall, PendingCalls } from "./pending_calls.ts";
import type { Registry } from "./registry.ts";
import type { RunningCall } from "./running_call.ts";
import { StreamReader } from "./stream_reader.ts";

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
  /** The peer has said who it is. */
  onHello?(session: Session): void;
  /** A notification's handler failed: there is nobody to answer. */
  onNotifyError?(session: Session, method: string, error: unknown): void;
  /** The session is over; without an error in good order. */
  onClose?(session: Session, error?: Error): void;
}

/** How long {@linkcode Session.close} waits for calls under way, where nothing else is said. */
export const DEFAULT_DRAIN_MS: number = 5_000;

/** A conversation; the peer as something to call. */
export class Session implements Caller {
  readonly #options: SessionOptions;
  readonly #channel: Channel;
  readonly #wire: Wire;
  readonly #output: Output;
  readonly #incoming: IncomingCalls;
  readonly #pending: PendingCalls;
  readonly #keepAlive: KeepAlive;
  readonly #closed: Deferred<void> = createDeferred();
  /** Calls given up before the peer's hello has shown that it can be told. */
  #untold: number[] = [];
  #info: PeerInfo | undefined;
  #readers = 0;
  #heldBytes = 0;
  #state: "open" | "draining" | "closed" = "open";
  #error: Error | undefined;
  #onIdle: () => void = () => {};

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
    this.#pending = new PendingCalls(clock);
    this.#incoming = new IncomingCalls({
      registry: options.registry,
      limits,
      output: this.#output,
      context: (call, kwargs) => this.#context(call, kwargs),
      window: () => this.#wire.isExtended ? this.#info?.window ?? 0 : 0,
      notifyFailed: (method, error) => options.onNotifyError?.(this, method, error),
      changed: () => this.#incomingChanged(),
      fault: (error) => this.#end(error),
    });
    this.#keepAlive = new KeepAlive(clock, {
      ping: () => this.#wire.isExtended && this.#tell((writer) => this.#wire.ping(writer)),
      dead: (reason) => this.#end(this.#lost(reason)),
      bufferedBytes: () => channel.bufferedBytes,
    }, options.keepAlive);
    channel.open(this.#sink(), limits.highWaterBytes);
    if (options.isDialler) this.#tell((writer) => this.#wire.hello(options.self, writer));
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
    return new Promise((resolve, reject) => {
      if (options?.signal?.aborted) return reject(options.signal.reason);
      const timeoutMs = options?.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
      const dueMs = this.#options.clock.now() + timeoutMs;
      const call = new OutgoingCall(method, timeoutMs, dueMs, resolve, reject, this);
      call.id = this.#start(call, args, options?.kwargs);
      if (options?.signal !== undefined && call.id !== 0) call.obey(options.signal);
    });
  }

  /** @inheritdoc */
  stream(method: string, args: readonly unknown[] = [], options: CallOptions = {}): StreamReader {
    const { signal, timeoutMs = Infinity, kwargs } = options;
    const { clock, limits } = this.#options;
    const reader = new StreamReader(method, timeoutMs, {
      clock,
      window: limits.streamWindow,
      credit: (count) => this.#tell((writer) => this.#wire.credit(id, count, writer)),
      abandon: () => this.abandon(id),
      watch: (dueMs) => this.#pending.watch(dueMs),
      readError: (error) => this.readError(method, error),
    });
    let id = 0;
    if (signal?.aborted) {
      reader.fail(signal.reason);
    } else if (this.#readers >= limits.maxStreams) {
      reader.fail(
        new SynapseError(
          "limit_exceeded",
          `Cannot stream ${method} as ${limits.maxStreams} streams are open already`,
        ),
      );
    } else {
      id = this.#start(reader, args, kwargs);
      if (id === 0) return reader;
      const aborted = (): void => {
        this.abandon(id);
        reader.fail(signal?.reason);
      };
      signal?.addEventListener("abort", aborted);
      this.#readers++;
      reader.onDone(() => {
        this.#readers--;
        signal?.removeEventListener("abort", aborted);
      });
    }
    return reader;
  }

  /** @inheritdoc */
  notify(method: string, args: readonly unknown[] = [], kwargs?: Kwargs): void {
    if (this.#state !== "open") throw this.#lost("it is closed");
    this.#output.send((writer) => this.#wire.notify(method, args, kwargs, writer));
  }

  /** Forgets a call of ours, and tells the peer where it can be told. For calls; not for callers. */
  abandon(id: number): void {
    if (this.#pending.take(id) === undefined) return;
    if (this.#wire.isExtended) this.#tell((writer) => this.#wire.cancel(id, writer));
    else if (this.#untold.length < this.#options.limits.maxPendingCalls) this.#untold.push(id);
    this.#checkIdle();
  }

  /** Reads an error as the peer wrote it. For calls; not for callers. */
  readError(method: string, error: unknown): SynapseError {
    return this.#wire.readError(method, error);
  }

  /**
   * Ends in good order: no new calls either way, those under way are finished, what is buffered goes out.
   *
   * @param timeoutMs How long calls under way may take, 5,000 by default; then they are cut.
   * @returns Settles when the channel is gone.
   */
  async close(timeoutMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    if (this.#state !== "open") return await this.closed;
    this.#state = "draining";
    if (!this.#isIdle && timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(timeoutMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#end();
    await this.closed;
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
    for (let i = 0; i < messages.length; i++) this.#dispatch(messages[i]);
    if (decoder.fault !== undefined) return this.#refuse(decoder.fault);
    if (this.#incoming.held > 0) this.#hold(chunk.length);
  }

  #dispatch(message: Message): void {
    switch (message.type) {
      case "response":
        this.#pending.take(message.id)?.settle(message.error, message.result);
        if (this.#state === "draining") this.#checkIdle();
        return;
      case "request":
      case "notify":
        if (this.#state === "open") return this.#incoming.take(message);
        if (message.type === "request") {
          this.#tell((writer) => this.#wire.error(message.id, this.#lost("it is closing"), writer));
        }
        return;
      case "item":
        return this.#pending.get(message.id)?.item(message.values);
      case "credit":
        return this.#incoming.credit(message.id, message.count);
      case "cancel":
        return this.#incoming.cancel(message.id);
      case "hello":
        return this.#greeted(message.peer);
      case "ping":
        this.#tell((writer) => this.#wire.pong(writer));
    }
  }

  #greeted(peer: PeerInfo): void {
    const isFirst = this.#info === undefined;
    this.#info = peer;
    if (!isFirst) return;
    if (!this.#options.isDialler) {
      this.#tell((writer) => this.#wire.hello(this.#options.self, writer));
    }
    for (const id of this.#untold) this.#tell((writer) => this.#wire.cancel(id, writer));
    this.#untold = [];
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

  /** Sends a request. @returns Its id, or 0 when it has failed already. */
  #start(call: PendingCall, args: readonly unknown[], kwargs: Kwargs | undefined): number {
    const { maxPendingCalls } = this.#options.limits;
    if (this.#state !== "open") {
      call.fail(this.#lost("it is closed"));
      return 0;
    }
    if (this.#pending.size >= maxPendingCalls) {
      call.fail(
        new SynapseError(
          "limit_exceeded",
          `Cannot call ${call.method} as ${maxPendingCalls} calls are waiting for answers already`,
        ),
      );
      return 0;
    }
    const id = this.#pending.add(call);
    try {
      this.#output.send((writer) => this.#wire.request(id, call.method, args, kwargs, writer));
    } catch (error) {
      this.#pending.take(id);
      call.fail(error);
      return 0;
    }
    return id;
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
    const isPaused = this.#heldBytes >= this.#options.limits.highWaterBytes;
    this.#heldBytes += bytes;
    if (!isPaused && this.#heldBytes >= this.#options.limits.highWaterBytes) this.#channel.pause();
  }

  #incomingChanged(): void {
    if (this.#heldBytes > 0 && this.#incoming.held === 0) {
      const isPaused = this.#heldBytes >= this.#options.limits.highWaterBytes;
      this.#heldBytes = 0;
      if (isPaused) this.#channel.resume();
    }
    if (this.#state === "draining") this.#checkIdle();
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
    const unanswered = this.#lost("the other side has closed it");
    for (const call of this.#pending.takeAll()) call.fail(unanswered);
    this.close().catch(() => {});
  }

  /** Hangs up: politely lets what is buffered go out first. */
  #end(error?: Error, isPolite = error === undefined): void {
    if (this.#state === "closed") return;
    this.#settle(error);
    this.#channel.close(isPolite ? undefined : error).catch(() => {});
  }

  /** The channel is gone. */
  #over(error?: Error): void {
    if (this.#state !== "closed") this.#settle(error);
    this.#options.onClose?.(this, this.#error);
    this.#closed.resolve();
  }

  #settle(error?: Error): void {
    this.#state = "closed";
    this.#error = error;
    this.#keepAlive.stop();
    const reason = error instanceof SynapseError
      ? error
      : this.#lost(error?.message ?? "it was closed", error);
    for (const call of this.#pending.takeAll()) call.fail(reason);
    this.#incoming.abort(reason);
    this.#onIdle();
  }

  get #isIdle(): boolean {
    return this.#pending.size === 0 && this.#incoming.size === 0;
  }

  #checkIdle(): void {
    if (this.#isIdle) this.#onIdle();
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
