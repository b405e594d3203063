/**
 * What a proxy asks for, done: functions told of, called, read item by item.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { CallContext } from "../caller.ts";
import type { Clock } from "../channel.ts";
import type { EasyrpcRequest } from "../codecs/easyrpc.ts";
import { formatJson } from "../codecs/easyrpc_json.ts";
import {
  EASYRPC,
  type EasyrpcCall,
  formatException,
  GENERATOR_END,
  generatorStart,
  looksLikeGenerator,
  missingAction,
  readCall,
  unknownAction,
} from "../dialects/easyrpc.ts";
import { SynapseError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Kwargs } from "../message.ts";
import type { FunctionScope } from "../registry.ts";
import { RunningCall } from "../running_call.ts";
import { isStream, type StreamSource } from "../stream_writer.ts";
import { describeFunction } from "./function_description.ts";
import { OpenGenerators } from "./open_generators.ts";
import { ProxyPeer } from "./proxy_peer.ts";

/** What it needs of its conversation. */
export interface ServedCallsHost {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly address: Address;
  /** What is published to this proxy. */
  registry(): FunctionScope | undefined;
  /**
   * Sends an answer.
   *
   * @throws {EncodeError} When it can't be sent.
   */
  answer(id: unknown, result: unknown): void;
  /** A function failed whose result nobody wants. */
  notifyFailed(method: string, error: unknown): void;
  /** One more is done. */
  changed(): void;
}

/** How a request is answered. */
export type Task = Pick<EasyrpcRequest, "id" | "isAnswered">;

/** Ids are echoed, and kept as long as a generator is open. */
const ID_BOUNDS = { maxDepth: 2, maxBytes: 256, isCompact: true };
/** Telling what there is takes time, and who asks so often for what isn't there is no person. */
const MAX_HINTS = 16;

/** Serves the requests of one connection. */
export class ServedCalls {
  readonly #host: ServedCallsHost;
  readonly #peer: ProxyPeer;
  readonly #generators: OpenGenerators;
  readonly #running = new Set<RunningCall>();
  #unknownNames = 0;

  /** @param host The conversation. */
  constructor(host: ServedCallsHost) {
    this.#host = host;
    this.#peer = new ProxyPeer(host.address);
    this.#generators = new OpenGenerators(host.clock, host.limits.maxStreams);
  }

  /** How many are being worked on. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * Does what is asked.
   *
   * @param body What that is.
   * @throws {EncodeError} When the request's id is too large to be echoed.
   */
  take(task: Task, body: unknown): void {
    const { maxRunningCalls } = this.#host.limits;
    formatJson(task.id, ID_BOUNDS);
    try {
      if (this.#running.size >= maxRunningCalls) {
        throw new SynapseError(
          "limit_exceeded",
          `Cannot call as ${maxRunningCalls} calls of this connection are running already`,
        );
      }
      const call = readCall(body);
      if (call === undefined) this.#answer(task, "", missingAction());
      else this.#do(task, call);
    } catch (error) {
      this.#fail(task, "", error);
    }
  }

  /** Nobody waits for anything any more. */
  abort(reason: SynapseError): void {
    for (const call of this.#running) call.cancel(reason);
    this.#running.clear();
    this.#generators.clear();
  }

  #do(task: Task, call: EasyrpcCall): void {
    switch (call.type) {
      case "functions":
        return this.#answer(task, "get_registered_functions", this.#describe());
      case "next":
        return this.#next(task, formatJson(call.generatorId, ID_BOUNDS));
      case "call":
        return this.#call(task, call.method, call.args, call.kwargs);
    }
  }

  #describe(): unknown {
    const published = this.#host.registry()?.list() ?? [];
    return { funcs: published.map((info) => ({ [info.name]: describeFunction(info) })) };
  }

  #call(task: Task, method: string, args: readonly unknown[], kwargs: Kwargs | undefined): void {
    const registry = this.#host.registry();
    const endpoint = registry?.get(method);
    if (endpoint === undefined) {
      const isTold = ++this.#unknownNames <= MAX_HINTS;
      const names = isTold ? registry?.list().map(({ name }) => name) : undefined;
      return this.#answer(task, method, unknownAction(method, names ?? []));
    }
    const call = new RunningCall();
    const context = endpoint.wantsContext ? this.#context(call, kwargs) : undefined;
    this.#attempt(task, method, () => {
      this.#conclude(task, method, endpoint.invoke(args, kwargs, context), call);
    });
  }

  #context(call: RunningCall, kwargs: Kwargs | undefined): CallContext {
    return {
      peer: this.#peer,
      address: this.#peer.address,
      dialect: EASYRPC,
      get signal() {
        return call.signal;
      },
      kwargs,
    };
  }

  /** Answers with a value, or follows what isn't one yet. */
  #conclude(task: Task, method: string, outcome: unknown, call: RunningCall): void {
    if (typeof outcome === "object" && outcome !== null) {
      if (typeof (outcome as PromiseLike<unknown>).then === "function") {
        return this.#follow(task, method, outcome, call);
      }
      if (isStream(outcome)) return this.#open(task, method, outcome, call);
    }
    this.#answer(task, method, outcome);
  }

  #follow(task: Task, method: string, outcome: unknown, call: RunningCall): void {
    const settled = Promise.resolve(outcome);
    this.#track(settled, task, method, call, (value) => this.#conclude(task, method, value, call));
  }

  /** Waits for something, unless nobody wants it any more when it comes. */
  #track<Value>(
    promise: Promise<Value>,
    task: Task,
    method: string,
    call: RunningCall,
    take: (value: Value) => void,
  ): void {
    this.#running.add(call);
    promise.then((value) => {
      // What a handler gives may be anything, and looking at it may throw.
      if (this.#running.delete(call)) this.#attempt(task, method, () => take(value));
    }, (error) => {
      if (this.#running.delete(call)) this.#fail(task, method, error);
    }).finally(() => this.#host.changed());
  }

  #attempt(task: Task, method: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(task, method, error);
    }
  }

  #open(task: Task, method: string, source: StreamSource, call: RunningCall): void {
    const key = formatJson(task.id, ID_BOUNDS);
    this.#generators.add(key, source, call);
    if (task.isAnswered) return this.#host.answer(task.id, generatorStart(task.id));
    this.#generators.end(key);
    this.#host.notifyFailed(
      method,
      new SynapseError(
        "not_supported",
        `Cannot call ${method} without wanting an answer as it streams its results`,
      ),
    );
  }

  #next(task: Task, key: string): void {
    const item = this.#generators.next(key);
    this.#track(item, task, "generator", new RunningCall(), ({ done, value }) => {
      try {
        if (!done && value === GENERATOR_END) throw mistaken("the end");
        this.#host.answer(task.id, done ? GENERATOR_END : value);
      } catch (error) {
        this.#generators.fail(key);
        this.#fail(task, "generator", unsendable("an item", error));
      }
    });
  }

  #answer(task: Task, method: string, result: unknown): void {
    if (!task.isAnswered) return;
    try {
      if (looksLikeGenerator(result)) throw mistaken("the beginning");
      this.#host.answer(task.id, result);
    } catch (error) {
      this.#fail(task, method, unsendable(`the result of ${method}`, error));
    }
  }

  #fail(task: Task, method: string, error: unknown): void {
    if (task.isAnswered) this.#host.answer(task.id, formatException(error));
    else this.#host.notifyFailed(method, error);
  }
}

function mistaken(part: string): SynapseError {
  return new SynapseError("not_supported", `easyrpc marks ${part} of generators like that`);
}

/** That it can't be sent is the handler's mistake, not the caller's. */
function unsendable(what: string, error: unknown): SynapseError {
  const reason = error instanceof Error ? error.message : "it can't be encoded";
  return new SynapseError("internal_error", `Cannot send ${what}: ${reason}`);
}
