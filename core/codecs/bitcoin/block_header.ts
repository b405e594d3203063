/**
 * Block headers: 80 bytes, and the work that is in their hash.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(targetOf(0x1d00ffff), 0xffffn << 208n);
 * ```
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";
import { sha256d } from "./hash.ts";

/** What is hashed of a block. Hashes are in the order of the wire. */
export interface BlockHeader {
  /** Signed on the wire; its bits signal upgrades. */
  readonly version: number;
  /** Hash of the block before. */
  readonly previousHash: Uint8Array;
  /** Stands for the block's transactions. */
  readonly merkleRoot: Uint8Array;
  /** Seconds since 1970, by the miner's clock. */
  readonly timeSec: number;
  /** How much work it claims, in the form that {@linkcode targetOf} reads. */
  readonly bits: number;
  /** Varied until the hash fits. */
  readonly nonce: number;
}

/** A header's length. */
export const BLOCK_HEADER_BYTES: number = 80;

const TARGET_LIMIT = 2n ** 256n;
const SIGN_BIT = 0x00800000;
const MANTISSA_BITS = 0x007fffff;
const MANTISSA_BYTES = 3;

/**
 * Reads a header that other things may follow.
 *
 * @param reader Stands at its first byte; afterwards at the one behind it.
 * @throws {DecodeError} `truncated`.
 */
export function readBlockHeader(reader: ByteReader): BlockHeader {
  return {
    version: reader.i32(),
    previousHash: reader.hash(),
    merkleRoot: reader.hash(),
    timeSec: reader.u32(),
    bits: reader.u32(),
    nonce: reader.u32(),
  };
}

/**
 * Reads a header that is alone.
 *
 * @param bytes 80 bytes. Not kept.
 * @throws {DecodeError} `truncated` under 80 bytes, `malformed` over.
 */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
  const reader = new ByteReader(bytes, { what: "block header" });
  const header = readBlockHeader(reader);
  reader.end();
  return header;
}

/**
 * Appends a header.
 *
 * @param builder Where to.
 * @param header The header.
 * @throws {RangeError} When a number does not fit its field, or a hash has not 32 bytes.
 */
export function writeBlockHeader(builder: ByteBuilder, header: BlockHeader): void {
  builder.i32(header.version).hash(header.previousHash).hash(header.merkleRoot)
    .u32(header.timeSec).u32(header.bits).u32(header.nonce);
}

/**
 * Writes a header.
 *
 * @param header The header.
 * @returns 80 bytes.
 * @throws {RangeError} When a number does not fit its field, or a hash has not 32 bytes.
 */
export function encodeBlockHeader(header: BlockHeader): Uint8Array {
  const builder = new ByteBuilder(BLOCK_HEADER_BYTES);
  writeBlockHeader(builder, header);
  return builder.finish();
}

/**
 * Computes what a block is known by.
 *
 * @param header Its header.
 * @returns 32 bytes in the order of the wire.
 */
export function blockHash(header: BlockHeader): Uint8Array {
  return sha256d(encodeBlockHeader(header));
}

/**
 * Reads how low a hash must be.
 *
 * @param bits A header's `bits`: a length in bytes, a sign bit, and the three highest bytes.
 * @returns The highest number that fits; 0, which no hash fits, for negative numbers and those over 256 bits.
 */
export function targetOf(bits: number): bigint {
  const length = bits >>> 24;
  const mantissa = BigInt(bits & MANTISSA_BITS);
  if ((bits & SIGN_BIT) !== 0) return 0n;
  const target = length >= MANTISSA_BYTES
    ? mantissa << BigInt(8 * (length - MANTISSA_BYTES))
    : mantissa >> BigInt(8 * (MANTISSA_BYTES - length));
  return target < TARGET_LIMIT ? target : 0n;
}

/**
 * Whether the work that a header claims was done.
 *
 * @param header The header.
 * @param maxTarget The easiest that its network allows. Without it a stranger may claim next to no work.
 */
export function hasProofOfWork(header: BlockHeader, maxTarget: bigint = TARGET_LIMIT): boolean {
  const target = targetOf(header.bits);
  return target <= maxTarget && numberOf(blockHash(header)) <= target;
}

function numberOf(hash: Uint8Array): bigint {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  return view.getBigUint64(24, true) << 192n | view.getBigUint64(16, true) << 128n |
    view.getBigUint64(8, true) << 64n | view.getBigUint64(0, true);
}
