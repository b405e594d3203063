/**
 * The server's side of a connection that carries one call: read it, run it, answer, close.
 *
 * Where the real programs would wait or hang for ever, a deadline closes the connection here.
 *
 * @module
 */
import type { Conversation } from "../acceptor.ts";
import { type Address, formatAddress } from "../address.ts";
import type { CallContext } from "../caller.ts";
import type { Channel, ChannelSink, Clock } from "../channel.ts";
import type { ByteWriter } from "../codec.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import type { OneCallRequest, OneCallWire, RequestReader } from "../dialects/one_call.ts";
import { SynapseError, TimeoutError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Endpoint } from "../endpoint.ts";
import { RunningCall } from "../running_call.ts";
import { isStream, type StreamSource, StreamWriter } from "../stream_writer.ts";
import type { MessageEntry, OpenTrace, Trace } from "../trace.ts";
import { UncallablePeer } from "./uncallable_peer.ts";

/** What one call needs of its node. */
export interface OneCallHost {
  /** The protocol's name. */
  readonly dialect: string;
  readonly wire: OneCallWire;
  readonly limits: Limits;
  readonly clock: Clock;
  /**
   * Finds a function.
   *
   * @throws {SynapseError} `method_not_found`.
   */
  find(method: string): Endpoint;
  /**
   * Looks at a request before its function gets it.
   *
   * @returns What the function is to get.
   * @throws {SynapseError} When it isn't to get it.
   */
  admit?(request: OneCallRequest): OneCallRequest;
  /** Tells of every message, where anybody wants to know. */
  readonly openTrace?: OpenTrace;
}

/** Milliseconds for a request to arrive, and for its sender to leave. Real servers would wait for ever. */
export const REQUEST_DEADLINE_MS: number = 10_000;
const DEFAULT_DRAIN_MS = 5_000;
/** Error messages are for people: what a handler throws may quote megabytes. */
const MAX_ERROR_LENGTH = 8_192;
const MAX_CODE_LENGTH = 64;

/** One accepted connection. */
export class OneCall implements Conversation {
  readonly #channel: Channel;
  readonly #host: OneCallHost;
  readonly #reader: RequestReader;
  readonly #closed: Deferred<void> = createDeferred();
  #state: "reading" | "serving" | "discarding" | "leaving" = "reading";
  #cancelDeadline: () => void;
  /** Bytes of a refused request that are read off, so that its sender sees the answer instead of a reset. */
  #discardBytes = 0;
  #running: RunningCall | undefined;
  readonly #trace: Trace | undefined;
  #requestBytes = 0;
  #servedMs = 0;

  /**
   * Begins to read.
   *
   * @param channel The connection.
   * @param opening What has been read of it already.
   * @param host The node.
   */
  constructor(channel: Channel, opening: Uint8Array, host: OneCallHost) {
    this.#channel = channel;
    this.#host = host;
    this.#reader = host.wire.readRequest();
    this.#trace = host.openTrace?.();
    this.#cancelDeadline = host.clock.after(REQUEST_DEADLINE_MS, () => this.#late());
    channel.open(this.#sink());
    if (opening.length > 0) this.#receive(opening);
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#channel.remote;
  }

  /** @inheritdoc */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** @inheritdoc */
  async close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    const reason = new SynapseError("cancelled", "Cannot go on as the node is closed");
    if (this.#state === "reading" || this.#state === "discarding") this.#cut(reason);
    const cancelTimer = this.#host.clock.after(drainMs, () => this.#cut(reason));
    await this.closed;
    cancelTimer();
  }

  #sink(): ChannelSink {
    return {
      data: (chunk) => this.#receive(chunk),
      end: () => this.#end(),
      drain() {},
      close: () => this.#over(),
    };
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state === "discarding") {
      this.#discardBytes -= chunk.length;
      if (this.#discardBytes <= 0) this.#leave();
    } else if (this.#state === "reading") {
      this.#requestBytes += chunk.length;
      this.#read(() => this.#reader.push(chunk));
    }
  }

  /** Who has asked may say no more, and still listen. */
  #end(): void {
    if (this.#state === "reading") this.#read(() => this.#reader.end());
    if (this.#state === "discarding") this.#leave();
  }

  #read(take: () => OneCallRequest | undefined): void {
    let request: OneCallRequest | undefined;
    try {
      request = take();
    } catch (error) {
      return this.#refuse(asSynapseError(error));
    }
    if (request !== undefined) this.#serve(request);
  }

  #serve(request: OneCallRequest): void {
    this.#state = "serving";
    this.#cancelDeadline();
    this.#servedMs = this.#host.clock.now();
    this.#tell({ direction: "in", type: "request", bytes: this.#requestBytes }, request);
    try {
      const endpoint = this.#host.find(request.method);
      const { args, kwargs } = this.#host.admit?.(request) ?? request;
      if (endpoint.signature.stream) throw this.#streamRefused(request);
      const context = endpoint.wantsContext ? this.#context(request) : undefined;
      this.#conclude(request, endpoint.invoke(args, kwargs, context));
    } catch (error) {
      this.#fail(request, error);
    }
  }

  /** Answers with a value, or waits for what isn't one yet. */
  #conclude(request: OneCallRequest, outcome: unknown): void {
    if (typeof outcome === "object" && outcome !== null) {
      if (typeof (outcome as PromiseLike<unknown>).then === "function") {
        Promise.resolve(outcome).then((value) => this.#conclude(request, value))
          .catch((error) => this.#fail(request, error));
        return;
      }
      if (isStream(outcome)) {
        leave(outcome);
        return this.#fail(request, this.#streamRefused(request));
      }
    }
    const { wire } = this.#host;
    try {
      this.#write("result", request, (into) => wire.writeResult(request, outcome, into));
    } catch (error) {
      const reason = error instanceof Error ? error.message : "it can't be encoded";
      const message = `Cannot send the result of ${request.method}: ${reason}`;
      return this.#fail(request, new SynapseError("internal_error", message));
    }
    this.#leave();
  }

  #fail(request: OneCallRequest, error: unknown): void {
    this.#say(request, asSynapseError(error));
    this.#leave();
  }

  /** Answers what isn't a request, and reads off what is still to come of it, up to a bound. */
  #refuse(error: SynapseError): void {
    this.#say(undefined, error);
    this.#discardBytes = Math.min(
      this.#reader.missingBytes,
      this.#host.limits.maxMessageBytes,
    );
    if (this.#discardBytes === 0) return this.#leave();
    this.#state = "discarding";
    this.#channel.flush();
  }

  #say(request: OneCallRequest | undefined, error: SynapseError): void {
    const { wire } = this.#host;
    try {
      this.#write("error", request, (into) => wire.writeError(request, error, into));
    } catch { /* where not even that can be said, the connection is closed without a word */ }
  }

  #write(
    type: "result" | "error",
    request: OneCallRequest | undefined,
    write: (into: ByteWriter) => void,
  ): void {
    const { writer } = this.#channel;
    if (this.#state === "leaving") return;
    const before = writer.pendingBytes;
    writer.begin(this.#host.limits.maxMessageBytes);
    try {
      write(writer);
      writer.commit();
    } catch (error) {
      writer.rewind();
      throw error;
    }
    const ms = request && this.#host.clock.now() - this.#servedMs;
    this.#tell({ direction: "out", type, bytes: writer.pendingBytes - before, ms }, request);
  }

  #tell(
    entry: Pick<MessageEntry, "direction" | "type" | "bytes" | "ms">,
    request: OneCallRequest | undefined,
  ): void {
    this.#trace?.({
      ...entry,
      dialect: this.#host.dialect,
      peer: formatAddress(this.address),
      method: request?.method,
    });
  }

  /** Closes behind the answer. */
  #leave(): void {
    if (this.#state === "leaving") return;
    this.#state = "leaving";
    this.#channel.close().catch(() => {});
    this.#cancelDeadline();
    this.#awaitLeaving();
  }

  /** Who takes no more of the answer, or has it all and doesn't close the other end, is cut. */
  #awaitLeaving(): void {
    const { bufferedBytes } = this.#channel;
    this.#cancelDeadline = this.#host.clock.after(REQUEST_DEADLINE_MS, () => {
      if (this.#channel.bufferedBytes < bufferedBytes) return this.#awaitLeaving();
      this.#cut(new TimeoutError("close connection", REQUEST_DEADLINE_MS));
    });
  }

  #late(): void {
    if (this.#state === "discarding") this.#leave();
    else this.#cut(new TimeoutError("read request", REQUEST_DEADLINE_MS));
  }

  #cut(reason: SynapseError): void {
    this.#channel.close(reason).catch(() => {});
  }

  #over(): void {
    this.#state = "leaving";
    this.#cancelDeadline();
    this.#running?.cancel(
      new SynapseError("connection_lost", "Nobody waits for this answer any more"),
    );
    this.#closed.resolve();
  }

  #context({ kwargs }: OneCallRequest): CallContext {
    const call = this.#running = new RunningCall();
    const { address } = this;
    const { dialect } = this.#host;
    return {
      peer: new UncallablePeer(address, dialect),
      address,
      dialect,
      get signal() {
        return call.signal;
      },
      kwargs,
    };
  }

  #streamRefused({ method }: OneCallRequest): SynapseError {
    return new SynapseError(
      "not_supported",
      `Cannot call ${method} as it streams its results, which ${this.#host.dialect} can't carry`,
    );
  }
}

/** Runs a generator's `finally`. */
function leave(source: StreamSource): void {
  const stream = new StreamWriter(source, 0, () => true);
  stream.stop();
  stream.run().catch(() => {});
}

/** What may be said of an error outside the process: its code and message, never its stack. */
function asSynapseError(error: unknown): SynapseError {
  const code = error instanceof SynapseError ? error.code : "internal_error";
  const text = error instanceof Error ? error.message || error.name : String(error);
  return new SynapseError(code.slice(0, MAX_CODE_LENGTH), text.slice(0, MAX_ERROR_LENGTH));
}
