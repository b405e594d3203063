import { assertEquals, assertThrows } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { findNetwork } from "../../../../core/codecs/bitcoin/networks.ts";
import { parseRawTransaction } from "../../../../core/codecs/bitcoin/raw_transaction.ts";
import { decodeTransaction, MAX_MONEY_SAT } from "../../../../core/codecs/bitcoin/transaction.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

const MAIN = findNetwork("main")!;
const BSV = findNetwork("bsv-main")!;
const HEX = TRANSACTIONS.p2pkh.hex;
const SEGWIT_HEX = TRANSACTIONS.p2wpkh.hex;

/** The amounts of a p2pkh transaction's two outputs, as they stand in its hex. */
function withAmounts(...amounts: readonly bigint[]): string {
  const places = ["836d3c0100000000", "7ada820200000000"];
  return amounts.reduce((hex, amount, i) => hex.replace(places[i], littleEndian(amount)), HEX);
}

function littleEndian(value: bigint): string {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigInt64(0, value);
  return bytes.getBigUint64(0, true).toString(16).padStart(16, "0");
}

Deno.test("parseRawTransaction() reads hex of either case, whitespace or not", () => {
  const transaction = decodeTransaction(hexToBytes(SEGWIT_HEX));
  const wrapped = SEGWIT_HEX.replace(/.{64}/g, "$&\n");
  for (const text of [SEGWIT_HEX, SEGWIT_HEX.toUpperCase(), `\r\n\t ${SEGWIT_HEX}\n`, wrapped]) {
    assertEquals(parseRawTransaction(text, MAIN), transaction);
  }
  assertEquals(parseRawTransaction(HEX, BSV), decodeTransaction(hexToBytes(HEX)));
});

Deno.test("parseRawTransaction() takes all 21 million coins and not a satoshi more", () => {
  const { outputs } = parseRawTransaction(withAmounts(MAX_MONEY_SAT - 1n, 1n), MAIN);
  assertEquals(outputs.map(({ valueSat }) => valueSat), [MAX_MONEY_SAT - 1n, 1n]);
});

for (
  const [title, text, sentence] of [
    ["nothing", " \n", "there is none: got no text"],
    ["words", "hello", 'it is not hex: got "h" at character 0'],
    ["hex with 0x", `0x${HEX}`, 'it is not hex: got "x" at character 1'],
    ["a wrong digit", ` ${HEX.slice(0, 20)}g${HEX}`, 'it is not hex: got "g" at character 21'],
    ["a character of two units", "00\u{1f600}00", 'it is not hex: got "\u{1f600}" at character 2'],
    ["a terminal escape", "00\u001b[31m", 'it is not hex: got "\\u001b" at character 2'],
    ["half a byte", HEX.slice(1), "half a byte is missing: got an odd number of hex digits, 451"],
    [
      "a PSBT in base64",
      "cHNidP8BAHUCAAAAASaBcTce3/KF6Tet7qSze3gADAVmy7OtZGQXE8pCFxv2",
      "it is a PSBT: finalize it and extract the transaction first: got a PSBT",
    ],
    [
      "a PSBT in hex",
      "70736274FF0100750200000001",
      "it is a PSBT: finalize it and extract the transaction first: got a PSBT",
    ],
    [
      "a truncated transaction",
      HEX.slice(0, -2),
      "it ends early in lock time at byte 222: got 3 of 4 bytes",
    ],
    [
      "one cut inside an input",
      HEX.slice(0, 200),
      "it ends early in input 0 at byte 42: got 58 of 107 bytes",
    ],
    ["bytes that follow", HEX + "0a0b0c", "bytes follow its end at byte 226: got 3 more"],
    ["two transactions", HEX + HEX, "bytes follow its end at byte 226: got 226 more"],
    [
      "no inputs, one output",
      "02000000" + "00" + "01" + "e803000000000000" + "0151" + "00000000",
      "it has no inputs: got a count of 0 at byte 4",
    ],
    [
      "no inputs, two outputs",
      "02000000" + "00" + "02" + "e8030000000000000151".repeat(2) + "00000000",
      "it has no inputs: got a count of 0 at byte 4",
    ],
    [
      "no inputs, no outputs",
      "02000000" + "0000" + "00000000",
      "it has no inputs: got a count of 0 at byte 4",
    ],
    [
      "a superfluous witness",
      "02000000" + "0001" + "01" + "00".repeat(41) + "01" + "e8030000000000000151" + "00" +
      "00000000",
      "it has the form with witnesses but none of them in witness of input 0 at byte 60: got none",
    ],
    [
      "over 21 million coins",
      withAmounts(1n, MAX_MONEY_SAT + 1n),
      "output 1 pays more than the 21 million coins: got 2100000000000001 sat",
    ],
    [
      "over 21 million coins in all",
      withAmounts(MAX_MONEY_SAT, 1n),
      "its outputs together pay more than the 21 million coins: got 2100000000000001 sat",
    ],
    ["less than nothing", withAmounts(-1n), "output 0 pays less than nothing: got -1 sat"],
  ] as const
) {
  Deno.test(`parseRawTransaction() refuses ${title}`, () => {
    const error = assertThrows(() => parseRawTransaction(text, MAIN), DecodeError);
    assertEquals(error.message.replace(/^Cannot (read|decode) transaction as /, ""), sentence);
    assertEquals(error.code, "protocol_error");
  });
}

Deno.test("parseRawTransaction() refuses witnesses where there is no segwit", () => {
  assertThrows(
    () => parseRawTransaction(SEGWIT_HEX, BSV),
    DecodeError,
    "there are no witnesses on bsv-main: got the segwit marker at byte 4",
  );
});

Deno.test("parseRawTransaction() refuses what no block can hold before it reads it", () => {
  const error = assertThrows(
    () => parseRawTransaction("00".repeat(4_000_001), MAIN),
    DecodeError,
    "it is longer than 4000000 bytes: got 4000001",
  );
  assertEquals(error.code, "limit_exceeded");
  assertThrows(() => parseRawTransaction("00".repeat(4_000_000), MAIN), DecodeError, "no inputs");
});

Deno.test("parseRawTransaction() refuses every beginning of a transaction", () => {
  for (let length = 0; length < SEGWIT_HEX.length; length++) {
    assertThrows(() => parseRawTransaction(SEGWIT_HEX.slice(0, length), MAIN), DecodeError);
  }
});
