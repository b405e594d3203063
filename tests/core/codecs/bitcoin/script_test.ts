import { assertEquals } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import {
  type ClassifiedScript,
  classifyScript,
  createP2pkh,
  createP2sh,
  createWitnessScript,
  readWitnessProgram,
} from "../../../../core/codecs/bitcoin/script.ts";
import { disassemble } from "../../../../core/codecs/bitcoin/disassemble.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const HASH_20 = "ab".repeat(20);
const HASH_32 = "cd".repeat(32);
const KEY = "02" + "11".repeat(32);
const OTHER_KEY = "03" + "22".repeat(32);
const LONG_KEY = "04" + "33".repeat(64);

/** Replaces bytes by their hex. */
function classify(hex: string): unknown {
  return JSON.parse(
    JSON.stringify(
      classifyScript(hexToBytes(hex)),
      (_, value) => value instanceof Uint8Array ? bytesToHex(value) : value,
    ),
  );
}

for (
  const [title, hex, expected] of [
    ["a 33-byte key", `21${KEY}ac`, { type: "p2pk", publicKey: KEY }],
    ["a 65-byte key", `41${LONG_KEY}ac`, { type: "p2pk", publicKey: LONG_KEY }],
    ["p2pkh", `76a914${HASH_20}88ac`, { type: "p2pkh", hash: HASH_20 }],
    ["p2sh", `a914${HASH_20}87`, { type: "p2sh", hash: HASH_20 }],
    ["p2wpkh", `0014${HASH_20}`, { type: "p2wpkh", version: 0, program: HASH_20 }],
    ["p2wsh", `0020${HASH_32}`, { type: "p2wsh", version: 0, program: HASH_32 }],
    ["p2tr", `5120${HASH_32}`, { type: "p2tr", version: 1, program: HASH_32 }],
    ["the anchor", "51024e73", { type: "anchor", version: 1, program: "4e73" }],
    ["version 1 otherwise", "51024e74", { type: "witness_unknown", version: 1, program: "4e74" }],
    ["version 16", `6028${"ee".repeat(40)}`, {
      type: "witness_unknown",
      version: 16,
      program: "ee".repeat(40),
    }],
    ["1 of 1", `5121${KEY}51ae`, { type: "multisig", required: 1, publicKeys: [KEY] }],
    ["2 of 3", `5221${KEY}41${LONG_KEY}21${OTHER_KEY}53ae`, {
      type: "multisig",
      required: 2,
      publicKeys: [KEY, LONG_KEY, OTHER_KEY],
    }],
    ["17 of 20", `0111${`21${KEY}`.repeat(20)}0114ae`, {
      type: "multisig",
      required: 17,
      publicKeys: Array(20).fill(KEY),
    }],
    ["OP_RETURN alone", "6a", { type: "nulldata" }],
    ["OP_RETURN and pushes", "6a0401020304004f50604c0105", { type: "nulldata" }],
  ] as const
) {
  Deno.test(`classifyScript() knows ${title}`, () => assertEquals(classify(hex), expected));
}

for (
  const [title, hex] of [
    ["nothing", ""],
    ["a key that begins as none", `21${"05" + "11".repeat(32)}ac`],
    ["a 65-byte key of the wrong length", `41${LONG_KEY}00ac`],
    ["p2pkh with another ending", `76a914${HASH_20}88ad`],
    ["p2sh pushed otherwise", `a94c14${HASH_20}87`],
    ["version 0 with 21 bytes", `0015${HASH_20}00`],
    ["a program of 1 byte", "510101"],
    ["a program of 41 bytes", `5129${"ee".repeat(41)}`],
    ["a program pushed otherwise", `514c20${HASH_32}`],
    ["a version that is none", `5020${HASH_32}`],
    ["OP_RETURN and an operation", "6a61"],
    ["OP_RETURN and a push cut short", "6a02ee"],
    ["0 of 1", `0021${KEY}51ae`],
    ["2 of 1", `5221${KEY}51ae`],
    ["1 of 2 with one key", `5121${KEY}52ae`],
    ["1 of 1 with more behind", `5121${KEY}5151ae`],
    ["1 of nothing", "51ae"],
    ["21 keys", `51${`21${KEY}`.repeat(21)}0115ae`],
    ["16 as a push", `0110${`21${KEY}`.repeat(20)}0114ae`],
    ["keys that end early", `5121${KEY}21${OTHER_KEY.slice(0, -2)}ae`],
    ["OP_CHECKMULTISIG alone", "ae"],
  ] as const
) {
  Deno.test(`classifyScript() finds nothing standard in ${title}`, () => {
    assertEquals(classify(hex), { type: "nonstandard" });
  });
}

Deno.test("createP2pkh(), createP2sh() and createWitnessScript() make what classifyScript() knows", () => {
  const hash = hexToBytes(HASH_20);
  assertEquals(classifyScript(createP2pkh(hash)), { type: "p2pkh", hash });
  assertEquals(classifyScript(createP2sh(hash)), { type: "p2sh", hash });
  for (let version = 0; version <= 16; version++) {
    const program = hexToBytes(HASH_32);
    assertEquals(readWitnessProgram(createWitnessScript(version, program)), { version, program });
  }
});

Deno.test("classifyScript() and disassemble() take any bytes", () => {
  const random = seededRandom(31);
  const starts = ["", "51", "6a", "76a914", "a914", "0014", "5221", "4c", "4d", "4e"];
  const seen = new Set<ClassifiedScript["type"]>();
  for (let run = 0; run < 5_000; run++) {
    const noise = Array.from({ length: random() * 30 }, () => Math.floor(random() * 256));
    const script = Uint8Array.of(...hexToBytes(starts[run % starts.length]), ...noise);
    seen.add(classifyScript(script).type);
    assertEquals(typeof disassemble(script), "string");
  }
  assertEquals(seen.has("nonstandard") && seen.has("nulldata"), true);
});
