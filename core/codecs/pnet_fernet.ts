/**
 * Fernet: AES-128-CBC with HMAC-SHA256, the symmetric half of pnet's encryption.
 *
 * A token is `80 ‖ unix seconds (8) ‖ IV (16) ‖ ciphertext ‖ HMAC (32)` in URL-safe base64. Its time is
 * not looked at, as pnet doesn't. Spec: https://github.com/fernet/spec
 *
 * @module
 */
import { cbc } from "@noble/ciphers/aes.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { DecodeError } from "../errors.ts";
import { decodeBase64Url, encodeBase64Url } from "./pnet_base64.ts";

/** Bytes of a key: one half signs, the other encrypts. */
export const FERNET_KEY_BYTES: number = 32;
/** Bytes of an initialisation vector. */
export const FERNET_IV_BYTES: number = 16;

const VERSION = 0x80;
const HEADER_BYTES = 1 + 8 + FERNET_IV_BYTES;
const MAC_BYTES = 32;
const BLOCK_BYTES = 16;

/** A key, with both of its halves. */
export interface FernetKey {
  /** As people and packets have it: 44 characters of URL-safe base64. */
  readonly text: string;
  /** Authenticates. */
  readonly signing: Uint8Array;
  /** Encrypts. */
  readonly encryption: Uint8Array;
}

/** What {@linkcode encryptFernet} takes besides the key and the text. */
export interface FernetOptions {
  /** 16 bytes that nobody can guess and that are never used again. */
  readonly iv: Uint8Array;
  /** When it is encrypted, in seconds since 1970. */
  readonly unixSeconds: number;
}

/**
 * Makes a key of its bytes.
 *
 * @param bytes 32 of them, kept.
 */
export function createFernetKey(bytes: Uint8Array): FernetKey {
  return {
    text: encodeBase64Url(bytes),
    signing: bytes.subarray(0, FERNET_KEY_BYTES / 2),
    encryption: bytes.subarray(FERNET_KEY_BYTES / 2),
  };
}

/**
 * Reads a key.
 *
 * @param text 44 characters of URL-safe base64.
 * @throws {DecodeError} `malformed`. The message doesn't show the text.
 */
export function parseFernetKey(text: string): FernetKey {
  const bytes = decodeBase64Url(text, "Fernet key");
  if (bytes.length !== FERNET_KEY_BYTES) {
    throw new DecodeError(
      "malformed",
      `Cannot decode Fernet key as it must be ${FERNET_KEY_BYTES} bytes: got ${bytes.length}`,
    );
  }
  return createFernetKey(bytes);
}

/**
 * Encrypts and authenticates.
 *
 * @param key With which.
 * @param plain What.
 * @param options IV and time.
 * @returns The token.
 */
export function encryptFernet(key: FernetKey, plain: Uint8Array, options: FernetOptions): string {
  const encrypted = cbc(key.encryption, options.iv).encrypt(plain);
  const token = new Uint8Array(HEADER_BYTES + encrypted.length + MAC_BYTES);
  token[0] = VERSION;
  new DataView(token.buffer).setBigUint64(1, BigInt(options.unixSeconds));
  token.set(options.iv, HEADER_BYTES - FERNET_IV_BYTES);
  token.set(encrypted, HEADER_BYTES);
  const signed = token.subarray(0, -MAC_BYTES);
  token.set(hmac(sha256, key.signing, signed), signed.length);
  return encodeBase64Url(token);
}

/**
 * Checks and decrypts.
 *
 * @param key With which.
 * @param text The token.
 * @returns What was encrypted.
 * @throws {DecodeError} `malformed` when it is no token, or not one of this key.
 */
export function decryptFernet(key: FernetKey, text: string): Uint8Array {
  const token = decodeBase64Url(text, "Fernet token");
  const encryptedBytes = token.length - HEADER_BYTES - MAC_BYTES;
  if (token[0] !== VERSION || encryptedBytes < BLOCK_BYTES || encryptedBytes % BLOCK_BYTES !== 0) {
    throw new DecodeError(
      "malformed",
      "Cannot decrypt Fernet token as it has not the shape of one",
    );
  }
  const signed = token.subarray(0, -MAC_BYTES);
  if (!isEqual(hmac(sha256, key.signing, signed), token.subarray(-MAC_BYTES))) {
    throw new DecodeError(
      "malformed",
      "Cannot decrypt Fernet token as it was made with another key",
    );
  }
  const iv = token.subarray(HEADER_BYTES - FERNET_IV_BYTES, HEADER_BYTES);
  try {
    return cbc(key.encryption, iv).decrypt(token.subarray(HEADER_BYTES, -MAC_BYTES));
  } catch {
    throw new DecodeError("malformed", "Cannot decrypt Fernet token as its padding is wrong");
  }
}

/** Takes as long whatever differs, so that nobody can find a code byte by byte. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a[at] ^ b[at];
  return difference === 0;
}
