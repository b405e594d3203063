/**
 * One published function: what it takes, who may call it, how it is called.
 *
 * @module
 */
import type { CallContext } from "./caller.ts";
import { type CallMeter, countCall } from "./call_counting.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import type { Gate } from "./gate.ts";
import type { Kwargs } from "./message.ts";
import { bindArguments, publishSignature, readSignature, type Signature } from "./signature.ts";
import { type StandardSchema, validate } from "./standard_schema.ts";
import { isStream, type StreamSource } from "./stream_writer.ts";

/** A published function. Its result may be a value, a promise, or a generator, which streams. */
export type Handler = (...args: never[]) => unknown;

/** What {@linkcode Registry.register} takes. */
export interface EndpointOptions {
  /** What it does, for people. The handler's own `description` property where left out. */
  readonly description?: string;
  /** Checks, and may convert, the list of arguments. Any Standard Schema. */
  readonly args?: StandardSchema;
  /** Checks, and may convert, the result; of a stream, each item. Any Standard Schema. */
  readonly result?: StandardSchema;
  /** Whether the handler gets a {@linkcode CallContext} as one more, last argument. */
  readonly context?: boolean;
  /** Whether it is callable but not listed. */
  readonly hidden?: boolean;
  /** The public keys, base64url, that alone may call it; `["*"]` for everybody, whatever the node's rules are. */
  readonly allow?: readonly string[];
}

/** What a function has of where it is published. */
export interface EndpointSurroundings {
  /** Decides who may call it; everybody where left out. */
  readonly gate?: Gate;
  /** Counts its calls. */
  readonly meter?: CallMeter;
  /** What it takes, where the function itself can't tell. */
  readonly signature?: Signature;
}

/** One function. */
export class Endpoint {
  /** As callers name it. */
  readonly name: string;
  /** What it does. */
  readonly description: string | undefined;
  /** Its parameters. */
  readonly signature: Signature;
  /** Whether it wants a {@linkcode CallContext}. */
  readonly wantsContext: boolean;
  /** Whether it is left out of lists. */
  readonly isHidden: boolean;
  readonly #gate: Gate | undefined;
  readonly #meter: CallMeter | undefined;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #handler: (...args: unknown[]) => unknown;
  readonly #args: StandardSchema | undefined;
  readonly #result: StandardSchema | undefined;

  /**
   * @param name As callers name it.
   * @param handler The function.
   * @param options Description, schemas, context, surroundings.
   */
  constructor(
    name: string,
    handler: Handler,
    options: EndpointOptions & EndpointSurroundings = {},
  ) {
    const described = (handler as { description?: unknown }).description;
    this.name = name;
    this.description = options.description ??
      (typeof described === "string" ? described : undefined);
    this.wantsContext = options.context ?? false;
    this.isHidden = options.hidden ?? false;
    this.signature = options.signature ??
      readSignature(handler, { withoutLast: this.wantsContext });
    this.#gate = options.gate;
    this.#meter = options.meter;
    this.#allowed = options.allow && new Set(options.allow);
    this.#handler = handler as (...args: unknown[]) => unknown;
    this.#args = options.args;
    this.#result = options.result;
  }

  /** What is published of it. */
  get info(): EndpointInfo {
    const { name, description } = this;
    return {
      name,
      ...publishSignature(this.signature),
      ...(description !== undefined && { description }),
    };
  }

  /**
   * Calls it. A plain result comes back in the same turn.
   *
   * @param args Positional arguments.
   * @param kwargs Keyword arguments.
   * @param context For a handler that wants it.
   * @param calledAs The name that it was called by, which a signature is about: through a group, another.
   * @returns What the handler returns; a promise where a schema or the handler is asynchronous.
   * @throws {SynapseError} `invalid_params`, `unauthorized`.
   */
  invoke(
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    context?: CallContext,
    calledAs: string = this.name,
  ): unknown {
    // What a node tells of itself is nobody's work: an open page asks for it all the time.
    const counting = this.isHidden ? undefined : this.#meter?.counting;
    return counting === undefined
      ? this.#admit(args, kwargs, context, calledAs)
      : countCall(counting, this.name, () => this.#admit(args, kwargs, context, calledAs));
  }

  #admit(
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    context: CallContext | undefined,
    calledAs: string,
  ): unknown {
    if (this.#gate === undefined || this.#gate.isOpen(this.#allowed, kwargs)) {
      return this.#call(args, kwargs, context);
    }
    const { name } = this;
    const admission = this.#gate.admit({ name, calledAs, allowed: this.#allowed, args, kwargs });
    return this.#call(args, admission.kwargs, context && { ...context, ...admission });
  }

  #call(args: readonly unknown[], kwargs: Kwargs | undefined, context?: CallContext): unknown {
    const bound = bindArguments(this.name, this.signature, args, kwargs);
    if (this.#args === undefined) return this.#run(bound, context);
    const checked = validate(this.#args, bound, `arguments of ${this.name}`);
    return checked instanceof Promise
      ? checked.then((valid) => this.#run(this.#asArguments(valid), context))
      : this.#run(this.#asArguments(checked), context);
  }

  #run(args: readonly unknown[], context: CallContext | undefined): unknown {
    const outcome = context === undefined
      ? this.#handler(...args)
      : this.#handler(...this.#padded(args), context);
    return this.#result === undefined ? outcome : this.#checked(outcome, this.#result);
  }

  #checked(outcome: unknown, schema: StandardSchema): unknown {
    if (typeof outcome === "object" && outcome !== null) {
      if (typeof (outcome as PromiseLike<unknown>).then === "function") {
        return Promise.resolve(outcome).then((value) => this.#checked(value, schema));
      }
      if (isStream(outcome)) return this.#checkedItems(outcome, schema);
    }
    return validate(schema, outcome, `result of ${this.name}`, "internal_error");
  }

  async *#checkedItems(items: StreamSource, schema: StandardSchema): AsyncGenerator<unknown> {
    for await (const item of items) {
      yield validate(schema, item, `item of ${this.name}`, "internal_error");
    }
  }

  /** The context's place is behind all parameters, those left out included. */
  #padded(args: readonly unknown[]): readonly unknown[] {
    const { parameters } = this.signature;
    const positional = parameters.filter((parameter) => parameter.kind === "positional").length;
    return args.length >= positional
      ? args
      : [...args, ...new Array(positional - args.length).fill(undefined)];
  }

  #asArguments(value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw new TypeError(
      `Cannot call ${this.name} as its args schema must give the list of arguments: got a ${typeof value}`,
    );
  }
}
