/**
 * Errors in one line for people.
 *
 * @module
 */
import { formatDuration, formatJson, RemoteError, TimeoutError } from "../mod.ts";
import { harmlessLine } from "./harmless.ts";

/** Data goes along with an error where it helps; a page of it doesn't. */
const MAX_DATA_LENGTH = 1_000;

/**
 * Says what went wrong.
 *
 * @param error What was thrown.
 * @returns One line without a terminal's escapes.
 */
export function explainError(error: unknown): string {
  if (error instanceof TimeoutError) {
    const waited = formatDuration(error.timeoutMs);
    return harmlessLine(`Cannot ${error.operation} in time: no answer within ${waited}`);
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  if (!(error instanceof RemoteError)) return harmlessLine(message);
  return harmlessLine(`${message} [${error.code}]${formatData(error.data)}`);
}

function formatData(data: unknown): string {
  if (data === undefined || data === null) return "";
  const text = formatJson(data);
  return ` ${text.length > MAX_DATA_LENGTH ? `${text.slice(0, MAX_DATA_LENGTH)}…` : text}`;
}
