/**
 * Transactions and blocks as they are given on a command line.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { type BitcoinNetwork, parseRawTransaction, type Transaction } from "../../../bitcoin.ts";
import { DecodeError } from "../../../mod.ts";
import { untilAborted } from "../../abort.ts";
import type { CliIo } from "../../io.ts";
import { explainFileError } from "../../save_file.ts";
import { UsageError } from "../../usage_error.ts";

/** Hex of the largest block that is taken, 32 MiB, and some line ends. */
const MAX_BYTES = 66 * 1024 * 1024;

/**
 * Reads a raw transaction or block: hex, `-` for stdin, `@file`.
 *
 * @param word As it was written.
 * @param io For stdin and Ctrl-C.
 * @returns What should be hex. What is no text at all is taken for the bytes themselves, and comes as hex.
 * @throws {UsageError} When there is no such file, or far too much of it.
 */
export async function readRaw(word: string, io: CliIo): Promise<string> {
  if (word === "-") return toHex(await collect("stdin", io.stdin, io));
  if (!word.startsWith("@")) return word;
  const path = word.slice(1);
  try {
    return toHex(await collect(path, createReadStream(path), io));
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    throw new UsageError(`Cannot read @${path} as ${explainFileError(error)}`);
  }
}

/**
 * Reads a transaction that is to be sent.
 *
 * @param text What should be hex.
 * @param network Where it is to be sent.
 * @throws {UsageError} When it is none: the message says what is wrong and where.
 */
export function readTransaction(text: string, network: BitcoinNetwork): Transaction {
  try {
    return parseRawTransaction(text, network);
  } catch (error) {
    throw error instanceof DecodeError ? new UsageError(error.message) : error;
  }
}

async function collect(
  name: string,
  source: AsyncIterable<Uint8Array>,
  { signal }: CliIo,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const iterator = source[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await untilAborted(iterator.next(), signal);
    if (done) return Buffer.concat(chunks);
    length += value.length;
    if (length > MAX_BYTES) {
      throw new UsageError(`Cannot read ${name} as it is longer than ${MAX_BYTES} bytes`);
    }
    chunks.push(value);
  }
}

function toHex(content: Uint8Array): string {
  const isText = content.every((byte) => (byte >= 0x20 && byte < 0x7f) || isLineEnd(byte));
  return Buffer.from(content).toString(isText ? "latin1" : "hex");
}

function isLineEnd(byte: number): boolean {
  return byte >= 0x09 && byte <= 0x0d;
}
