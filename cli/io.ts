/**
 * What a command needs of the terminal, so that tests can give it something else.
 *
 * @module
 */

/** Somewhere to write to. */
export interface Output {
  /**
   * Writes, and waits until there is room for more.
   *
   * @param data Text, or bytes as they are.
   * @throws {OutputClosedError} When nobody reads any more.
   */
  write(data: string | Uint8Array): Promise<void>;
}

/** The surroundings of one command. */
export interface CliIo {
  /** Results. */
  readonly out: Output;
  /** Everything else. */
  readonly err: Output;
  /** Read only where `-` says so. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Aborted with an `Interruption` by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether `out` may be coloured. */
  readonly color: boolean;
  /** Whether `out` is a terminal. */
  readonly isTty: boolean;
  /** How wide `out` is just now; undefined where it isn't a terminal. */
  readonly columns: number | undefined;
  /** How many lines it has just now; undefined where that isn't known. */
  readonly rows?: number;
  /** How wide `err` is just now; undefined where it isn't a terminal. */
  readonly errColumns?: number;
}

/** Whoever read our output has left, as `head` does. No failure of ours. */
export class OutputClosedError extends Error {
  override readonly name = "OutputClosedError";

  /** Made where a write fails. */
  constructor() {
    super("Cannot write as nobody reads the output any more");
  }
}

/**
 * Writes one line of news to stderr. Nothing depends on whether anybody reads it.
 *
 * @param io The surroundings.
 * @param text What to say; must be harmless.
 */
export function note(io: CliIo, text: string): Promise<void> {
  return io.err.write(`synapse: ${text}\n`).catch(() => {});
}
