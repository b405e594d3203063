/**
 * Names to handlers: what a node publishes, and how one of its functions is called.
 *
 * @module
 */
import type { CallContext } from "./caller.ts";
import { closest } from "./closest.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import { SynapseError } from "./errors.ts";
import type { Gate } from "./gate.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
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

/** Between a namespace's name and a function's. */
const SCOPE_END = "/";
/** A wrong name from a peer must not cost more than a few microseconds each of these. */
const MAX_COMPARED_NAMES = 200;
const MAX_SHOWN_NAME = 80;

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
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #handler: (...args: unknown[]) => unknown;
  readonly #args: StandardSchema | undefined;
  readonly #result: StandardSchema | undefined;

  /**
   * @param name As callers name it.
   * @param handler The function.
   * @param options Description, schemas, context, and whom to ask who may call it.
   */
  constructor(
    name: string,
    handler: Handler,
    options: EndpointOptions & { readonly gate?: Gate } = {},
  ) {
    const described = (handler as { description?: unknown }).description;
    this.name = name;
    this.description = options.description ??
      (typeof described === "string" ? described : undefined);
    this.wantsContext = options.context ?? false;
    this.isHidden = options.hidden ?? false;
    this.signature = readSignature(handler, { withoutLast: this.wantsContext });
    this.#gate = options.gate;
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

/**
 * The functions of one node: those of its home namespace by their names, those of others as `namespace/name`.
 *
 * A group is several namespaces by one name: `group/name` is the function of the first that has it.
 */
export class Registry {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #namespaces = new Map<string, Registry>();
  readonly #groups = new Map<string, readonly string[]>();
  readonly #maxEndpoints: number;
  readonly #gate: Gate | undefined;
  readonly #prefix: string;

  /**
   * @param maxEndpoints More than that are refused.
   * @param gate Decides who may call them; everybody where left out.
   * @param prefix What comes before the names of its functions, for those that are called from outside.
   */
  constructor(maxEndpoints: number = DEFAULT_LIMITS.maxEndpoints, gate?: Gate, prefix = "") {
    this.#maxEndpoints = maxEndpoints;
    this.#gate = gate;
    this.#prefix = prefix;
  }

  /**
   * Another namespace of the node, made when it is first asked for.
   *
   * @param name Its name.
   * @throws {TypeError} When the name can't be one, or is a group's.
   */
  namespace(name: string): Registry {
    const known = this.#namespaces.get(name);
    if (known !== undefined) return known;
    checkScope(name);
    if (this.#groups.has(name)) {
      throw new TypeError(`Cannot make namespace ${name} as there is a group of that name`);
    }
    const made = new Registry(this.#maxEndpoints, this.#gate, `${name}${SCOPE_END}`);
    this.#namespaces.set(name, made);
    return made;
  }

  /**
   * Calls several namespaces by one name.
   *
   * @param name The group's.
   * @param members Namespaces, the one that is looked in first comes first.
   * @throws {TypeError} When the name can't be one, or is a namespace's.
   */
  group(name: string, members: readonly string[]): void {
    checkScope(name);
    if (this.#namespaces.has(name)) {
      throw new TypeError(`Cannot make group ${name} as there is a namespace of that name`);
    }
    this.#groups.set(name, [...members]);
  }

  /**
   * The functions of one namespace or group by their names alone.
   *
   * @param name The namespace's, or the group's.
   * @returns undefined when there is none of that name.
   */
  scope(name: string): FunctionScope | undefined {
    const namespace = this.#namespaces.get(name);
    if (namespace !== undefined) return namespace;
    const members = this.#groups.get(name)?.map((member) => this.#namespaces.get(member));
    return members && new Group(name, members.filter((member) => member !== undefined));
  }

  /**
   * Publishes a function; one of the same name is replaced.
   *
   * @throws {TypeError} When the name is empty.
   * @throws {RangeError} When there are too many.
   */
  register(name: string, handler: Handler, options: EndpointOptions = {}): Endpoint {
    if (name === "") throw new TypeError("Cannot publish function as its name is empty");
    if (this.#endpoints.size >= this.#maxEndpoints && !this.#endpoints.has(name)) {
      throw new RangeError(
        `Cannot publish function ${name} as there are ${this.#maxEndpoints} already`,
      );
    }
    const fullName = this.#prefix + name;
    const endpoint = new Endpoint(fullName, handler, { ...options, gate: this.#gate });
    this.#endpoints.set(name, endpoint);
    return endpoint;
  }

  /** Takes a function back. @returns Whether there was one. */
  unregister(name: string): boolean {
    return this.#endpoints.delete(name);
  }

  /** Finds a function. */
  get(name: string): Endpoint | undefined {
    return this.#endpoints.get(name) ?? this.#getScoped(name);
  }

  /** What is published, in order of name. */
  list(): EndpointInfo[] {
    const own = [...this.#endpoints.values()].filter((endpoint) => !endpoint.isHidden);
    const scopes = [...this.#namespaces.keys(), ...this.#groups.keys()];
    return [
      ...own.map((endpoint) => endpoint.info),
      ...scopes.flatMap((scope) => this.scope(scope)!.list()),
    ].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  #getScoped(name: string): Endpoint | undefined {
    const end = name.indexOf(SCOPE_END);
    return end < 0 ? undefined : this.scope(name.slice(0, end))?.get(name.slice(end + 1));
  }

  /**
   * The error for a name that isn't here.
   *
   * @param hasHint Whether to look for the nearest one that is, which takes time.
   */
  notFound(name: string, hasHint: boolean = true): SynapseError {
    const shown = name.slice(0, MAX_SHOWN_NAME);
    const near = hasHint ? this.#closest(shown) : undefined;
    const hint = near === undefined ? "" : `: did you mean ${near}?`;
    return new SynapseError(
      "method_not_found",
      `Cannot call ${JSON.stringify(shown)} as no such function is published here${hint}`,
    );
  }

  #closest(name: string): string | undefined {
    const names: string[] = [];
    for (const endpoint of this.#endpoints.values()) {
      if (!endpoint.isHidden && names.push(endpoint.name) === MAX_COMPARED_NAMES) break;
    }
    return closest(name, names);
  }
}

/** Functions to be found by name. */
export type FunctionScope = Pick<Registry, "get" | "list" | "notFound">;

/** Several namespaces by one name. */
class Group implements FunctionScope {
  readonly #name: string;
  readonly #members: readonly Registry[];

  constructor(name: string, members: readonly Registry[]) {
    this.#name = name;
    this.#members = members;
  }

  get(name: string): Endpoint | undefined {
    for (const member of this.#members) {
      const endpoint = member.get(name);
      if (endpoint !== undefined) return endpoint;
    }
    return undefined;
  }

  list(): EndpointInfo[] {
    const found = new Map<string, EndpointInfo>();
    for (const info of this.#members.flatMap((member) => member.list())) {
      const name = this.#name + info.name.slice(info.name.indexOf(SCOPE_END));
      if (!found.has(name)) found.set(name, { ...info, name });
    }
    return [...found.values()];
  }

  notFound(name: string, hasHint?: boolean): SynapseError {
    return this.#members[0]?.notFound(name, hasHint) ?? new Registry().notFound(name);
  }
}

function checkScope(name: string): void {
  if (name !== "" && !name.includes(SCOPE_END)) return;
  throw new TypeError(
    `Cannot use name of namespace as it must not be empty, nor hold a ${SCOPE_END}: got ${
      JSON.stringify(name.slice(0, MAX_SHOWN_NAME))
    }`,
  );
}
