/**
 * JSON-RPC 2.0 over a registry, single requests and batches: text in, text out.
 *
 * An array of params is positional, an object is keyword arguments. Functions that stream are `not_supported`, as
 * JSON-RPC has one answer a request. An error's `data` has the code of ours, and its own data where there is any.
 *
 * Spec: https://www.jsonrpc.org/specification
 *
 * @module
 */
import { type Address, formatAddress } from "./address.ts";
import type { CallContext, Caller } from "./caller.ts";
import type { Clock } from "./channel.ts";
import { formatJson, parseJson } from "./codecs/easyrpc_json.ts";
import { withDeadline } from "./deadline.ts";
import { SynapseError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import {
  errorNumber,
  formatJsonRpcError,
  formatJsonRpcResult,
  INVALID_REQUEST,
  isJsonRpcRequest,
  type JsonRpcId,
  type JsonRpcRequest,
  PARSE_ERROR,
} from "./json_rpc_message.ts";
import type { Kwargs } from "./message.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Registry } from "./registry.ts";
import { RunningCall } from "./running_call.ts";
import { isStream, StreamWriter } from "./stream_writer.ts";
import type { OpenTrace } from "./trace.ts";

/** What a {@linkcode JsonRpcServer} is made of. */
export interface JsonRpcOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Tells of every request, where anybody wants to know. */
  readonly openTrace?: OpenTrace;
  /** Requests of one batch. 1,000 by default. */
  readonly maxBatch?: number;
}

/** Who asks, and for how long. */
export interface JsonRpcCaller {
  readonly address: Address;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** For each call. */
  readonly timeoutMs: number;
}

/** What to say. */
export interface JsonRpcAnswer {
  /** JSON; undefined where there were only notifications. */
  readonly text: string | undefined;
  /** Why nothing was called: it is no request, or too large a one. */
  readonly refusal?: "malformed" | "limit";
}

/** What is left of the bounds of one answer. */
interface Room {
  bytes: number;
  hints: number;
}

const DEFAULT_MAX_BATCH = 1_000;
/** The dialect, as in a handler's context. */
const JSON_RPC = "json-rpc";
/** Telling what is near takes time, and who mistypes so often is no person. */
const MAX_HINTS = 16;
const NO_REQUEST = 'Cannot serve request as it is none: it takes "jsonrpc": "2.0" and a "method"';

/** Answers for one registry. */
export class JsonRpcServer {
  readonly #options: JsonRpcOptions;
  #running = 0;

  /** @param options What it is made of. */
  constructor(options: JsonRpcOptions) {
    this.#options = options;
  }

  /**
   * Does what a text asks for. Never rejects.
   *
   * @param text A request, or a batch of them.
   * @param caller Who asks.
   */
  async answer(text: string, caller: JsonRpcCaller): Promise<JsonRpcAnswer> {
    const { limits, maxBatch = DEFAULT_MAX_BATCH } = this.#options;
    let asked: unknown;
    try {
      asked = parseJson(text, limits);
    } catch (error) {
      const { code, message } = error as SynapseError;
      return code === "limit_exceeded"
        ? refuse("limit", INVALID_REQUEST, message)
        : refuse("malformed", PARSE_ERROR, message);
    }
    const room: Room = { bytes: limits.maxMessageBytes, hints: MAX_HINTS };
    if (!Array.isArray(asked)) {
      return isJsonRpcRequest(asked)
        ? { text: await this.#serve(asked, caller, room) }
        : refuse("malformed", INVALID_REQUEST, NO_REQUEST);
    }
    if (asked.length === 0) return refuse("malformed", INVALID_REQUEST, NO_REQUEST);
    if (asked.length > maxBatch) {
      const found = `it has more than ${maxBatch} requests: got ${asked.length}`;
      return refuse("limit", INVALID_REQUEST, `Cannot serve batch as ${found}`);
    }
    const answers = await Promise.all(
      asked.map((request) =>
        isJsonRpcRequest(request)
          ? this.#serve(request, caller, room)
          : formatJsonRpcError(null, { number: INVALID_REQUEST, message: NO_REQUEST })
      ),
    );
    const given = answers.filter((answer) => answer !== undefined);
    return { text: given.length === 0 ? undefined : `[${given.join(",")}]` };
  }

  async #serve(
    request: JsonRpcRequest,
    caller: JsonRpcCaller,
    room: Room,
  ): Promise<string | undefined> {
    const trace = this.#options.openTrace?.();
    if (trace === undefined) return await this.#answer(request, caller, room);
    const { clock } = this.#options;
    const startMs = clock.now();
    const { id, method } = request;
    const about = { dialect: JSON_RPC, peer: formatAddress(caller.address), method };
    trace({ direction: "in", type: id === undefined ? "notify" : "request", ...about });
    const text = await this.#answer(request, caller, room);
    if (text === undefined) return undefined;
    const ms = clock.now() - startMs;
    trace({ direction: "out", type: "response", ...about, bytes: text.length, ms });
    return text;
  }

  async #answer(
    request: JsonRpcRequest,
    caller: JsonRpcCaller,
    room: Room,
  ): Promise<string | undefined> {
    const { registry } = this.#options;
    const { id, method } = request;
    const endpoint = registry.get(method);
    try {
      if (endpoint === undefined) throw registry.notFound(method, --room.hints >= 0);
      const result = await this.#call(endpoint, request, caller);
      return id === undefined ? undefined : this.#formatResult(id, method, result, room);
    } catch (thrown) {
      const error = asSynapseError(method, thrown);
      return id === undefined ? undefined : this.#formatFailure(id, error, room);
    }
  }

  async #call(
    endpoint: Endpoint,
    { method, params }: JsonRpcRequest,
    { address, signal, timeoutMs }: JsonRpcCaller,
  ): Promise<unknown> {
    const { clock, limits: { maxRunningCalls } } = this.#options;
    if (this.#running >= maxRunningCalls) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot call ${method} as ${maxRunningCalls} calls are running already`,
      );
    }
    const args = Array.isArray(params) ? params : [];
    const kwargs = Array.isArray(params) ? undefined : params as Kwargs | undefined;
    const call = new RunningCall();
    const operation = `call ${method}`;
    return await withDeadline({ clock, timeoutMs, operation, signal }, async (signal) => {
      signal.addEventListener("abort", () => call.cancel(asSynapseError("", signal.reason)));
      this.#running++;
      try {
        const context = endpoint.wantsContext ? createContext(call, address, kwargs) : undefined;
        const outcome = await endpoint.invoke(args, kwargs, context, method);
        if (typeof outcome !== "object" || outcome === null || !isStream(outcome)) return outcome;
        // Its `finally` runs, if it has begun.
        const stream = new StreamWriter(outcome, 0, () => true);
        stream.stop();
        stream.run().catch(() => {});
      } finally {
        // Not when the caller has left: a handler that goes on costs as much as before.
        this.#running--;
      }
      throw new SynapseError(
        "not_supported",
        `Cannot call ${method} as it streams its results, and JSON-RPC has one answer a request`,
      );
    });
  }

  #formatResult(id: JsonRpcId, method: string, result: unknown, room: Room): string {
    try {
      return formatJsonRpcResult(id, this.#format(result, room));
    } catch (error) {
      const message = `Cannot send the result of ${method}: ${(error as Error).message}`;
      return this.#formatFailure(id, new SynapseError("internal_error", message), room);
    }
  }

  #formatFailure(id: JsonRpcId, { code, message, data }: SynapseError, room: Room): string {
    const number = errorNumber(code);
    try {
      const detail = this.#format(data === undefined ? { code } : { code, data }, room);
      return formatJsonRpcError(id, { number, message, data: detail });
    } catch {
      return formatJsonRpcError(id, { number, message });
    }
  }

  #format(value: unknown, room: Room): string {
    const { maxDepth } = this.#options.limits;
    const json = formatJson(value, { maxDepth, maxBytes: room.bytes, isCompact: true });
    room.bytes -= json.length;
    return json;
  }
}

/** JSON-RPC over HTTP has no way back. */
class OneWayCaller implements Caller {
  readonly info = undefined;
  readonly address: Address;

  constructor(address: Address) {
    this.address = address;
  }

  call(method: string): Promise<unknown> {
    return Promise.reject(oneWay(method));
  }

  stream(method: string): AsyncIterableIterator<unknown> {
    throw oneWay(method);
  }

  notify(method: string): void {
    throw oneWay(method);
  }
}

function oneWay(method: string): SynapseError {
  return new SynapseError(
    "not_supported",
    `Cannot call ${method} as JSON-RPC callers can't be called back`,
  );
}

function createContext(
  call: RunningCall,
  address: Address,
  kwargs: Kwargs | undefined,
): CallContext {
  return {
    peer: new OneWayCaller(address),
    address,
    dialect: JSON_RPC,
    get signal() {
      return call.signal;
    },
    kwargs,
  };
}

function refuse(refusal: "malformed" | "limit", number: number, message: string): JsonRpcAnswer {
  return { text: formatJsonRpcError(null, { number, message }), refusal };
}

/** What may be said of an error outside the process: its code, message and data, never its stack. */
function asSynapseError(method: string, error: unknown): SynapseError {
  if (error instanceof SynapseError) return error;
  const message = error instanceof Error
    ? error.message || error.name
    : typeof error === "string"
    ? error
    : `${method} threw no error: got ${error === null ? null : typeof error}`;
  return new SynapseError("internal_error", message);
}
