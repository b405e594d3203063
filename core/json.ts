/**
 * Values as JSON, both ways: what the command line and the page of a node read, and what they show.
 *
 * Where MessagePack has more than JSON, an object with one key stands in:
 *
 * | value | JSON |
 * | --- | --- |
 * | bytes | `{"$bytes": "<base64>"}` |
 * | integer over 2^53, NaN, Infinity | `{"$number": "18446744073709551615"}` |
 * | date | `{"$date": "2026-01-02T03:04:05.678Z"}` |
 * | map whose keys aren't all strings | `{"$map": [[key, value], ...]}` |
 * | extension | `{"$extension": [type, "<base64>"]}` |
 *
 * @module
 */
import { base64 } from "@scure/base";
import { Extension } from "./codecs/messagepack_extensions.ts";

/**
 * Reads JSON. Integers beyond 2^53 become bigints where the runtime tells how they were written.
 *
 * @param text JSON.
 * @throws {SyntaxError} When it isn't.
 */
export function parseJson(text: string): unknown {
  // Node 20 doesn't tell how a number was written, but where there is nothing else, it is the text.
  const reviver = (key: string, value: unknown, context?: { readonly source?: string }) =>
    revive(value, context?.source ?? (key === "" ? text.trim() : undefined));
  return JSON.parse(text, reviver);
}

/**
 * Reads what may be JSON.
 *
 * @param text Anything.
 * @returns The value where it is JSON, else the text itself.
 */
export function parseValue(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/**
 * Reads what may be text.
 *
 * @param content Anything.
 * @returns The value where the text is JSON; the text itself where it isn't; the bytes where they
 * are not UTF-8.
 */
export function parseContent(content: Uint8Array): unknown {
  try {
    return parseValue(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content));
  } catch {
    // A plain array, also of a node Buffer.
    return new Uint8Array(content);
  }
}

/**
 * Writes a value on one line.
 *
 * @param value What came over the wire.
 */
export function formatJson(value: unknown): string {
  return JSON.stringify(toPlain(value));
}

/**
 * Writes a value for people: what fits the width on one line, the rest on lines of their own.
 *
 * @param value What came over the wire.
 * @param columns The width.
 */
export function formatPrettyJson(value: unknown, columns: number): string {
  return layOut(toPlain(value), columns, "");
}

function toPlain(value: unknown): unknown {
  switch (typeof value) {
    case "undefined":
      return null;
    case "bigint":
      return { $number: String(value) };
    case "number":
      return Number.isFinite(value) ? value : { $number: String(value) };
    case "object":
      return value === null ? null : toPlainObject(value);
    default:
      return value;
  }
}

function toPlainObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Uint8Array) return { $bytes: base64.encode(value) };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Extension) return { $extension: [value.type, base64.encode(value.data)] };
  if (value instanceof Map) {
    return { $map: [...value].map(([key, item]) => [toPlain(key), toPlain(item)]) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]));
}

const READERS: Readonly<Record<string, (content: unknown) => unknown>> = {
  $bytes: (content) => typeof content === "string" ? fromBase64(content) : undefined,
  $number: (content) => typeof content === "string" ? readNumber(content) : undefined,
  $date: (content) => {
    const date = new Date(typeof content === "string" ? content : Number.NaN);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  $map: (content) =>
    Array.isArray(content) && content.every((pair) => Array.isArray(pair) && pair.length === 2)
      ? new Map(content)
      : undefined,
  $extension: (content) => {
    const [type, data] = Array.isArray(content) ? content : [];
    const bytes = typeof data === "string" ? fromBase64(data) : undefined;
    const isType = Number.isInteger(type) && type >= -128 && type <= 127;
    return isType && bytes !== undefined ? new Extension(type, bytes) : undefined;
  },
};

/** What only looks like a stand-in stays the object that it is. */
function revive(value: unknown, source: string | undefined): unknown {
  if (typeof value === "number") return reviveNumber(value, source);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const [key, ...others] = Object.keys(value);
  if (others.length > 0 || !Object.hasOwn(READERS, key ?? "")) return value;
  return READERS[key]((value as Record<string, unknown>)[key]) ?? value;
}

function reviveNumber(value: number, source: string | undefined): number | bigint {
  const isWhole = source !== undefined && /^-?\d+$/.test(source);
  if (!isWhole || Number.isSafeInteger(value)) return value;
  const exact = BigInt(source);
  // What doesn't fit 64 bits can't be sent as a whole number anyway.
  return exact >= -(2n ** 63n) && exact < 2n ** 64n ? exact : value;
}

function readNumber(text: string): number | bigint | undefined {
  if (/^-?\d+$/.test(text)) {
    return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  }
  return ["NaN", "Infinity", "-Infinity"].includes(text) ? Number(text) : undefined;
}

/** Undefined where the text is not base64 from end to end. */
function fromBase64(text: string): Uint8Array | undefined {
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
}

function layOut(value: unknown, columns: number, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const items = Array.isArray(value)
    ? value.map((item) => layOut(item, columns, inner))
    : Object.entries(value).map(([key, item]) =>
      `${JSON.stringify(key)}: ${layOut(item, columns, inner)}`
    );
  if (items.length === 0) return open + close;
  const space = open === "{" ? " " : "";
  const line = open + space + items.join(", ") + space + close;
  if (indent.length + line.length <= columns && !line.includes("\n")) return line;
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
}
