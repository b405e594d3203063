/**
 * Text as Python's `repr` writes it: easyrpc's errors are the `repr` of an exception.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const ESCAPED = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([^]))/g;

/**
 * Writes text as Python shows it.
 *
 * @param text Any text.
 * @returns In single quotes, or in double ones where that saves escaping.
 */
export function formatRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(
    /[\\'"\p{Cc}\p{Cs}]/gu,
    (char) => char === "\\" || char === quote ? `\\${char}` : escapeControl(char),
  );
  return quote + escaped + quote;
}

function escapeControl(char: string): string {
  if (char === "'" || char === '"') return char;
  const code = char.charCodeAt(0).toString(16);
  return NAMED[char] ?? (code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`);
}

/**
 * Reads what {@linkcode formatRepr} writes.
 *
 * @param repr Text in quotes.
 * @returns The text, or undefined where it isn't one string in quotes.
 */
export function parseRepr(repr: string): string | undefined {
  const quote = repr[0];
  if (repr.length < 2 || (quote !== "'" && quote !== '"') || repr.at(-1) !== quote) {
    return undefined;
  }
  return repr.slice(1, -1).replace(
    ESCAPED,
    (_escape, byte?: string, unit?: string, char?: string) =>
      char === undefined ? String.fromCharCode(parseInt(byte ?? unit!, 16)) : ESCAPES[char] ?? char,
  );
}
