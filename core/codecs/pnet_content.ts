/**
 * The content field of pnet's packets: a session key wrapped with RSA, a Fernet token made with it, and
 * around both, where the network has a key, one more Fernet token.
 *
 * Layers of base64 only; `core/pnet/sealer.ts` does the encryption with RSA.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import { decodeBase64Url, encodeBase64Url } from "./pnet_base64.ts";
import { decryptFernet, encryptFernet, type FernetKey, type FernetOptions } from "./pnet_fernet.ts";

/** The content of a message or an answer. */
export interface PnetContent {
  /** The session key, encrypted for the receiver. */
  readonly wrappedKey: Uint8Array;
  /** The value, encrypted with the session key. */
  readonly token: string;
}

const UTF8 = new TextEncoder();
const LENIENT_UTF8 = new TextDecoder();

/**
 * Writes content as a network without a key has it.
 *
 * @param content Key and token.
 */
export function formatPnetContent(content: PnetContent): string {
  const token = encodeBase64Url(UTF8.encode(content.token));
  return encodeBase64Url(UTF8.encode(`${encodeBase64Url(content.wrappedKey)}|${token}`));
}

/**
 * Reads what {@linkcode formatPnetContent} writes, also between `b'` and `'`.
 *
 * @param text The content of a packet, the network's own encryption taken off.
 * @throws {DecodeError} `malformed`.
 */
export function parsePnetContent(text: string): PnetContent {
  // A real server without network key writes its bytes the way Python shows them.
  const plain = text.startsWith("b'") && text.endsWith("'") ? text.slice(2, -1) : text;
  const parts = LENIENT_UTF8.decode(decodeBase64Url(plain, "pnet content")).split("|");
  if (parts.length !== 2) {
    throw new DecodeError(
      "malformed",
      `Cannot decode pnet content as it must have a key and a token: got ${parts.length} parts`,
    );
  }
  return {
    wrappedKey: decodeBase64Url(parts[0], "pnet session key"),
    token: LENIENT_UTF8.decode(decodeBase64Url(parts[1], "pnet token")),
  };
}

/**
 * Encrypts content, or an advert's text, for a network with a key.
 *
 * @param key The network's.
 * @param text What.
 * @param options IV and time.
 */
export function encryptForNetwork(key: FernetKey, text: string, options: FernetOptions): string {
  return encodeBase64Url(UTF8.encode(encryptFernet(key, UTF8.encode(text), options)));
}

/**
 * Decrypts what {@linkcode encryptForNetwork} has encrypted.
 *
 * @param key The network's.
 * @param text The content field.
 * @returns What was encrypted.
 * @throws {DecodeError} `malformed`.
 */
export function decryptFromNetwork(key: FernetKey, text: string): Uint8Array {
  const token = decodeBase64Url(text, "pnet content");
  return decryptFernet(key, LENIENT_UTF8.decode(token));
}
