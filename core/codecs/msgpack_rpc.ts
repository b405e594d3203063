/**
 * MessagePack-RPC: a plain stream of arrays, `[0, id, method, params]`, `[1, id, error, result]` and
 * `[2, method, params]`, without framing.
 *
 * Ids are whole numbers from 0 to 2^32-1. Anything else is refused: after a message that isn't one,
 * the stream can't be trusted any more.
 * Spec: https://github.com/msgpack-rpc/msgpack-rpc/blob/master/spec.md
 *
 * @module
 */
import type { ByteWriter, Codec, Decoder } from "../codec.ts";
import { DecodeError } from "../errors.ts";
import { type Limits, resolveLimits } from "../limits.ts";
import type { Notify, Request, Response } from "../message.ts";
import { encodeString, encodeValue } from "./messagepack_encode.ts";
import { DEFAULT_EXTENSIONS, type Extensions } from "./messagepack_extensions.ts";
import type { MessagePackReader } from "./messagepack_reader.ts";
import { MessagePackStreamDecoder } from "./messagepack_stream.ts";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The messages of plain MessagePack-RPC. Keyword arguments are the native dialect's business. */
export type RpcMessage = Request | Response | Notify;

/** Encodes and decodes {@linkcode RpcMessage}s. */
export class MsgpackRpcCodec implements Codec<RpcMessage> {
  /** @inheritdoc */
  readonly name = "msgpack-rpc";
  readonly #limits: Limits;
  readonly #extensions: Extensions;

  /**
   * @param limits Where they differ from the defaults.
   * @param extensions The extension types.
   */
  constructor(limits: Partial<Limits> = {}, extensions: Extensions = DEFAULT_EXTENSIONS) {
    this.#limits = resolveLimits(limits);
    this.#extensions = extensions;
  }

  /** @inheritdoc */
  encode(message: RpcMessage, into: ByteWriter): void {
    switch (message.type) {
      case "request":
        return this.encodeRequest(message.id, message.method, message.args, into);
      case "response":
        return this.encodeResponse(message.id, message.error, message.result, into);
      case "notify":
        return this.encodeNotify(message.method, message.args, into);
    }
  }

  /** Appends a request without making a message of it first. */
  encodeRequest(id: number, method: string, args: readonly unknown[], into: ByteWriter): void {
    into.ensure(8);
    into.slab[into.at++] = 0x94;
    into.slab[into.at++] = 0;
    encodeId(id, into);
    encodeString(method, into);
    this.#encode(args, into);
  }

  /** Appends a response without making a message of it first. */
  encodeResponse(id: number, error: unknown, result: unknown, into: ByteWriter): void {
    into.ensure(8);
    into.slab[into.at++] = 0x94;
    into.slab[into.at++] = 1;
    encodeId(id, into);
    this.#encode(error, into);
    this.#encode(result, into);
  }

  /** Appends a notification without making a message of it first. */
  encodeNotify(method: string, args: readonly unknown[], into: ByteWriter): void {
    into.ensure(8);
    into.slab[into.at++] = 0x93;
    into.slab[into.at++] = 2;
    encodeString(method, into);
    this.#encode(args, into);
  }

  /** @inheritdoc */
  decoder(limits: Partial<Limits> = {}): Decoder<RpcMessage> {
    return new MessagePackStreamDecoder(
      resolveLimits({ ...this.#limits, ...limits }),
      this.#extensions,
      readMessage,
    );
  }

  #encode(value: unknown, into: ByteWriter): void {
    encodeValue(value, into, this.#limits.maxDepth, this.#extensions);
  }
}

/** Room for it is there. */
function encodeId(id: number, into: ByteWriter): void {
  if (id < 0x80) into.slab[into.at++] = id;
  else if (id < 0x100) {
    into.slab[into.at++] = 0xcc;
    into.slab[into.at++] = id;
  } else if (id < 0x10000) into.tagged16(0xcd, id);
  else into.tagged32(0xce, id);
}

function readMessage(reader: MessagePackReader): RpcMessage {
  const size = reader.readArrayHeader();
  const kind = size === 3 || size === 4 ? reader.read() : undefined;
  if (size === 4 && kind === 1) {
    return { type: "response", id: readId(reader), error: reader.read(), result: reader.read() };
  }
  if (size === 4 && kind === 0) {
    return {
      type: "request",
      id: readId(reader),
      method: readMethod(reader),
      args: readParams(reader),
      kwargs: undefined,
    };
  }
  if (size === 3 && kind === 2) {
    return {
      type: "notify",
      method: readMethod(reader),
      args: readParams(reader),
      kwargs: undefined,
    };
  }
  const found = kind === undefined
    ? `an array of ${size}`
    : `an array of ${size} that begins with ${describe(kind)}`;
  throw new DecodeError(
    "malformed",
    `Cannot decode message as it is no request, response or notification: got ${found}`,
  );
}

function readId(reader: MessagePackReader): number {
  const id = reader.read();
  if (typeof id === "number" && id >= 0 && id <= 0xffffffff && Number.isInteger(id)) return id;
  throw new DecodeError(
    "malformed",
    `Cannot decode message as its id is not a whole number under 2^32: got ${describe(id)}`,
  );
}

/** Method names may come as bytes: Neovim and clients of old MessagePack libraries send such. */
function readMethod(reader: MessagePackReader): string {
  const method = reader.readName();
  if (typeof method === "string") return method;
  if (method instanceof Uint8Array) return UTF8.decode(method);
  throw new DecodeError(
    "malformed",
    `Cannot decode message as its method is not a string: got ${describe(method)}`,
  );
}

function readParams(reader: MessagePackReader): readonly unknown[] {
  const params = reader.read();
  if (Array.isArray(params)) return params;
  throw new DecodeError(
    "malformed",
    `Cannot decode message as its params are not an array: got ${describe(params)}`,
  );
}

/** Short, and without anything that a peer could put into a log. */
function describe(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  if (Array.isArray(value)) return "an array";
  if (value instanceof Uint8Array) return "bytes";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
