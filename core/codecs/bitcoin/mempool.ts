/**
 * `mempool` (BIP 35): asks for all transactions that wait for a block.
 *
 * Nodes that don't offer bloom filters close the connection of whoever asks.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** The message. */
export interface MempoolMessage {
  readonly command: "mempool";
  /** Asks a BSV node for those of a certain age only. */
  readonly age?: bigint;
}

/** The most that a payload may have. */
export const MAX_MEMPOOL_BYTES: number = 8;

/**
 * Reads a `mempool`.
 *
 * @param payload Nothing or 8 bytes.
 * @throws {DecodeError} `truncated` in between, `malformed` over.
 */
export function decodeMempool(payload: Uint8Array): MempoolMessage {
  if (payload.length === 0) return { command: "mempool" };
  const reader = new ByteReader(payload, { what: "mempool" });
  const age = reader.u64();
  reader.end();
  return { command: "mempool", age };
}

/**
 * Writes a `mempool`.
 *
 * @param message What to say.
 */
export function encodeMempool({ age }: MempoolMessage): Uint8Array {
  return age === undefined ? new Uint8Array(0) : new ByteBuilder(8).u64(age).finish();
}
