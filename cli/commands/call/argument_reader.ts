/**
 * From the words of a command line to the values that are sent.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { DEFAULT_LIMITS, parseContent, parseValue } from "../../../mod.ts";
import { untilAborted } from "../../abort.ts";
import type { WrittenArguments } from "../../argument_command.ts";
import type { CliIo } from "../../io.ts";
import { UsageError } from "../../usage_error.ts";

/** No more can be sent in one message. */
const MAX_BYTES = DEFAULT_LIMITS.maxMessageBytes;

/** The arguments of a call, as they are sent. */
export interface CallArguments {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Reads all arguments of a call, in the order in which they were written.
 *
 * @param written What the user wrote.
 * @param io For stdin and Ctrl-C.
 * @throws {UsageError} When one can't be read.
 */
export async function readArguments(
  written: WrittenArguments,
  io: CliIo,
): Promise<CallArguments> {
  const reader = new ArgumentReader(io);
  const args: unknown[] = [];
  for (const word of written.args) args.push(await reader.read(word));
  const named: [string, unknown][] = [];
  for (const [name, word] of written.kwargs) named.push([name, await reader.read(word)]);
  return { args, kwargs: named.length > 0 ? Object.fromEntries(named) : undefined };
}

/** Reads the arguments of one call. */
export class ArgumentReader {
  readonly #io: CliIo;
  #hasReadStdin = false;

  /** @param io For stdin and Ctrl-C. */
  constructor(io: CliIo) {
    this.#io = io;
  }

  /**
   * Reads one argument: JSON, `-` for stdin, `@file`, or else a string.
   *
   * @param word As it was written.
   * @throws {UsageError} When there is no such file, or stdin was read before.
   */
  async read(word: string): Promise<unknown> {
    if (word === "-") return parseContent(await this.#readStdin());
    if (/^@./s.test(word)) return parseContent(await this.#readFile(word.slice(1)));
    return parseValue(word);
  }

  #readStdin(): Promise<Uint8Array> {
    if (this.#hasReadStdin) throw new UsageError("Cannot read stdin twice: - may be given once");
    this.#hasReadStdin = true;
    return this.#collect("stdin", this.#io.stdin);
  }

  async #readFile(path: string): Promise<Uint8Array> {
    try {
      return await this.#collect(path, createReadStream(path));
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === undefined) throw error;
      const reason = code === "ENOENT" ? "there is no such file" : (error as Error).message;
      throw new UsageError(`Cannot read @${path} as ${reason}`);
    }
  }

  async #collect(name: string, source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const iterator = source[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await untilAborted(iterator.next(), this.#io.signal);
      if (done) return Buffer.concat(chunks);
      length += value.length;
      if (length > MAX_BYTES) {
        throw new UsageError(`Cannot send ${name} as it is longer than ${MAX_BYTES} bytes`);
      }
      chunks.push(value);
    }
  }
}
