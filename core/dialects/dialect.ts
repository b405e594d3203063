/**
 * One wire protocol: how its bytes become the neutral messages of a session, and back.
 *
 * @module
 */
import type { Extensions } from "../codecs/messagepack_extensions.ts";
import type { ByteWriter, Decoder } from "../codec.ts";
import type { SynapseError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Kwargs, Message, PeerInfo } from "../message.ts";

/** What a dialect's conversations are made with. */
export interface WireOptions {
  readonly limits: Limits;
  readonly extensions: Extensions;
}

/** A wire protocol. */
export interface Dialect {
  /** As in logs and in a handler's context: `msgpack-rpc`. */
  readonly name: string;
  /** Begins a conversation. */
  open(options: WireOptions): Wire;
}

/**
 * One conversation's encoding and decoding; its state is what the peer has said of itself.
 *
 * Encoders append one message and throw {@linkcode EncodeError}, then leaving a part of it behind;
 * the session brackets them with `begin` and `rewind`.
 */
export interface Wire {
  /** Bytes in, messages out. */
  readonly decoder: Decoder<Message>;
  /** Whether the peer has said that it takes streams, cancellation and pings. */
  readonly isExtended: boolean;
  request(
    id: number,
    method: string,
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    into: ByteWriter,
  ): void;
  notify(
    method: string,
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    into: ByteWriter,
  ): void;
  result(id: number, result: unknown, into: ByteWriter): void;
  error(id: number, error: SynapseError, into: ByteWriter): void;
  /** Reads the error of a response as this dialect's peers write it. */
  readError(method: string, error: unknown): SynapseError;
  hello(self: PeerInfo, into: ByteWriter): void;
  item(id: number, values: readonly unknown[], into: ByteWriter): void;
  credit(id: number, count: number, into: ByteWriter): void;
  cancel(id: number, into: ByteWriter): void;
  ping(into: ByteWriter): void;
  pong(into: ByteWriter): void;
}
