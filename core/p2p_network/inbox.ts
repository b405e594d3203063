/**
 * The way in: bytes to messages, decompressed where they are compressed, in the order in which they came.
 *
 * @module
 */
import type { Decoder } from "../codec.ts";
import { EotStreamCodec } from "../codecs/eot_stream.ts";
import { unpackP2pCompressed } from "../codecs/p2p_compressed.ts";
import { decodeP2pMessage, type P2pValue } from "../codecs/p2p_message.ts";
import { DecodeError } from "../errors.ts";
import type { P2pCompression } from "./compression.ts";
import type { P2pLimits } from "./limits.ts";

/** What {@linkcode P2pInbox} takes. */
export interface P2pInboxOptions {
  readonly limits: P2pLimits;
  readonly compression: P2pCompression;
  /** Something that may be a message, of so many bytes on the wire. */
  arrived(bytes: number): void;
  /** A message. */
  received(data: P2pValue): void;
  /** Something that is no message, or only as it is; the next one may be. */
  damaged(error: DecodeError): void;
  /** Nothing more can be understood. */
  failed(error: Error): void;
  /** All has been read, and no more comes. */
  ended(): void;
  /** {@linkcode P2pInbox.isBusy} may have changed. */
  changed(): void;
}

/** Reads the messages of one connection. */
export class P2pInbox {
  readonly #options: P2pInboxOptions;
  readonly #decoder: Decoder<Uint8Array>;
  /** One for all of a connection: a byte makes an empty message, and an error costs more than all else about it. */
  readonly #emptiness = new DecodeError("malformed", "Cannot take p2p message as it is empty");
  #queue: Uint8Array[] = [];
  #next = 0;
  #isDecompressing = false;
  #handling = 0;
  #hasEnded = false;
  #isOver = false;

  /** @param options What to do with messages. */
  constructor(options: P2pInboxOptions) {
    this.#options = options;
    this.#decoder = new EotStreamCodec().decoder({
      maxMessageBytes: options.limits.maxMessageBytes,
    });
  }

  /** Whether messages have to wait: reading had better stop. */
  get isBusy(): boolean {
    return this.#isDecompressing || this.#handling >= this.#options.limits.maxHandling;
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    for (const message of this.#decoder.push(chunk)) this.#queue.push(message);
    this.#pump();
  }

  /** Says that no more bytes come. */
  end(): void {
    this.#hasEnded = true;
    this.#pump();
  }

  /** Holds the peer up, when there are many such, until a listener has finished. */
  hold(handling: Promise<unknown>): void {
    this.#handling++;
    const release = (): void => {
      this.#handling--;
      this.#pump();
    };
    handling.then(release, release);
  }

  /** Reads no more. */
  close(): void {
    this.#isOver = true;
    this.#queue = [];
  }

  #pump(): void {
    while (!this.#isOver && !this.isBusy && this.#next < this.#queue.length) {
      this.#read(this.#queue[this.#next++]);
    }
    if (this.#isOver) return;
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
      if (!this.#isDecompressing) this.#finish();
    }
    this.#options.changed();
  }

  #finish(): void {
    if (this.#decoder.fault !== undefined) return this.#options.failed(this.#decoder.fault);
    if (!this.#hasEnded) return;
    try {
      this.#decoder.end();
    } catch (error) {
      this.#options.damaged(error as DecodeError);
    }
    this.#options.ended();
  }

  #read(message: Uint8Array): void {
    this.#options.arrived(message.length + 1);
    if (message.length === 0) return this.#options.damaged(this.#emptiness);
    const packed = unpackP2pCompressed(message);
    if (packed === undefined) return this.#deliver(message);
    if (packed.method === undefined) return this.#deliver(packed.whole);
    this.#isDecompressing = true;
    const { compression, limits } = this.#options;
    compression.decompress(packed.method, packed.compressed, limits.maxMessageBytes)
      .catch((error) => this.#asItIs(error, packed.whole))
      .then((plain) => {
        this.#isDecompressing = false;
        if (this.#isOver) return;
        this.#deliver(plain);
        this.#pump();
      })
      .catch((error) => {
        if (!this.#isOver) this.#options.failed(error);
      });
  }

  /** What can't be decompressed is taken as it is, as real nodes do; what is too large isn't. */
  #asItIs(error: unknown, whole: Uint8Array): Uint8Array {
    if (!(error instanceof DecodeError) || error.reason === "limit") throw error;
    this.#options.damaged(error);
    return whole;
  }

  #deliver(message: Uint8Array): void {
    let data: P2pValue;
    try {
      data = decodeP2pMessage(message, this.#options.limits);
    } catch (error) {
      return this.#options.failed(error as Error);
    }
    this.#options.received(data);
  }
}
