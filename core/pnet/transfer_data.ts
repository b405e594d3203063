/**
 * What is sent in chunks: text, bytes or a stream of them, cut into pieces of one size, and checked.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import {
  decodeBase64Url,
  encodeBase64Url,
  escapePadding,
  unescapePadding,
} from "../codecs/pnet_base64.ts";
import { DecodeError } from "../errors.ts";
import type { PnetSpool } from "./spool.ts";

/** What can be sent. */
export type PnetData = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Bytes of a chunk where nothing else is said. */
export const DEFAULT_CHUNK_BYTES: number = 16 * 1024;

const UTF8 = new TextEncoder();
/** Of each part's checksum, so much goes into that of the whole. */
const DIGEST_PREFIX_LENGTH = 6;

/** One part as it is written. */
export interface PnetPart {
  /** The bytes, in base64 that fits into a command. */
  readonly data: string;
  /** SHA-256 of the base64 with its padding, in hex. */
  readonly checksum: string;
}

/** The checksum of a whole transfer: SHA-256 of the beginnings of its parts' checksums. */
export class TransferDigest {
  readonly #hash = sha256.create();

  /** Adds the next part's checksum. */
  add(checksum: string): void {
    this.#hash.update(UTF8.encode(checksum.slice(0, DIGEST_PREFIX_LENGTH)));
  }

  /** Ends it. @returns Hex. */
  finish(): string {
    return bytesToHex(this.#hash.digest());
  }
}

/**
 * Writes a part.
 *
 * @param chunk Its bytes.
 */
export function encodePart(chunk: Uint8Array): PnetPart {
  const base64 = encodeBase64Url(chunk);
  return { data: escapePadding(base64), checksum: bytesToHex(sha256(UTF8.encode(base64))) };
}

/**
 * Reads a part.
 *
 * @param part As it came.
 * @returns Its bytes.
 * @throws {DecodeError} `malformed` when the checksum is another.
 */
export function decodePart(part: PnetPart): Uint8Array {
  const base64 = unescapePadding(part.data);
  const checksum = bytesToHex(sha256(UTF8.encode(base64)));
  if (checksum !== part.checksum) {
    throw new DecodeError(
      "malformed",
      "Cannot read part of pnet transfer as its checksum is wrong",
    );
  }
  return decodeBase64Url(base64, "part of pnet transfer");
}

/** What {@linkcode chunksOf} takes. */
export interface ChunkOptions {
  /** Bytes of a chunk. */
  readonly chunkBytes: number;
  /** Stops, even while the source is still thinking. */
  readonly signal?: AbortSignal;
}

/**
 * Cuts data into chunks of one size; only the last may be smaller.
 *
 * @param data What.
 * @param options Size, signal.
 */
export async function* chunksOf(
  data: PnetData,
  options: ChunkOptions,
): AsyncGenerator<Uint8Array> {
  const { chunkBytes, signal } = options;
  const source = isWhole(data) ? [toBytes(data)] : abortable(data, signal);
  let held = new Uint8Array(chunkBytes);
  let length = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + chunkBytes - length);
      held.set(part, length);
      length += part.length;
      at += part.length;
      if (length < chunkBytes) continue;
      yield held;
      held = new Uint8Array(chunkBytes);
      length = 0;
    }
  }
  if (length > 0) yield held.subarray(0, length);
}

/** Whether data are all there, so that their length is known. */
export function isWhole(data: unknown): data is string | Uint8Array {
  return typeof data === "string" || data instanceof Uint8Array;
}

/** Text as UTF-8; bytes as they are. */
export function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? UTF8.encode(data) : data;
}

/** Goes through a source that may hang, and leaves it when the signal says so. */
async function* abortable(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = readerOf(source);
  let giveUp: (reason: unknown) => void = () => {};
  const aborted = (): void => giveUp(signal?.reason);
  signal?.addEventListener("abort", aborted);
  try {
    while (true) {
      signal?.throwIfAborted();
      const step = await new Promise<IteratorResult<Uint8Array, unknown>>((resolve, reject) => {
        giveUp = reject;
        reader.next().then(resolve, reject);
      });
      if (step.done) return;
      yield step.value;
    }
  } finally {
    signal?.removeEventListener("abort", aborted);
    // Not awaited: a generator that hangs is only left when it goes on.
    reader.leave().catch(() => {});
  }
}

interface SourceReader {
  next(): Promise<IteratorResult<Uint8Array, unknown>>;
  leave(): Promise<unknown>;
}

/** A stream's own iterator can't be left while it is being read; its reader can. */
function readerOf(source: AsyncIterable<Uint8Array>): SourceReader {
  if (source instanceof ReadableStream) {
    const reader = source.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<Uint8Array, unknown>>,
      leave: () => reader.cancel(),
    };
  }
  const iterator = source[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    leave: () => Promise.resolve(iterator.return?.()),
  };
}

/**
 * Reads a spool from its beginning.
 *
 * @param spool Left open.
 */
export function streamOfSpool(spool: PnetSpool): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    async pull(controller) {
      const bytes = await spool.read(offset, DEFAULT_CHUNK_BYTES);
      offset += bytes.length;
      if (bytes.length > 0) controller.enqueue(bytes);
      else controller.close();
    },
  }, { highWaterMark: 0 });
}

/**
 * Reads a stream to its end.
 *
 * @param stream What.
 * @param maxBytes Above it, reading stops.
 * @returns All of it.
 * @throws {DecodeError} `limit`.
 */
export async function readAll(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > maxBytes) {
      throw new DecodeError(
        "limit",
        `Cannot read pnet stream as it is longer than ${maxBytes} bytes: got at least ${length}`,
      );
    }
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
