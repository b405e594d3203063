import { assertEquals } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { hasAnnex, inferInputType } from "../../../../core/codecs/bitcoin/input_type.ts";
import {
  decodeTransaction,
  type TransactionInput,
} from "../../../../core/codecs/bitcoin/transaction.ts";
import { TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

const SIGNATURE = "30" + "44".repeat(70);
const KEY = "02" + "11".repeat(32);
const LONG_KEY = "04" + "33".repeat(64);
const CONTROL_BLOCK = "c0" + "22".repeat(32);
const ANNEX = "50aa";
const TWO_OF_TWO = `5221${KEY}21${KEY}52ae`;

function push(hex: string): string {
  const length = hex.length / 2;
  return (length < 0x4c ? "" : "4c") + length.toString(16).padStart(2, "0") + hex;
}

function inputOf(script: string, ...witness: readonly string[]): TransactionInput {
  return {
    previousHash: new Uint8Array(32).fill(1),
    previousIndex: 0,
    script: hexToBytes(script),
    sequence: 0,
    witness: witness.map((hex) => hexToBytes(hex)),
  };
}

for (
  const [name, types] of [
    ["coinbase", ["coinbase"]],
    ["p2pk", ["p2pk"]],
    ["p2pkh", ["p2pkh"]],
    ["p2wpkh", ["p2pk", "p2wpkh"]],
    ["nested", ["p2sh-p2wpkh"]],
    ["p2wsh", ["p2wsh"]],
    ["taprootKey", ["p2tr-key"]],
    ["taprootScript", ["p2tr-key", "p2tr-script"]],
  ] as const
) {
  Deno.test(`inferInputType() knows the inputs of ${name}`, () => {
    const { inputs } = decodeTransaction(hexToBytes(TRANSACTIONS[name].hex));
    assertEquals(inputs.map(inferInputType), [...types]);
  });
}

for (
  const [title, input, type] of [
    ["neither script nor witness", inputOf(""), "unsigned"],
    ["a signature and a long key", inputOf(push(SIGNATURE) + push(LONG_KEY)), "p2pkh"],
    ["an empty push and signatures", inputOf("00" + push(SIGNATURE).repeat(2)), "multisig"],
    ["signatures and a script", inputOf("00" + push(SIGNATURE) + push(TWO_OF_TWO)), "p2sh"],
    ["p2sh-p2wpkh without witness", inputOf(push("0014" + "aa".repeat(20))), "p2sh-p2wpkh"],
    [
      "p2sh-p2wsh",
      inputOf(push("0020" + "aa".repeat(32)), "", SIGNATURE, TWO_OF_TWO),
      "p2sh-p2wsh",
    ],
    ["a script beside a witness", inputOf(push(SIGNATURE), SIGNATURE, KEY), "unknown"],
    ["operations", inputOf("7651"), "unknown"],
    ["a push cut short", inputOf("4c"), "unknown"],
    ["an empty push", inputOf("00"), "unknown"],
    ["numbers", inputOf("5152"), "unknown"],
    ["pushes up to 10,000 bytes", inputOf("51".repeat(9_928) + push(TWO_OF_TWO)), "p2sh"],
    ["pushes of 10,001 bytes", inputOf("51".repeat(9_929) + push(TWO_OF_TWO)), "unknown"],
    ["a script alone in the witness", inputOf("", "51"), "p2wsh"],
    ["a key that is none", inputOf("", SIGNATURE, "05" + "11".repeat(32)), "p2wsh"],
    ["a 65-byte signature", inputOf("", "aa".repeat(65)), "p2tr-key"],
    ["a signature and an annex", inputOf("", "aa".repeat(64), ANNEX), "p2tr-key"],
    [
      "an annex of a key's length",
      inputOf("", "aa".repeat(64), "50" + "11".repeat(32)),
      "p2tr-key",
    ],
    ["what looks like an annex but is alone", inputOf("", ANNEX), "p2wsh"],
    ["a leaf", inputOf("", "51", CONTROL_BLOCK), "p2tr-script"],
    ["a leaf and an annex", inputOf("", "51", CONTROL_BLOCK, ANNEX), "p2tr-script"],
    ["a leaf below a branch", inputOf("", "51", CONTROL_BLOCK + "33".repeat(32)), "p2tr-script"],
    ["a control block cut short", inputOf("", "51", CONTROL_BLOCK.slice(0, -2)), "p2wsh"],
    ["a control block too long", inputOf("", "51", "c0" + "22".repeat(129 * 32 + 32)), "p2wsh"],
  ] as const
) {
  Deno.test(`inferInputType() sees ${type} in ${title}`, () => {
    assertEquals(inferInputType(input), type);
  });
}

Deno.test("hasAnnex() sees one where there can be one", () => {
  assertEquals(hasAnnex(inputOf("", "aa".repeat(64), ANNEX)), true);
  assertEquals(hasAnnex(inputOf("", "51", CONTROL_BLOCK, ANNEX)), true);
  assertEquals(hasAnnex(inputOf("", "aa".repeat(64))), false);
  assertEquals(hasAnnex(inputOf("", SIGNATURE, KEY)), false);
  assertEquals(hasAnnex(inputOf("")), false);
});
