/**
 * Transactions as people paste them: hex, and what else is pasted in its place.
 *
 * @module
 */
import { hexToBytes } from "@noble/hashes/utils.js";
import { DecodeError } from "../../errors.ts";
import { ByteReader } from "./byte_reader.ts";
import type { BitcoinNetwork } from "./networks.ts";
import { decodeTransaction, MAX_MONEY_SAT, type Transaction } from "./transaction.ts";

/** What a block can hold at most where there is segwit, and what nodes of other chains take of a message. */
const MAX_SEGWIT_BYTES = 4_000_000;
const MAX_OTHER_BYTES = 0x02000000;
const NOT_HEX = /[^0-9a-fA-F\s]/u;
const WHITESPACE = /\s+/g;
/** `psbt` and 0xff, in hex and as base64 (BIP 174). */
const PSBT_HEX = "70736274ff";
const PSBT_BASE64 = "cHNidP";

/**
 * Reads a transaction that somebody means to send.
 *
 * @param text Hex of either case; whitespace is passed over.
 * @param network Where it is to be sent.
 * @throws {DecodeError} When it is no transaction there, or pays more than can exist. The message says
 * what is wrong and where.
 */
export function parseRawTransaction(text: string, network: BitcoinNetwork): Transaction {
  const bytes = parseHex(text, network);
  const transaction = decode(bytes);
  if (transaction.hasWitness && !network.hasSegwit) {
    throw refused(`there are no witnesses on ${network.name}`, "the segwit marker at byte 4");
  }
  checkAmounts(transaction);
  return transaction;
}

function parseHex(text: string, { hasSegwit }: BitcoinNetwork): Uint8Array {
  const trimmed = text.trim();
  if (trimmed === "") throw refused("there is none", "no text");
  if (trimmed.startsWith(PSBT_BASE64) || trimmed.toLowerCase().startsWith(PSBT_HEX)) {
    throw refused("it is a PSBT: finalize it and extract the transaction first", "a PSBT");
  }
  const foreign = NOT_HEX.exec(text);
  if (foreign !== null) {
    throw refused("it is not hex", `${JSON.stringify(foreign[0])} at character ${foreign.index}`);
  }
  const digits = trimmed.replace(WHITESPACE, "");
  const maxBytes = hasSegwit ? MAX_SEGWIT_BYTES : MAX_OTHER_BYTES;
  if (digits.length > 2 * maxBytes) {
    throw new DecodeError(
      "limit",
      `Cannot read transaction as it is longer than ${maxBytes} bytes: got ${digits.length / 2}`,
    );
  }
  if (digits.length % 2 !== 0) {
    throw refused("half a byte is missing", `an odd number of hex digits, ${digits.length}`);
  }
  return hexToBytes(digits);
}

function decode(bytes: Uint8Array): Transaction {
  try {
    return decodeTransaction(bytes);
  } catch (error) {
    // With no inputs, the count of outputs is taken for the flag of a witness.
    if (isWithoutInputs(bytes)) throw refused("it has no inputs", "a count of 0 at byte 4");
    throw error;
  }
}

function isWithoutInputs(bytes: Uint8Array): boolean {
  const reader = new ByteReader(bytes);
  try {
    reader.skip(4);
    if (reader.compactSize() !== 0) return false;
    for (let left = reader.count(9); left > 0; left--) {
      reader.skip(8);
      reader.skip(reader.compactSize());
    }
    reader.skip(4);
    return reader.remaining === 0;
  } catch {
    return false;
  }
}

function checkAmounts({ outputs }: Transaction): void {
  let total = 0n;
  outputs.forEach(({ valueSat }, i) => {
    if (valueSat < 0n) throw refused(`output ${i} pays less than nothing`, `${valueSat} sat`);
    if (valueSat > MAX_MONEY_SAT) {
      throw refused(`output ${i} pays more than the 21 million coins`, `${valueSat} sat`);
    }
    total += valueSat;
  });
  if (total > MAX_MONEY_SAT) {
    throw refused("its outputs together pay more than the 21 million coins", `${total} sat`);
  }
}

function refused(problem: string, found: string): DecodeError {
  return new DecodeError("malformed", `Cannot read transaction as ${problem}: got ${found}`);
}
