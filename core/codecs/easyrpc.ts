/**
 * easyrpc's messages: one JSON text each.
 *
 * A conversation begins with `{"setup": token}` from the side that dialled and `{"auth": "ok", "server_id": id}`, or
 * `{"error": reason}`, from the other. Requests and responses are maps under `ws_action`. Either may be sent by either.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import { formatJson, type JsonBounds, type JsonLimits, parseJson } from "./easyrpc_json.ts";

/** Asks for something to be done. */
export interface EasyrpcRequest {
  readonly type: "request";
  /** Chosen by the side that asks: any JSON value, echoed. */
  readonly id: unknown;
  /** Whether an answer is wanted. */
  readonly isAnswered: boolean;
  /** What: a map with `action`, or a token that holds one. */
  readonly body: unknown;
}

/** Answers a request. */
export interface EasyrpcResponse {
  readonly type: "response";
  readonly id: unknown;
  /** A result; an error looks no different. */
  readonly result: unknown;
}

/** Any message. */
export type EasyrpcMessage =
  | EasyrpcRequest
  | EasyrpcResponse
  /** The first from the side that dialled. */
  | { readonly type: "setup"; readonly token: string }
  /** Welcomes it. */
  | { readonly type: "auth"; readonly serverId: string }
  /** Turns it away. */
  | { readonly type: "error"; readonly reason: string }
  | { readonly type: "ping" }
  /** Answers a ping; and what nobody knows, which real peers pass over. */
  | { readonly type: "pong" | "unknown" };

const UNKNOWN: EasyrpcMessage = { type: "unknown" };
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a message.
 *
 * @param message Text; bytes are taken for UTF-8, as real servers do.
 * @param limits Bounds.
 * @throws {DecodeError} `limit`; `malformed` where a real server would hang up.
 */
export function parseEasyrpcMessage(
  message: string | Uint8Array,
  limits: JsonLimits,
): EasyrpcMessage {
  const value = parseJson(typeof message === "string" ? message : decode(message, limits), limits);
  if (!isMap(value)) return UNKNOWN;
  if (Object.hasOwn(value, "ws_action")) return readAction(value.ws_action);
  if (typeof value.setup === "string") return { type: "setup", token: value.setup };
  if (typeof value.error === "string") return { type: "error", reason: value.error };
  if (value.auth === "ok" && typeof value.server_id === "string") {
    return { type: "auth", serverId: value.server_id };
  }
  if (value.ping !== undefined) return { type: "ping" };
  return value.pong !== undefined ? { type: "pong" } : UNKNOWN;
}

/**
 * Writes a message.
 *
 * @param message The message.
 * @param bounds How large it may become.
 * @throws {EncodeError} `not_supported`, `limit_exceeded`.
 */
export function formatEasyrpcMessage(message: EasyrpcMessage, bounds: JsonBounds): string {
  return formatJson(asMap(message), bounds);
}

function asMap(message: EasyrpcMessage): Readonly<Record<string, unknown>> {
  switch (message.type) {
    case "setup":
      return { setup: message.token };
    case "auth":
      return { auth: "ok", server_id: message.serverId };
    case "error":
      return { error: message.reason };
    case "request":
      return {
        ws_action: {
          type: "request",
          response_expected: message.isAnswered,
          request: message.body,
          request_id: message.id,
        },
      };
    case "response":
      return {
        ws_action: {
          type: "response",
          response: message.result ?? null,
          request_id: message.id,
        },
      };
    case "ping":
      return { ping: "ping" };
    default:
      return { pong: "pong" };
  }
}

function decode(bytes: Uint8Array, { maxMessageBytes }: JsonLimits): string {
  if (bytes.length > maxMessageBytes) {
    throw new DecodeError(
      "limit",
      `Cannot decode message as it is longer than ${maxMessageBytes} bytes`,
    );
  }
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new DecodeError("malformed", "Cannot decode message as it is not UTF-8");
  }
}

function readAction(action: unknown): EasyrpcMessage {
  if (!isMap(action)) throw malformed("ws_action is not a map");
  const { type, request_id: id, response_expected: expected } = action;
  if (type !== "request" && type !== "response") return UNKNOWN;
  if (!Object.hasOwn(action, "request_id")) throw malformed(`a ${type} has no request_id`);
  if (type === "response") return { type, id, result: action.response };
  return { type, id, isAnswered: expected !== false, body: action.request };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot decode message as ${reason}`);
}
