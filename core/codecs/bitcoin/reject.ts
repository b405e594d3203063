/**
 * `reject` (BIP 61): what the other side didn't like. Bitcoin Core stopped sending it; BSV, bcoin and btcd do.
 *
 * A hint from one stranger, not a proof.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** The message. */
export interface RejectMessage {
  readonly command: "reject";
  /** Command of the message that was not liked. Not safe to print. */
  readonly rejected: string;
  /** One of {@linkcode REJECT_CODES}, or another byte. */
  readonly code: number;
  /** Why, in words. Not safe to print. */
  readonly reason: string;
  /** Which transaction or block it was, in the order of the wire. */
  readonly hash?: Uint8Array;
}

/** The codes that mean something. */
export const REJECT_CODES = {
  malformed: 0x01,
  invalid: 0x10,
  obsolete: 0x11,
  duplicate: 0x12,
  nonstandard: 0x40,
  dust: 0x41,
  insufficientFee: 0x42,
  checkpoint: 0x43,
  /** BSV: too busy. */
  busy: 0x44,
} as const;

/** The most that a payload may have. */
export const MAX_REJECT_BYTES: number = 1024;
/** The longest reason, in bytes. */
export const MAX_REJECT_REASON_BYTES: number = 111;

const MAX_COMMAND_BYTES = 12;

/**
 * Reads a `reject`.
 *
 * @param payload All of it.
 * @throws {DecodeError} `limit` for a long command or reason, `truncated`, or `malformed` when anything follows.
 */
export function decodeReject(payload: Uint8Array): RejectMessage {
  const reader = new ByteReader(payload, { what: "reject" });
  const message = {
    command: "reject",
    rejected: reader.varText(MAX_COMMAND_BYTES),
    code: reader.u8(),
    reason: reader.varText(MAX_REJECT_REASON_BYTES),
  } as const;
  if (reader.remaining === 0) return message;
  const hash = reader.hash();
  reader.end();
  return { ...message, hash };
}

/**
 * Writes a `reject`.
 *
 * @param message What to say.
 */
export function encodeReject({ rejected, code, reason, hash }: RejectMessage): Uint8Array {
  const builder = new ByteBuilder().varText(rejected).u8(code).varText(reason);
  return (hash === undefined ? builder : builder.hash(hash)).finish();
}
