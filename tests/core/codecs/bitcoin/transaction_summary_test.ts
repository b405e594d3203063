import { assertEquals } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { findNetwork } from "../../../../core/codecs/bitcoin/networks.ts";
import {
  decodeTransaction,
  type Transaction,
  type TransactionInput,
} from "../../../../core/codecs/bitcoin/transaction.ts";
import {
  summarizeTransaction,
  type TransactionSummary,
} from "../../../../core/codecs/bitcoin/transaction_summary.ts";
import { TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

const MAIN = findNetwork("main")!;
const REGTEST = findNetwork("regtest")!;
const SAMPLE = decodeTransaction(hexToBytes(TRANSACTIONS.p2pkh.hex));

function summarize(change: Partial<Transaction>): TransactionSummary {
  return summarizeTransaction({ ...SAMPLE, ...change }, MAIN);
}

function withSequences(...sequences: readonly number[]): readonly TransactionInput[] {
  return sequences.map((sequence) => ({ ...SAMPLE.inputs[0], sequence }));
}

Deno.test("summarizeTransaction() tells all there is of a real transaction", () => {
  const { hex, txid, wtxid } = TRANSACTIONS.taprootKey;
  const data =
    "49206c696b65205363686e6f7272207369677320616e6420492063616e6e6f74206c69652e204062697462756734 32"
      .replace(" ", "");
  assertEquals(summarizeTransaction(decodeTransaction(hexToBytes(hex)), MAIN), {
    txid,
    wtxid,
    version: 1,
    size: 220,
    virtualSize: 169,
    weight: 676,
    lock: { type: "height", height: 709_631 },
    signalsReplacement: true,
    inputs: [{
      txid: "5849051cf3ce36257a1d844e28959f368a35adc9520fb9679175f6cdf8c1f1d1",
      index: 1,
      sequence: 0xfffffffd,
      type: "p2tr-key",
    }],
    outputs: [
      { valueSat: 0n, type: "nulldata", script: `6a2f${data}`, asm: `OP_RETURN ${data}` },
      {
        valueSat: 67_230n,
        type: "p2tr",
        address: "bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297",
        script: "5120a37c3903c8d0db6512e2b40b0dffa05e5a3ab73603ce8c9c4b7771e5412328f9",
        asm: "1 a37c3903c8d0db6512e2b40b0dffa05e5a3ab73603ce8c9c4b7771e5412328f9",
      },
    ],
    outputTotalSat: 67_230n,
    unusual: [],
  });
});

Deno.test("summarizeTransaction() writes the addresses of the network asked for", () => {
  const { outputs } = summarizeTransaction(SAMPLE, REGTEST);
  assertEquals(outputs.map(({ address }) => address?.[0]), ["n", "n"]);
});

for (
  const [lockTime, sequences, lock] of [
    [0, [0], { type: "none" }],
    [1, [0xffffffff], { type: "none" }],
    [1, [0xffffffff, 0xfffffffe], { type: "height", height: 1 }],
    [499_999_999, [0], { type: "height", height: 499_999_999 }],
    [500_000_000, [0], { type: "time", timeSec: 500_000_000 }],
    [0xffffffff, [0], { type: "time", timeSec: 0xffffffff }],
  ] as const
) {
  Deno.test(`summarizeTransaction() reads lock time ${lockTime} beside sequences ${sequences}`, () => {
    assertEquals(summarize({ lockTime, inputs: withSequences(...sequences) }).lock, lock);
  });
}

for (
  const [sequences, signals] of [
    [[0xffffffff], false],
    [[0xfffffffe, 0xffffffff], false],
    [[0xffffffff, 0xfffffffd], true],
    [[0], true],
  ] as const
) {
  Deno.test(`summarizeTransaction() reads replacement from sequences ${sequences}`, () => {
    assertEquals(summarize({ inputs: withSequences(...sequences) }).signalsReplacement, signals);
  });
}

for (
  const [version, sequence, minAge] of [
    [2, 144, { type: "blocks", blocks: 144 }],
    [2, 0xffff, { type: "blocks", blocks: 65_535 }],
    [2, 0x00400001, { type: "time", seconds: 512 }],
    [2, 0x7fbf0003, { type: "blocks", blocks: 3 }],
    [-1, 7, { type: "blocks", blocks: 7 }],
    [2, 0, undefined],
    [1, 144, undefined],
    [2, 0x80000090, undefined],
    [2, 0xfffffffd, undefined],
  ] as const
) {
  Deno.test(`summarizeTransaction() reads an age from sequence ${sequence} of version ${version}`, () => {
    const [input] = summarize({ version, inputs: withSequences(sequence) }).inputs;
    assertEquals(input.minAge, minAge);
  });
}

Deno.test("summarizeTransaction() passes on what is unusual", () => {
  assertEquals(summarize({ outputs: [] }).unusual, ["it has no outputs, which no node takes"]);
});
