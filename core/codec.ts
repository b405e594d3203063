/**
 * Messages to bytes and back, without I/O: the caller owns sockets and buffers, pushes bytes, gets
 * messages.
 *
 * @module
 */
import { EncodeError } from "./errors.ts";
import type { DecodeError } from "./errors.ts";
import type { Limits } from "./limits.ts";

/** Turns messages into bytes and bytes into messages. */
export interface Codec<M> {
  /** For logs and errors. */
  readonly name: string;
  /**
   * Appends one message.
   *
   * @throws {EncodeError} When the message has no encoding. What was appended of it stays: wrap the
   * call in {@linkcode ByteWriter.begin} and {@linkcode ByteWriter.rewind}.
   */
  encode(message: M, into: ByteWriter): void;
  /** Makes a decoder for one stream of bytes. */
  decoder(limits?: Partial<Limits>): Decoder<M>;
}

/** Reassembles messages from chunks, however they were cut. */
export interface Decoder<M> {
  /**
   * Takes the next bytes.
   *
   * @param chunk The decoder's from now on: messages may hold views into it.
   * @returns The messages that became whole, those before a {@linkcode fault} included.
   */
  push(chunk: Uint8Array): readonly M[];
  /**
   * Says that no more bytes come; inside a message that is a fault.
   *
   * @throws {DecodeError} The fault.
   */
  end(): void;
  /** Why decoding stopped, once it has. Every later `push` returns nothing. */
  readonly fault: DecodeError | undefined;
  /** Bytes held of a message that isn't whole yet. */
  readonly bufferedBytes: number;
}

/** Payloads from this size on are handed to the socket as they are, instead of copied. */
export const BY_REFERENCE_BYTES: number = 16 * 1024;

/** A connection that says little keeps a small slab; each full one is followed by one four times as large. */
const FIRST_SLAB_BYTES = 1024;
const LARGEST_SLAB_BYTES = 64 * 1024;
const EMPTY = new Uint8Array(0);
const UTF8 = new TextEncoder();
const FLOAT64 = new Float64Array(1);
const FLOAT64_BYTES = new Uint8Array(FLOAT64.buffer);
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Collects output. Small writes are packed into slabs, large ones are kept as references; a part
 * once taken is never written to again, so that a socket may hold it as long as it likes.
 */
export class ByteWriter {
  /** The slab being filled. Codecs write at `at` after {@linkcode ensure} and move `at` on. */
  slab: Uint8Array = EMPTY;
  /** Where the next byte goes in `slab`. */
  at = 0;
  /** The first byte of `slab` that isn't in a part yet. */
  #start = 0;
  #nextSlabBytes = FIRST_SLAB_BYTES;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #mark = { slab: EMPTY as Uint8Array, at: 0, parts: 0, partBytes: 0, pending: 0 };
  #maxMessageBytes = Infinity;

  /** Bytes appended and not taken yet. */
  get pendingBytes(): number {
    return this.#partBytes + this.at - this.#start;
  }

  /** Whether what was appended is in more than one piece. */
  get isSplit(): boolean {
    return this.#parts.length > 0;
  }

  /**
   * Starts a message: remembers where it begins, for {@linkcode rewind} and for the size check.
   *
   * @param maxBytes Above it, appending throws `limit_exceeded`, at the latest in {@linkcode commit}.
   */
  begin(maxBytes = Infinity): void {
    const mark = this.#mark;
    mark.slab = this.slab;
    mark.at = this.at;
    mark.parts = this.#parts.length;
    mark.partBytes = this.#partBytes;
    mark.pending = this.pendingBytes;
    this.#maxMessageBytes = maxBytes;
  }

  /**
   * Ends the message that {@linkcode begin} started.
   *
   * @throws {EncodeError} `limit_exceeded` when it is larger than allowed.
   */
  commit(): void {
    this.checkRoom(0);
    this.#maxMessageBytes = Infinity;
  }

  /** Takes back everything since {@linkcode begin}. */
  rewind(): void {
    const mark = this.#mark;
    this.#maxMessageBytes = Infinity;
    this.#parts.length = mark.parts;
    this.#partBytes = mark.partBytes;
    // What earlier messages left in the slab: a seal since then has put it into a part now dropped.
    const kept = mark.pending - mark.partBytes;
    if (this.slab === mark.slab) {
      this.at = mark.at;
      this.#start = mark.at - kept;
      return;
    }
    if (kept > 0) this.#addPart(mark.slab.subarray(mark.at - kept, mark.at));
    this.at = this.#start;
  }

  /**
   * Makes room in `slab`.
   *
   * @param bytes How many will be written at `at`.
   */
  ensure(bytes: number): void {
    if (this.at + bytes > this.slab.length) this.#newSlab(bytes);
  }

  /** Appends one byte. */
  u8(value: number): void {
    if (this.at === this.slab.length) this.#newSlab(1);
    this.slab[this.at++] = value;
  }

  /** Appends a tag and a big-endian 16-bit number. */
  tagged16(tag: number, value: number): void {
    this.ensure(3);
    const slab = this.slab;
    let at = this.at;
    slab[at++] = tag;
    slab[at++] = value >> 8;
    slab[at++] = value;
    this.at = at;
  }

  /** Appends a tag and a big-endian 32-bit number. */
  tagged32(tag: number, value: number): void {
    this.ensure(5);
    const slab = this.slab;
    let at = this.at;
    slab[at++] = tag;
    slab[at++] = value >>> 24;
    slab[at++] = value >>> 16;
    slab[at++] = value >>> 8;
    slab[at++] = value;
    this.at = at;
  }

  /** Appends a tag and a big-endian double. */
  taggedFloat64(tag: number, value: number): void {
    this.ensure(9);
    const slab = this.slab;
    let at = this.at;
    slab[at++] = tag;
    FLOAT64[0] = value;
    if (IS_LITTLE_ENDIAN) { for (let i = 7; i >= 0; i--) slab[at++] = FLOAT64_BYTES[i]; }
    else for (let i = 0; i < 8; i++) slab[at++] = FLOAT64_BYTES[i];
    this.at = at;
  }

  /**
   * Appends bytes: a copy of them, or from {@linkcode BY_REFERENCE_BYTES} on the bytes themselves,
   * which must then not change until they are sent.
   */
  bytes(bytes: Uint8Array): void {
    const length = bytes.length;
    if (length >= BY_REFERENCE_BYTES) {
      this.checkRoom(length);
      this.#seal();
      this.#addPart(bytes);
      return;
    }
    this.ensure(length);
    this.slab.set(bytes, this.at);
    this.at += length;
  }

  /**
   * Appends UTF-8 into room that {@linkcode ensure} made: three bytes a UTF-16 unit suffice.
   *
   * @returns How many bytes it took.
   */
  utf8Into(text: string, at: number): number {
    return UTF8.encodeInto(text, this.slab.subarray(at)).written;
  }

  /**
   * Hands everything appended to `sink`, in order, and forgets it.
   *
   * @param sink Called once a part. May keep it, must not change it.
   */
  drainTo(sink: (part: Uint8Array) => void): void {
    if (this.#parts.length === 0) {
      if (this.at === this.#start) return;
      const part = this.slab.subarray(this.#start, this.at);
      this.#start = this.at;
      sink(part);
      return;
    }
    this.#seal();
    const parts = this.#parts;
    this.#parts = [];
    this.#partBytes = 0;
    for (const part of parts) sink(part);
  }

  /** Everything appended, as one array of its own. */
  toBytes(): Uint8Array {
    const whole = new Uint8Array(this.pendingBytes);
    let at = 0;
    this.drainTo((part) => {
      whole.set(part, at);
      at += part.length;
    });
    return whole;
  }

  /**
   * Refuses early what could not be committed, before anything of its size is allocated.
   *
   * @param more How many bytes will at least follow.
   * @throws {EncodeError} `limit_exceeded`.
   */
  checkRoom(more: number): void {
    const size = this.pendingBytes - this.#mark.pending + more;
    if (size > this.#maxMessageBytes) {
      throw new EncodeError(
        "limit_exceeded",
        `Cannot encode message as it is larger than ${this.#maxMessageBytes} bytes: got at least ${size}`,
      );
    }
  }

  #newSlab(bytes: number): void {
    this.checkRoom(0);
    this.#seal();
    const size = Math.max(bytes, this.#nextSlabBytes);
    this.#nextSlabBytes = Math.min(this.#nextSlabBytes * 4, LARGEST_SLAB_BYTES);
    this.slab = new Uint8Array(size);
    this.at = 0;
    this.#start = 0;
  }

  #seal(): void {
    if (this.at === this.#start) return;
    this.#addPart(this.slab.subarray(this.#start, this.at));
    this.#start = this.at;
  }

  #addPart(part: Uint8Array): void {
    this.#parts.push(part);
    this.#partBytes += part.length;
  }
}
