/**
 * The peer's calls: handed to the registry, answered in the same turn where the result is there, held
 * back where the peer asks faster than it takes answers.
 *
 * @module
 */
import type { CallContext } from "./caller.ts";
import { SynapseError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Kwargs, Notify, Request } from "./message.ts";
import type { Output } from "./output.ts";
import type { Registry } from "./registry.ts";
import { RunningCall } from "./running_call.ts";
import { isStream, type StreamSource, StreamWriter } from "./stream_writer.ts";

/** What it needs of its session. */
export interface IncomingCallsHost {
  readonly registry: Registry;
  readonly limits: Limits;
  readonly output: Output;
  /** What handlers get that want to know who calls. */
  context(call: RunningCall, kwargs: Kwargs | undefined): CallContext;
  /** Stream items that the peer takes before its first credit; 0 where it takes no streams. */
  window(): number;
  /** A notification's handler failed. */
  notifyFailed(method: string, error: unknown): void;
  /** A call was answered that wasn't at once, or the last one held back was taken up. */
  changed(): void;
  /** The session can't go on. */
  fault(error: SynapseError): void;
}

/** Error messages are for people: what a handler throws may quote megabytes. */
const MAX_ERROR_LENGTH = 8_192;

/** What one peer has asked for. */
export class IncomingCalls {
  readonly #host: IncomingCallsHost;
  readonly #output: Output;
  readonly #registry: Registry;
  readonly #limits: Limits;
  /** Calls not answered at once. Notifications, which have no id, are under negative numbers. */
  readonly #running = new Map<number, RunningCall>();
  #notifications = 0;
  #streams = 0;
  #held: (Request | Notify)[] = [];
  #nextHeld = 0;

  /** @param host The session. */
  constructor(host: IncomingCallsHost) {
    this.#host = host;
    this.#output = host.output;
    this.#registry = host.registry;
    this.#limits = host.limits;
  }

  /** Calls that are not answered yet. */
  get size(): number {
    return this.#running.size + this.held;
  }

  /** Calls held back among them. */
  get held(): number {
    return this.#held.length - this.#nextHeld;
  }

  /** Takes one in: runs it, or holds it back. */
  take(message: Request | Notify): void {
    if (this.held > 0 || this.#isThrottled) this.#held.push(message);
    else this.#serve(message);
  }

  /** The caller has lost interest. */
  cancel(id: number): void {
    const call = this.#running.get(id);
    if (call === undefined || id < 0) return;
    const reason = new SynapseError(
      "cancelled",
      "Cannot finish call as its caller has cancelled it",
    );
    call.cancel(reason);
    this.#finish(id);
    this.#sendError(id, reason);
  }

  /** The caller takes more items. */
  credit(id: number, count: number): void {
    this.#running.get(id)?.stream?.grant(count);
  }

  /** Output isn't stuck any more. */
  drained(): void {
    for (const call of this.#running.values()) call.stream?.drained();
    this.#release();
  }

  /** Nobody waits for anything any more. */
  abort(reason: SynapseError): void {
    this.#held = [];
    this.#nextHeld = 0;
    for (const call of this.#running.values()) call.cancel(reason);
    this.#running.clear();
  }

  get #isThrottled(): boolean {
    return !this.#output.isWritable ||
      this.#running.size - this.#streams >= this.#limits.maxRunningCalls;
  }

  #serve(message: Request | Notify): void {
    const id = message.type === "request" ? message.id : --this.#notifications;
    if (this.#running.size > 0 && this.#running.has(id)) {
      return this.#host.fault(
        new SynapseError(
          "protocol_error",
          `Cannot serve request as its id is in use: got ${id} twice`,
        ),
      );
    }
    const { method, args, kwargs } = message;
    const endpoint = this.#registry.get(method);
    if (endpoint === undefined) return this.#fail(id, method, this.#registry.notFound(method));
    try {
      if (endpoint.wantsContext) {
        const call = new RunningCall();
        this.#conclude(
          id,
          method,
          endpoint.invoke(args, kwargs, this.#host.context(call, kwargs)),
          call,
        );
      } else {
        this.#conclude(id, method, endpoint.invoke(args, kwargs));
      }
    } catch (error) {
      this.#fail(id, method, error);
    }
  }

  /** Answers with a value, or follows what isn't one yet. */
  #conclude(id: number, method: string, outcome: unknown, call?: RunningCall): void {
    if (typeof outcome === "object" && outcome !== null) {
      if (typeof (outcome as PromiseLike<unknown>).then === "function") {
        return this.#follow(id, method, outcome as PromiseLike<unknown>, call ?? new RunningCall());
      }
      if (isStream(outcome)) return this.#stream(id, method, outcome, call ?? new RunningCall());
    }
    if (id < 0) return;
    try {
      this.#output.send((writer) => this.#output.wire.result(id, outcome, writer));
    } catch (error) {
      const reason = error instanceof Error ? error.message : "it can't be encoded";
      this.#fail(
        id,
        method,
        new SynapseError("internal_error", `Cannot send the result of ${method}: ${reason}`),
      );
    }
  }

  #follow(id: number, method: string, outcome: PromiseLike<unknown>, call: RunningCall): void {
    this.#running.set(id, call);
    outcome.then((value) => {
      if (call.isCancelled) return;
      this.#finish(id);
      this.#conclude(id, method, value, call);
      this.#release();
    }, (error) => {
      if (call.isCancelled) return;
      this.#finish(id);
      this.#fail(id, method, error);
      this.#release();
    });
  }

  #stream(id: number, method: string, source: StreamSource, call: RunningCall): void {
    const window = this.#host.window();
    const stream = new StreamWriter(source, window, (values) => {
      this.#output.send((writer) => this.#output.wire.item(id, values, writer));
      return this.#output.isWritable;
    });
    const refusal = this.#refuseStream(id, method, window);
    if (refusal !== undefined) {
      stream.stop();
      stream.run().catch(() => {});
      return this.#fail(id, method, refusal);
    }
    call.stream = stream;
    this.#streams++;
    this.#running.set(id, call);
    stream.run().then(() => undefined, (error) => error).then((error) => {
      if (call.isCancelled) return;
      this.#finish(id);
      if (error === undefined) this.#conclude(id, method, null);
      else this.#fail(id, method, error);
    });
  }

  #refuseStream(id: number, method: string, window: number): SynapseError | undefined {
    if (id < 0 || window === 0) {
      return new SynapseError(
        "not_supported",
        `Cannot call ${method} as it streams its results, and the caller takes no streams`,
      );
    }
    if (this.#streams >= this.#limits.maxStreams) {
      return new SynapseError(
        "limit_exceeded",
        `Cannot call ${method} as ${this.#limits.maxStreams} streams are open already`,
      );
    }
    return undefined;
  }

  /** Takes a call off the list. Those held back get their turn in {@linkcode #release}. */
  #finish(id: number): void {
    if (this.#running.get(id)?.stream !== undefined) this.#streams--;
    this.#running.delete(id);
    this.#host.changed();
  }

  #release(): void {
    if (this.held === 0) return;
    while (this.#nextHeld < this.#held.length && !this.#isThrottled) {
      this.#serve(this.#held[this.#nextHeld++]);
    }
    if (this.#nextHeld < this.#held.length) return;
    this.#held = [];
    this.#nextHeld = 0;
    this.#host.changed();
  }

  #fail(id: number, method: string, error: unknown): void {
    if (id < 0) return this.#host.notifyFailed(method, error);
    this.#sendError(id, asSynapseError(method, error));
  }

  #sendError(id: number, error: SynapseError): void {
    const send = (error: SynapseError): void =>
      this.#output.send((writer) => this.#output.wire.error(id, error, writer));
    try {
      try {
        send(error);
      } catch {
        send(new SynapseError(error.code, error.message.slice(0, MAX_ERROR_LENGTH)));
      }
    } catch (stuck) {
      this.#host.fault(asSynapseError("", stuck));
    }
  }
}

/** What may be said of an error outside the process: its code, message and data, never its stack. */
function asSynapseError(method: string, error: unknown): SynapseError {
  if (error instanceof SynapseError) return error;
  if (error instanceof Error) {
    return new SynapseError(
      "internal_error",
      error.message.slice(0, MAX_ERROR_LENGTH) || error.name,
    );
  }
  const thrown = typeof error === "string"
    ? error.slice(0, MAX_ERROR_LENGTH)
    : `${method} failed with a ${typeof error}`;
  return new SynapseError("internal_error", thrown);
}
