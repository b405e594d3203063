/**
 * What easyrpc's requests and answers mean: which function is called, what stands for an error, how a generator is
 * read item by item.
 *
 * Errors are ordinary results: the `repr` of a Python exception, or a map with `error`. They are recognised by their
 * shape, so that a function whose result looks like one can't be told from one that fails.
 *
 * @module
 */
import { formatRepr, parseRepr } from "../codecs/easyrpc_repr.ts";
import { RemoteError, SynapseError } from "../errors.ts";
import type { Kwargs } from "../message.ts";

/** As in logs and in a handler's context. */
export const EASYRPC: string = "easyrpc";
/** The namespace of those that name none. */
export const DEFAULT_NAMESPACE: string = "DEFAULT";
/** What is said to a caller whose token can't be read, whatever the reason. */
export const AUTH_REFUSED: string =
  "unable to decode auth, server_secret may not match with server";
/** What a proxy answers when it is asked for something. */
export const NO_SERVER: string = "proxy has no associated EasyRpcServer";
/** Ends a generator, as an item. */
export const GENERATOR_END: string = "GENERATOR_END";

/** Begins a generator, as a key. */
const GENERATOR_START = "GENERATOR_START";
const FUNCTIONS_ACTION = "get_registered_functions";
const NEXT_ACTION = "GENERATOR_NEXT";
/** As long as people read them: what is thrown may quote megabytes. */
const MAX_ERROR_LENGTH = 8_192;
const MAX_SHOWN_NAMES = 32;
const MAX_SHOWN_NAME = 80;
const MISSING_ACTION = "missing expected input: 'action' ";
const UNKNOWN_ACTION = /^no action [^]* registered for origin within /;
/** The `repr` of a Python exception, or of one of ours: a name, and its arguments in parentheses. */
const EXCEPTION =
  /^((?:[A-Za-z_]\w*)?(?:Error|Exception)|StopIteration|StopAsyncIteration|KeyboardInterrupt|SystemExit)\([^]*\)$/;
const OWN_EXCEPTION = /^SynapseError\('([\w.-]+)', ([^]*)\)$/;
const EXCEPTION_NAME = /^(?:[A-Za-z_]\w{0,60})?(?:Error|Exception)$/;

/** What a request asks for. */
export type EasyrpcCall =
  | { readonly type: "functions" }
  | { readonly type: "next"; readonly generatorId: unknown }
  | {
    readonly type: "call";
    readonly method: string;
    readonly args: readonly unknown[];
    readonly kwargs: Kwargs | undefined;
  };

/**
 * Reads a request.
 *
 * @param body What was asked.
 * @returns undefined where no action is named.
 * @throws {SynapseError} `invalid_params` where the arguments are no arguments.
 */
export function readCall(body: unknown): EasyrpcCall | undefined {
  if (!isMap(body) || body.action === undefined) return undefined;
  const { action, args = [], kwargs = {} } = body;
  if (action === FUNCTIONS_ACTION) return { type: "functions" };
  if (action === NEXT_ACTION) return { type: "next", generatorId: body.generator_id };
  const method = String(action);
  if (!Array.isArray(args) || !isMap(kwargs)) {
    throw new SynapseError(
      "invalid_params",
      `Cannot call ${method.slice(0, MAX_SHOWN_NAME)} as args is no list, or kwargs no map`,
    );
  }
  const isNamed = Object.keys(kwargs).length > 0;
  return { type: "call", method, args, kwargs: isNamed ? kwargs : undefined };
}

/** Whether a request is for a generator's next item. */
export function isNext(body: unknown): boolean {
  return isMap(body) && body.action === NEXT_ACTION;
}

/** The body of the request for a namespace's functions, as real proxies ask. */
export function functionsBody(namespace: string): unknown {
  const kwargs = { upstream: true, all_functions: true, trigger: null };
  return { action: FUNCTIONS_ACTION, args: [namespace], kwargs };
}

/** The body of a call. */
export function callBody(
  method: string,
  args: readonly unknown[],
  kwargs: Kwargs | undefined,
): unknown {
  return { action: method, args, kwargs: kwargs ?? {} };
}

/** The body of the request for a generator's next item. */
export function nextBody(generatorId: unknown): unknown {
  return { action: NEXT_ACTION, generator_id: generatorId };
}

/** The answer that begins a generator. */
export function generatorStart(id: unknown): unknown {
  return { [GENERATOR_START]: id };
}

/**
 * Says whether an answer begins a generator.
 *
 * @param result The answer.
 * @returns The generator's id in a map, or undefined.
 */
export function readGeneratorStart(result: unknown): { readonly id: unknown } | undefined {
  return isMap(result) && Object.hasOwn(result, GENERATOR_START)
    ? { id: result[GENERATOR_START] }
    : undefined;
}

/**
 * Says whether a result would be taken for the beginning of a generator by real proxies, which look for its mark in
 * text, lists and maps alike.
 *
 * @param result What a function gave.
 */
export function looksLikeGenerator(result: unknown): boolean {
  if (typeof result === "string" || Array.isArray(result)) return result.includes(GENERATOR_START);
  return isMap(result) && Object.hasOwn(result, GENERATOR_START);
}

/** The answer to a request that names no action. */
export function missingAction(): unknown {
  return { error: MISSING_ACTION };
}

/**
 * The answer to a call of a function that isn't there.
 *
 * @param method What was called.
 * @param published What is there, of which a part is told.
 */
export function unknownAction(method: string, published: readonly string[]): unknown {
  const shown = published.slice(0, MAX_SHOWN_NAMES).map((name) => formatRepr(cut(name)));
  if (published.length > shown.length) shown.push("...");
  return {
    error: `no action ${cut(method)} registered for origin within {${shown.join(", ")}}`,
  };
}

/**
 * Writes what a function has thrown, as real servers write exceptions.
 *
 * @param error What was thrown. Of an error its name and message are told, never its stack.
 */
export function formatException(error: unknown): string {
  if (!(error instanceof Error)) {
    const text = typeof error === "string"
      ? error
      : `a function threw no error but ${typeof error}`;
    return `Exception(${shownRepr(text)})`;
  }
  if (error instanceof SynapseError && error.code !== "internal_error") {
    // What Python says of wrong arguments.
    if (error.code === "invalid_params") return `TypeError(${shownRepr(error.message)})`;
    const code = error.code.replace(/[^\w.-]/g, "_").slice(0, MAX_SHOWN_NAME);
    return `SynapseError('${code}', ${shownRepr(error.message)})`;
  }
  return `${EXCEPTION_NAME.test(error.name) ? error.name : "Error"}(${shownRepr(error.message)})`;
}

/**
 * Recognises an error among results.
 *
 * @param method What was called.
 * @param result What came.
 * @returns The error, or undefined where it is a result.
 */
export function readError(method: string, result: unknown): RemoteError | undefined {
  if (typeof result === "string") return readException(method, result);
  if (!isMap(result) || typeof result.error !== "string" || Object.keys(result).length > 1) {
    return undefined;
  }
  const code = UNKNOWN_ACTION.test(result.error)
    ? "method_not_found"
    : result.error === MISSING_ACTION
    ? "protocol_error"
    : result.error === NO_SERVER
    ? "not_supported"
    : undefined;
  return code === undefined
    ? undefined
    : new RemoteError(method, code, result.error.slice(0, MAX_ERROR_LENGTH));
}

function readException(method: string, text: string): RemoteError | undefined {
  const [, code, repr = ""] = OWN_EXCEPTION.exec(text) ?? [];
  const message = parseRepr(repr);
  if (message !== undefined) return new RemoteError(method, code, message);
  const exception = EXCEPTION.exec(text)?.[1];
  if (exception === undefined) return undefined;
  return new RemoteError(method, "internal_error", text.slice(0, MAX_ERROR_LENGTH), { exception });
}

/** @param text Of an error the message, which need not be text. */
function shownRepr(text: unknown): string {
  return formatRepr(String(text).slice(0, MAX_ERROR_LENGTH));
}

function cut(name: string): string {
  return name.slice(0, MAX_SHOWN_NAME);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
