/**
 * What a node needs of the world to compress and decompress messages, as an interface. The implementation on
 * `node:zlib` is `transports/compression.ts`.
 *
 * @module
 */
import type { P2pCompressionName } from "../codecs/p2p_compressed.ts";

/** Compresses and decompresses whole messages. */
export interface P2pCompression {
  /**
   * Compresses.
   *
   * @param method How.
   * @param bytes What. Not changed meanwhile.
   * @returns The compressed bytes, as the original's library would write them.
   * @throws {EncodeError} `not_supported` for a method that can only be read.
   */
  compress(method: P2pCompressionName, bytes: Uint8Array): Promise<Uint8Array>;
  /**
   * Decompresses.
   *
   * @param method How it was compressed.
   * @param bytes From a peer: nothing about them is taken for granted.
   * @param maxBytes How large the result may be: 1 KB may decompress to a megabyte.
   * @returns What was compressed.
   * @throws {DecodeError} `limit` when it is larger, `malformed` or `truncated` when the bytes are none of that method.
   */
  decompress(
    method: P2pCompressionName,
    bytes: Uint8Array,
    maxBytes: number,
  ): Promise<Uint8Array>;
}
