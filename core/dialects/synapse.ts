/**
 * Synapse's framed protocol (its versions 1 and 2): how it is recognised, and what its errors mean.
 *
 * @module
 */
import {
  FRAME_HEADER_BYTES,
  SynapseFrameCodec,
  type SynapseFrameDecoder,
} from "../codecs/synapse_frame.ts";
import type { SynapseMessage, SynapseRequest } from "../codecs/synapse_message.ts";
import { ByteWriter } from "../codec.ts";
import { DecodeError, RemoteError, SynapseError } from "../errors.ts";
import {
  type AnswerReader,
  endRequest,
  type OneCallAnswer,
  type OneCallDialect,
  type OneCallRequest,
  type OneCallWire,
  type RequestReader,
} from "./one_call.ts";

/** One frame each way a connection. */
export const SYNAPSE_DIALECT: OneCallDialect = {
  name: "synapse",
  recognise: recogniseSynapse,
  open: ({ limits, extensions }) => new FrameWire(new SynapseFrameCodec(limits, extensions)),
};

/** Real programs have two codes: wrong arguments are the function's own failure, an unknown one is not. */
const SAID_AS: ReadonlyMap<string, string> = new Map([
  ["method_not_found", "bad_request"],
  ["protocol_error", "bad_request"],
  ["limit_exceeded", "bad_request"],
  ["invalid_params", "internal_error"],
]);

/**
 * Says whether a connection begins with a frame: a length under 16 MiB, then a map. Frames over the limit are
 * recognised as well, so that they get their answer.
 *
 * @param opening The first bytes.
 * @returns undefined while it takes more of them to tell.
 */
export function recogniseSynapse(opening: Uint8Array): boolean | undefined {
  if (opening[0] !== 0) return opening.length === 0 ? undefined : false;
  if (opening.length <= FRAME_HEADER_BYTES) return undefined;
  return isMapTag(opening[FRAME_HEADER_BYTES]);
}

/**
 * Says whether a MessagePack map begins so.
 *
 * @param byte Its first byte.
 */
export function isMapTag(byte: number): boolean {
  return (byte >= 0x80 && byte <= 0x8f) || byte === 0xde || byte === 0xdf;
}

class FrameWire implements OneCallWire {
  readonly #codec: SynapseFrameCodec;

  constructor(codec: SynapseFrameCodec) {
    this.#codec = codec;
  }

  readRequest(): RequestReader {
    return new FrameRequestReader(this.#codec.decoder());
  }

  writeResult({ id }: OneCallRequest, result: unknown, into: ByteWriter): void {
    this.#codec.encode({ type: "response", id, ok: true, result, error: null }, into);
  }

  writeError(
    request: OneCallRequest | undefined,
    { code, message }: SynapseError,
    into: ByteWriter,
  ): void {
    const error = { code: SAID_AS.get(code) ?? code, message };
    const id = request?.id ?? "";
    this.#codec.encode({ type: "response", id, ok: false, result: null, error }, into);
  }

  encodeRequest({ id, method, args, kwargs }: OneCallRequest): Uint8Array {
    const writer = new ByteWriter();
    writer.begin(this.#codec.maxFrameBytes + FRAME_HEADER_BYTES);
    this.#codec.encode({ type: "request", endpoint: method, id, args, kwargs }, writer);
    writer.commit();
    return writer.toBytes();
  }

  readAnswer(method: string): AnswerReader {
    return new FrameAnswerReader(method, this.#codec.decoder());
  }
}

class FrameRequestReader implements RequestReader {
  readonly #decoder: SynapseFrameDecoder;

  constructor(decoder: SynapseFrameDecoder) {
    this.#decoder = decoder;
  }

  get missingBytes(): number {
    return this.#decoder.missingBytes;
  }

  push(chunk: Uint8Array): OneCallRequest | undefined {
    const [message] = pushOne(this.#decoder, chunk);
    if (message === undefined) return undefined;
    if (message.type !== "request") throw notA("request");
    return toCall(message);
  }

  end(): never {
    return endRequest(this.#decoder);
  }
}

class FrameAnswerReader implements AnswerReader {
  readonly #method: string;
  readonly #decoder: SynapseFrameDecoder;

  constructor(method: string, decoder: SynapseFrameDecoder) {
    this.#method = method;
    this.#decoder = decoder;
  }

  push(chunk: Uint8Array): OneCallAnswer | undefined {
    const [message] = pushOne(this.#decoder, chunk);
    if (message === undefined) return undefined;
    if (message.type !== "response") throw notA("response");
    const { ok, result, error } = message;
    if (ok) return { result };
    const { code = "internal_error", message: text = `${this.#method} failed` } = error ?? {};
    throw new RemoteError(this.#method, code, text);
  }

  end(): never {
    this.#decoder.end();
    throw new SynapseError(
      "connection_lost",
      `Cannot call ${this.#method} as the other side has closed the connection without an answer`,
    );
  }
}

/** What follows the first message in a connection is nobody's. */
function pushOne(decoder: SynapseFrameDecoder, chunk: Uint8Array): readonly SynapseMessage[] {
  const messages = decoder.push(chunk);
  if (messages.length === 0 && decoder.fault !== undefined) throw decoder.fault;
  return messages;
}

function toCall({ id, endpoint, args, kwargs }: SynapseRequest): OneCallRequest {
  return { id, method: endpoint, args, kwargs };
}

function notA(type: string): DecodeError {
  return new DecodeError("malformed", `Cannot read ${type} as it is the other kind of message`);
}
