/**
 * Synapse's framed protocol (its versions 1 and 2): four bytes of length, big-endian, then so many bytes of one
 * MessagePack map.
 *
 * @module
 */
import type { ByteWriter, Codec, Decoder } from "../codec.ts";
import { DecodeError, EncodeError } from "../errors.ts";
import { type Limits, resolveLimits } from "../limits.ts";
import { ByteCollector } from "./byte_collector.ts";
import { decodeMessagePack } from "./messagepack.ts";
import { encodeValue } from "./messagepack_encode.ts";
import { DEFAULT_EXTENSIONS, type Extensions } from "./messagepack_extensions.ts";
import { readSynapseMessage, type SynapseMessage } from "./synapse_message.ts";

/** Bytes of a frame's map that real peers take, and send. */
export const MAX_FRAME_BYTES: number = 4 * 1024 * 1024;
/** Bytes of a frame's length. */
export const FRAME_HEADER_BYTES: number = 4;

/** A {@linkcode Decoder} of frames, which knows what is still to come. */
export interface SynapseFrameDecoder extends Decoder<SynapseMessage> {
  /** Bytes of the frame begun, or refused, that have not come yet. */
  readonly missingBytes: number;
}

/** Encodes and decodes {@linkcode SynapseMessage}s, each in a frame. */
export class SynapseFrameCodec implements Codec<SynapseMessage> {
  /** @inheritdoc */
  readonly name = "synapse";
  /** Bytes of a frame's map, either way. */
  readonly maxFrameBytes: number;
  readonly #limits: Limits;
  readonly #extensions: Extensions;

  /**
   * @param limits Where they differ from the defaults.
   * @param extensions The extension types.
   */
  constructor(limits: Partial<Limits> = {}, extensions: Extensions = DEFAULT_EXTENSIONS) {
    this.#limits = resolveLimits(limits);
    this.#extensions = extensions;
    this.maxFrameBytes = Math.min(MAX_FRAME_BYTES, this.#limits.maxMessageBytes);
  }

  /** @inheritdoc */
  encode(message: SynapseMessage, into: ByteWriter): void {
    into.ensure(FRAME_HEADER_BYTES);
    const { slab, at } = into;
    into.at += FRAME_HEADER_BYTES;
    const before = into.pendingBytes;
    encodeValue(orderFields(message), into, this.#limits.maxDepth, this.#extensions);
    const size = into.pendingBytes - before;
    if (size > this.maxFrameBytes) {
      throw new EncodeError(
        "limit_exceeded",
        `Cannot encode frame as it is larger than ${this.maxFrameBytes} bytes: got ${size}`,
      );
    }
    new DataView(slab.buffer, slab.byteOffset).setUint32(at, size);
  }

  /** @inheritdoc */
  decoder(limits: Partial<Limits> = {}): SynapseFrameDecoder {
    const own = { ...this.#limits, ...limits };
    const maxFrameBytes = Math.min(this.maxFrameBytes, own.maxMessageBytes);
    return new FrameDecoder(maxFrameBytes, (frame) =>
      readSynapseMessage(
        decodeMessagePack(frame, { extensions: this.#extensions, limits: own }),
      ));
  }
}

/** Real peers write all five keys, in this order. */
function orderFields(message: SynapseMessage): object {
  if (message.type === "request") {
    const { endpoint, id, args, kwargs = {}, type } = message;
    return { endpoint, id, args, kwargs, type };
  }
  const { id, ok, result, error, type } = message;
  return { id, ok, result, error: error && { code: error.code, message: error.message }, type };
}

class FrameDecoder implements SynapseFrameDecoder {
  fault: DecodeError | undefined;
  missingBytes = 0;
  readonly #maxFrameBytes: number;
  readonly #read: (frame: Uint8Array) => SynapseMessage;
  readonly #collector = new ByteCollector();
  #header = 0;
  #headerBytes = 0;

  constructor(maxFrameBytes: number, read: (frame: Uint8Array) => SynapseMessage) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#read = read;
  }

  get bufferedBytes(): number {
    return this.#headerBytes + this.#collector.length;
  }

  push(chunk: Uint8Array): readonly SynapseMessage[] {
    const messages: SynapseMessage[] = [];
    let at = 0;
    try {
      while (at < chunk.length && this.fault === undefined) {
        at = this.#headerBytes < FRAME_HEADER_BYTES
          ? this.#takeHeader(chunk, at)
          : this.#takePayload(chunk, at);
        if (!this.#isWhole) continue;
        this.#headerBytes = 0;
        messages.push(this.#read(this.#collector.take()));
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.fault = error;
    }
    return messages;
  }

  end(): void {
    if (this.fault === undefined && this.#headerBytes > 0) {
      this.fault = new DecodeError(
        "truncated",
        `Cannot decode frame as the stream ends inside it: got ${this.bufferedBytes} bytes`,
      );
    }
    if (this.fault !== undefined) throw this.fault;
  }

  get #isWhole(): boolean {
    return this.#headerBytes === FRAME_HEADER_BYTES && this.missingBytes === 0 &&
      this.fault === undefined;
  }

  #takeHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#headerBytes < FRAME_HEADER_BYTES) {
      this.#header = (this.#header << 8 | chunk[at++]) >>> 0;
      this.#headerBytes++;
    }
    if (this.#headerBytes < FRAME_HEADER_BYTES) return at;
    this.missingBytes = this.#header;
    if (this.#header > this.#maxFrameBytes) {
      this.missingBytes = Math.max(0, this.#header - (chunk.length - at));
      this.fault = new DecodeError(
        "limit",
        `Cannot decode frame as it is larger than ${this.#maxFrameBytes} bytes: got ${this.#header}`,
      );
    }
    return at;
  }

  #takePayload(chunk: Uint8Array, from: number): number {
    const piece = chunk.subarray(from, from + this.missingBytes);
    this.#collector.append(piece);
    this.missingBytes -= piece.length;
    return from + piece.length;
  }
}
