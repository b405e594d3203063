/**
 * What secure nodes say to each other, inside signed envelopes (`core/envelope.ts`) that travel as JSON.
 *
 * First each tells the other its key and a random nonce, unsigned: `{"synapse": "secure", "key": "...", "nonce":
 * "..."}`. Everything after that is an envelope of that key. Its value bears, as `to` and `session`, the receiver's key
 * and nonce: what is said to one node on one connection is worth nothing to another, or on another. An envelope of
 * type `hello` comes first, and proves the key.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import { isKeyText } from "../identity.ts";

/** Proves a key. */
export interface SecureHello {
  readonly type: "hello";
}

/** Says something under a name. */
export interface SecureMessage {
  readonly type: "message";
  readonly name: string;
  readonly data: unknown;
}

/** Calls a function. */
export interface SecureCall {
  readonly type: "call";
  /** Chosen by the caller. */
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** Answers a call. */
export interface SecureResult {
  readonly type: "result";
  readonly id: number;
  readonly result: unknown;
}

/** Refuses a call, or where there is no id, a message. */
export interface SecureError {
  readonly type: "error";
  readonly id?: number;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
}

/** Anything that is said in an envelope. */
export type SecureStatement =
  | SecureHello
  | SecureMessage
  | SecureCall
  | SecureResult
  | SecureError;

/** Bytes of a nonce. */
export const NONCE_BYTES: number = 16;

const NONCE = /^[0-9a-f]{32}$/;
/** Names are looked up among patterns; nobody means a longer one. */
const MAX_NAME_LENGTH = 256;
const MAX_TEXT_LENGTH = 8_192;

/** What a node claims, and later proves. */
export interface SecureClaim {
  /** Its public key, base64url. */
  readonly key: string;
  /** What is to be said to it has to bear this. */
  readonly nonce: string;
}

/** Writes a claim. */
export function formatSecureClaim({ key, nonce }: SecureClaim): Record<string, string> {
  return { synapse: "secure", key, nonce };
}

/**
 * Reads a claim.
 *
 * @param data A message.
 * @returns What it claims; undefined when it is another message.
 */
export function readSecureClaim(data: unknown): SecureClaim | undefined {
  const { synapse, key, nonce } = asRecord(data) ?? {};
  if (synapse !== "secure" || typeof nonce !== "string" || !NONCE.test(nonce)) return undefined;
  return isKeyText(key) ? { key, nonce } : undefined;
}

/**
 * Reads what an envelope says.
 *
 * @param value Its value: signed, but by anybody.
 * @param to The key and the nonce that it has to bear.
 * @returns The statement.
 * @throws {DecodeError} `malformed`, also for what was said on another connection.
 */
export function readSecureStatement(value: unknown, to: SecureClaim): SecureStatement {
  const record = asRecord(value);
  if (record === undefined) throw malformed("it is not an object");
  if (record.to !== to.key || record.session !== to.nonce) {
    throw malformed("it was meant for another node, or for another connection");
  }
  const { type, id, name } = record;
  if (type === "hello") return { type };
  if (type === "result" && isId(id)) return { type, id, result: record.result };
  if (typeof name !== "string" || name.length > MAX_NAME_LENGTH) throw malformed("it has no name");
  if (type === "message") return { type, name, data: record.data };
  if (type === "call" && isId(id) && Array.isArray(record.args)) {
    return { type, id, name, args: record.args, kwargs: asRecord(record.kwargs) };
  }
  const { code, message, data } = record;
  if (type === "error" && typeof code === "string" && typeof message === "string") {
    return {
      type,
      id: isId(id) ? id : undefined,
      name,
      code,
      message: message.slice(0, MAX_TEXT_LENGTH),
      data,
    };
  }
  throw malformed("it is of no type that is known");
}

function isId(id: unknown): id is number {
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 0;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
  return isRecord ? value as Record<string, unknown> : undefined;
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot read secure p2p message as ${reason}`);
}
