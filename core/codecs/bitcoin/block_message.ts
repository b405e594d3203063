/**
 * `block`: a block in one piece. Larger ones than memory allows go through `block_stream.ts`.
 *
 * @module
 */
import { type Block, decodeBlock, encodeBlock } from "./block.ts";

/** The message. */
export interface BlockMessage {
  readonly command: "block";
  readonly block: Block;
}

/**
 * Reads a `block`.
 *
 * @param payload All of it.
 * @throws {DecodeError} As {@linkcode decodeBlock}.
 */
export function decodeBlockMessage(payload: Uint8Array): BlockMessage {
  return { command: "block", block: decodeBlock(payload) };
}

/**
 * Writes a `block`, with witnesses where it has any.
 *
 * @param message What to send.
 */
export function encodeBlockMessage({ block }: BlockMessage): Uint8Array {
  return encodeBlock(block);
}
