/**
 * How python-p2p-network sends compressed messages: base64 of the compressed bytes and the method's name, then
 * the byte 02.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import { decodeBase64Url, encodeBase64Url } from "./pnet_base64.ts";

/** How a message can be compressed, by the names of the original. `lzma` is the format xz. */
export type P2pCompressionName = "zlib" | "bzip2" | "lzma";

/** A compressed message, opened no further. */
export interface P2pCompressed {
  /** How; undefined for a method that nobody knows. */
  readonly method: P2pCompressionName | undefined;
  /** The compressed bytes, without the method's name; with it where it isn't known. */
  readonly compressed: Uint8Array;
  /** All that was in the base64: what real nodes take for the message when it can't be decompressed. */
  readonly whole: Uint8Array;
}

/** Marks a compressed message when it is the last byte, and the only such one. */
export const COMPRESSED_MARK: number = 0x02;

const METHODS: readonly P2pCompressionName[] = ["zlib", "bzip2", "lzma"];
const ASCII = new TextDecoder("latin1");
const UTF8 = new TextEncoder();

/**
 * Writes a compressed message.
 *
 * @param method How it was compressed.
 * @param compressed The compressed bytes.
 * @returns The message, without the 04 that ends it.
 */
export function packP2pCompressed(method: P2pCompressionName, compressed: Uint8Array): Uint8Array {
  const name = UTF8.encode(method);
  const whole = new Uint8Array(compressed.length + name.length);
  whole.set(compressed);
  whole.set(name, compressed.length);
  const base64 = encodeBase64Url(whole).replaceAll("-", "+").replaceAll("_", "/");
  return UTF8.encode(`${base64}${String.fromCharCode(COMPRESSED_MARK)}`);
}

/**
 * Looks whether a message is a compressed one.
 *
 * @param message Without the 04 that ends it.
 * @returns What is in it; undefined for one that isn't marked so, and for one whose mark is there by chance, since
 * what comes before is not base64. (A real node's connection dies of that.)
 */
export function unpackP2pCompressed(message: Uint8Array): P2pCompressed | undefined {
  if (!isMarkedCompressed(message)) return undefined;
  const base64 = ASCII.decode(message.subarray(0, -1));
  if (/[-_]/.test(base64) || base64 === "") return undefined;
  let whole: Uint8Array;
  try {
    const base64Url = base64.replaceAll("+", "-").replaceAll("/", "_");
    whole = decodeBase64Url(base64Url, "compressed message");
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
  const ending = ASCII.decode(whole.subarray(-5));
  const method = METHODS.find((name) => ending.endsWith(name));
  const compressed = method === undefined ? whole : whole.subarray(0, -method.length);
  return { method, compressed, whole };
}

/**
 * Says whether a peer would take a message for a compressed one.
 *
 * @param message Without the 04 that ends it.
 */
export function isMarkedCompressed(message: Uint8Array): boolean {
  return message.length > 0 && message.indexOf(COMPRESSED_MARK) === message.length - 1;
}
