/**
 * Text that others wrote, on its way to a terminal.
 *
 * @module
 */

/** Control characters save tab and newline, and the marks that turn the direction of writing. */
const HARMFUL = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Shows what a terminal would obey: an escape becomes `\u001b`. JSON stays JSON, with the same
 * meaning.
 *
 * @param text Anything.
 */
export function harmless(text: string): string {
  return text.replace(HARMFUL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * The same for what must stay on one line.
 *
 * @param text Anything; white space and line ends become one space.
 */
export function harmlessLine(text: string): string {
  return harmless(text.replace(/[\s\u0085]+/gu, " ").trim());
}
