/**
 * `feefilter` (BIP 133): do not announce transactions that pay less.
 *
 * 9,000,000 sat/kvB and more is what Bitcoin Core says while it catches up with the chain: it then takes none at all.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** The message. */
export interface FeefilterMessage {
  readonly command: "feefilter";
  /** Satoshi for 1000 virtual bytes. */
  readonly feeRateSat: bigint;
}

/** What a payload has. */
export const MAX_FEEFILTER_BYTES: number = 8;

/**
 * Reads a `feefilter`.
 *
 * @param payload 8 bytes.
 * @throws {DecodeError} `truncated` under 8 bytes, `malformed` over.
 */
export function decodeFeefilter(payload: Uint8Array): FeefilterMessage {
  const reader = new ByteReader(payload, { what: "feefilter" });
  const feeRateSat = reader.i64();
  reader.end();
  return { command: "feefilter", feeRateSat };
}

/**
 * Writes a `feefilter`.
 *
 * @param message What to say.
 */
export function encodeFeefilter({ feeRateSat }: FeefilterMessage): Uint8Array {
  return new ByteBuilder(MAX_FEEFILTER_BYTES).i64(feeRateSat).finish();
}
