/**
 * What a function takes: read from its source, published to peers, and bound to the arguments of a
 * call.
 *
 * Only the shape of a call is checked here. Values are checked by schemas, in `standard_schema.ts`.
 *
 * @module
 */
import { closest } from "./closest.ts";
import { DecodeError, SynapseError } from "./errors.ts";
import { isIdentifier, scanParameters } from "./parameter_scanner.ts";

/** One parameter of a function. */
export interface Parameter {
  /** Its name; `arg0`, `arg1` and so on, by position, for one that has none. */
  readonly name: string;
  /** `rest` collects every argument that is left. Only the last parameter can. */
  readonly kind: "positional" | "rest";
  /** Whether a call may leave it out. */
  readonly optional: boolean;
  /** Source text of the default, on one line and cut short when long. For people to read. */
  readonly default?: string;
  /** Set where the source gives it no name: it can be given by position alone. */
  readonly unnamed?: true;
}

/** What a function takes. Made by {@linkcode createSignature}. */
export interface Signature {
  /** In order. */
  readonly parameters: readonly Parameter[];
  /** Whether it is a generator, whose items are streamed. */
  readonly stream: boolean;
  /** How many arguments a call has at least. */
  readonly minArguments: number;
  /** How many arguments a call has at most; 2^30-1 for any number. */
  readonly maxArguments: number;
}

/** A signature as peers get it: plain data. {@linkcode parseSignature} reads it. */
export type PublishedSignature = Pick<Signature, "parameters" | "stream">;

/** What {@linkcode readSignature} takes besides the function. */
export interface ReadSignatureOptions {
  /** Whether to leave out the last parameter, which is not the caller's to give. */
  readonly withoutLast?: boolean;
}

/** Of a function with more, only the number is told; from a peer, more are refused. */
const MAX_PARAMETERS = 64;

/** A longer name counts as none; from a peer, it is refused. */
const MAX_NAME_LENGTH = 64;

/** Defaults are there to be read in a list of functions. */
const MAX_DEFAULT_LENGTH = 60;

/** How the source of a native or bound function ends, in every engine. */
const NATIVE_BODY = /\{\s*\[native code\]\s*\}$/;

/** Not Infinity: comparing small integers is what the engine does fastest. */
const ANY_NUMBER = 2 ** 30 - 1;

/**
 * Makes a signature from its parts.
 *
 * @param parameters In order. Not copied.
 * @param stream Whether it is a generator.
 */
export function createSignature(parameters: readonly Parameter[], stream: boolean): Signature {
  const isUnbounded = parameters.at(-1)?.kind === "rest";
  return {
    parameters,
    stream,
    minArguments: parameters.findLastIndex((parameter) => !parameter.optional) + 1,
    maxArguments: isUnbounded ? ANY_NUMBER : parameters.length,
  };
}

/**
 * Reads the signature of a function from its source text. A parameter with a default is optional.
 *
 * @param handler Any function. Of one that has no source, being native or bound, only the number of
 * parameters is known, and not reliably: its signature lets pass any number of arguments.
 * @param options Whether to leave out the last parameter. A rest parameter stays.
 */
export function readSignature(
  handler: (...args: never[]) => unknown,
  options: ReadSignatureOptions = {},
): Signature {
  const parameters = readParameters(handler) ?? guessParameters(handler.length);
  const isLastDropped = options.withoutLast && parameters.at(-1)?.kind === "positional";
  const tag: unknown = Reflect.get(handler, Symbol.toStringTag);
  return createSignature(
    isLastDropped ? parameters.slice(0, -1) : parameters,
    tag === "GeneratorFunction" || tag === "AsyncGeneratorFunction",
  );
}

function readParameters(
  handler: (...args: never[]) => unknown,
): readonly Parameter[] | undefined {
  const source = Function.prototype.toString.call(handler);
  if (NATIVE_BODY.test(source)) return undefined;
  const scanned = scanParameters(source);
  if (scanned === undefined || scanned.length > MAX_PARAMETERS) return undefined;
  // The engine counts too, up to the first default. Where it disagrees, the scanner was fooled.
  const counted = scanned.findIndex(({ isRest, default: text }) => isRest || text !== undefined);
  if (handler.length !== (counted === -1 ? scanned.length : counted)) return undefined;
  return scanned.map(({ name, isRest, default: text }, index) => {
    const isUnnamed = name === undefined || name.length > MAX_NAME_LENGTH;
    return {
      name: isUnnamed ? `arg${index}` : name,
      kind: isRest ? "rest" : "positional",
      optional: isRest || text !== undefined,
      ...(text !== undefined && { default: shorten(text) }),
      ...(isUnnamed && { unnamed: true }),
    };
  });
}

/** Everything is optional: `Math.max.length` is 2, and yet it takes any number. */
function guessParameters(count: number): readonly Parameter[] {
  const length = Math.min(count, MAX_PARAMETERS - 1);
  const positional = Array.from({ length }, (_, index): Parameter => ({
    name: `arg${index}`,
    kind: "positional",
    optional: true,
    unnamed: true,
  }));
  return [...positional, { name: "args", kind: "rest", optional: true }];
}

/** On one line and free of control characters, as it may come from a peer and go to a terminal. */
function shorten(text: string): string {
  const isLong = text.length > MAX_DEFAULT_LENGTH;
  const start = isLong ? text.slice(0, MAX_DEFAULT_LENGTH - 1) : text;
  return start.replace(/[\s\p{C}]+/gu, " ").trim() + (isLong ? "…" : "");
}

/**
 * Takes out of a signature what goes to peers.
 *
 * @param signature The signature.
 */
export function publishSignature(signature: Signature): PublishedSignature {
  return { parameters: signature.parameters, stream: signature.stream };
}

/**
 * Reads a signature that a peer has published. Nothing in it is trusted.
 *
 * @param value What came over the wire. Keys that are not known are passed over.
 * @throws {DecodeError} `malformed` when it is not a signature, `limit` when it has more than 64
 * parameters.
 */
export function parseSignature(value: unknown): Signature {
  if (!isRecord(value) || !Array.isArray(value.parameters) || typeof value.stream !== "boolean") {
    throw malformed("it has no list of parameters, or does not say whether it streams");
  }
  const { parameters, stream } = value;
  if (parameters.length > MAX_PARAMETERS) {
    const found = `at most ${MAX_PARAMETERS} parameters are allowed: got ${parameters.length}`;
    throw new DecodeError("limit", `Cannot decode signature as ${found}`);
  }
  return createSignature(
    parameters.map((parameter, index) => {
      const parsed = parseParameter(parameter, index);
      if (parsed.kind === "rest" && index < parameters.length - 1) {
        throw malformed(`parameter ${index} is a rest parameter, but not the last`);
      }
      return parsed;
    }),
    stream,
  );
}

function parseParameter(value: unknown, index: number): Parameter {
  if (!isRecord(value)) throw malformed(`parameter ${index} is not a map`);
  const { name, kind, optional, default: text, unnamed } = value;
  if (typeof name !== "string" || name.length > MAX_NAME_LENGTH || !isIdentifier(name)) {
    throw malformed(`the name of parameter ${index} is not an identifier of moderate length`);
  }
  if ((kind !== "positional" && kind !== "rest") || typeof optional !== "boolean") {
    throw malformed(`parameter ${name} is neither positional nor rest, or optional is missing`);
  }
  if (text !== undefined && typeof text !== "string") {
    throw malformed(`the default of parameter ${name} is not text`);
  }
  return {
    name,
    kind,
    optional: optional || kind === "rest",
    ...(text !== undefined && { default: shorten(text) }),
    ...(unnamed === true && { unnamed }),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot decode signature as ${reason}`);
}

/**
 * Writes a signature for people.
 *
 * @param name The function's name.
 * @param signature Its signature.
 * @returns For instance `sum(a, b = 1, ...rest)`; `stream ticks(n)` for a generator.
 */
export function formatSignature(name: string, signature: PublishedSignature): string {
  const list = signature.parameters.map((parameter) => {
    if (parameter.kind === "rest") return `...${parameter.name}`;
    if (parameter.default !== undefined) return `${parameter.name} = ${parameter.default}`;
    return parameter.optional ? `${parameter.name}?` : parameter.name;
  });
  return `${signature.stream ? "stream " : ""}${name}(${list.join(", ")})`;
}

/**
 * Brings the arguments of a call into the order in which the function takes them.
 *
 * @param method The function's name, for the error.
 * @param signature The function's signature.
 * @param args Arguments by position. Not changed; the result itself when there is nothing to add.
 * @param kwargs Arguments by name.
 * @returns What to call the function with. An optional parameter that is left out before one that
 * is given is undefined there, so that its default applies.
 * @throws {SynapseError} `invalid_params` when the function can't be called like that.
 */
export function bindArguments(
  method: string,
  signature: Signature,
  args: readonly unknown[],
  kwargs?: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const isCountRight = args.length >= signature.minArguments &&
    args.length <= signature.maxArguments;
  if (kwargs === undefined && isCountRight) return args;
  return bindCarefully(method, signature, args, kwargs ?? {});
}

function bindCarefully(
  method: string,
  signature: Signature,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const { parameters, maxArguments } = signature;
  if (args.length > maxArguments) {
    const most = maxArguments === 0 ? "no" : `at most ${maxArguments}`;
    const noun = maxArguments === 1 ? "argument" : "arguments";
    throw refusal(method, signature, `it takes ${most} ${noun}: got ${args.length}`);
  }
  const bound = [...args];
  const isGiven = parameters.map((_, index) => index < args.length);
  for (const name of Object.keys(kwargs)) {
    const index = parameters.findIndex((known) => known.name === name && isNamed(known));
    if (index === -1) throw refusal(method, signature, describeUnknown(name, parameters));
    if (isGiven[index]) {
      throw refusal(method, signature, `argument ${name} is given twice, by position and by name`);
    }
    while (bound.length < index) bound.push(undefined);
    bound[index] = kwargs[name];
    isGiven[index] = true;
  }
  const missing = parameters.filter(({ optional }, index) => !optional && !isGiven[index]);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    const are = missing.length === 1 ? `argument ${names} is` : `arguments ${names} are`;
    throw refusal(method, signature, `${are} missing`);
  }
  return bound;
}

function refusal(method: string, signature: Signature, reason: string): SynapseError {
  const call = formatSignature(method, signature);
  return new SynapseError("invalid_params", `Cannot call ${call} as ${reason}`);
}

/** Whether an argument can be given to it by name. */
function isNamed(parameter: Parameter): boolean {
  return parameter.kind === "positional" && !parameter.unnamed;
}

function describeUnknown(name: string, parameters: readonly Parameter[]): string {
  const meant = closest(name, parameters.filter(isNamed).map((parameter) => parameter.name));
  const hint = meant === undefined ? "" : `: did you mean ${meant}`;
  return `it has no parameter ${JSON.stringify(name.slice(0, MAX_NAME_LENGTH))}${hint}`;
}
