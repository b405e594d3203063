/**
 * Transactions, as people and programs read them.
 *
 * @module
 */
import type {
  BitcoinNetwork,
  InputSummary,
  OutputSummary,
  RelativeLock,
  TransactionLock,
  TransactionSummary,
} from "../../../bitcoin.ts";
import { formatDuration } from "../../../mod.ts";
import type { CliIo } from "../../io.ts";
import { createPaint } from "../../paint.ts";
import { formatTable } from "../../table.ts";

const COIN_DIGITS = 8;
/** A script can be as long as a transaction. */
const MAX_ASM_LENGTH = 72;

/**
 * Describes a transaction for people.
 *
 * @param summary What there is to know of it.
 * @param network Whose coins it moves.
 * @param io For width and colours.
 * @param maxRows Of so many inputs and outputs each; the others are counted.
 */
export function formatTransaction(
  summary: TransactionSummary,
  network: BitcoinNetwork,
  io: CliIo,
  maxRows: number = Infinity,
): string {
  const { txid, wtxid, inputs, outputs, unusual } = summary;
  const { bold, dim } = createPaint(io);
  const about: (readonly [string, string])[] = [
    ["network", network.name],
    ...(wtxid === txid ? [] : [["wtxid", wtxid] as const]),
    ["size", formatSize(summary)],
    ["pays", formatPayment(summary, network)],
    ["fee", "not known: a transaction doesn't say what its inputs hold"],
    ["locktime", formatLock(summary.lock)],
    ["RBF", summary.signalsReplacement ? "signalled (BIP 125)" : "not signalled"],
    ...(unusual.length > 0 ? unusual : ["nothing"]).map((clause, i) =>
      [i === 0 ? "unusual" : "", clause] as const
    ),
  ];
  return [
    `${dim("transaction")} ${bold(txid)}\n`,
    formatTable(about, { indent: "  ", columns: io.columns, paint: dim }),
    `${dim("inputs")}\n`,
    formatRows(inputs, formatInput, maxRows),
    `${dim("outputs")}\n`,
    formatRows(outputs, (output) => formatOutput(output, network), maxRows),
  ].join("");
}

/**
 * Describes a transaction for programs: plain JSON, amounts as numbers of satoshi.
 *
 * @param summary What there is to know of it.
 * @param network Whose coins it moves.
 */
export function describeTransaction(
  summary: TransactionSummary,
  network: BitcoinNetwork,
): Readonly<Record<string, unknown>> {
  const { outputs, outputTotalSat, ...rest } = summary;
  return {
    network: network.name,
    ...rest,
    outputs: outputs.map((output) => ({ ...output, valueSat: Number(output.valueSat) })),
    outputTotalSat: Number(outputTotalSat),
  };
}

/**
 * Writes an amount with all its digits.
 *
 * @param valueSat In satoshi, not negative.
 * @param network Whose coins.
 */
export function formatCoins(valueSat: bigint, { chain }: BitcoinNetwork): string {
  const digits = valueSat.toString().padStart(COIN_DIGITS + 1, "0");
  const point = digits.length - COIN_DIGITS;
  return `${digits.slice(0, point)}.${digits.slice(point)} ${chain.toUpperCase()}`;
}

/**
 * Writes a moment as people read it.
 *
 * @param timeSec Seconds since 1970.
 */
export function formatTime(timeSec: number): string {
  return new Date(timeSec * 1_000).toISOString().replace(".000Z", "Z");
}

function formatSize({ size, virtualSize, weight }: TransactionSummary): string {
  return size === virtualSize
    ? `${size} bytes`
    : `${size} bytes, ${virtualSize} virtual bytes (weight ${weight})`;
}

function formatPayment(
  { outputs, outputTotalSat }: TransactionSummary,
  network: BitcoinNetwork,
): string {
  const count = outputs.length === 1 ? "1 output" : `${outputs.length} outputs`;
  return `${formatCoins(outputTotalSat, network)} to ${count}`;
}

function formatLock(lock: TransactionLock): string {
  if (lock.type === "none") return "none";
  return lock.type === "height"
    ? `until block ${lock.height} is there`
    : `until ${formatTime(lock.timeSec)}`;
}

function formatInput({ type, txid, index, minAge }: InputSummary): readonly string[] {
  const age = minAge === undefined ? "" : `, ${formatAge(minAge)}`;
  return [`${type}${age}`, `${txid}:${index}`];
}

function formatAge(age: RelativeLock): string {
  return age.type === "blocks"
    ? `once its coin is ${age.blocks} blocks old`
    : `once its coin is ${formatDuration(age.seconds * 1_000)} old`;
}

function formatOutput(
  { valueSat, type, address, asm }: OutputSummary,
  network: BitcoinNetwork,
): readonly string[] {
  const shown = asm.length > MAX_ASM_LENGTH ? `${asm.slice(0, MAX_ASM_LENGTH)}…` : asm;
  return [`${formatCoins(valueSat, network)}  ${type}`, address ?? shown];
}

/** On lines of their own: an address that is cut off, or wrapped, can't be compared. */
function formatRows<T>(
  items: readonly T[],
  format: (item: T) => readonly string[],
  maxRows: number,
): string {
  const width = String(items.length - 1).length;
  const rows = items.slice(0, maxRows).map((item, i) =>
    format(item).map((line, j) => `  ${(j === 0 ? String(i) : "").padStart(width)}  ${line}\n`)
      .join("")
  );
  const left = items.length - rows.length;
  return rows.join("") + (left > 0 ? `  and ${left} more\n` : "");
}
