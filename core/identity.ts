/**
 * Who a node is: an ed25519 key pair (RFC 8032), and what is done with its halves.
 *
 * Draws no randomness and touches no file: the caller hands in 32 random bytes, and the text of a key
 * file is `identity_file.ts`.
 *
 * @example Usage
 * ```ts
 * import { Identity, verify } from "@synapse/p2p";
 * import { assert } from "@std/assert";
 *
 * const alice = new Identity(crypto.getRandomValues(new Uint8Array(32)));
 * const message = new TextEncoder().encode("meet me at noon");
 * assert(verify(alice.publicKey, message, alice.sign(message)));
 * ```
 * @module
 */
import { getPublicKey, hashes, sign, verify as verifySignature } from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { base32crockford, base64urlnopad } from "@scure/base";

// Without one the library has only its asynchronous half, which would turn every reader of adverts so.
hashes.sha512 = sha512;

/** Bytes of a secret key, and of a public one. */
export const KEY_BYTES: number = 32;
/** Bytes of a signature. */
export const SIGNATURE_BYTES: number = 64;

const FINGERPRINT_BYTES = 10;
/** 43 characters hold 258 bits: the last one's lowest two are zero, so that a key has one spelling. */
const KEY_TEXT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** A key pair. The secret half shows neither in logs nor in JSON. */
export class Identity {
  /** The public half, 32 bytes. Not to be changed. */
  readonly publicKey: Uint8Array;
  /** The public half as text: base64url, 43 characters. */
  readonly id: string;
  readonly #secretKey: Uint8Array;

  /**
   * @param secretKey 32 bytes, copied. Random ones make a new identity, the same ones the same.
   * @throws {RangeError} When there are not 32.
   */
  constructor(secretKey: Uint8Array) {
    checkKeyLength("make identity", secretKey);
    this.#secretKey = secretKey.slice();
    this.publicKey = getPublicKey(this.#secretKey);
    this.id = formatPublicKey(this.publicKey);
  }

  /**
   * Signs.
   *
   * @param bytes Anything. What is signed should begin with something that says what it is, so that it
   * can't be passed off as something else.
   * @returns 64 bytes, the same for the same input.
   */
  sign(bytes: Uint8Array): Uint8Array {
    return sign(bytes, this.#secretKey);
  }

  /** @returns A copy of the secret half, for a key file and nothing else. */
  exportSecretKey(): Uint8Array {
    return this.#secretKey.slice();
  }
}

/**
 * Says whether a signature is good.
 *
 * Strict: keys of small order, under which anybody could sign anything, and signatures in other than
 * their one form are refused, so that nobody can make a second signature from a first.
 *
 * @param publicKey The signer's.
 * @param bytes What is said to be signed.
 * @param signature The signature.
 * @returns false also for keys and signatures that are none. Takes about a millisecond.
 */
export function verify(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  return verifySignature(signature, bytes, publicKey, { zip215: false });
}

/**
 * Shortens a public key for people to compare, aloud or by eye: the first 80 bits of its SHA-256 in
 * Crockford's base32, which has no I, L, O and U to be misheard or misread.
 *
 * @param publicKey 32 bytes.
 * @returns Such as `7K3M-X9QP-0A2B-CDEF`.
 * @throws {RangeError} When there are not 32.
 */
export function fingerprint(publicKey: Uint8Array): string {
  checkKeyLength("take fingerprint", publicKey);
  const text = base32crockford.encode(sha256(publicKey).subarray(0, FINGERPRINT_BYTES));
  return text.match(/.{4}/g)!.join("-");
}

/**
 * Writes a public key as text.
 *
 * @param publicKey 32 bytes.
 * @returns base64url without padding, 43 characters.
 * @throws {RangeError} When there are not 32.
 */
export function formatPublicKey(publicKey: Uint8Array): string {
  checkKeyLength("write public key", publicKey);
  return base64urlnopad.encode(publicKey);
}

/**
 * Reads a public key.
 *
 * @param text As {@linkcode formatPublicKey} writes it, and in no other spelling.
 * @returns 32 bytes. Whether they are a point on the curve shows when something is verified.
 * @throws {TypeError} When the text is no key.
 */
export function parsePublicKey(text: string): Uint8Array {
  if (!KEY_TEXT.test(text)) {
    throw new TypeError(
      `Cannot read public key as it is not 43 characters of base64url: got ${
        JSON.stringify(text.slice(0, 64))
      }`,
    );
  }
  return base64urlnopad.decode(text);
}

/**
 * Says whether something is a key as text.
 *
 * @param text Anything.
 * @returns Whether it is base64url of 32 bytes, in its one spelling.
 */
export function isKeyText(text: unknown): text is string {
  return typeof text === "string" && KEY_TEXT.test(text);
}

function checkKeyLength(attempt: string, key: Uint8Array): void {
  if (key.length === KEY_BYTES) return;
  throw new RangeError(`Cannot ${attempt} as a key has ${KEY_BYTES} bytes: got ${key.length}`);
}
