/**
 * What `reject` messages mean. Bitcoin Core sends none any more; bcoin, BSV and btcd do.
 *
 * @module
 */
import { REJECT_CODES } from "../codecs/bitcoin/reject.ts";

const MEANINGS: Readonly<Record<number, string>> = {
  [REJECT_CODES.malformed]: "malformed",
  [REJECT_CODES.invalid]: "invalid",
  [REJECT_CODES.obsolete]: "obsolete",
  [REJECT_CODES.duplicate]: "duplicate",
  [REJECT_CODES.nonstandard]: "nonstandard",
  [REJECT_CODES.dust]: "dust",
  [REJECT_CODES.insufficientFee]: "insufficient fee",
  [REJECT_CODES.checkpoint]: "checkpoint",
  [REJECT_CODES.busy]: "too busy",
};

/** As in `txn-already-in-mempool` and `txn-already-known`. The code doesn't tell: a double spend is a duplicate too. */
const KNOWN_PATTERN = /already/i;

/**
 * Says what a code means.
 *
 * @param code As on the wire.
 * @returns A few words.
 */
export function describeRejectCode(code: number): string {
  return MEANINGS[code] ?? `code 0x${code.toString(16).padStart(2, "0")}`;
}

/**
 * Whether a peer refuses a transaction only because it has it.
 *
 * @param reason The peer's words.
 */
export function isAlreadyKnown(reason: string): boolean {
  return KNOWN_PATTERN.test(reason);
}
