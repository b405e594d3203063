/**
 * What pnet needs of the world's cryptography: RSA and randomness, as interfaces.
 *
 * Only the bare RSA operation is asked for; padding is `core/codecs/pnet_rsa_padding.ts`. The implementation on
 * `node:crypto` is `transports/pnet_crypto.ts`.
 *
 * @module
 */

/** A public key of RSA. */
export interface PnetPublicKey {
  /** As PKCS#1 PEM. */
  readonly pem: string;
  /** Length of a block: 64 for a key of 512 bits. */
  readonly modulusBytes: number;
  /**
   * Encrypts a block as it is.
   *
   * @param block `modulusBytes` long, beginning with 0.
   */
  encryptBlock(block: Uint8Array): Uint8Array;
}

/** A private key of RSA. */
export interface PnetPrivateKey {
  /** As PKCS#1 PEM. A secret. */
  readonly pem: string;
  /** Its public half. */
  readonly publicKey: PnetPublicKey;
  /**
   * Decrypts a block, and leaves its padding as it is.
   *
   * @param block Any bytes.
   * @returns The block, or undefined when RSA can't take it: too long, too short, or too large a number.
   */
  decryptBlock(block: Uint8Array): Uint8Array | undefined;
}

/** RSA and randomness. */
export interface PnetCrypto {
  /**
   * Draws a new key.
   *
   * @param bits 512 or more.
   */
  generateKey(bits: number): Promise<PnetPrivateKey>;
  /**
   * Reads a peer's key.
   *
   * @param pem PKCS#1 PEM from the network.
   * @throws {DecodeError} Also for one whose size would cost too much time.
   */
  readPublicKey(pem: string): PnetPublicKey;
  /**
   * Reads one's own key.
   *
   * @param pem PKCS#1 PEM.
   * @throws {DecodeError} `malformed`.
   */
  readPrivateKey(pem: string): PnetPrivateKey;
  /** Draws bytes that nobody can guess. */
  randomBytes(length: number): Uint8Array;
}
