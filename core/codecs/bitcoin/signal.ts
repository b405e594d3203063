/**
 * The messages that say all with their command: their payload is empty.
 *
 * @module
 */
import { ByteReader } from "./byte_reader.ts";

/** Their commands. */
export type SignalCommand =
  /** The other side's `version` is accepted. */
  | "verack"
  /** Announce transactions by their wtxid (BIP 339); only before `verack`. */
  | "wtxidrelay"
  /** Send `addrv2` in place of `addr` (BIP 155); only before `verack`. */
  | "sendaddrv2"
  /** Announce blocks by `headers` in place of `inv` (BIP 130). */
  | "sendheaders"
  /** Asks where other nodes are. */
  | "getaddr";

/** A message without a payload. */
export type SignalMessage = { readonly [C in SignalCommand]: { readonly command: C } }[
  SignalCommand
];

/** What a payload may have. */
export const MAX_SIGNAL_BYTES: number = 0;

/**
 * Reads a payload that must be empty.
 *
 * @param command Whose it is.
 * @param payload No bytes.
 * @throws {DecodeError} `malformed` when there are any.
 */
export function decodeSignal<C extends SignalCommand>(
  command: C,
  payload: Uint8Array,
): { readonly command: C } {
  new ByteReader(payload, { what: command }).end();
  return { command };
}

/** Writes a payload without anything in it. */
export function encodeSignal(): Uint8Array {
  return new Uint8Array(0);
}
