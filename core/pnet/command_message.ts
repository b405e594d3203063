/**
 * What command nodes send over advanced ones: JSON of a call, and JSON of its result.
 *
 * @module
 */
import { DecodeError, EncodeError, RemoteError, SynapseError } from "../errors.ts";
import type { Kwargs } from "../message.ts";

/** One call. */
export interface PnetInvocation {
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;
}

const MAX_DESCRIPTION_LENGTH = 8_192;
/** In these words real nodes say it. */
const UNKNOWN_FUNCTION = "function does not exist on node";
const BAD_RESULT = "bad return data";
/** In these, we do. */
const CODED = /^([a-z][a-z0-9_]{2,63}): ([^]+)$/;

/**
 * Writes a call.
 *
 * @throws {EncodeError} `not_supported` when an argument has no JSON.
 */
export function encodeInvocation(invocation: PnetInvocation): string {
  const { functionName, args, kwargs } = invocation;
  return encodeJson({ function: functionName, args, kwargs });
}

/**
 * Reads a call.
 *
 * @param text What came.
 * @throws {DecodeError} `malformed`.
 */
export function decodeInvocation(text: string): PnetInvocation {
  const call = parseJson(text);
  if (isRecord(call)) {
    const { function: functionName, args = [], kwargs = {} } = call;
    if (typeof functionName === "string" && Array.isArray(args) && isRecord(kwargs)) {
      return { functionName, args, kwargs };
    }
  }
  throw new DecodeError(
    "malformed",
    "Cannot read pnet call as it is not function, args and kwargs",
  );
}

/**
 * Writes a result.
 *
 * @param value What the function has returned.
 * @returns The result, or that it can't be sent, in the words of real nodes.
 */
export function encodeResult(value: unknown): string {
  try {
    return encodeJson({ type: "success", value: value ?? null });
  } catch {
    return encodeJson({ type: "error", description: BAD_RESULT });
  }
}

/**
 * Writes an error. Callers that are real nodes show it to people.
 *
 * @param error What was thrown.
 */
export function encodeFailure(error: unknown): string {
  return encodeJson({ type: "error", description: describe(error) });
}

/** Writes that there is no such function, in the words of real nodes. */
export function encodeUnknownFunction(): string {
  return encodeJson({ type: "error", description: UNKNOWN_FUNCTION });
}

function describe(error: unknown): string {
  if (error instanceof SynapseError) {
    return `${error.code}: ${error.message}`.slice(0, MAX_DESCRIPTION_LENGTH);
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  return `internal_error: ${message}`.slice(0, MAX_DESCRIPTION_LENGTH);
}

/**
 * Reads a result.
 *
 * @param functionName The function, for errors.
 * @param text What came.
 * @returns The value.
 * @throws {RemoteError} The error that came.
 * @throws {DecodeError} `malformed`.
 */
export function decodeResult(functionName: string, text: string): unknown {
  const result = parseJson(text);
  if (isRecord(result)) {
    if (result.type === "success") return result.value;
    if (result.type === "error" && typeof result.description === "string") {
      throw readDescription(functionName, result.description);
    }
  }
  throw new DecodeError(
    "malformed",
    `Cannot read result of ${functionName} as it is neither success nor error`,
  );
}

function readDescription(functionName: string, description: string): RemoteError {
  if (description === UNKNOWN_FUNCTION) {
    return new RemoteError(
      functionName,
      "method_not_found",
      `Cannot call ${JSON.stringify(functionName)} as no such function is there`,
    );
  }
  const [, code = "internal_error", message = description] = CODED.exec(description) ?? [];
  return new RemoteError(functionName, code, message);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError("malformed", "Cannot read pnet call or result as it is not JSON");
  }
}

function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (hasJson(part)) return part;
    throw new EncodeError(
      "not_supported",
      `Cannot write ${Object.prototype.toString.call(part)} for pnet as JSON has no way to say it`,
    );
  });
}

/** Otherwise it would become `{}`, null, or nothing at all. */
function hasJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) {
    return typeof value !== "bigint" && typeof value !== "function" && typeof value !== "symbol";
  }
  return Array.isArray(value) ||
    !(ArrayBuffer.isView(value) || value instanceof ArrayBuffer || Symbol.iterator in value ||
      Symbol.asyncIterator in value);
}
