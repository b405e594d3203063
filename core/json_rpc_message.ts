/**
 * What JSON-RPC 2.0 says: how its requests look, and how its errors are written.
 *
 * @module
 */
import type { Kwargs } from "./message.ts";

/** Chosen by the caller, and echoed. */
export type JsonRpcId = string | number | bigint | null;

/** Asks for a function's result. */
export interface JsonRpcRequest {
  /** undefined where no answer is wanted. */
  readonly id?: JsonRpcId;
  readonly method: string;
  /** By position, or by name. */
  readonly params?: readonly unknown[] | Kwargs;
}

/** What was sent isn't JSON. */
export const PARSE_ERROR: number = -32700;
/** What was sent is no request. */
export const INVALID_REQUEST: number = -32600;
/** The first of those that an implementation may define. */
const SERVER_ERROR = -32000;
/** Those of ours that have a number of their own. */
const NUMBERS: Readonly<Record<string, number>> = {
  method_not_found: -32601,
  invalid_params: -32602,
  internal_error: -32603,
};
/** Nobody counts that far. */
const MAX_ID_LENGTH = 256;
/** Error messages are for people: what a handler throws may quote megabytes. */
const MAX_ERROR_LENGTH = 8_192;

/**
 * Tells requests, notifications included, from what isn't one.
 *
 * @param value What came.
 */
export function isJsonRpcRequest(value: unknown): value is JsonRpcRequest {
  if (typeof value !== "object" || value === null) return false;
  const { jsonrpc, id, method, params } = value as Record<string, unknown>;
  return jsonrpc === "2.0" && typeof method === "string" && isId(id) &&
    (params === undefined || (typeof params === "object" && params !== null));
}

function isId(id: unknown): boolean {
  if (typeof id === "string") return id.length <= MAX_ID_LENGTH;
  return id === undefined || id === null || typeof id === "number" || typeof id === "bigint";
}

/**
 * The number that stands for an error's code.
 *
 * @param code One of ours, or an application's own.
 */
export function errorNumber(code: string): number {
  return NUMBERS[code] ?? SERVER_ERROR;
}

/**
 * Writes an answer.
 *
 * @param id The request's.
 * @param result JSON.
 */
export function formatJsonRpcResult(id: JsonRpcId, result: string): string {
  return `{"jsonrpc":"2.0","id":${formatId(id)},"result":${result}}`;
}

/**
 * Writes an answer that is an error.
 *
 * @param id The request's; null where it can't be told.
 * @param error Its number, its message, and JSON that says more.
 */
export function formatJsonRpcError(
  id: JsonRpcId,
  error: { readonly number: number; readonly message: string; readonly data?: string },
): string {
  const { number, data } = error;
  const message = JSON.stringify(error.message.slice(0, MAX_ERROR_LENGTH));
  const detail = data === undefined ? "" : `,"data":${data}`;
  return `{"jsonrpc":"2.0","id":${
    formatId(id)
  },"error":{"code":${number},"message":${message}${detail}}}`;
}

function formatId(id: JsonRpcId): string {
  return typeof id === "bigint" ? String(id) : JSON.stringify(id);
}
