/**
 * The two colours of the command line.
 *
 * @module
 */
import type { CliIo } from "./io.ts";

/** Puts text into the colours of a terminal. */
export interface Paint {
  /** Names. */
  bold(text: string): string;
  /** What can be skipped. */
  dim(text: string): string;
}

/**
 * Makes one.
 *
 * @param io Says whether there are colours.
 */
export function createPaint(io: CliIo): Paint {
  const within = (code: number) => (text: string) =>
    io.color ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: within(1), dim: within(2) };
}
