/**
 * The signature of a Python function, as easyrpc's servers describe it: read without trusting it.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";

/** How an argument can be given, in Python's words. */
export type PythonParameterKind =
  | "POSITIONAL_ONLY"
  | "POSITIONAL_OR_KEYWORD"
  | "VAR_POSITIONAL"
  | "KEYWORD_ONLY"
  | "VAR_KEYWORD";

/** One parameter. */
export interface PythonParameter {
  readonly name: string;
  readonly kind: PythonParameterKind;
  readonly optional: boolean;
  /** The default as Python shows it, cut short, where it has one. */
  readonly default: string | undefined;
  readonly type: PythonType;
}

/** What values a parameter takes. What isn't understood is `any`: the function itself will judge. */
export type PythonType =
  | { readonly kind: "any" | "none" }
  /** A built-in class. */
  | { readonly kind: "class"; readonly name: string }
  | { readonly kind: "literal"; readonly values: readonly unknown[] }
  | { readonly kind: "union"; readonly types: readonly PythonType[] }
  | { readonly kind: "generic"; readonly name: string; readonly types: readonly PythonType[] };

const KINDS: readonly string[] = [
  "POSITIONAL_ONLY",
  "POSITIONAL_OR_KEYWORD",
  "VAR_POSITIONAL",
  "KEYWORD_ONLY",
  "VAR_KEYWORD",
];
const ANY: PythonType = { kind: "any" };
/** As many as our own signatures may have, so that each can be told by one. */
const MAX_PARAMETERS = 64;
const MAX_NAME_LENGTH = 64;
const MAX_DEFAULT_LENGTH = 60;
/** Types inside types: `dict[str, list[int | None]]` has three. */
const MAX_TYPE_DEPTH = 8;
/** Alternatives of a union, values of a literal. */
const MAX_ALTERNATIVES = 64;
const NAME = /^[\p{ID_Start}_]\p{ID_Continue}*$/u;

/**
 * Reads a signature of version 1.
 *
 * @param value What the server sent.
 * @returns The parameters, in order.
 * @throws {DecodeError} `malformed`, `limit`.
 */
export function parsePythonSignature(value: unknown): readonly PythonParameter[] {
  if (!isMap(value) || value.version !== 1 || !Array.isArray(value.parameters)) {
    throw malformed("it is of another version, or has no parameters");
  }
  const { parameters } = value;
  if (parameters.length > MAX_PARAMETERS) {
    throw new DecodeError(
      "limit",
      `Cannot decode signature as it has more than ${MAX_PARAMETERS} parameters: got ${parameters.length}`,
    );
  }
  return parameters.map(parseParameter);
}

function parseParameter(value: unknown): PythonParameter {
  if (!isMap(value)) throw malformed("a parameter is not a map");
  const { name, kind, default: given, annotation } = value;
  if (typeof name !== "string" || name.length > MAX_NAME_LENGTH || !NAME.test(name)) {
    throw malformed("the name of a parameter is not an identifier of moderate length");
  }
  if (typeof kind !== "string" || !KINDS.includes(kind)) {
    throw malformed(`parameter ${name} is of no known kind`);
  }
  const hasDefault = isMap(given) && given.kind === "value";
  return {
    name,
    kind: kind as PythonParameterKind,
    optional: hasDefault || kind.startsWith("VAR_"),
    default: hasDefault ? showDefault(given.value) : undefined,
    type: parseType(annotation, MAX_TYPE_DEPTH),
  };
}

function parseType(value: unknown, depth: number): PythonType {
  if (!isMap(value) || depth === 0) return ANY;
  const inner = (types: unknown): PythonType[] =>
    Array.isArray(types)
      ? types.slice(0, MAX_ALTERNATIVES).map((type) => parseType(type, depth - 1))
      : [];
  switch (value.kind) {
    case "none":
      return { kind: "none" };
    case "type":
      return value.module === "builtins" && typeof value.qualname === "string"
        ? { kind: "class", name: value.qualname }
        : ANY;
    case "literal":
      return parseLiteral(value.values);
    case "annotated":
      return parseType(value.base, depth - 1);
    case "union": {
      const types = inner(value.args);
      return types.length === 0 || types.length === MAX_ALTERNATIVES
        ? ANY
        : { kind: "union", types };
    }
    case "generic": {
      const origin = parseType(value.origin, 1);
      if (origin.kind !== "class") return ANY;
      return { kind: "generic", name: origin.name, types: inner(value.args) };
    }
    default:
      return ANY;
  }
}

function parseLiteral(values: unknown): PythonType {
  if (!Array.isArray(values) || values.length > MAX_ALTERNATIVES) return ANY;
  const isPlain = values.every((value) => isMap(value) && value.k === "prim");
  return isPlain ? { kind: "literal", values: values.map((value) => value.v) } : ANY;
}

/** On one line and free of control characters, as it goes to a terminal. */
function showDefault(value: unknown): string {
  const shown = isMap(value) && value.k === "prim" ? JSON.stringify(value.v) : undefined;
  const text = shown === undefined || shown.length > MAX_DEFAULT_LENGTH ? "…" : shown;
  return text.replace(/\p{C}+/gu, " ");
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot decode signature as ${reason}`);
}
