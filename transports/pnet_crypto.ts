/**
 * The cryptography that pnet needs, on `node:crypto`, the same on Deno, Node and Bun.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { DecodeError } from "../core/errors.ts";
import type { PnetCrypto, PnetPrivateKey, PnetPublicKey } from "../core/pnet/crypto.ts";

/** Below, pnet's session key doesn't fit. */
const MIN_KEY_BITS = 512;
/** Longer ones don't fit into an advert, and Deno doesn't take them. */
const MAX_KEY_BITS = 4_096;
/** As Deno has it: an exponent as long as the modulus would cost milliseconds a packet. */
const MAX_EXPONENT = 2n ** 33n;

/** RSA without padding, and randomness, of `node:crypto`. */
export const nodePnetCrypto: PnetCrypto = {
  generateKey(bits) {
    return new Promise((resolve, reject) => {
      generateKeyPair("rsa", { modulusLength: bits }, (error, _publicKey, privateKey) => {
        if (error) reject(error);
        else resolve(wrapPrivateKey(privateKey));
      });
    });
  },
  readPublicKey(pem) {
    return wrapPublicKey(parseKey("public", () => createPublicKey(pem)));
  },
  readPrivateKey(pem) {
    return wrapPrivateKey(parseKey("private", () => createPrivateKey(pem)));
  },
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
};

function parseKey(kind: string, parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    throw new DecodeError("malformed", `Cannot read ${kind} RSA key as it is not PKCS#1 PEM`);
  }
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== "rsa") {
    throw new DecodeError(
      "malformed",
      `Cannot read ${kind} RSA key as it is of another kind: got ${key.asymmetricKeyType}`,
    );
  }
  if (
    modulusLength < MIN_KEY_BITS || modulusLength > MAX_KEY_BITS || publicExponent >= MAX_EXPONENT
  ) {
    throw new DecodeError(
      "limit",
      `Cannot read ${kind} RSA key as it must have ${MIN_KEY_BITS} to ${MAX_KEY_BITS} bits and a small exponent: got ${modulusLength} bits`,
    );
  }
  return key;
}

function wrapPublicKey(key: KeyObject): PnetPublicKey {
  return {
    pem: key.export({ type: "pkcs1", format: "pem" }).toString(),
    modulusBytes: Math.ceil(key.asymmetricKeyDetails!.modulusLength! / 8),
    encryptBlock(block) {
      return toBytes(publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.from(block)));
    },
  };
}

function wrapPrivateKey(key: KeyObject): PnetPrivateKey {
  const publicKey = wrapPublicKey(createPublicKey(key));
  return {
    pem: key.export({ type: "pkcs1", format: "pem" }).toString(),
    publicKey,
    decryptBlock(block) {
      // Deno takes shorter blocks, the others don't.
      if (block.length !== publicKey.modulusBytes) return undefined;
      try {
        return toBytes(
          privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.from(block)),
        );
      } catch {
        return undefined;
      }
    },
  };
}

/** Buffers of node:crypto may be parts of a larger one. */
function toBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
