/**
 * Addresses: scripts as text that people pass on.
 *
 * Base58Check for hashes of keys and scripts, bech32 for segwit version 0, bech32m for versions 1 to 16
 * (BIP 173, BIP 350).
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findNetwork } from "./networks.ts";
 *
 * const main = findNetwork("main")!;
 * const script = parseAddress("bc1pfeessrawgf", main);
 * assertEquals(script, Uint8Array.of(0x51, 2, 0x4e, 0x73));
 * assertEquals(formatAddress(script, main), "bc1pfeessrawgf");
 * ```
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32, bech32m, createBase58check } from "@scure/base";
import { BITCOIN_NETWORKS, type BitcoinNetwork } from "./networks.ts";
import { classifyScript, createP2pkh, createP2sh, createWitnessScript } from "./script.ts";

/** No address is longer, and reading base58 takes time that grows with the square. */
const MAX_ADDRESS_LENGTH = 90;
const SHOWN_LENGTH = 8;
const HASH_BYTES = 20;
const MAX_WITNESS_VERSION = 16;
const BASE58CHECK = createBase58check(sha256);

/**
 * Writes the address that a script is paid by.
 *
 * @param script A `scriptPubKey`; any bytes.
 * @param network Where.
 * @returns undefined for scripts that have none, as p2pk, multisig and OP_RETURN.
 */
export function formatAddress(script: Uint8Array, network: BitcoinNetwork): string | undefined {
  const { addresses } = network;
  const classified = classifyScript(script);
  switch (classified.type) {
    case "p2pkh":
    case "p2sh":
      return formatBase58(addresses[classified.type], classified.hash);
    case "p2wpkh":
    case "p2wsh":
    case "p2tr":
    case "anchor":
    case "witness_unknown": {
      if (addresses.bech32 === undefined) return undefined;
      const { version, program } = classified;
      const encoding = version === 0 ? bech32 : bech32m;
      return encoding.encode(addresses.bech32, [version, ...encoding.toWords(program)]);
    }
  }
}

/**
 * Reads an address.
 *
 * @param text The address.
 * @param network Where it must be one.
 * @returns The script that pays it.
 * @throws {TypeError} When it is none there. The message says of which network it is one, and shows
 * no more than its beginning, for people do paste private keys.
 */
export function parseAddress(text: string, network: BitcoinNetwork): Uint8Array {
  const script = readAddress(text, network);
  if (script instanceof Uint8Array) return script;
  const other = BITCOIN_NETWORKS.find((other) => readAddress(text, other) instanceof Uint8Array);
  const problem = other === undefined ? script : `it is one of ${other.name}, not ${network.name}`;
  throw new TypeError(`Cannot read address as ${problem}: got ${quoteStart(text)}`);
}

/** A private key with a typing error looks like an address with one, and errors are printed and logged. */
function quoteStart(text: string): string {
  return text.length <= 2 * SHOWN_LENGTH
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, SHOWN_LENGTH))} and more`;
}

/** @returns The script, or what is wrong. */
function readAddress(text: string, network: BitcoinNetwork): Uint8Array | string {
  if (text.length > MAX_ADDRESS_LENGTH) return `it has over ${MAX_ADDRESS_LENGTH} characters`;
  const { bech32: prefix } = network.addresses;
  const separator = text.lastIndexOf("1");
  if (prefix !== undefined && text.slice(0, separator).toLowerCase() === prefix) {
    return readSegwit(text);
  }
  return readBase58(text, network);
}

function readSegwit(text: string): Uint8Array | string {
  const asV0 = bech32.decodeUnsafe(text, MAX_ADDRESS_LENGTH);
  const decoded = asV0 ?? bech32m.decodeUnsafe(text, MAX_ADDRESS_LENGTH);
  if (decoded === undefined) return "it is mistyped: its checksum is wrong";
  const [version, ...words] = decoded.words;
  const program = bech32.fromWordsUnsafe(words);
  if (version === undefined || version > MAX_WITNESS_VERSION || !program) {
    return "it is no segwit address";
  }
  if ((version === 0) !== (asV0 !== undefined)) {
    return `its checksum is not the one of version ${version}`;
  }
  const { length } = program;
  const isLengthFine = version === 0 ? length === 20 || length === 32 : length >= 2 && length <= 40;
  if (!isLengthFine) return `version ${version} has no programs of ${length} bytes`;
  return createWitnessScript(version, Uint8Array.from(program));
}

function readBase58(text: string, { addresses }: BitcoinNetwork): Uint8Array | string {
  let payload: Uint8Array;
  try {
    payload = BASE58CHECK.decode(text);
  } catch {
    return "it is mistyped, or no address at all";
  }
  const [version] = payload;
  const hash = payload.subarray(1);
  if (hash.length === 32 || hash.length === 33) return "it is a private key, to be kept secret";
  if (hash.length !== HASH_BYTES) return `its hash has not ${HASH_BYTES} bytes`;
  if (version === addresses.p2pkh) return createP2pkh(hash);
  if (version === addresses.p2sh) return createP2sh(hash);
  return `version ${version} is unknown`;
}

function formatBase58(version: number, hash: Uint8Array): string {
  return BASE58CHECK.encode(Uint8Array.of(version, ...hash));
}
