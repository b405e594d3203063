import { assertEquals } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { findNetwork } from "../../../../core/codecs/bitcoin/networks.ts";
import { findUnusual } from "../../../../core/codecs/bitcoin/standardness.ts";
import {
  decodeTransaction,
  type Transaction,
  type TransactionInput,
  type TransactionOutput,
} from "../../../../core/codecs/bitcoin/transaction.ts";
import { TRANSACTIONS } from "../../../vectors/bitcoin_transactions.ts";

const MAIN = findNetwork("main")!;
const BSV = findNetwork("bsv-main")!;
const ORDINARY = decodeTransaction(hexToBytes(TRANSACTIONS.p2pkh.hex));
const [INPUT] = ORDINARY.inputs;
const P2PKH = ORDINARY.outputs[0].script;
const KEY = "02" + "11".repeat(32);

function unusual(change: Partial<Transaction>, network = MAIN): string[] {
  return findUnusual({ ...ORDINARY, ...change }, network);
}

function output(script: Uint8Array | string, valueSat = 100_000n): TransactionOutput {
  return { valueSat, script: typeof script === "string" ? hexToBytes(script) : script };
}

function inputs(count: number, change: Partial<TransactionInput> = {}): TransactionInput[] {
  return Array.from(
    { length: count },
    (_, previousIndex) => ({ ...INPUT, previousIndex, ...change }),
  );
}

for (const [name, { hex }] of Object.entries(TRANSACTIONS)) {
  if (name === "coinbase") continue;
  Deno.test(`findUnusual() finds nothing in ${name}`, () => {
    assertEquals(findUnusual(decodeTransaction(hexToBytes(hex)), MAIN), []);
  });
}

for (
  const [title, fine, wrong, clause] of [
    ["version", { version: 3 }, { version: 4 }, "its version is 4, and nodes relay 1 to 3"],
    [
      "version at the other end",
      { version: 1 },
      { version: 0 },
      "its version is 0, and nodes relay 1 to 3",
    ],
    [
      "scriptSig's length",
      { inputs: inputs(1, { script: hexToBytes("4d6f06" + "00".repeat(1647)) }) },
      { inputs: inputs(1, { script: hexToBytes("4d7006" + "00".repeat(1648)) }) },
      "input 0 has a scriptSig of over 1650 bytes",
    ],
    [
      "scriptSig's operations",
      { inputs: inputs(1, { script: hexToBytes("0060") }) },
      { inputs: inputs(1, { script: hexToBytes("0061") }) },
      "input 0 does more than push",
    ],
    [
      "dust of p2pkh",
      { outputs: [output(P2PKH, 546n)] },
      { outputs: [output(P2PKH, 545n)] },
      "output 0 is dust, worth less than spending it would cost",
    ],
    [
      "dust of p2wpkh",
      { outputs: [output("0014" + "00".repeat(20), 294n)] },
      { outputs: [output("0014" + "00".repeat(20), 293n)] },
      "output 0 is dust, worth less than spending it would cost",
    ],
    [
      "dust of p2tr",
      { outputs: [output("5120" + "00".repeat(32), 330n)] },
      { outputs: [output("5120" + "00".repeat(32), 329n)] },
      "output 0 is dust, worth less than spending it would cost",
    ],
    [
      "dust of an anchor",
      { outputs: [output("51024e73", 240n), output(P2PKH)] },
      { outputs: [output("51024e73", 239n), output(P2PKH)] },
      "output 0 is dust, worth less than spending it would cost",
    ],
    [
      "OP_RETURN's length",
      { outputs: [output("6a4c50" + "00".repeat(80), 0n)] },
      { outputs: [output("6a4c51" + "00".repeat(81), 0n)] },
      "it holds 84 bytes of OP_RETURN in 1 output, and nodes before Bitcoin Core 30 relay 83 in one",
    ],
    [
      "OP_RETURN's count",
      { outputs: [output("6a0101", 0n), output(P2PKH)] },
      { outputs: [output("6a0101", 0n), output("6a0102", 0n)] },
      "it holds 6 bytes of OP_RETURN in 2 outputs, and nodes before Bitcoin Core 30 relay 83 in one",
    ],
    [
      "a multisig's keys",
      { outputs: [output(`51${`21${KEY}`.repeat(3)}53ae`)] },
      { outputs: [output(`51${`21${KEY}`.repeat(4)}54ae`)] },
      "output 0 is a multisig of more than 3 keys",
    ],
    [
      "an output's script",
      { outputs: [output("0020" + "00".repeat(32))] },
      { outputs: [output("0021" + "00".repeat(33))] },
      "output 0 has no standard script",
    ],
    [
      "the size without witnesses",
      { inputs: inputs(1, { script: hexToBytes("00") }), outputs: [output("51024e73")] },
      { inputs: inputs(1, { script: hexToBytes("00") }), outputs: [output("6a0100", 0n)] },
      "it has 64 bytes without witnesses, and nodes relay from 65 on",
    ],
    [
      "a version 3's size",
      { version: 3, outputs: Array(288).fill(output(P2PKH)) },
      { version: 3, outputs: Array(290).fill(output(P2PKH)) },
      "it has 10020 virtual bytes, and of version 3 nodes relay up to 10000",
    ],
    [
      "the weight",
      { inputs: inputs(675) },
      { inputs: inputs(676) },
      "its weight is 400512, and nodes relay up to 400000",
    ],
    [
      "signature checks",
      {
        inputs: inputs(1),
        outputs: [output("6a", 0n), ...Array(4).fill(output("4d7017" + "00".repeat(6000)))],
      },
      { inputs: inputs(1), outputs: [output("ae".repeat(201))] },
      "its signature checks cost 16080, and nodes relay to 16000",
    ],
    [
      "coins",
      { inputs: inputs(2) },
      { inputs: [INPUT, INPUT] },
      "input 1 spends a coin again",
    ],
    ["outputs", {}, { outputs: [] }, "it has no outputs, which no node takes"],
    [
      "signatures",
      {},
      { inputs: inputs(1, { script: new Uint8Array() }) },
      "input 0 is not signed",
    ],
    [
      "a lock time's effect",
      { lockTime: 1 },
      { lockTime: 1, inputs: inputs(1, { sequence: 0xffffffff }) },
      "its lock time does nothing, for the sequences of all inputs are final",
    ],
  ] as const
) {
  Deno.test(`findUnusual() minds ${title}`, () => {
    assertEquals(unusual(fine).includes(clause), false);
    assertEquals(unusual(wrong).includes(clause), true, unusual(wrong).join("\n"));
  });
}

Deno.test("findUnusual() minds an annex and a coinbase", () => {
  const annexed = inputs(1, {
    script: new Uint8Array(),
    witness: [new Uint8Array(64), Uint8Array.of(0x50)],
  });
  assertEquals(unusual({ inputs: annexed, hasWitness: true }), ["input 0 has an annex"]);
  const coinbase = decodeTransaction(hexToBytes(TRANSACTIONS.coinbase.hex));
  assertEquals(findUnusual(coinbase, MAIN)[0], "it is a coinbase, which only blocks can hold");
});

Deno.test("findUnusual() says each thing once, however often it is so", () => {
  const dust = (count: number) => unusual({ outputs: Array(count).fill(output(P2PKH, 1n)) })[0];
  const is = "dust, worth less than spending it would cost";
  assertEquals(dust(2), `outputs 0 and 1 are ${is}`);
  assertEquals(dust(4), `outputs 0, 1, 2 and 3 are ${is}`);
  assertEquals(dust(5), `outputs 0, 1, 2 and 2 more are ${is}`);
  assertEquals(dust(1_000), `outputs 0, 1, 2 and 997 more are ${is}`);
});

Deno.test("findUnusual() keeps Bitcoin Core's rules for relaying to its own networks", () => {
  const change = {
    version: 9,
    outputs: [output("6a4d0010" + "00".repeat(4096), 0n), output("61", 1n)],
  };
  assertEquals(unusual(change).length, 4);
  assertEquals(unusual(change, BSV), []);
  assertEquals(unusual({ outputs: [] }, BSV), ["it has no outputs, which no node takes"]);
});

Deno.test("findUnusual() minds more data than any node relays", () => {
  const most = unusual({ outputs: [output("6a4e9b860100" + "00".repeat(99_995), 0n)] });
  assertEquals(most.some((clause) => clause.includes("100001 bytes of OP_RETURN")), true);
});
