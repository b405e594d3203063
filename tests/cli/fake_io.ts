/**
 * A terminal that isn't there.
 *
 * @module
 */
import { Interruption } from "../../cli/interruption.ts";
import { type CliIo, type Output, OutputClosedError } from "../../cli/io.ts";

/** What a {@linkcode FakeIo} may be given. */
export interface FakeIoOptions {
  /** Whether it is a terminal, in colour. */
  readonly isTty?: boolean;
  readonly columns?: number;
  /** What comes on stdin, then its end. */
  readonly stdin?: readonly Uint8Array[];
  /** After so many writes nobody reads stdout any more. */
  readonly closesAfter?: number;
}

/** Keeps what is written. */
export class FakeOutput implements Output {
  readonly #chunks: Uint8Array[] = [];
  readonly #closesAfter: number;
  #waiting: { readonly pattern: RegExp; readonly resolve: (found: RegExpExecArray) => void }[] = [];

  /** @param closesAfter After so many writes nobody reads any more. */
  constructor(closesAfter: number = Infinity) {
    this.#closesAfter = closesAfter;
  }

  /** All that was written. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#chunks.flatMap((chunk) => [...chunk]));
  }

  /** The same as text. */
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  write(data: string | Uint8Array): Promise<void> {
    if (this.#chunks.length >= this.#closesAfter) return Promise.reject(new OutputClosedError());
    this.#chunks.push(typeof data === "string" ? new TextEncoder().encode(data) : data.slice());
    const { text } = this;
    this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
      const found = pattern.exec(text);
      if (found !== null) resolve(found);
      return found === null;
    });
    return Promise.resolve();
  }

  /** Waits until what was written matches. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    const found = pattern.exec(this.text);
    if (found !== null) return Promise.resolve(found);
    return new Promise((resolve) => this.#waiting.push({ pattern, resolve }));
  }
}

/** Surroundings for an action under test. */
export class FakeIo implements CliIo {
  readonly out: FakeOutput;
  readonly err: FakeOutput = new FakeOutput();
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly color: boolean;
  readonly isTty: boolean;
  readonly columns: number | undefined;
  readonly #interrupting = new AbortController();

  /** @param options What it is given. */
  constructor(options: FakeIoOptions = {}) {
    const { isTty = false, columns, stdin = [], closesAfter } = options;
    this.out = new FakeOutput(closesAfter);
    this.stdin = ReadableStream.from(stdin);
    this.color = isTty;
    this.isTty = isTty;
    this.columns = columns;
  }

  get signal(): AbortSignal {
    return this.#interrupting.signal;
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#interrupting.abort(new Interruption("SIGINT"));
  }
}
