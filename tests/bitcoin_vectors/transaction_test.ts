import { assert, assertEquals, assertThrows } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { findNetwork } from "../../core/codecs/bitcoin/networks.ts";
import { parseRawTransaction } from "../../core/codecs/bitcoin/raw_transaction.ts";
import { findUnusual } from "../../core/codecs/bitcoin/standardness.ts";
import {
  decodeTransaction,
  encodeTransaction,
  transactionId,
  virtualSizeOf,
  weightOf,
} from "../../core/codecs/bitcoin/transaction.ts";
import { summarizeTransaction } from "../../core/codecs/bitcoin/transaction_summary.ts";
import { DecodeError } from "../../core/errors.ts";
import { readRows, testVectors } from "./vector_files.ts";

const MAIN = findNetwork("main")!;
const VALID = readTransactions("tx_valid.json");
const INVALID = readTransactions("tx_invalid.json");
const IMPOSSIBLE = INVALID.filter(({ flags }) => flags === "BADTX").map(({ hex }) => hex);

/** Rows of one string are comments; the others are `[spent coins, transaction, flags]`. */
function readTransactions(
  file: string,
): readonly { readonly hex: string; readonly flags: string }[] {
  return (readRows(file) as readonly (readonly string[])[])
    .filter((row) => row.length === 3)
    .map(([, hex, flags]) => ({ hex, flags }));
}

testVectors("Bitcoin Core's valid transactions are read and written byte for byte", () => {
  assertEquals(VALID.length, 121);
  for (const { hex } of VALID) {
    const transaction = decodeTransaction(hexToBytes(hex));
    assertEquals(bytesToHex(encodeTransaction(transaction)), hex);
    const stripped = encodeTransaction(transaction, { witness: false });
    assertEquals(transactionId(decodeTransaction(stripped)), transactionId(transaction));
    assertEquals(weightOf(transaction), 3 * stripped.length + hex.length / 2);
    assertEquals(virtualSizeOf(transaction), Math.ceil(weightOf(transaction) / 4));
  }
});

testVectors("Bitcoin Core's invalid transactions are written as they were read, or refused", () => {
  assertEquals(INVALID.length, 93);
  for (const { hex } of INVALID) {
    try {
      assertEquals(bytesToHex(encodeTransaction(decodeTransaction(hexToBytes(hex)))), hex);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      assert(IMPOSSIBLE.includes(hex), error.message);
    }
  }
});

testVectors("Bitcoin Core's impossible transactions are refused, or said to be unusual", () => {
  assertEquals(IMPOSSIBLE.length, 9);
  const said = IMPOSSIBLE.map((hex) => {
    try {
      return findUnusual(parseRawTransaction(hex, MAIN), MAIN).join("; ");
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return error.message;
    }
  });
  assertEquals(said.filter((text) => text === ""), []);
});

testVectors("Bitcoin Core's transactions are truncated wherever they are cut", () => {
  for (const { hex } of VALID) {
    const bytes = hexToBytes(hex);
    const step = Math.max(1, Math.floor(bytes.length / 200));
    for (let length = 0; length < bytes.length; length += step) {
      const error = assertThrows(() => decodeTransaction(bytes.subarray(0, length)), DecodeError);
      assertEquals(error.reason, "truncated", `${length} bytes of ${hex}`);
    }
  }
});

testVectors("Bitcoin Core's valid transactions all have a summary", () => {
  for (const { hex } of VALID) {
    const summary = summarizeTransaction(decodeTransaction(hexToBytes(hex)), MAIN);
    assertEquals(summary.size, hex.length / 2);
    assertEquals(summary.txid.length, 64);
  }
});
