/**
 * `protoconf`: what a BSV node takes, sent once after `verack`.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** The message. Fields that later versions add are passed over. */
export interface ProtoconfMessage {
  readonly command: "protoconf";
  /** The largest payload that the sender takes; nodes close the connection for less than 1,048,576. */
  readonly maxPayloadBytes: number;
  /** How streams may be used, names with commas between. Not safe to print. */
  readonly streamPolicies?: string;
}

/** The most that a payload may have. */
export const MAX_PROTOCONF_BYTES: number = 1024 * 1024;

/**
 * Reads a `protoconf`.
 *
 * @param payload All of it.
 * @throws {DecodeError} `malformed` when it says to have no fields, `truncated` when it ends inside one.
 */
export function decodeProtoconf(payload: Uint8Array): ProtoconfMessage {
  const reader = new ByteReader(payload, { what: "protoconf" });
  const fields = reader.compactSize();
  if (fields === 0) throw reader.fault("malformed", "it has no fields", 0);
  const message = { command: "protoconf", maxPayloadBytes: reader.u32() } as const;
  if (fields === 1) return message;
  return { ...message, streamPolicies: reader.varText(MAX_PROTOCONF_BYTES) };
}

/**
 * Writes a `protoconf`.
 *
 * @param message What to say.
 */
export function encodeProtoconf({ maxPayloadBytes, streamPolicies }: ProtoconfMessage): Uint8Array {
  const builder = new ByteBuilder();
  if (streamPolicies === undefined) return builder.compactSize(1).u32(maxPayloadBytes).finish();
  return builder.compactSize(2).u32(maxPayloadBytes).varText(streamPolicies).finish();
}
