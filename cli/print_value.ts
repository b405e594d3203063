/**
 * The one way in which results are printed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { harmless } from "./harmless.ts";
import type { CliIo } from "./io.ts";
import { formatJson, formatPrettyJson } from "../mod.ts";

/**
 * How values are printed. `text`: for people, strings as they are. `json`: one line of JSON each.
 * `raw`: strings and bytes as they are and nothing else, anything else as a line of JSON.
 */
export type ValueFormat = "text" | "json" | "raw";

/** Where the width isn't known. */
const DEFAULT_COLUMNS = 80;

/**
 * Prints a value.
 *
 * @param value What came over the wire.
 * @param format How.
 * @param io Where. What others wrote is made harmless on a terminal, save where it was asked for
 * raw.
 */
export function printValue(value: unknown, format: ValueFormat, io: CliIo): Promise<void> {
  if (format === "raw") {
    const isPlain = typeof value === "string" || value instanceof Uint8Array;
    return io.out.write(isPlain ? value : `${formatJson(value)}\n`);
  }
  if (format === "text" && value instanceof Uint8Array && !io.isTty) return io.out.write(value);
  const text = format === "json" ? formatJson(value) : formatValue(value, io);
  return io.out.write(`${io.isTty ? harmless(text) : text}\n`);
}

/**
 * Writes a value for people.
 *
 * @param value What came over the wire.
 * @param io For the width.
 * @returns One line or several, not yet harmless.
 */
export function formatValue(value: unknown, io: CliIo): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return formatPrettyJson(value, io.columns ?? DEFAULT_COLUMNS);
}
