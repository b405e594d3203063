/**
 * Bitcoin frames: a header that names the payload, then the payload.
 *
 * Checked in this order: magic, command, length, checksum, each before anything is kept for the next. The memory for
 * a payload grows with what has arrived, never by what a header says is coming.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findNetwork } from "./networks.ts";
 *
 * const regtest = findNetwork("regtest")!;
 * const decoder = new FrameDecoder({ magic: regtest.magic });
 * const [frame] = decoder.push(encodeFrame(regtest, "ping", new Uint8Array(8)));
 * assertEquals(frame, { command: "ping", payload: new Uint8Array(8) });
 * ```
 * @module
 */
import type { ByteWriter, Decoder } from "../../codec.ts";
import { DecodeError } from "../../errors.ts";
import { plainBytes } from "./byte_reader.ts";
import {
  checkMagic,
  EXTENDED_COMMAND,
  EXTENDED_HEADER_BYTES,
  EXTENDED_LENGTH,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  readExtendedHeader,
  readFrameHeader,
  writeFrameHeader,
} from "./frame_header.ts";
import {
  CollectedPayload,
  type IncomingPayload,
  type PayloadSink,
  StreamedPayload,
} from "./incoming_payload.ts";
import { checksumOf } from "./sha256d.ts";

export type { PayloadSink };

/** One message as it was framed. */
export interface BitcoinFrame {
  /** What the payload is: 0 to 12 characters of printable ASCII. */
  readonly command: string;
  /** The message. Where it came in one chunk, a view into that. */
  readonly payload: Uint8Array;
}

/** What a {@linkcode FrameDecoder} is made for. */
export interface FrameDecoderOptions {
  /** The network's four bytes. */
  readonly magic: Uint8Array;
  /** The most that the payload of a command may have. @default {() => MAX_PAYLOAD_BYTES} */
  readonly maxPayloadBytes?: (command: string) => number;
  /** Whether `extmsg` headers are understood, which only BSV sends. @default {false} */
  readonly acceptsExtended?: boolean;
  /** Asked for each payload that is within its limit; where it answers with a sink, no frame follows. */
  readonly stream?: (command: string, payloadBytes: number) => PayloadSink | undefined;
}

/** The most that Bitcoin Core takes, whatever the command. */
export const MAX_PAYLOAD_BYTES: number = 4_000_000;
/** How many frames with a wrong checksum are too many: those before are only dropped. */
export const MAX_BAD_CHECKSUMS: number = 3;

/**
 * Writes a frame.
 *
 * @param network Whose magic it gets.
 * @param command At most 12 characters of printable ASCII.
 * @param payload The message. Copied.
 * @throws {RangeError} When the command does not fit its field.
 */
export function encodeFrame(
  network: { readonly magic: Uint8Array },
  command: string,
  payload: Uint8Array,
): Uint8Array {
  const { magic } = network;
  const { length } = payload;
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + length);
  writeFrameHeader(bytes, 0, { magic, command, length, checksum: checksumOf(payload) });
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/**
 * Appends a frame to what a connection is about to send.
 *
 * @param network Whose magic it gets.
 * @param frame The command and the payload, which must not change until it is sent.
 * @param into Where to.
 * @throws {RangeError} When the command does not fit its field. Nothing is appended then.
 */
export function appendFrame(
  network: { readonly magic: Uint8Array },
  frame: BitcoinFrame,
  into: ByteWriter,
): void {
  const { magic } = network;
  const { command, payload } = frame;
  const { length } = payload;
  into.ensure(FRAME_HEADER_BYTES);
  const checksum = checksumOf(payload);
  writeFrameHeader(into.slab, into.at, { magic, command, length, checksum });
  into.at += FRAME_HEADER_BYTES;
  into.bytes(payload);
}

/** A payload that is on its way. */
interface Incoming extends FrameHeader {
  readonly headerBytes: number;
  readonly body: IncomingPayload;
}

/** Reassembles frames from chunks, however they were cut. */
export class FrameDecoder implements Decoder<BitcoinFrame> {
  readonly #magic: Uint8Array;
  readonly #maxPayloadBytes: (command: string) => number;
  readonly #acceptsExtended: boolean;
  readonly #stream: NonNullable<FrameDecoderOptions["stream"]>;
  /** A header that isn't whole yet. */
  readonly #header: Uint8Array = new Uint8Array(EXTENDED_HEADER_BYTES);
  #headerLength = 0;
  #incoming: Incoming | undefined;
  #fault: DecodeError | undefined;
  #badChecksums = 0;

  /** @param options The network and the limits. */
  constructor(options: FrameDecoderOptions) {
    this.#magic = options.magic;
    this.#maxPayloadBytes = options.maxPayloadBytes ?? (() => MAX_PAYLOAD_BYTES);
    this.#acceptsExtended = options.acceptsExtended ?? false;
    this.#stream = options.stream ?? (() => undefined);
  }

  /** Why decoding stopped, once it has. Every later {@linkcode push} returns nothing. */
  get fault(): DecodeError | undefined {
    return this.#fault;
  }

  /** How many frames were dropped for their checksum; the third is a {@linkcode fault}. */
  get badChecksums(): number {
    return this.#badChecksums;
  }

  /** Bytes held of a frame that isn't whole yet, its header included. */
  get bufferedBytes(): number {
    const incoming = this.#incoming;
    return incoming === undefined
      ? this.#headerLength
      : incoming.headerBytes + incoming.body.heldBytes;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk The decoder's from now on: frames may hold views into it.
   * @returns The frames that became whole, those before a {@linkcode fault} included.
   */
  push(chunk: Uint8Array): readonly BitcoinFrame[] {
    const frames: BitcoinFrame[] = [];
    if (this.#fault !== undefined) return frames;
    try {
      this.#read(plainBytes(chunk), frames);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#stop(error);
    }
    return frames;
  }

  /**
   * Says that no more bytes come. Tells a sink that is still open, so it must be called where the connection broke, too.
   *
   * @throws {DecodeError} The fault: `truncated` inside a frame.
   */
  end(): void {
    const { bufferedBytes } = this;
    if (this.#incoming !== undefined || bufferedBytes > 0) {
      const what = this.#incoming?.command ?? "frame";
      this.#stop(
        new DecodeError(
          "truncated",
          `Cannot decode ${what} as the connection ends inside it: got ${bufferedBytes} bytes`,
        ),
      );
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  #stop(fault: DecodeError): void {
    this.#fault = fault;
    this.#headerLength = 0;
    this.#incoming?.body.finish(false);
    this.#incoming = undefined;
  }

  #read(chunk: Uint8Array, frames: BitcoinFrame[]): void {
    for (let at = 0;;) {
      if (this.#incoming === undefined) at = this.#readHeader(chunk, at);
      const incoming = this.#incoming;
      if (incoming === undefined) return;
      const { body, length } = incoming;
      const end = Math.min(chunk.length, at + length - body.length);
      body.append(chunk.subarray(at, end));
      if (body.length < length) return;
      at = end;
      this.#incoming = undefined;
      this.#finish(incoming, frames);
    }
  }

  /** @returns Where to go on; {@linkcode #incoming} is set when the header is whole. */
  #readHeader(chunk: Uint8Array, start: number): number {
    if (this.#headerLength === 0 && chunk.length - start >= FRAME_HEADER_BYTES) {
      const header = readFrameHeader(chunk, start, this.#magic);
      if (!this.#isExtended(header)) {
        this.#begin(header, FRAME_HEADER_BYTES);
        return start + FRAME_HEADER_BYTES;
      }
    }
    const at = this.#gather(chunk, start, FRAME_HEADER_BYTES);
    if (this.#headerLength < FRAME_HEADER_BYTES) {
      checkMagic(this.#header.subarray(0, this.#headerLength), 0, this.#magic);
      return at;
    }
    const header = readFrameHeader(this.#header, 0, this.#magic);
    if (!this.#isExtended(header)) {
      this.#begin(header, FRAME_HEADER_BYTES);
      return at;
    }
    const end = this.#gather(chunk, at, EXTENDED_HEADER_BYTES);
    if (this.#headerLength === EXTENDED_HEADER_BYTES) {
      this.#begin(readExtendedHeader(this.#header), EXTENDED_HEADER_BYTES);
    }
    return end;
  }

  /** Collects up to `wanted` bytes of a header. */
  #gather(chunk: Uint8Array, start: number, wanted: number): number {
    const missing = Math.max(wanted - this.#headerLength, 0);
    const part = chunk.subarray(start, start + missing);
    this.#header.set(part, this.#headerLength);
    this.#headerLength += part.length;
    return start + part.length;
  }

  #isExtended({ command, length }: FrameHeader): boolean {
    return this.#acceptsExtended && length === EXTENDED_LENGTH && command === EXTENDED_COMMAND;
  }

  #begin(header: FrameHeader, headerBytes: number): void {
    const { command, length, checksum } = header;
    const most = this.#maxPayloadBytes(command);
    if (length > most) {
      throw new DecodeError(
        "limit",
        `Cannot decode ${command} as it is larger than ${most} bytes: got ${length}`,
      );
    }
    const sink = this.#stream(command, length);
    const body = sink === undefined ? new CollectedPayload(length) : new StreamedPayload(sink);
    this.#headerLength = 0;
    this.#incoming = { command, length, checksum, headerBytes, body };
  }

  #finish({ command, checksum, body }: Incoming, frames: BitcoinFrame[]): void {
    const isIntact = checksum === undefined || checksum === body.checksum();
    const payload = body.finish(isIntact);
    if (isIntact) {
      if (payload !== undefined) frames.push({ command, payload });
      return;
    }
    if (++this.#badChecksums < MAX_BAD_CHECKSUMS) return;
    throw new DecodeError(
      "malformed",
      `Cannot decode frames as too many checksums are wrong: got ${this.#badChecksums}`,
    );
  }
}
