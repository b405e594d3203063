/**
 * Protocols with one call a connection: a request one way, an answer the other, and closed.
 *
 * @module
 */
import type { ByteWriter, Decoder } from "../codec.ts";
import { DecodeError, type SynapseError } from "../errors.ts";
import type { Kwargs } from "../message.ts";
import type { WireOptions } from "./dialect.ts";

/** What is asked. */
export interface OneCallRequest {
  /** The caller's own, given back; empty where there is none. */
  readonly id: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs | undefined;
}

/** What was answered. That the call failed is thrown. */
export interface OneCallAnswer {
  readonly result: unknown;
}

/** Puts a request together. */
export interface RequestReader {
  /** Once a request was refused: bytes of it that the sender has announced, and not sent yet. */
  readonly missingBytes: number;
  /**
   * Takes the next bytes.
   *
   * @param chunk The reader's from now on.
   * @returns The request, once it is whole. The reader is done with then.
   * @throws {SynapseError} When it is none.
   */
  push(chunk: Uint8Array): OneCallRequest | undefined;
  /**
   * Says that no more bytes come.
   *
   * @throws {SynapseError} Always, as the request isn't whole.
   */
  end(): never;
}

/** Puts an answer together. */
export interface AnswerReader {
  /**
   * Takes the next bytes.
   *
   * @param chunk The reader's from now on.
   * @returns The answer, where it is whole without an end.
   * @throws {RemoteError} When the call has failed over there.
   * @throws {DecodeError} When it is no answer.
   */
  push(chunk: Uint8Array): OneCallAnswer | undefined;
  /**
   * Says that no more bytes come.
   *
   * @throws {RemoteError} When the call has failed over there.
   * @throws {SynapseError} When it is no answer.
   */
  end(): OneCallAnswer;
}

/** A protocol with one call a connection. */
export interface OneCallDialect {
  /** As in logs and in a handler's context. */
  readonly name: string;
  /** Says whether a connection begins as this protocol's do; undefined while it takes more bytes to tell. */
  recognise(opening: Uint8Array): boolean | undefined;
  /** Makes what reads and writes its messages, on any number of connections. */
  open(options: WireOptions): OneCallWire;
}

/** Encoding and decoding of one protocol's messages. */
export interface OneCallWire {
  /** Begins to read a request. */
  readRequest(): RequestReader;
  /**
   * Writes the answer of a call that went well.
   *
   * @throws {EncodeError} When the result has no encoding; a part of it may be left behind.
   */
  writeResult(request: OneCallRequest, result: unknown, into: ByteWriter): void;
  /** Writes what is said of a failure; nothing, where the connection is closed without a word. */
  writeError(request: OneCallRequest | undefined, error: SynapseError, into: ByteWriter): void;
  /**
   * Makes the bytes of a request.
   *
   * @throws {EncodeError} When it can't be sent.
   */
  encodeRequest(request: OneCallRequest): Uint8Array;
  /** Begins to read an answer. */
  readAnswer(method: string): AnswerReader;
}

/**
 * Says what is wrong with a request that ends before it is whole.
 *
 * @param decoder What has come of it.
 * @throws {DecodeError} `truncated`, or the fault that was found before.
 */
export function endRequest(decoder: Decoder<unknown>): never {
  decoder.end();
  throw new DecodeError("truncated", "Cannot read request as the connection ends before it");
}
