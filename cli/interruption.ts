/**
 * Ctrl-C, as something to throw.
 *
 * @module
 */

/** Exit codes of a process that ends because of a signal: 128 and its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The signals that are answered with an orderly end. */
export type InterruptingSignal = keyof typeof EXIT_CODES;

/** Somebody wants the process to end. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  /** 130 for Ctrl-C, 143 for `SIGTERM`. */
  readonly exitCode: number;

  /** @param signal Which one came. */
  constructor(signal: InterruptingSignal) {
    super(`Interrupted by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}
