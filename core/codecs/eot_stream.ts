/**
 * Messages that end with the byte 04 (ASCII's "end of transmission"), as python-p2p-network sends them.
 *
 * Nothing is escaped, so that no message can hold a 04. What messages mean is `p2p_message.ts`.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const decoder = new EotStreamCodec().decoder();
 * const bytes = new TextEncoder().encode("one\x04two\x04thr");
 * const messages = decoder.push(bytes).map((message) => new TextDecoder().decode(message));
 * assertEquals(messages, ["one", "two"]);
 * assertEquals(decoder.bufferedBytes, 3);
 * ```
 * @module
 */
import type { ByteWriter, Codec, Decoder } from "../codec.ts";
import { DecodeError, EncodeError } from "../errors.ts";
import { type Limits, resolveLimits } from "../limits.ts";

/** Ends each message. */
export const EOT: number = 0x04;

const EMPTY = new Uint8Array(0);
const FIRST_BUFFER_BYTES = 256;

/** Messages to bytes and back. */
export class EotStreamCodec implements Codec<Uint8Array> {
  /** @inheritdoc */
  readonly name: string = "eot-stream";

  /**
   * Appends one message.
   *
   * @throws {EncodeError} As {@linkcode checkEotMessage}.
   */
  encode(message: Uint8Array, into: ByteWriter): void {
    checkEotMessage(message);
    into.bytes(message);
    into.u8(EOT);
  }

  /**
   * Makes a decoder. Empty messages are messages: what to think of them is for others to say.
   *
   * @param limits `maxMessageBytes` is kept; its fault is `limit`.
   */
  decoder(limits: Partial<Limits> = {}): Decoder<Uint8Array> {
    return new EotStreamDecoder(resolveLimits(limits).maxMessageBytes);
  }
}

/**
 * Refuses a message that would not arrive as it is.
 *
 * @param message Without the 04 that ends it.
 * @throws {EncodeError} `not_supported` when it is empty, at which real nodes stop reading, or holds a 04.
 */
export function checkEotMessage(message: Uint8Array): void {
  if (message.length === 0) {
    throw new EncodeError(
      "not_supported",
      "Cannot send message as it is empty: peers would not read on behind it",
    );
  }
  const eot = message.indexOf(EOT);
  if (eot === -1) return;
  throw new EncodeError(
    "not_supported",
    `Cannot send message as the byte 04 in it would end it: found at ${eot}; compressed, it can hold any byte`,
  );
}

class EotStreamDecoder implements Decoder<Uint8Array> {
  fault: DecodeError | undefined;
  readonly #maxBytes: number;
  /** What has come of a message. One buffer: a list of chunks of a byte each would take far more memory. */
  #buffer: Uint8Array = EMPTY;
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bufferedBytes(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (let at = 0; at < chunk.length && this.fault === undefined;) {
      const eot = chunk.indexOf(EOT, at);
      const end = eot === -1 ? chunk.length : eot;
      const length = this.#length + end - at;
      if (length > this.#maxBytes) {
        this.#fail("limit", `it is longer than ${this.#maxBytes} bytes: got at least ${length}`);
      } else if (eot === -1) this.#keep(chunk.subarray(at));
      else messages.push(this.#complete(chunk.subarray(at, eot)));
      at = end + 1;
    }
    return messages;
  }

  end(): void {
    if (this.#length > 0) this.#fail("truncated", `it has no end: got ${this.#length} bytes`);
    if (this.fault !== undefined) throw this.fault;
  }

  #keep(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#buffer.length) {
      const size = Math.max(length, 2 * this.#buffer.length, FIRST_BUFFER_BYTES);
      const larger = new Uint8Array(Math.min(size, Math.max(this.#maxBytes, length)));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.#length);
    this.#length = length;
  }

  #complete(part: Uint8Array): Uint8Array {
    if (this.#length === 0) return part;
    this.#keep(part);
    const message = this.#buffer.subarray(0, this.#length);
    this.#buffer = EMPTY;
    this.#length = 0;
    return message;
  }

  #fail(reason: "truncated" | "limit", found: string): void {
    this.fault = new DecodeError(reason, `Cannot decode message as ${found}`);
    this.#buffer = EMPTY;
    this.#length = 0;
  }
}
