import { assertEquals, assertThrows } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { ByteReader } from "../../../../core/codecs/bitcoin/byte_reader.ts";
import { formatHash } from "../../../../core/codecs/bitcoin/hash.ts";
import {
  decodeTransaction,
  encodeTransaction,
  isCoinbase,
  readTransaction,
  sizeOf,
  type Transaction,
  transactionId,
  virtualSizeOf,
  weightOf,
  witnessTransactionId,
} from "../../../../core/codecs/bitcoin/transaction.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { RUNS } from "../../../support/arbitraries.ts";
import { bitcoinTransaction } from "../../../support/bitcoin_arbitraries.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

const VECTORS = Object.entries(TRANSACTIONS);

for (const [name, { hex, txid, wtxid, weight }] of VECTORS) {
  Deno.test(`decodeTransaction() reads ${name}, and encodeTransaction() writes it again`, () => {
    const transaction = decodeTransaction(hexToBytes(hex));
    assertEquals(bytesToHex(encodeTransaction(transaction)), hex);
    assertEquals(formatHash(transactionId(transaction)), txid);
    assertEquals(formatHash(witnessTransactionId(transaction)), wtxid);
    assertEquals(weightOf(transaction), weight);
    assertEquals(virtualSizeOf(transaction), Math.ceil(weight / 4));
    assertEquals(sizeOf(transaction), hex.length / 2);
    assertEquals(transaction.hasWitness, txid !== wtxid);
    assertEquals(isCoinbase(transaction), name === "coinbase");
  });

  Deno.test(`decodeTransaction() says of every part of ${name} that it is truncated`, () => {
    const bytes = hexToBytes(hex);
    for (let length = 0; length < bytes.length; length++) {
      const error = assertThrows(
        () => decodeTransaction(bytes.subarray(0, length)),
        DecodeError,
        "at byte ",
      );
      assertEquals(error.reason, "truncated", `after ${length} bytes`);
    }
  });

  Deno.test(`decodeTransaction() refuses what follows ${name}`, () => {
    const error = assertThrows(() => decodeTransaction(hexToBytes(hex + "0000ff")), DecodeError);
    assertEquals(error.reason, "malformed");
    assertEquals(
      error.message,
      `Cannot decode transaction as bytes follow its end at byte ${hex.length / 2}: got 3 more`,
    );
  });
}

Deno.test("decodeTransaction() gives every field", () => {
  const { inputs, outputs, ...rest } = decodeTransaction(hexToBytes(TRANSACTIONS.nested.hex));
  assertEquals(rest, { version: 2, lockTime: 0, hasWitness: true });
  assertEquals(inputs.map((input) => ({ ...input, witness: input.witness.map(bytesToHex) })), [{
    previousHash: hexToBytes("40d43a99926d43eb0e619bf0b3d83b4a31f60c176beecfb9d35bf45e54d0f742"),
    previousIndex: 1,
    script: hexToBytes("160014a4b4ca48de0b3fffc15404a1acdc8dbaae226955"),
    sequence: 0xffffffff,
    witness: [
      "30450221008604ef8f6d8afa892dee0f31259b6ce02dd70c545cfcfed8148179971876c54a022076d771d6e91bed212783c9b06e0de600fab2d518fad6f15a2b191d7fbd262a3e01",
      "039d25ab79f41f75ceaf882411fd41fa670a4c672c23ffaf0e361a969cde0692e8",
    ],
  }]);
  assertEquals(outputs, [{
    valueSat: 100_000_000n,
    script: hexToBytes("a9144a1154d50b03292b3024370901711946cb7cccc387"),
  }]);
});

Deno.test("encodeTransaction() leaves witnesses out where that is asked for", () => {
  const whole = decodeTransaction(hexToBytes(TRANSACTIONS.p2wpkh.hex));
  const stripped = decodeTransaction(encodeTransaction(whole, { witness: false }));
  assertEquals(stripped.hasWitness, false);
  assertEquals(stripped.inputs.map(({ witness }) => witness), [[], []]);
  assertEquals(transactionId(stripped), transactionId(whole));
  assertEquals(witnessTransactionId(stripped), transactionId(whole));
  assertEquals(sizeOf(stripped), sizeOf(whole, { witness: false }));
});

Deno.test("decodeTransaction() reads what encodeTransaction() writes", () => {
  fc.assert(
    fc.property(bitcoinTransaction(), (transaction) => {
      const bytes = encodeTransaction(transaction);
      assertEquals(decodeTransaction(bytes), transaction);
      assertEquals(bytes.length, sizeOf(transaction));
    }),
    RUNS,
  );
});

Deno.test("encodeTransaction() writes again what decodeTransaction() took, whatever was changed", () => {
  const random = seededRandom(20);
  let taken = 0;
  for (let run = 0; run < 2_000; run++) {
    const bytes = hexToBytes(VECTORS[run % VECTORS.length][1].hex);
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    try {
      assertEquals(encodeTransaction(decodeTransaction(bytes)), bytes);
      taken++;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  assertEquals(taken > 100 && taken < 2_000, true);
});

Deno.test("decodeTransaction() fails on noise with nothing but a DecodeError", () => {
  const random = seededRandom(21);
  for (let run = 0; run < 1_000; run++) {
    const noise = Uint8Array.from({ length: random() * 200 }, () => Math.floor(random() * 256));
    assertThrows(() => decodeTransaction(noise), DecodeError);
  }
});

for (
  const [title, hex, reason, message] of [
    [
      "no inputs and no outputs",
      "01000000" + "00" + "00" + "00000000",
      "malformed",
      "it has no inputs in inputs at byte 6: got flag 0",
    ],
    [
      "a flag that is unknown",
      "01000000" + "00" + "02" + "00".repeat(60),
      "malformed",
      "it has no inputs in inputs at byte 6: got flag 2",
    ],
    [
      "no inputs behind the marker",
      "01000000" + "00" + "01" + "00".repeat(60),
      "malformed",
      "it has no inputs in inputs at byte 7: got 0",
    ],
    [
      "the form with witnesses but none",
      "01000000" + "0001" + "01" + "00".repeat(41) + "00" + "00" + "00000000",
      "malformed",
      "it has the form with witnesses but none of them in witness of input 0",
    ],
    [
      "more inputs than fit",
      "01000000" + "fe00000001" + "00".repeat(100),
      "truncated",
      "16777216 items can't be in the bytes left in inputs at byte 4: got 100",
    ],
    [
      "more outputs than fit",
      "01000000" + "01" + "00".repeat(41) + "05" + "00".repeat(44),
      "truncated",
      "5 items can't be in the bytes left in outputs at byte 46: got 44",
    ],
    [
      "a script longer than what is left",
      "01000000" + "01" + "00".repeat(36) + "fdff00" + "00".repeat(100),
      "truncated",
      "it ends early in input 0 at byte 44: got 100 of 255 bytes",
    ],
    [
      "more witness items than fit",
      "01000000" + "0001" + "01" + "00".repeat(41) + "00" + "05" + "00000000",
      "truncated",
      "5 items can't be in the bytes left in witness of input 0",
    ],
    [
      "a size that is not in its shortest form",
      "01000000" + "01" + "00".repeat(36) + "fd0100" + "00".repeat(100),
      "malformed",
      "a size is not in its shortest form in input 0 at byte 41: got 1",
    ],
    [
      "a size over 32 MiB",
      "01000000" + "01" + "00".repeat(36) + "fe01000002" + "00".repeat(100),
      "limit",
      "a size is over 33554432 in input 0 at byte 41: got 33554433",
    ],
  ] as const
) {
  Deno.test(`decodeTransaction() refuses ${title}`, () => {
    const error = assertThrows(() => decodeTransaction(hexToBytes(hex)), DecodeError, message);
    assertEquals(error.reason, reason);
  });
}

Deno.test("isCoinbase() wants one input, of neither a transaction nor an output", () => {
  const coinbase = decodeTransaction(hexToBytes(TRANSACTIONS.coinbase.hex));
  const [input] = coinbase.inputs;
  assertEquals(isCoinbase(coinbase), true);
  assertEquals(isCoinbase({ ...coinbase, inputs: [input, input] }), false);
  assertEquals(isCoinbase({ ...coinbase, inputs: [{ ...input, previousIndex: 0 }] }), false);
  const previousHash = input.previousHash.with(31, 1);
  assertEquals(isCoinbase({ ...coinbase, inputs: [{ ...input, previousHash }] }), false);
});

Deno.test("readTransaction() stops behind one transaction", () => {
  const first = TRANSACTIONS.taprootKey.hex;
  const reader = new ByteReader(hexToBytes(first + TRANSACTIONS.p2pkh.hex));
  assertEquals(formatHash(transactionId(readTransaction(reader))), TRANSACTIONS.taprootKey.txid);
  assertEquals(reader.offset, first.length / 2);
  assertEquals(formatHash(transactionId(readTransaction(reader))), TRANSACTIONS.p2pkh.txid);
  reader.end();
});

Deno.test("encodeTransaction() keeps amounts and versions at the ends of their ranges", () => {
  const sample = decodeTransaction(hexToBytes(TRANSACTIONS.p2pkh.hex));
  for (const version of [-(2 ** 31), -1, 0, 2 ** 31 - 1]) {
    for (const valueSat of [-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n]) {
      const edge: Transaction = {
        ...sample,
        version,
        outputs: [{ ...sample.outputs[0], valueSat }],
      };
      assertEquals(decodeTransaction(encodeTransaction(edge)), edge);
    }
  }
});

for (
  const [title, change] of [
    ["an amount over 63 bits", { outputs: [{ valueSat: 2n ** 63n, script: new Uint8Array(0) }] }],
    ["a version over 31 bits", { version: 2 ** 31 }],
    ["a lock time over 32 bits", { lockTime: 2 ** 32 }],
  ] as const
) {
  Deno.test(`encodeTransaction() refuses ${title}`, () => {
    const sample = decodeTransaction(hexToBytes(TRANSACTIONS.p2pkh.hex));
    assertThrows(() => encodeTransaction({ ...sample, ...change }), RangeError, "does not fit");
  });
}

Deno.test("decodeTransaction() makes no object for each of a million empty witness items", () => {
  const head = "01000000" + "0001" + "01" + "00".repeat(41) + "00" + "fe40420f00";
  const bytes = new Uint8Array(head.length / 2 + 1_000_000 + 4);
  bytes.set(hexToBytes(head));
  const { witness } = decodeTransaction(bytes).inputs[0];
  assertEquals(witness.length, 1_000_000);
  assertEquals(new Set(witness).size, 1);
});
