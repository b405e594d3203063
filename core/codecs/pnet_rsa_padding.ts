/**
 * PKCS#1 v1.5 around pnet's session keys: `00 02 ‖ at least 8 random bytes but 0 ‖ 00 ‖ key`.
 *
 * Padding is done here, on top of the bare RSA operation, since Node and Bun refuse to take this padding off
 * (CVE-2023-46809: whoever learns which blocks are padded wrongly can decrypt). Hence reading never says
 * that a block was wrong: it gives another key instead, which then fails as any wrong key does.
 * Spec: RFC 8017, 7.2.
 *
 * @module
 */
import { EncodeError } from "../errors.ts";

/** Bytes around the data: `00 02`, 8 random ones, `00`. */
const OVERHEAD_BYTES = 11;

/**
 * Pads.
 *
 * @param data What is to be encrypted.
 * @param modulusBytes Length of the block.
 * @param randomBytes Draws bytes that nobody can guess.
 * @returns The block.
 * @throws {EncodeError} `limit_exceeded` when the data don't fit.
 */
export function padPkcs1(
  data: Uint8Array,
  modulusBytes: number,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array {
  if (data.length > modulusBytes - OVERHEAD_BYTES) {
    throw new EncodeError(
      "limit_exceeded",
      `Cannot encrypt with RSA as a key of ${
        8 * modulusBytes
      } bits is too short for ${data.length} bytes`,
    );
  }
  const block = new Uint8Array(modulusBytes);
  block[1] = 2;
  const filler = block.subarray(2, modulusBytes - data.length - 1);
  filler.set(randomBytes(filler.length));
  for (let at = 0; at < filler.length; at++) {
    while (filler[at] === 0) filler[at] = randomBytes(1)[0];
  }
  block.set(data, modulusBytes - data.length);
  return block;
}

/**
 * Takes data of a known length out of their padding, in a time that doesn't depend on the bytes.
 *
 * @param block What RSA has decrypted.
 * @param substitute The result for a block that is padded wrongly. Its length is that of the data.
 * @returns The data, or the substitute, as an array of its own.
 */
export function unpadPkcs1(block: Uint8Array, substitute: Uint8Array): Uint8Array {
  const start = block.length - substitute.length;
  const result = substitute.slice();
  if (start < OVERHEAD_BYTES) return result;
  let wrong = block[0] | (block[1] ^ 2) | block[start - 1];
  // (byte - 1) >> 8 has all bits set for 0 and none for any other byte.
  for (let at = 2; at < start - 1; at++) wrong |= (block[at] - 1) >> 8;
  const keep = (wrong | -wrong) >> 31;
  for (let at = 0; at < result.length; at++) {
    result[at] = (result[at] & keep) | (block[start + at] & ~keep);
  }
  return result;
}
