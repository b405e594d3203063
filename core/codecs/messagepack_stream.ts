/**
 * Messages that begin with one MessagePack value each, out of a stream cut anywhere.
 *
 * Whole messages are decoded where they lie. One that a chunk's end cuts is put together once, taking
 * from the next chunks only what it still needs, and decoded when it is whole.
 *
 * @module
 */
import type { Decoder } from "../codec.ts";
import { DecodeError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Extensions } from "./messagepack_extensions.ts";
import { INCOMPLETE, MessagePackReader } from "./messagepack_reader.ts";
import { MessagePackScanner } from "./messagepack_scanner.ts";

/** Up to this size a message's buffer is made on the sender's word alone. */
const TRUSTED_BYTES = 4 * 1024;
/** Above, up to that many times what has really arrived. */
const TRUSTED_RATIO = 8;
/** Most messages are that short, and show little of their size at first. */
const LEAST_ROOM_BYTES = 64;

const EMPTY = new Uint8Array(0);

/** A message of which the beginning is there. */
interface Partial {
  bytes: Uint8Array;
  length: number;
  missing: number;
  readonly scanner: MessagePackScanner;
}

/** Decodes messages, each made of one MessagePack value. */
export class MessagePackStreamDecoder<M> implements Decoder<M> {
  readonly #reader: MessagePackReader;
  readonly #limits: Limits;
  readonly #readMessage: (reader: MessagePackReader) => M;
  #partial: Partial | undefined;
  #fault: DecodeError | undefined;

  /**
   * @param limits What it keeps: message bytes, items and depth.
   * @param extensions The extension types.
   * @param readMessage Reads exactly one value and makes a message of it.
   */
  constructor(
    limits: Limits,
    extensions: Extensions,
    readMessage: (reader: MessagePackReader) => M,
  ) {
    this.#limits = limits;
    this.#reader = new MessagePackReader(limits, extensions);
    this.#readMessage = readMessage;
  }

  /** @inheritdoc */
  get fault(): DecodeError | undefined {
    return this.#fault;
  }

  /** @inheritdoc */
  get bufferedBytes(): number {
    return this.#partial?.length ?? 0;
  }

  /** @inheritdoc */
  push(chunk: Uint8Array): readonly M[] {
    const messages: M[] = [];
    if (this.#fault !== undefined) return messages;
    try {
      const used = this.#partial === undefined ? 0 : this.#complete(chunk, messages);
      if (used < chunk.length) this.#decode(used === 0 ? chunk : chunk.subarray(used), messages);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#fault = error;
      this.#partial = undefined;
    }
    // An idle connection must not keep the chunk that it received last.
    this.#reader.reset(EMPTY);
    return messages;
  }

  /** @inheritdoc */
  end(): void {
    if (this.#fault === undefined && this.#partial !== undefined) {
      this.#fault = new DecodeError(
        "truncated",
        `Cannot decode message as the stream ends inside it: got ${this.#partial.length} bytes, at least ${this.#partial.missing} are missing`,
      );
      this.#partial = undefined;
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Decodes the messages that lie whole in `chunk`, and keeps what is left. */
  #decode(chunk: Uint8Array, messages: M[]): void {
    const reader = this.#reader;
    reader.reset(chunk);
    let start = 0;
    try {
      while (start < chunk.length) {
        messages.push(this.#next(start));
        start = reader.at;
      }
    } catch (error) {
      if (error !== INCOMPLETE) throw error;
      this.#keep(chunk.subarray(start));
    }
  }

  #next(start: number): M {
    const reader = this.#reader;
    reader.beginMessage();
    const message = this.#readMessage(reader);
    this.#checkBytes(reader.at - start);
    return message;
  }

  #keep(beginning: Uint8Array): void {
    const scanner = new MessagePackScanner(this.#limits.maxItems);
    const length = beginning.length;
    const missing = scanner.scan(beginning, length);
    this.#checkBytes(length + missing);
    const bytes = new Uint8Array(this.#roomFor(length, missing));
    bytes.set(beginning);
    this.#partial = { bytes, length, missing, scanner };
  }

  /** Adds to the partial message; decodes it when it is whole. Returns how much of `chunk` went into it. */
  #complete(chunk: Uint8Array, messages: M[]): number {
    const partial = this.#partial!;
    let used = 0;
    while (partial.missing > 0) {
      if (used === chunk.length) return used;
      const take = Math.min(partial.missing, chunk.length - used);
      this.#append(partial, chunk, used, take);
      used += take;
      partial.missing = partial.scanner.scan(partial.bytes, partial.length);
      this.#checkBytes(partial.length + partial.missing);
    }
    this.#partial = undefined;
    this.#reader.reset(partial.bytes.subarray(0, partial.length));
    messages.push(this.#next(0));
    return used;
  }

  #append(partial: Partial, chunk: Uint8Array, from: number, count: number): void {
    const length = partial.length + count;
    if (length > partial.bytes.length) {
      const grown = new Uint8Array(this.#roomFor(length, partial.missing - count));
      grown.set(partial.bytes.subarray(0, partial.length));
      partial.bytes = grown;
    }
    partial.bytes.set(
      from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count),
      partial.length,
    );
    partial.length = length;
  }

  /**
   * How large a buffer to make when `length` bytes are there: for those known to be missing, and at least for a
   * quarter more, since a value that shows its size bit by bit must not be copied for each bit.
   */
  #roomFor(length: number, missing: number): number {
    const wanted = Math.max(missing, length >> 2, LEAST_ROOM_BYTES);
    const room = length + Math.min(wanted, Math.max(length * TRUSTED_RATIO, TRUSTED_BYTES));
    return Math.min(room, this.#limits.maxMessageBytes);
  }

  #checkBytes(bytes: number): void {
    if (bytes > this.#limits.maxMessageBytes) {
      throw new DecodeError(
        "limit",
        `Cannot decode message as it is larger than ${this.#limits.maxMessageBytes} bytes: got at least ${bytes}`,
      );
    }
  }
}
