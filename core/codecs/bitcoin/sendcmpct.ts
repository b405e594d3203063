/**
 * `sendcmpct` (BIP 152): offers compact blocks, and says whether to announce blocks by them.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** The message. */
export interface SendcmpctMessage {
  readonly command: "sendcmpct";
  /** Whether new blocks are to come without being asked for. */
  readonly highBandwidth: boolean;
  /** The version of compact blocks: 2 with witnesses. */
  readonly version: bigint;
}

/** What a payload has. */
export const MAX_SENDCMPCT_BYTES: number = 9;

/**
 * Reads a `sendcmpct`.
 *
 * @param payload 9 bytes.
 * @throws {DecodeError} `truncated` under 9 bytes; `malformed` over, or when the first is neither 0 nor 1.
 */
export function decodeSendcmpct(payload: Uint8Array): SendcmpctMessage {
  const reader = new ByteReader(payload, { what: "sendcmpct" });
  const mode = reader.u8();
  if (mode > 1) throw reader.fault("malformed", "its mode is neither 0 nor 1", mode);
  const version = reader.u64();
  reader.end();
  return { command: "sendcmpct", highBandwidth: mode === 1, version };
}

/**
 * Writes a `sendcmpct`.
 *
 * @param message What to say.
 */
export function encodeSendcmpct({ highBandwidth, version }: SendcmpctMessage): Uint8Array {
  return new ByteBuilder(MAX_SENDCMPCT_BYTES).u8(highBandwidth ? 1 : 0).u64(version).finish();
}
