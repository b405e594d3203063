/**
 * What nodes would hold against a transaction that is written correctly.
 *
 * Rules of relaying are each node's own, so that this warns and refuses nothing. Spec: Bitcoin Core's
 * `policy.h`, versions 25 to 31; of BSV and BCH only what no node would take.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { hasAnnex, inferInputType } from "./input_type.ts";
import type { BitcoinNetwork } from "./networks.ts";
import { isPushOnly, OP, readOperations } from "./opcodes.ts";
import { classifyScript, readWitnessProgram } from "./script.ts";
import {
  isCoinbase,
  sizeOf,
  type Transaction,
  type TransactionOutput,
  virtualSizeOf,
  weightOf,
} from "./transaction.ts";
import { compactSizeLength } from "./byte_builder.ts";

const MAX_STANDARD_VERSION = 3;
const MAX_STANDARD_WEIGHT = 400_000;
/** 64 bytes are as long as two hashes of a Merkle tree. */
const MIN_STANDARD_BYTES = 65;
const MAX_SCRIPT_SIG_BYTES = 1650;
const MAX_MULTISIG_KEYS = 3;
/** Until Bitcoin Core 29, for one output; from 30 on for all of them. */
const OLD_MAX_DATA_BYTES = 83;
const MAX_DATA_BYTES = 100_000;
const MAX_SIGNATURE_CHECK_COST = 16_000;
/** BIP 431. */
const MAX_TRUC_VIRTUAL_BYTES = 10_000;
const TRUC_VERSION = 3;
const FINAL_SEQUENCE = 0xffffffff;
/** What spending an output takes, with a witness and without. */
const WITNESS_SPEND_BYTES = 67;
const SPEND_BYTES = 148;
const DUST_SAT_PER_BYTE = 3;
const MULTISIG_CHECKS = 20;
const LEGACY_CHECK_COST = 4;

/**
 * Lists what is unusual, a clause each, as in `output 1 is dust: it costs more to spend than it is worth`.
 *
 * @param transaction The transaction.
 * @param network Whose rules hold.
 * @returns One clause a rule at most, however often it is broken.
 */
export function findUnusual(transaction: Transaction, network: BitcoinNetwork): string[] {
  const isRelayRuled = network.chain === "btc";
  return [
    ...findInvalid(transaction),
    ...findIncomplete(transaction),
    ...(isRelayRuled ? findNonstandard(transaction) : []),
  ];
}

function findInvalid(transaction: Transaction): string[] {
  const { inputs, outputs } = transaction;
  const found: string[] = [];
  if (isCoinbase(transaction)) found.push("it is a coinbase, which only blocks can hold");
  if (outputs.length === 0) found.push("it has no outputs, which no node takes");
  const coins = new Set<string>();
  const repeated = indicesOf(inputs, ({ previousHash, previousIndex }) => {
    const coin = `${bytesToHex(previousHash)}:${previousIndex}`;
    return coins.size === coins.add(coin).size;
  });
  addClause(found, "input", repeated, "spends a coin again", "spend coins again");
  return found;
}

function findIncomplete({ inputs, lockTime }: Transaction): string[] {
  const found: string[] = [];
  const unsigned = indicesOf(inputs, (input) => inferInputType(input) === "unsigned");
  addClause(found, "input", unsigned, "is not signed", "are not signed");
  if (lockTime !== 0 && inputs.every(({ sequence }) => sequence === FINAL_SEQUENCE)) {
    found.push("its lock time does nothing, for the sequences of all inputs are final");
  }
  return found;
}

function findNonstandard(transaction: Transaction): string[] {
  const { version, inputs } = transaction;
  const found: string[] = [];
  if (version < 1 || version > MAX_STANDARD_VERSION) {
    found.push(`its version is ${version}, and nodes relay 1 to ${MAX_STANDARD_VERSION}`);
  }
  const weight = weightOf(transaction);
  if (weight > MAX_STANDARD_WEIGHT) {
    found.push(`its weight is ${weight}, and nodes relay up to ${MAX_STANDARD_WEIGHT}`);
  }
  const virtualSize = virtualSizeOf(transaction);
  if (version === TRUC_VERSION && virtualSize > MAX_TRUC_VIRTUAL_BYTES) {
    found.push(
      `it has ${virtualSize} virtual bytes, and of version 3 nodes relay up to ${MAX_TRUC_VIRTUAL_BYTES}`,
    );
  }
  const bareSize = sizeOf(transaction, { witness: false });
  if (bareSize < MIN_STANDARD_BYTES) {
    found.push(
      `it has ${bareSize} bytes without witnesses, and nodes relay from ${MIN_STANDARD_BYTES} on`,
    );
  }
  const cost = signatureCheckCostOf(transaction);
  if (cost > MAX_SIGNATURE_CHECK_COST) {
    found.push(`its signature checks cost ${cost}, and nodes relay to ${MAX_SIGNATURE_CHECK_COST}`);
  }
  const long = indicesOf(inputs, ({ script }) => script.length > MAX_SCRIPT_SIG_BYTES);
  const limit = `over ${MAX_SCRIPT_SIG_BYTES} bytes`;
  addClause(found, "input", long, `has a scriptSig of ${limit}`, `have scriptSigs of ${limit}`);
  const busy = indicesOf(inputs, ({ script }) => !isPushOnly(script));
  addClause(found, "input", busy, "does more than push", "do more than push");
  addClause(found, "input", indicesOf(inputs, hasAnnex), "has an annex", "have annexes");
  return [...found, ...findNonstandardOutputs(transaction)];
}

function findNonstandardOutputs({ outputs }: Transaction): string[] {
  const found: string[] = [];
  const scripts = outputs.map(({ script }) => classifyScript(script));
  const strange = indicesOf(scripts, ({ type }) => type === "nonstandard");
  addClause(found, "output", strange, "has no standard script", "have no standard scripts");
  const crowded = indicesOf(
    scripts,
    (script) => script.type === "multisig" && script.publicKeys.length > MAX_MULTISIG_KEYS,
  );
  const keys = `more than ${MAX_MULTISIG_KEYS} keys`;
  addClause(found, "output", crowded, `is a multisig of ${keys}`, `are multisigs of ${keys}`);
  const dust = indicesOf(outputs, (output) => output.valueSat < dustThresholdOf(output));
  const isDust = "dust, worth less than spending it would cost";
  addClause(found, "output", dust, `is ${isDust}`, `are ${isDust}`);

  const data = outputs.filter((_, i) => scripts[i].type === "nulldata");
  const dataBytes = data.reduce((bytes, { script }) => bytes + script.length, 0);
  if (dataBytes > MAX_DATA_BYTES) {
    found.push(`it holds ${dataBytes} bytes of OP_RETURN, and nodes relay up to ${MAX_DATA_BYTES}`);
  } else if (dataBytes > OLD_MAX_DATA_BYTES || data.length > 1) {
    const got = `${dataBytes} bytes of OP_RETURN in ${data.length} ${
      plural("output", data.length)
    }`;
    found.push(
      `it holds ${got}, and nodes before Bitcoin Core 30 relay ${OLD_MAX_DATA_BYTES} in one`,
    );
  }
  return found;
}

/** What must be paid so that spending at 3 sat a virtual byte is worth it. */
function dustThresholdOf({ script }: TransactionOutput): bigint {
  if (script[0] === OP.RETURN) return 0n;
  const bytes = 8 + compactSizeLength(script.length) + script.length;
  const spendBytes = readWitnessProgram(script) === undefined ? SPEND_BYTES : WITNESS_SPEND_BYTES;
  return BigInt(DUST_SAT_PER_BYTE * (bytes + spendBytes));
}

/** Of the scripts that are here: those of the coins being spent would come on top. */
function signatureCheckCostOf({ inputs, outputs }: Transaction): number {
  let checks = 0;
  for (const { script } of [...inputs, ...outputs]) {
    for (const { opcode } of readOperations(script)) {
      if (opcode === OP.CHECKSIG || opcode === OP.CHECKSIGVERIFY) checks++;
      else if (opcode === OP.CHECKMULTISIG || opcode === OP.CHECKMULTISIGVERIFY) {
        checks += MULTISIG_CHECKS;
      }
    }
  }
  return LEGACY_CHECK_COST * checks;
}

function indicesOf<T>(items: readonly T[], isMeant: (item: T) => boolean): number[] {
  return items.flatMap((item, i) => isMeant(item) ? [i] : []);
}

/** As in `outputs 0, 3, 4 and 5 more are dust`. */
function addClause(
  found: string[],
  part: "input" | "output",
  indices: readonly number[],
  isSo: string,
  areSo: string,
): void {
  if (indices.length === 0) return;
  if (indices.length === 1) {
    found.push(`${part} ${indices[0]} ${isSo}`);
    return;
  }
  const shown = indices.length > 4 ? indices.slice(0, 3) : indices.slice(0, -1);
  const last = indices.length > 4 ? `${indices.length - 3} more` : indices[indices.length - 1];
  found.push(`${part}s ${shown.join(", ")} and ${last} ${areSo}`);
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}
