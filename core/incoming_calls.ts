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
  /** Calls were answered that weren't at once, or taken up that were held back. */
  changed(): void;
  /** The session can't go on. */
  fault(error: SynapseError): void;
}

/** Error messages are for people: what a handler throws may quote megabytes. */
const MAX_ERROR_LENGTH = 8_192;
/** A "did you mean" takes milliseconds among many long names, and who mistypes so often is no person. */
const MAX_HINTS = 16;

/** What one peer has asked for. */
export class IncomingCalls {
  readonly #host: IncomingCallsHost;
  readonly #output: Output;
  readonly #registry: Registry;
  readonly #limits: Limits;
  /** Calls not answered at once. Notifications, which have no id, are under negative numbers. */
  readonly #running = new Map<number, RunningCall>();
  /** Calls held back, in order. */
  readonly #waiting = new Map<number, Request | Notify>();
  /** Handlers at work, streams included, and those whose caller has cancelled: they cost the same. */
  #handlers = 0;
  #streams = 0;
  #notifications = 0;
  #unknownNames = 0;

  /** @param host The session. */
  constructor(host: IncomingCallsHost) {
    this.#host = host;
    this.#output = host.output;
    this.#registry = host.registry;
    this.#limits = host.limits;
  }

  /** Calls that are not answered yet. */
  get size(): number {
    return this.#running.size + this.#waiting.size;
  }

  /** Calls held back among them. */
  get held(): number {
    return this.#waiting.size;
  }

  /** Takes one in: runs it, or holds it back. */
  take(message: Request | Notify): void {
    const id = message.type === "request" ? message.id : --this.#notifications;
    if (this.size > 0 && (this.#running.has(id) || this.#waiting.has(id))) {
      return this.#host.fault(
        new SynapseError(
          "protocol_error",
          `Cannot serve request as its id is in use: got ${id} twice`,
        ),
      );
    }
    if (this.#waiting.size > 0 || this.#isThrottled) this.#waiting.set(id, message);
    else this.#serve(id, message);
  }

  /** The caller has lost interest. */
  cancel(id: number): void {
    const call = this.#running.get(id);
    if (id < 0 || (call === undefined && !this.#waiting.delete(id))) return;
    const reason = new SynapseError(
      "cancelled",
      "Cannot finish call as its caller has cancelled it",
    );
    this.#running.delete(id);
    call?.cancel(reason);
    this.#sendError(id, reason);
    this.#host.changed();
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
    this.#waiting.clear();
    for (const call of this.#running.values()) call.cancel(reason);
    this.#running.clear();
  }

  get #isThrottled(): boolean {
    return !this.#output.isWritable ||
      this.#handlers - this.#streams >= this.#limits.maxRunningCalls;
  }

  #serve(id: number, message: Request | Notify): void {
    const { method, args, kwargs } = message;
    const endpoint = this.#registry.get(method);
    if (endpoint === undefined) {
      const hasHint = ++this.#unknownNames <= MAX_HINTS;
      return this.#fail(id, method, this.#registry.notFound(method, hasHint));
    }
    try {
      if (endpoint.wantsContext) {
        const call = new RunningCall();
        const context = this.#host.context(call, kwargs);
        this.#conclude(id, method, endpoint.invoke(args, kwargs, context, method), call);
      } else {
        this.#conclude(id, method, endpoint.invoke(args, kwargs, undefined, method));
      }
    } catch (error) {
      this.#fail(id, method, error);
    }
  }

  /** Answers with a value, or follows what isn't one yet. */
  #conclude(id: number, method: string, outcome: unknown, call?: RunningCall): void {
    try {
      if (typeof outcome === "object" && outcome !== null) {
        if (typeof (outcome as PromiseLike<unknown>).then === "function") {
          return this.#follow(id, method, outcome, call ?? new RunningCall());
        }
        if (isStream(outcome)) return this.#stream(id, method, outcome, call ?? new RunningCall());
      }
      if (id >= 0) this.#output.send((writer) => this.#output.wire.result(id, outcome, writer));
    } catch (error) {
      this.#fail(id, method, unsendable(`the result of ${method}`, error));
    }
  }

  #follow(id: number, method: string, outcome: unknown, call: RunningCall): void {
    // What a handler returns may be anything that has a `then`: this one settles once, and doesn't throw.
    const settled = Promise.resolve(outcome);
    this.#running.set(id, call);
    this.#handlers++;
    settled.then((value) => {
      if (this.#finish(id, call)) this.#conclude(id, method, value, call);
      this.#release();
    }, (error) => {
      if (this.#finish(id, call)) this.#fail(id, method, error);
      this.#release();
    });
  }

  #stream(id: number, method: string, source: StreamSource, call: RunningCall): void {
    const window = this.#host.window();
    const stream = new StreamWriter(source, window, (values) => {
      try {
        this.#output.send((writer) => this.#output.wire.item(id, values, writer));
      } catch (error) {
        throw unsendable(`an item of ${method}`, error);
      }
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
    this.#follow(id, method, stream.run().finally(() => this.#streams--), call);
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

  /** A handler is done. @returns Whether anybody still waits for its answer. */
  #finish(id: number, call: RunningCall): boolean {
    this.#handlers--;
    return !call.isCancelled && this.#running.delete(id);
  }

  /** After each answer: calls held back get their turn, as far as there is room. */
  #release(): void {
    for (const [id, message] of this.#waiting) {
      if (this.#isThrottled) break;
      this.#waiting.delete(id);
      this.#serve(id, message);
    }
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

/** That it can't be encoded is the handler's mistake, not the caller's. */
function unsendable(what: string, error: unknown): SynapseError {
  const reason = error instanceof Error ? error.message : "it can't be encoded";
  return new SynapseError("internal_error", `Cannot send ${what}: ${reason}`);
}

/** What may be said of an error outside the process: its code, message and data, never its stack. */
function asSynapseError(method: string, error: unknown): SynapseError {
  if (error instanceof SynapseError) return error;
  const thrown = error instanceof Error ? error.message || error.name : error;
  const message = typeof thrown === "string"
    ? thrown.slice(0, MAX_ERROR_LENGTH)
    : `${method} threw no error: got ${thrown === null ? null : typeof thrown}`;
  return new SynapseError("internal_error", message);
}
