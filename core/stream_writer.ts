/**
 * The sending end of a stream: runs a generator as far as the reader's credit and the channel allow.
 *
 * @module
 */

/** Anything whose items can be sent one by one. */
export type StreamSource = AsyncIterable<unknown> | Iterable<unknown>;

/**
 * Tells streams from values: async iterables, and generators. Other iterables (arrays, maps, strings) are values.
 *
 * @param value What a handler returned.
 */
export function isStream(value: object): value is StreamSource {
  return Symbol.asyncIterator in value ||
    (Symbol.iterator in value && typeof (value as { next?: unknown }).next === "function");
}

/** Pumps one stream. */
export class StreamWriter {
  readonly #source: StreamSource;
  readonly #send: (values: readonly unknown[]) => boolean;
  #credit: number;
  #isWritable = true;
  #isStopped = false;
  #wake: (() => void) | undefined;

  /**
   * @param source The generator.
   * @param credit Items that the reader takes from the start.
   * @param send Sends one item, or none to say that an empty stream is one. Answers false when output is stuck.
   */
  constructor(source: StreamSource, credit: number, send: (values: readonly unknown[]) => boolean) {
    this.#source = source;
    this.#credit = credit;
    this.#send = send;
  }

  /** The reader takes more items. */
  grant(count: number): void {
    this.#credit += count;
    this.#resume();
  }

  /** Output isn't stuck any more. */
  drained(): void {
    this.#isWritable = true;
    this.#resume();
  }

  /** The reader has left: the generator's `finally` runs, as soon as its current step is done. */
  stop(): void {
    this.#isStopped = true;
    this.#resume();
  }

  /**
   * Runs to the end.
   *
   * @returns Settles when the generator is done, or the reader has left.
   * @throws Whatever the generator throws, or sending an item.
   */
  async run(): Promise<void> {
    const iterator = Symbol.asyncIterator in this.#source
      ? this.#source[Symbol.asyncIterator]()
      : this.#source[Symbol.iterator]();
    let isEmpty = true;
    let isDone = false;
    try {
      while (!this.#isStopped) {
        if (this.#credit <= 0 || !this.#isWritable) {
          await new Promise<void>((resolve) => this.#wake = resolve);
          continue;
        }
        const next = await iterator.next();
        isDone = next.done === true;
        if (isDone || this.#isStopped) break;
        isEmpty = false;
        this.#credit--;
        this.#isWritable = this.#send([next.value]);
      }
      if (isDone && isEmpty && !this.#isStopped) this.#send([]);
    } finally {
      if (!isDone) leave(iterator);
    }
  }

  #resume(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/** Runs the generator's `finally`. What that throws is nobody's business any more. */
function leave(iterator: AsyncIterator<unknown> | Iterator<unknown>): void {
  try {
    const left = iterator.return?.();
    if (left instanceof Promise) left.catch(() => {});
  } catch { /* the reader has gone */ }
}
