/**
 * Transactions, with and without witnesses, and what is counted and named of them.
 *
 * Bytes and fields only: whether a transaction is valid, or would be relayed, is not asked here. Hashes, scripts
 * and witnesses of a transaction that was read are views into the bytes that it was read from: copies would take
 * twice the memory and three times as long. One that is kept, of a block that is not, is best encoded and decoded.
 *
 * Spec: BIP 141, BIP 144.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const transaction: Transaction = {
 *   version: 2,
 *   inputs: [{
 *     previousHash: new Uint8Array(32).fill(7),
 *     previousIndex: 0,
 *     script: new Uint8Array(),
 *     sequence: 0xffffffff,
 *     witness: [new Uint8Array(64)],
 *   }],
 *   outputs: [{ valueSat: 1_000n, script: Uint8Array.of(0x51) }],
 *   lockTime: 0,
 *   hasWitness: true,
 * };
 * assertEquals(decodeTransaction(encodeTransaction(transaction)), transaction);
 * assertEquals(virtualSizeOf(transaction), 78);
 * ```
 * @module
 */
import { DecodeError } from "../../errors.ts";
import { ByteBuilder, compactSizeLength } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";
import { sha256d } from "./hash.ts";

/** Moves coins. Hashes are in the order of the wire. */
export interface Transaction {
  /** Signed on the wire; it can be negative. */
  readonly version: number;
  /** The coins it spends; at least one. */
  readonly inputs: readonly TransactionInput[];
  /** The coins it makes. */
  readonly outputs: readonly TransactionOutput[];
  /** Until when no block may hold it: below 500,000,000 a height, else seconds since 1970. */
  readonly lockTime: number;
  /** Whether any input has a witness, and so whether it is written in the form of BIP 144. */
  readonly hasWitness: boolean;
}

/** A coin being spent, and the right to. */
export interface TransactionInput {
  /** Id of the transaction that made the coin. */
  readonly previousHash: Uint8Array;
  /** Which of its outputs the coin is. */
  readonly previousIndex: number;
  /** The `scriptSig`. */
  readonly script: Uint8Array;
  /** Relative locks (BIP 68) and willingness to be replaced (BIP 125). */
  readonly sequence: number;
  /** The witness, item by item. */
  readonly witness: readonly Uint8Array[];
}

/** A coin being made. */
export interface TransactionOutput {
  /** Signed on the wire; valid from 0 to {@linkcode MAX_MONEY_SAT}. */
  readonly valueSat: bigint;
  /** Who may spend it: the `scriptPubKey`. */
  readonly script: Uint8Array;
}

/** Which form a transaction is written in. */
export interface TransactionForm {
  /** Whether witnesses are written, where there are any. @default {true} */
  readonly witness?: boolean;
}

/** All coins that can ever exist: 21 million of 100,000,000 satoshi. */
export const MAX_MONEY_SAT: bigint = 2_100_000_000_000_000n;

const HASH_BYTES = 32;
const MIN_INPUT_BYTES = 41;
const MIN_OUTPUT_BYTES = 9;
const MIN_WITNESS_ITEM_BYTES = 1;
/** Stands where the count of inputs would be, which is never 0; so older software refuses the rest. */
const SEGWIT_MARKER = 0;
const SEGWIT_FLAG = 1;
/** A byte of a witness counts once and any other byte four times. */
const WITNESS_SCALE = 4;
const COINBASE_INDEX = 0xffffffff;
/** Shared: four million empty items fit a message, and each would take 112 bytes. */
const NO_BYTES = new Uint8Array(0);
const NO_ITEMS: readonly Uint8Array[] = [];

/**
 * Reads a transaction that other things may follow.
 *
 * @param reader Stands at its first byte; afterwards at the one behind it. Its bytes must not change
 * as long as the transaction is used.
 * @throws {DecodeError} `truncated`; `malformed` for no inputs, an unknown flag, or a form with witnesses
 * that has none; `limit` for a size over 32 MiB.
 */
export function readTransaction(reader: ByteReader): Transaction {
  reader.enter("version");
  const version = reader.i32();
  reader.enter("inputs");
  let inputCount = reader.count(MIN_INPUT_BYTES);
  const hasWitness = inputCount === SEGWIT_MARKER;
  if (hasWitness) {
    const flag = reader.u8();
    if (flag !== SEGWIT_FLAG) throw reader.fault("malformed", "it has no inputs", `flag ${flag}`);
    inputCount = reader.count(MIN_INPUT_BYTES);
    if (inputCount === 0) throw reader.fault("malformed", "it has no inputs", 0);
  }
  const inputs: WritableInput[] = new Array(inputCount);
  for (let i = 0; i < inputCount; i++) {
    reader.enter("input", i);
    inputs[i] = {
      previousHash: readView(reader, HASH_BYTES),
      previousIndex: reader.u32(),
      script: readVarView(reader),
      sequence: reader.u32(),
      witness: NO_ITEMS,
    };
  }
  const outputs = readOutputs(reader);
  if (hasWitness) readWitnesses(reader, inputs);
  reader.enter("lock time");
  return { version, inputs, outputs, lockTime: reader.u32(), hasWitness };
}

/**
 * Reads a transaction that is alone.
 *
 * @param bytes All of it. They must not change as long as the transaction is used.
 * @throws {DecodeError} As {@linkcode readTransaction}, and `malformed` when anything follows.
 */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  const reader = new ByteReader(bytes, { what: "transaction" });
  const transaction = readTransaction(reader);
  const { offset, remaining } = reader;
  if (remaining === 0) return transaction;
  throw new DecodeError(
    "malformed",
    `Cannot decode transaction as bytes follow its end at byte ${offset}: got ${remaining} more`,
  );
}

/**
 * Appends a transaction.
 *
 * @param builder Where to.
 * @param transaction The transaction.
 * @param form With witnesses where there are any, if nothing else is said.
 * @throws {RangeError} When a number does not fit its field, or a hash has not 32 bytes.
 */
export function writeTransaction(
  builder: ByteBuilder,
  transaction: Transaction,
  form: TransactionForm = {},
): void {
  const { version, inputs, outputs, lockTime } = transaction;
  const isExtended = transaction.hasWitness && form.witness !== false;
  builder.i32(version);
  if (isExtended) builder.u8(SEGWIT_MARKER).u8(SEGWIT_FLAG);
  builder.compactSize(inputs.length);
  for (const { previousHash, previousIndex, script, sequence } of inputs) {
    builder.hash(previousHash).u32(previousIndex).varBytes(script).u32(sequence);
  }
  builder.compactSize(outputs.length);
  for (const { valueSat, script } of outputs) builder.i64(valueSat).varBytes(script);
  if (isExtended) {
    for (const { witness } of inputs) {
      builder.compactSize(witness.length);
      for (const item of witness) builder.varBytes(item);
    }
  }
  builder.u32(lockTime);
}

/**
 * Writes a transaction.
 *
 * @param transaction The transaction.
 * @param form With witnesses where there are any, if nothing else is said.
 * @throws {RangeError} When a number does not fit its field, or a hash has not 32 bytes.
 */
export function encodeTransaction(
  transaction: Transaction,
  form: TransactionForm = {},
): Uint8Array {
  const builder = new ByteBuilder(sizeOf(transaction, form));
  writeTransaction(builder, transaction, form);
  return builder.finish();
}

/**
 * Computes what a transaction is known by: witnesses don't change it.
 *
 * @param transaction The transaction.
 * @returns 32 bytes in the order of the wire.
 */
export function transactionId(transaction: Transaction): Uint8Array {
  return sha256d(encodeTransaction(transaction, { witness: false }));
}

/**
 * Computes what names a transaction and its witnesses, the `wtxid`.
 *
 * @param transaction The transaction.
 * @returns 32 bytes in the order of the wire; the {@linkcode transactionId} where there is no witness.
 */
export function witnessTransactionId(transaction: Transaction): Uint8Array {
  return sha256d(encodeTransaction(transaction));
}

/**
 * Counts a transaction's bytes.
 *
 * @param transaction The transaction.
 * @param form With witnesses where there are any, if nothing else is said.
 */
export function sizeOf(transaction: Transaction, form: TransactionForm = {}): number {
  const { inputs, outputs } = transaction;
  let bytes = 8 + compactSizeLength(inputs.length) + compactSizeLength(outputs.length);
  for (const { script } of inputs) bytes += 40 + varBytesLength(script);
  for (const { script } of outputs) bytes += 8 + varBytesLength(script);
  if (!transaction.hasWitness || form.witness === false) return bytes;
  bytes += 2;
  for (const { witness } of inputs) {
    bytes += compactSizeLength(witness.length);
    for (const item of witness) bytes += varBytesLength(item);
  }
  return bytes;
}

/**
 * Counts what a transaction takes of a block's 4,000,000: witness bytes once, all others four times.
 *
 * @param transaction The transaction.
 */
export function weightOf(transaction: Transaction): number {
  return (WITNESS_SCALE - 1) * sizeOf(transaction, { witness: false }) + sizeOf(transaction);
}

/**
 * Counts what fees are paid for: a quarter of the weight, rounded up.
 *
 * @param transaction The transaction.
 */
export function virtualSizeOf(transaction: Transaction): number {
  return Math.ceil(weightOf(transaction) / WITNESS_SCALE);
}

/**
 * Whether a transaction is the one in a block that makes new coins.
 *
 * @param transaction The transaction.
 */
export function isCoinbase({ inputs }: Transaction): boolean {
  return inputs.length === 1 && isNowhere(inputs[0]);
}

/**
 * Whether an input spends no coin, which only that of a coinbase may.
 *
 * @param input The input.
 */
export function isNowhere({ previousHash, previousIndex }: TransactionInput): boolean {
  return previousIndex === COINBASE_INDEX && previousHash.every((byte) => byte === 0);
}

/** An input before its witness is known. */
type WritableInput = { -readonly [Field in keyof TransactionInput]: TransactionInput[Field] };

function readOutputs(reader: ByteReader): TransactionOutput[] {
  reader.enter("outputs");
  const count = reader.count(MIN_OUTPUT_BYTES);
  const outputs: TransactionOutput[] = new Array(count);
  for (let i = 0; i < count; i++) {
    reader.enter("output", i);
    outputs[i] = { valueSat: reader.i64(), script: readVarView(reader) };
  }
  return outputs;
}

function readWitnesses(reader: ByteReader, inputs: WritableInput[]): void {
  let isSuperfluous = true;
  for (let i = 0; i < inputs.length; i++) {
    reader.enter("witness of input", i);
    const count = reader.count(MIN_WITNESS_ITEM_BYTES);
    if (count === 0) continue;
    const items: Uint8Array[] = new Array(count);
    for (let item = 0; item < count; item++) items[item] = readVarView(reader);
    inputs[i].witness = items;
    isSuperfluous = false;
  }
  if (isSuperfluous) {
    throw reader.fault("malformed", "it has the form with witnesses but none of them", "none");
  }
}

function readVarView(reader: ByteReader): Uint8Array {
  const length = reader.compactSize();
  return length === 0 ? NO_BYTES : readView(reader, length);
}

function readView(reader: ByteReader, length: number): Uint8Array {
  const start = reader.offset;
  reader.skip(length);
  return reader.slice(start);
}

function varBytesLength(bytes: Uint8Array): number {
  return compactSizeLength(bytes.length) + bytes.length;
}
