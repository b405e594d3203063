/**
 * What stands in a frame of synapse: requests and responses, read as the real Python programs read them.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import type { Kwargs } from "../message.ts";

/** Asks for a function's result. */
export interface SynapseRequest {
  readonly type: "request";
  readonly endpoint: string;
  /** Chosen by the caller, and given back. */
  readonly id: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs | undefined;
}

/** Why a call failed. */
export interface SynapseFault {
  /** Real programs know `bad_request` and `internal_error`. */
  readonly code: string;
  readonly message: string;
}

/** Answers a request. */
export interface SynapseResponse {
  readonly type: "response";
  readonly id: string;
  readonly ok: boolean;
  readonly result: unknown;
  readonly error: SynapseFault | null;
}

/** Either. */
export type SynapseMessage = SynapseRequest | SynapseResponse;

const REQUEST_FIELDS: readonly string[] = ["endpoint", "id", "args", "kwargs", "type"];
const RESPONSE_FIELDS: readonly string[] = ["id", "ok", "result", "error", "type"];
/** Real ones have 64; they are given back, and kept in logs. */
const MAX_ID_LENGTH = 1_024;

/**
 * Reads a message.
 *
 * @param value What the map in a frame decodes to.
 * @returns The message; absent fields have their defaults.
 * @throws {DecodeError} `malformed`, where a real program refuses it.
 */
export function readSynapseMessage(value: unknown): SynapseMessage {
  refuseOtherKeys(value);
  if (!isMap(value)) throw malformed("it is not a map with text for keys");
  const { type = "request" } = value;
  if (type === "request") return readRequest(value);
  if (type === "response") return readResponse(value);
  throw malformed("its type is neither request nor response");
}

function readRequest(value: Readonly<Record<string, unknown>>): SynapseRequest {
  refuseOtherFields(value, REQUEST_FIELDS);
  const { endpoint, id, args = [], kwargs = {} } = value;
  if (typeof endpoint !== "string") throw malformed("its endpoint is not text");
  return {
    type: "request",
    endpoint,
    id: readId(id),
    args: readList(args),
    kwargs: readKwargs(kwargs),
  };
}

function readResponse(value: Readonly<Record<string, unknown>>): SynapseResponse {
  refuseOtherFields(value, RESPONSE_FIELDS);
  const { id, ok, result = null, error = null } = value;
  if (ok === undefined) throw malformed("it doesn't say whether the call went well");
  return { type: "response", id: readId(id), ok: Boolean(ok), result, error: readFault(error) };
}

function readFault(value: unknown): SynapseFault | null {
  if (value === null) return null;
  if (!isMap(value) || Object.keys(value).length !== 2) {
    throw malformed("its error is not a map of code and message");
  }
  const { code, message } = value;
  if (typeof code !== "string" || typeof message !== "string") {
    throw malformed("its error is not a map of code and message");
  }
  return { code, message };
}

/** As Python's `str()` shows it, for real servers give ids back so. */
function readId(id: unknown): string {
  if (id === undefined) return "";
  if (id === null) return "None";
  const text = typeof id === "boolean"
    ? id ? "True" : "False"
    : id instanceof Uint8Array
    ? `b'${Array.from(id.subarray(0, MAX_ID_LENGTH), escapeByte).join("")}'`
    : typeof id === "object"
    ? undefined
    : String(id);
  if (text === undefined || text.length > MAX_ID_LENGTH) {
    throw malformed(`its id is neither a number nor text of up to ${MAX_ID_LENGTH} characters`);
  }
  return text;
}

function escapeByte(byte: number): string {
  const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
  return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
}

/**
 * Reads arguments as Python's `list()` does: of text the characters, of a map the keys.
 *
 * @param value What was sent for them.
 * @returns The list.
 * @throws {DecodeError} `malformed`, when it can't be taken for a list.
 */
export function readList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string" || value instanceof Uint8Array) return [...value];
  if (value instanceof Map) return [...value.keys()];
  if (isMap(value)) return Object.keys(value);
  throw malformed("its args are not a list");
}

/** A map, or as Python's `dict()` has it, a list of pairs. Empty ones are none. */
function readKwargs(value: unknown): Kwargs | undefined {
  const pairs = Array.isArray(value) ? value : isMap(value) ? Object.entries(value) : undefined;
  if (pairs === undefined || !pairs.every(isNamedPair)) {
    throw malformed("its kwargs are not a map with text for keys");
  }
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function isNamedPair(pair: unknown): pair is readonly [string, unknown] {
  return Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string";
}

function refuseOtherFields(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  const other = Object.keys(value).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw malformed(`it has a field ${JSON.stringify(other.slice(0, 64))}, which nobody knows`);
}

/** Real programs refuse a message with a number for a map's key, wherever in it. */
function refuseOtherKeys(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) return value.forEach(refuseOtherKeys);
  if (value instanceof Map) {
    for (const [key, item] of value) {
      if (typeof key !== "string" && !(key instanceof Uint8Array)) {
        throw malformed("a key in one of its maps is neither text nor bytes");
      }
      refuseOtherKeys(item);
    }
  } else if (isMap(value)) Object.values(value).forEach(refuseOtherKeys);
}

/** A map as the decoder makes it of one whose keys are all text. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot read message as ${reason}`);
}
