/**
 * What two nodes compare instead of adverts: a few bits of each, salted for that pair of nodes.
 *
 * @module
 */

/** What hashes are mixed with: two numbers of 32 bits. */
export type Salt = readonly [number, number];

/** Bits of a salted id. Two adverts of one id are told apart by the next pair of nodes. */
export const ID_BITS: number = 24;
/** Of times 16 bits are compared, in this unit: they go round in 109 minutes, adverts are forgotten in ten. */
const TIME_UNIT_MS = 100;

/** @returns The id of an advert for one pair of nodes, from its `idWords`. */
export function saltedId(high: number, low: number, salt: Salt): number {
  return mix(mix(high ^ salt[0]) ^ low ^ salt[1]) >>> (32 - ID_BITS);
}

/** @returns What stands for an advert in a digest. */
export function advertHash(id: number, time: number): number {
  return mix((id << 16) ^ (id >>> 8) ^ time);
}

/**
 * Cuts a time to what is compared.
 *
 * @param unixMs Milliseconds since 1970.
 * @returns 16 bits of it.
 */
export function timeWord(unixMs: number): number {
  return Math.floor(unixMs / TIME_UNIT_MS) % 2 ** 16;
}

/** @returns Whether one cut time is later than another, as far as can be told: serial arithmetic (RFC 1982). */
export function isLater(time: number, than: number): boolean {
  return (time - than) << 16 > 0;
}

/** The last step of MurmurHash3: every bit of the input moves about half of the output's. */
function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
