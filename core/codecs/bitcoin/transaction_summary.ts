/**
 * A transaction as people want to see it before they send it.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { formatAddress } from "./address.ts";
import { disassemble } from "./disassemble.ts";
import { formatHash } from "./hash.ts";
import { inferInputType, type InputType } from "./input_type.ts";
import type { BitcoinNetwork } from "./networks.ts";
import { classifyScript, type ScriptType } from "./script.ts";
import { findUnusual } from "./standardness.ts";
import {
  sizeOf,
  type Transaction,
  transactionId,
  type TransactionInput,
  type TransactionOutput,
  virtualSizeOf,
  weightOf,
  witnessTransactionId,
} from "./transaction.ts";

/** What there is to know of a transaction without its inputs' coins; so no fee. */
export interface TransactionSummary {
  readonly txid: string;
  readonly wtxid: string;
  readonly version: number;
  /** Bytes, witnesses included. */
  readonly size: number;
  /** Virtual bytes, which fees are paid for. */
  readonly virtualSize: number;
  readonly weight: number;
  readonly lock: TransactionLock;
  /** Whether it says that it may be replaced (BIP 125). Many nodes replace those that don't, too. */
  readonly signalsReplacement: boolean;
  readonly inputs: readonly InputSummary[];
  readonly outputs: readonly OutputSummary[];
  readonly outputTotalSat: bigint;
  /** A clause each on what nodes may hold against it; see {@linkcode findUnusual}. */
  readonly unusual: readonly string[];
}

/** From when on a block may hold a transaction: one after a height, or one after a time. */
export type TransactionLock =
  | { readonly type: "none" }
  | { readonly type: "height"; readonly height: number }
  | { readonly type: "time"; readonly timeSec: number };

/** An input. */
export interface InputSummary {
  /** Id of the transaction that made the coin. */
  readonly txid: string;
  /** Which of its outputs the coin is. */
  readonly index: number;
  readonly sequence: number;
  /** A guess from the input's own shape. */
  readonly type: InputType;
  /** How old the coin must be at least (BIP 68). */
  readonly minAge?: RelativeLock;
}

/** How old a coin must be: counted in blocks, or in seconds. */
export type RelativeLock =
  | { readonly type: "blocks"; readonly blocks: number }
  | { readonly type: "time"; readonly seconds: number };

/** An output. */
export interface OutputSummary {
  readonly valueSat: bigint;
  readonly type: ScriptType;
  /** Left out for scripts that have none. */
  readonly address?: string;
  /** The script in hex. */
  readonly script: string;
  /** The script in words; see {@linkcode disassemble}. */
  readonly asm: string;
}

const FIRST_LOCK_TIME_SEC = 500_000_000;
const FINAL_SEQUENCE = 0xffffffff;
const MAX_REPLACEABLE_SEQUENCE = 0xfffffffd;
const RELATIVE_LOCK_DISABLED = 0x80000000;
const RELATIVE_LOCK_IS_TIME = 0x00400000;
const RELATIVE_LOCK_MASK = 0x0000ffff;
const RELATIVE_LOCK_SECONDS = 512;

/**
 * Summarises a transaction.
 *
 * @param transaction The transaction.
 * @param network Whose addresses and rules hold.
 */
export function summarizeTransaction(
  transaction: Transaction,
  network: BitcoinNetwork,
): TransactionSummary {
  const { version, inputs, outputs } = transaction;
  return {
    txid: formatHash(transactionId(transaction)),
    wtxid: formatHash(witnessTransactionId(transaction)),
    version,
    size: sizeOf(transaction),
    virtualSize: virtualSizeOf(transaction),
    weight: weightOf(transaction),
    lock: readLock(transaction),
    signalsReplacement: inputs.some(({ sequence }) => sequence <= MAX_REPLACEABLE_SEQUENCE),
    inputs: inputs.map((input) => summarizeInput(input, version)),
    outputs: outputs.map((output) => summarizeOutput(output, network)),
    outputTotalSat: outputs.reduce((total, { valueSat }) => total + valueSat, 0n),
    unusual: findUnusual(transaction, network),
  };
}

function readLock({ lockTime, inputs }: Transaction): TransactionLock {
  const isFinal = inputs.every(({ sequence }) => sequence === FINAL_SEQUENCE);
  if (lockTime === 0 || isFinal) return { type: "none" };
  return lockTime < FIRST_LOCK_TIME_SEC
    ? { type: "height", height: lockTime }
    : { type: "time", timeSec: lockTime };
}

function summarizeInput(input: TransactionInput, version: number): InputSummary {
  const { previousHash, previousIndex, sequence } = input;
  const minAge = readRelativeLock(sequence, version);
  return {
    txid: formatHash(previousHash),
    index: previousIndex,
    sequence,
    type: inferInputType(input),
    ...(minAge && { minAge }),
  };
}

function readRelativeLock(sequence: number, version: number): RelativeLock | undefined {
  const amount = sequence & RELATIVE_LOCK_MASK;
  // Versions are unsigned here: BIP 68 holds for negative ones too.
  if (version >>> 0 < 2 || sequence >= RELATIVE_LOCK_DISABLED || amount === 0) return undefined;
  return (sequence & RELATIVE_LOCK_IS_TIME) === 0
    ? { type: "blocks", blocks: amount }
    : { type: "time", seconds: amount * RELATIVE_LOCK_SECONDS };
}

function summarizeOutput(
  { valueSat, script }: TransactionOutput,
  network: BitcoinNetwork,
): OutputSummary {
  const address = formatAddress(script, network);
  return {
    valueSat,
    type: classifyScript(script).type,
    ...(address !== undefined && { address }),
    script: bytesToHex(script),
    asm: disassemble(script),
  };
}
