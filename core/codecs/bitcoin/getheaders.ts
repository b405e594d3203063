/**
 * `getheaders` and `getblocks`: what comes after the last block that both sides know.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** Their commands: the one is answered by `headers`, the other by an `inv` of blocks. */
export type LocatorCommand = "getheaders" | "getblocks";

/** One of them. */
export type LocatorMessage = {
  readonly [C in LocatorCommand]: LocatorFields & { readonly command: C };
}[LocatorCommand];

/** What they say. */
export interface LocatorFields {
  /** The sender's version of the protocol; ignored. */
  readonly version: number;
  /** Hashes of blocks, from high to low; the first that the receiver knows counts. */
  readonly locator: readonly Uint8Array[];
  /** The last block wanted; zeros for as many as fit. With no locator, the only one. */
  readonly stopHash: Uint8Array;
}

/** The most hashes of a locator that nodes take; more close the connection. */
export const MAX_LOCATOR_HASHES: number = 101;

const HASH_BYTES = 32;

/** The most that a payload may have. */
export const MAX_GETHEADERS_BYTES: number = 4 + 1 + (MAX_LOCATOR_HASHES + 1) * HASH_BYTES;

/**
 * Reads one of the two.
 *
 * @param command Which.
 * @param payload All of it.
 * @throws {DecodeError} `limit` over 101 hashes, `truncated`, or `malformed` when anything follows.
 */
export function decodeGetheaders<C extends LocatorCommand>(
  command: C,
  payload: Uint8Array,
): LocatorFields & { readonly command: C } {
  const reader = new ByteReader(payload, { what: command });
  const version = reader.u32();
  const count = reader.count(HASH_BYTES, MAX_LOCATOR_HASHES);
  const locator = Array.from({ length: count }, () => reader.hash());
  const stopHash = reader.hash();
  reader.end();
  return { command, version, locator, stopHash };
}

/**
 * Writes one of the two.
 *
 * @param message What to ask.
 * @throws {RangeError} Over 101 hashes.
 */
export function encodeGetheaders(
  { command, version, locator, stopHash }: LocatorMessage,
): Uint8Array {
  const { length } = locator;
  if (length > MAX_LOCATOR_HASHES) {
    throw new RangeError(
      `Cannot encode ${command} as its locator has more than ${MAX_LOCATOR_HASHES} hashes: got ${length}`,
    );
  }
  const builder = new ByteBuilder(5 + (length + 1) * HASH_BYTES).u32(version).compactSize(length);
  for (const hash of locator) builder.hash(hash);
  return builder.hash(stopHash).finish();
}
