/**
 * Text that strangers chose (agents, reasons), before anybody sees it.
 *
 * @module
 */

/** All but letters, marks, numbers, punctuation, symbols and the plain blank; and what turns the direction of writing. */
const UNPRINTABLE =
  /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Shows what a terminal would obey instead of showing: an escape becomes `\u{1b}`.
 *
 * @param text Anything.
 * @param maxLength How much of it is shown, in UTF-16 units.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(printable("/Satoshi:30.0.0/\x1b[2J"), "/Satoshi:30.0.0/\\u{1b}[2J");
 * ```
 */
export function printable(text: string, maxLength: number = 256): string {
  const shown = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return shown.replace(UNPRINTABLE, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}
