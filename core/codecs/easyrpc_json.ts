/**
 * JSON as easyrpc's peers write it, which is Python's: read with bounds, written so that either side takes it.
 *
 * Python writes what JSON does not have. A bare `NaN` is read as null, which is what JavaScript makes of it;
 * `Infinity` as itself; whole numbers beyond 2^53 become bigints where the runtime tells how they were
 * written. What has no JSON is refused when it is written, where Python would drop the connection.
 *
 * @module
 */
import { DecodeError, EncodeError } from "../errors.ts";
import type { Limits } from "../limits.ts";

/** The bounds that are kept while reading. */
export type JsonLimits = Pick<Limits, "maxMessageBytes" | "maxDepth" | "maxItems">;

/** The bounds that are kept while writing, and how it is spaced. */
export interface JsonBounds {
  /** Containers inside containers. */
  readonly maxDepth: number;
  /** Bytes of the text in UTF-8. */
  readonly maxBytes: number;
  /** Without spaces, as in tokens; otherwise with those that Python writes. */
  readonly isCompact?: boolean;
}

const UTF8 = new TextEncoder();
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
const [LETTER_I, LETTER_N] = [0x49, 0x4e];
/** Too many digits for a double to hold each of them. */
const LONG_NUMBER = /\d{16}/;
/** `__proto__`, or letters of it in disguise: Python escapes no ASCII letters. */
const PROTO = /__proto__|\\u00[567]/;
/** More than a double could ever stand for, and few enough that reading them takes no time. */
const MAX_DIGITS = 310;
/** Text that stands in quotes as it is. To look whether it does is faster than to have it escaped, while it is short. */
const PLAIN = /^[ !#-[\]-~]*$/;
const SHORT = 128;
/** Greater than any double: read as Infinity. */
const INFINITY = "1e999";

/**
 * Reads one message.
 *
 * @param text The message.
 * @param limits Checked before anything is built.
 * @returns What it says. Maps are plain objects, and none has a key `__proto__`.
 * @throws {DecodeError} `limit`, `malformed`.
 */
export function parseJson(text: string, limits: JsonLimits): unknown {
  if (text.length > limits.maxMessageBytes) {
    throw tooLarge(`is longer than ${limits.maxMessageBytes} bytes`);
  }
  const json = replaceWords(text, findWords(text, limits));
  try {
    return LONG_NUMBER.test(json) || PROTO.test(json) ? JSON.parse(json, revive) : JSON.parse(json);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError("malformed", "Cannot decode message as it is not JSON");
  }
}

/**
 * Goes over a text once, counting.
 *
 * @returns Where bare words begin that may be `NaN` or `Infinity`.
 */
function findWords(text: string, limits: JsonLimits): number[] {
  const words: number[] = [];
  let depth = 0;
  let items = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_LIST:
      case OPEN_MAP:
        if (++depth > limits.maxDepth) throw tooLarge(`is nested deeper than ${limits.maxDepth}`);
        items++;
        break;
      case CLOSE_LIST:
      case CLOSE_MAP:
        depth--;
        break;
      case COMMA:
      case COLON:
        items++;
        break;
      case LETTER_I:
      case LETTER_N:
        words.push(at);
        items++;
    }
    if (items > limits.maxItems) throw tooLarge(`has more than ${limits.maxItems} values`);
  }
  return words;
}

function endOfString(text: string, start: number): number {
  for (let at = start;;) {
    at = text.indexOf('"', at + 1);
    if (at === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}

function replaceWords(text: string, words: readonly number[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const at of words) {
    const [word, json] = text[at] === "N" ? ["NaN", "null"] : ["Infinity", INFINITY];
    if (at < from || !text.startsWith(word, at)) continue;
    pieces.push(text.slice(from, at), json);
    from = at + word.length;
  }
  return pieces.length === 0 ? text : pieces.join("") + text.slice(from);
}

function revive(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (key === "__proto__") {
    throw new DecodeError("malformed", "Cannot decode message as a map has the key __proto__");
  }
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  const isWhole = source !== undefined && source.length <= MAX_DIGITS && /^-?\d+$/.test(source);
  return isWhole ? BigInt(source) : value;
}

function tooLarge(reason: string): DecodeError {
  return new DecodeError("limit", `Cannot decode message as it ${reason}`);
}

/**
 * Writes a value.
 *
 * @param value What JSON has, and: undefined as null, bigints as whole numbers, dates as text, maps as objects.
 * @param bounds How large it may become.
 * @returns JSON on one line.
 * @throws {EncodeError} `not_supported` for what has no JSON, such as bytes and sets; `limit_exceeded`.
 */
export function formatJson(value: unknown, bounds: JsonBounds): string {
  const writer = new JsonWriter(bounds);
  writer.value(value, bounds.maxDepth);
  return writer.finish();
}

class JsonWriter {
  readonly #maxBytes: number;
  readonly #comma: string;
  readonly #colon: string;
  #text = "";

  constructor({ maxBytes, isCompact = false }: JsonBounds) {
    this.#maxBytes = maxBytes;
    this.#comma = isCompact ? "," : ", ";
    this.#colon = isCompact ? ":" : ": ";
  }

  finish(): string {
    const text = this.#text;
    // A UTF-16 unit takes up to three bytes.
    if (text.length * 3 > this.#maxBytes && UTF8.encode(text).length > this.#maxBytes) {
      throw oversized(this.#maxBytes);
    }
    return text;
  }

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.#put(quote(value));
      case "undefined":
        return this.#put("null");
      case "number":
        return this.#put(Number.isFinite(value) ? String(value) : "null");
      case "boolean":
      case "bigint":
        return this.#put(String(value));
      case "object":
        if (value === null) return this.#put("null");
        return this.#object(value, depth);
      default:
        throw unsupported(`${typeof value}s`);
    }
  }

  #object(value: object, depth: number): void {
    if (depth === 0) {
      throw new EncodeError("limit_exceeded", "Cannot encode value as it is nested too deeply");
    }
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Map) return this.#entries(value, depth);
    if (value instanceof Date) return this.value(value.toJSON(), depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) throw unsupported("bytes");
    if (value instanceof Set) throw unsupported("sets");
    this.#entries(Object.entries(value), depth);
  }

  #list(list: readonly unknown[], depth: number): void {
    this.#put("[");
    for (let i = 0; i < list.length; i++) {
      if (i > 0) this.#put(this.#comma);
      this.value(list[i], depth - 1);
    }
    this.#put("]");
  }

  #entries(entries: Iterable<[unknown, unknown]>, depth: number): void {
    this.#put("{");
    let separator = "";
    for (const [key, item] of entries) {
      if (item === undefined) continue;
      this.#put(separator + quote(String(key)) + this.#colon);
      this.value(item, depth - 1);
      separator = this.#comma;
    }
    this.#put("}");
  }

  #put(piece: string): void {
    this.#text += piece;
    if (this.#text.length > this.#maxBytes) throw oversized(this.#maxBytes);
  }
}

function quote(text: string): string {
  return text.length < SHORT && PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function unsupported(what: string): EncodeError {
  return new EncodeError("not_supported", `Cannot encode value as JSON has no ${what}`);
}

function oversized(maxBytes: number): EncodeError {
  return new EncodeError(
    "limit_exceeded",
    `Cannot encode message as it is larger than ${maxBytes} bytes`,
  );
}
