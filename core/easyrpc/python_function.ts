/**
 * A function of an easyrpc server: what it takes, checked here as if it were defined here.
 *
 * @module
 */
import { closest } from "../closest.ts";
import type { EndpointInfo } from "../endpoint_info.ts";
import { DecodeError, SynapseError } from "../errors.ts";
import type { Kwargs } from "../message.ts";
import type { Parameter } from "../signature.ts";
import { parsePythonSignature, type PythonParameter } from "./python_signature.ts";
import { formatType, isOfType } from "./python_type.ts";

/** A longer name is nobody's. */
const MAX_NAME_LENGTH = 256;
const MAX_DOC_LENGTH = 2_000;
const MAX_SHOWN_NAME = 64;

/** One function. */
export class PythonFunction {
  /** As callers name it. */
  readonly name: string;
  /** What it does, where its server says so. */
  readonly description: string | undefined;
  /** undefined where its server describes it in a way that isn't known: it is then called unchecked. */
  readonly #parameters: readonly PythonParameter[] | undefined;

  /**
   * @param name As callers name it.
   * @param config What the server says of it.
   */
  constructor(name: string, config: unknown) {
    const { sig, doc } = (typeof config === "object" && config !== null ? config : {}) as Record<
      string,
      unknown
    >;
    this.name = name;
    this.description = typeof doc === "string"
      ? doc.slice(0, MAX_DOC_LENGTH).replace(/\s+/g, " ").trim() || undefined
      : undefined;
    try {
      this.#parameters = parsePythonSignature(sig);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  /**
   * What is told of it to those who know our signatures alone. Whether it is a generator isn't known before it is
   * called; what can be given by name alone stands behind what can be given by position.
   */
  get info(): EndpointInfo {
    const { name, description } = this;
    const parameters = this.#parameters === undefined
      ? [{ name: "args", kind: "rest", optional: true } as const]
      : publishParameters(this.#parameters);
    return {
      name,
      parameters,
      stream: false,
      ...(description !== undefined && { description }),
    };
  }

  /**
   * Makes sure that it can be called like that.
   *
   * @param args Arguments by position.
   * @param kwargs Arguments by name.
   * @throws {SynapseError} `invalid_params`.
   */
  check(args: readonly unknown[], kwargs: Kwargs = {}): void {
    if (this.#parameters === undefined) return;
    const reason = findMistake(this.#parameters, args, kwargs);
    if (reason === undefined) return;
    throw new SynapseError("invalid_params", `Cannot call ${this.name} as ${reason}`);
  }
}

/**
 * Reads the answer of `get_registered_functions`.
 *
 * @param answer What the server sent.
 * @param maxFunctions More than that are refused.
 * @returns Its functions by name; of several of one name the last, as real proxies have it.
 * @throws {DecodeError} `malformed`, `limit`.
 */
export function parseFunctions(
  answer: unknown,
  maxFunctions: number,
): ReadonlyMap<string, PythonFunction> {
  const { funcs } = (typeof answer === "object" && answer !== null ? answer : {}) as Record<
    string,
    unknown
  >;
  if (!Array.isArray(funcs)) {
    throw new DecodeError("malformed", "Cannot read functions as the answer has no list of them");
  }
  const functions = new Map<string, PythonFunction>();
  for (const entry of funcs) {
    if (typeof entry !== "object" || entry === null) continue;
    for (const [name, config] of Object.entries(entry)) {
      if (name === "" || name.length > MAX_NAME_LENGTH) continue;
      functions.set(name, new PythonFunction(name, config));
      if (functions.size > maxFunctions) {
        throw new DecodeError("limit", `Cannot read functions as there are over ${maxFunctions}`);
      }
    }
  }
  return functions;
}

/** @returns What is wrong, or undefined. */
function findMistake(
  parameters: readonly PythonParameter[],
  args: readonly unknown[],
  kwargs: Kwargs,
): string | undefined {
  const positional = parameters.filter(({ kind }) => kind.startsWith("POSITIONAL"));
  const rest = parameters.find(({ kind }) => kind === "VAR_POSITIONAL");
  if (args.length > positional.length && rest === undefined) {
    return `it takes ${positional.length} positional arguments: got ${args.length}`;
  }
  for (let index = 0; index < args.length; index++) {
    const mistake = findWrongType(positional[index] ?? rest!, args[index]);
    if (mistake !== undefined) return mistake;
  }
  return findMistakeByName(parameters, new Set(positional.slice(0, args.length)), kwargs);
}

function findMistakeByName(
  parameters: readonly PythonParameter[],
  given: Set<PythonParameter>,
  kwargs: Kwargs,
): string | undefined {
  const named = new Map(
    parameters.filter(({ kind }) => kind === "POSITIONAL_OR_KEYWORD" || kind === "KEYWORD_ONLY")
      .map((parameter) => [parameter.name, parameter]),
  );
  const others = parameters.find(({ kind }) => kind === "VAR_KEYWORD");
  for (const [name, value] of Object.entries(kwargs)) {
    const parameter = named.get(name) ?? others;
    if (parameter === undefined) {
      const meant = closest(name, named.keys());
      const hint = meant === undefined ? "" : `: did you mean ${meant}`;
      return `it has no parameter ${JSON.stringify(name.slice(0, MAX_SHOWN_NAME))}${hint}`;
    }
    if (given.has(parameter)) return `argument ${name} is given twice, by position and by name`;
    const mistake = findWrongType(parameter, value, name);
    if (mistake !== undefined) return mistake;
    if (parameter !== others) given.add(parameter);
  }
  const missing = parameters.filter((parameter) => !parameter.optional && !given.has(parameter));
  if (missing.length === 0) return undefined;
  return `arguments are missing: ${missing.map(({ name }) => name).join(", ")}`;
}

function findWrongType(
  { name, type }: PythonParameter,
  value: unknown,
  shownName: string = name,
): string | undefined {
  if (isOfType(value, type)) return undefined;
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  return `argument ${shownName.slice(0, MAX_SHOWN_NAME)} must be ${formatType(type)}: got ${found}`;
}

function publishParameters(parameters: readonly PythonParameter[]): readonly Parameter[] {
  const publish = (kind: Parameter["kind"]) => (parameter: PythonParameter): Parameter => ({
    name: parameter.name,
    kind,
    optional: parameter.optional,
    ...(parameter.default !== undefined && { default: parameter.default }),
    ...(parameter.kind === "POSITIONAL_ONLY" && { unnamed: true }),
  });
  return [
    ...parameters.filter(({ kind }) => !kind.startsWith("VAR_")).map(publish("positional")),
    ...parameters.filter(({ kind }) => kind === "VAR_POSITIONAL").map(publish("rest")),
  ];
}
