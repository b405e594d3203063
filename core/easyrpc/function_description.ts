/**
 * Our functions as easyrpc's proxies want them described: they build Python functions of it, and refuse a whole
 * namespace when one of them can't be built.
 *
 * Types are left open: JavaScript's numbers are neither `int` nor `float`, and real proxies check strictly.
 *
 * @module
 */
import type { EndpointInfo } from "../endpoint_info.ts";
import type { Parameter } from "../signature.ts";

/** One function, as an answer lists it. */
export type FunctionConfig = Readonly<Record<string, unknown>>;

const EMPTY = { kind: "empty" };
/** Python takes more, but not all that JavaScript does. */
const PYTHON_NAME = /^[A-Za-z_]\w*$/;
const PYTHON_KEYWORDS: ReadonlySet<string> = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally for from " +
    "global if import in is lambda nonlocal not or pass raise return try while with yield").split(
      " ",
    ),
);

/**
 * Describes a function.
 *
 * @param info What is published of it.
 * @returns Signature version 1. Where Python can't have a parameter's name, it and those before it can be given by
 * position alone; where a parameter may be left out but a later one may not, Python has to give both.
 */
export function describeFunction(info: EndpointInfo): FunctionConfig {
  const { name, description: doc = null, parameters } = info;
  const lastRequired = parameters.findLastIndex(({ optional }) => !optional);
  const isNamed = parameters.map((parameter, index) =>
    isPythonName(parameter) &&
    !parameters.slice(0, index).some(({ name }) => name === parameter.name)
  );
  const lastUnnamed = parameters.findLastIndex(({ kind }, index) =>
    kind === "positional" && !isNamed[index]
  );
  return {
    sig: {
      version: 1,
      name,
      parameters: parameters.map((parameter, index) => ({
        name: isNamed[index] ? parameter.name : unusedName(index, parameters),
        kind: kindOf(parameter, index <= lastUnnamed),
        default: index <= lastRequired || parameter.kind === "rest"
          ? EMPTY
          : describeDefault(parameter),
        annotation: EMPTY,
      })),
      return_annotation: EMPTY,
      doc,
    },
    name,
    doc,
    is_async: false,
  };
}

function kindOf({ kind }: Parameter, isByPosition: boolean): string {
  if (kind === "rest") return "VAR_POSITIONAL";
  return isByPosition ? "POSITIONAL_ONLY" : "POSITIONAL_OR_KEYWORD";
}

function isPythonName({ name, unnamed }: Parameter): boolean {
  return !unnamed && PYTHON_NAME.test(name) && !PYTHON_KEYWORDS.has(name);
}

/** Where names don't count they need only differ. */
function unusedName(index: number, parameters: readonly Parameter[]): string {
  let name = `arg${index}`;
  while (parameters.some((other) => other.name === name && !other.unnamed)) name += "_";
  return name;
}

/** For people to read: proxies don't send defaults. Only what Python has too can be told. */
function describeDefault({ default: text }: Parameter): FunctionConfig {
  return { kind: "value", value: { k: "prim", v: readPrimitive(text) } };
}

function readPrimitive(text: string | undefined): unknown {
  try {
    const value = JSON.parse(text ?? "null");
    return typeof value === "object" ? null : value;
  } catch {
    return null;
  }
}
