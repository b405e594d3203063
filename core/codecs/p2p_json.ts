/**
 * JSON as Python writes and reads it by default: `, ` and `: ` between things, everything outside ASCII as
 * `\uXXXX`, and `NaN` and `Infinity` as numbers.
 *
 * @module
 */
import { DecodeError, EncodeError } from "../errors.ts";
import type { Limits } from "../limits.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const LAST_PRINTABLE = 0x7e;
const CLOSING_BRACE = 0x7d;

/** Numbers that JSON doesn't know, and how one that it does can come to the same. */
const SPECIAL_NUMBERS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:Infinity|NaN)\b/g;
/** Text with many brackets that isn't even meant as JSON is text. */
const CONTAINER = /^\s*(?:\[[^]*\]|\{[^]*\})\s*$/;
const NAN_MARK = "\u0001NaN";

/** What {@linkcode parsePythonJson} and {@linkcode formatPythonJson} keep. */
export type JsonLimits = Pick<Limits, "maxDepth" | "maxItems">;

/**
 * Writes a value.
 *
 * @param value What `JSON.stringify` takes, by its rules.
 * @param limits Deeper values are refused: Python's reader ends its connection at about a thousand.
 * @returns ASCII.
 * @throws {EncodeError} `not_supported` for what JSON has no form for, `limit_exceeded`.
 */
export function formatPythonJson(value: unknown, limits: JsonLimits): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value, refuseForeign);
  } catch (error) {
    if (error instanceof EncodeError) throw error;
    if (error instanceof RangeError) throw tooDeep(limits);
    throw notJson(error instanceof Error ? error.message : String(error));
  }
  if (json === undefined) throw notJson(typeof value);
  const { depth } = measureJson(json);
  if (depth > limits.maxDepth) throw tooDeep(limits);
  return respace(json);
}

/**
 * Reads a value.
 *
 * @param text Any text.
 * @param limits Kept before anything is made of the text.
 * @returns The value in a list; undefined when it is not JSON. Integers beyond 2^53 lose digits.
 * @throws {DecodeError} `limit`.
 */
export function parsePythonJson(text: string, limits: JsonLimits): [unknown] | undefined {
  const { depth, items } = measureJson(text);
  if ((depth > limits.maxDepth || items > limits.maxItems) && CONTAINER.test(text)) {
    throw new DecodeError(
      "limit",
      depth > limits.maxDepth
        ? `Cannot decode JSON as it is deeper than ${limits.maxDepth}: got ${depth}`
        : `Cannot decode JSON as it holds more than ${limits.maxItems} values: got ${items}`,
    );
  }
  if (depth > limits.maxDepth) return undefined;
  return tryParse(text) ?? parseWithSpecialNumbers(text);
}

function tryParse(json: string, revive?: (key: string, value: unknown) => unknown) {
  try {
    return [JSON.parse(json, revive)] as [unknown];
  } catch {
    return undefined;
  }
}

function parseWithSpecialNumbers(text: string): [unknown] | undefined {
  if (!/\b(?:Infinity|NaN)\b/.test(text)) return undefined;
  let json: string;
  try {
    json = text.replace(SPECIAL_NUMBERS, (token) => {
      if (token.startsWith('"')) return token;
      if (token === "NaN") return JSON.stringify(NAN_MARK);
      return token.replace("Infinity", "1e999");
    });
  } catch {
    // The regular expression engine has given up on a text of megabytes.
    return undefined;
  }
  return tryParse(json, (_key, value) => value === NAN_MARK ? NaN : value);
}

/** Counts, without making anything of it: the text needs not be JSON. */
function measureJson(text: string): { depth: number; items: number } {
  let depth = 0;
  let deepest = 0;
  let items = 1;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) isInString = !isInString;
    else if (isInString) { if (unit === BACKSLASH) at++; }
    else if (unit === COMMA) items++;
    else if (unit === OPENING_BRACKET || unit === OPENING_BRACE) {
      items++;
      deepest = Math.max(deepest, ++depth);
    } else if (unit === CLOSING_BRACKET || unit === CLOSING_BRACE) depth--;
  }
  return { depth: deepest, items };
}

function respace(json: string): string {
  let respaced = "";
  let from = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) isInString = !isInString;
    else if (isInString) {
      if (unit === BACKSLASH) at++;
      else if (unit > LAST_PRINTABLE) {
        respaced += `${json.slice(from, at)}\\u${unit.toString(16).padStart(4, "0")}`;
        from = at + 1;
      }
    } else if (unit === COMMA || unit === COLON) {
      respaced += `${json.slice(from, at + 1)} `;
      from = at + 1;
    }
  }
  return respaced + json.slice(from);
}

/** Bytes would become an object of numbers, and what is not a number would become null. */
function refuseForeign(_key: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) throw notJson("bytes within it");
  if (typeof value === "number" && !Number.isFinite(value)) throw notJson(String(value));
  return value;
}

function notJson(found: string): EncodeError {
  return new EncodeError("not_supported", `Cannot send value as JSON can't hold it: got ${found}`);
}

function tooDeep({ maxDepth }: JsonLimits): EncodeError {
  return new EncodeError("limit_exceeded", `Cannot send value as it is deeper than ${maxDepth}`);
}
