/**
 * `ping` and `pong` (BIP 31): is the other side still there, and how far away.
 *
 * Every ping is answered with a pong of the same nonce. A ping of a peer at version 60000 or below has none.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** Asks for a `pong`. */
export interface PingMessage {
  readonly command: "ping";
  /** To be sent back; undefined when the payload is empty, as very old nodes send it. */
  readonly nonce?: bigint;
}

/** Answers a `ping`. */
export interface PongMessage {
  readonly command: "pong";
  /** The ping's. */
  readonly nonce: bigint;
}

/** The most that a payload may have. */
export const MAX_PING_BYTES: number = 8;

/**
 * Reads a `ping`.
 *
 * @param payload Nothing or 8 bytes.
 * @throws {DecodeError} `truncated` in between, `malformed` over.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodePing(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)), { command: "ping", nonce: 1n });
 * ```
 */
export function decodePing(payload: Uint8Array): PingMessage {
  if (payload.length === 0) return { command: "ping" };
  return { command: "ping", nonce: readNonce(payload, "ping") };
}

/**
 * Writes a `ping`.
 *
 * @param message What to ask.
 */
export function encodePing({ nonce }: PingMessage): Uint8Array {
  return nonce === undefined ? new Uint8Array(0) : writeNonce(nonce);
}

/**
 * Reads a `pong`.
 *
 * @param payload 8 bytes.
 * @throws {DecodeError} `truncated` under 8 bytes, `malformed` over.
 */
export function decodePong(payload: Uint8Array): PongMessage {
  return { command: "pong", nonce: readNonce(payload, "pong") };
}

/**
 * Writes a `pong`.
 *
 * @param message What to answer.
 */
export function encodePong({ nonce }: PongMessage): Uint8Array {
  return writeNonce(nonce);
}

function readNonce(payload: Uint8Array, what: string): bigint {
  const reader = new ByteReader(payload, { what });
  const nonce = reader.u64();
  reader.end();
  return nonce;
}

function writeNonce(nonce: bigint): Uint8Array {
  return new ByteBuilder(MAX_PING_BYTES).u64(nonce).finish();
}
