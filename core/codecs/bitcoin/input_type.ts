/**
 * What kind of coin an input spends, as far as the input itself shows it.
 *
 * A guess: what decides is the script of the coin, which is in another transaction.
 *
 * @module
 */
import { isPushOnly, readOperations, type ScriptOperation } from "./opcodes.ts";
import { classifyScript, isPublicKeyShaped } from "./script.ts";
import { isNowhere, type TransactionInput } from "./transaction.ts";

/** The kinds that can be told. `unsigned` has neither `scriptSig` nor witness: only anchors are spent so. */
export type InputType =
  | "coinbase"
  | "p2pk"
  | "p2pkh"
  | "multisig"
  | "p2sh"
  | "p2sh-p2wpkh"
  | "p2sh-p2wsh"
  | "p2wpkh"
  | "p2wsh"
  | "p2tr-key"
  | "p2tr-script"
  | "unsigned"
  | "unknown";

/** Longer ones can't be valid on BTC, and a list of four million operations is a waste anywhere. */
const MAX_SCRIPT_BYTES = 10_000;
/** First byte of the last of several items that taproot sets aside (BIP 341). */
const ANNEX_TAG = 0x50;
const LEAF_MASK = 0xfe;
const FIRST_LEAF_VERSION = 0xc0;
const NODE_BYTES = 32;
const MAX_CONTROL_BYTES = 33 + 128 * NODE_BYTES;
const DER_TAG = 0x30;

/**
 * Says what an input spends.
 *
 * @param input The input.
 */
export function inferInputType(input: TransactionInput): InputType {
  const { script, witness } = input;
  if (isNowhere(input)) return "coinbase";
  if (script.length === 0) return witness.length === 0 ? "unsigned" : inferFromWitness(witness);
  if (script.length > MAX_SCRIPT_BYTES || !isPushOnly(script)) return "unknown";
  const pushes = [...readOperations(script)];
  const redeemScript = pushes[pushes.length - 1].data ?? new Uint8Array(0);
  const redeemed = classifyScript(redeemScript);
  const isOnlyPush = pushes.length === 1;
  if (isOnlyPush && redeemed.type === "p2wpkh") return "p2sh-p2wpkh";
  if (isOnlyPush && redeemed.type === "p2wsh") return "p2sh-p2wsh";
  if (witness.length > 0) return "unknown";
  return inferFromPushes(pushes) ?? (redeemed.type === "nonstandard" ? "unknown" : "p2sh");
}

/**
 * Whether a witness has an annex, which has no meaning yet and is not relayed.
 *
 * @param input The input.
 */
export function hasAnnex(input: TransactionInput): boolean {
  const type = inferInputType(input);
  return (type === "p2tr-key" || type === "p2tr-script") && isAnnexed(input.witness);
}

function inferFromPushes(pushes: readonly ScriptOperation[]): InputType | undefined {
  const [first, ...others] = pushes;
  if (isSignature(first)) {
    if (others.length === 0) return "p2pk";
    if (others.length === 1 && isPublicKeyShaped(others[0].data ?? new Uint8Array(0))) {
      return "p2pkh";
    }
  }
  // OP_CHECKMULTISIG takes one item more than it should, which is empty.
  if (first.opcode === 0 && others.length > 0 && others.every(isSignature)) return "multisig";
}

function inferFromWitness(witness: readonly Uint8Array[]): InputType {
  if (witness.length === 2 && witness[1].length === 33 && isPublicKeyShaped(witness[1])) {
    return "p2wpkh";
  }
  const items = isAnnexed(witness) ? witness.slice(0, -1) : witness;
  const last = items[items.length - 1];
  if (items.length === 1) return last.length === 64 || last.length === 65 ? "p2tr-key" : "p2wsh";
  return isControlBlock(last) ? "p2tr-script" : "p2wsh";
}

function isAnnexed(witness: readonly Uint8Array[]): boolean {
  return witness.length > 1 && witness[witness.length - 1][0] === ANNEX_TAG;
}

/** A leaf's version, the key, and the path from the leaf to the root. */
function isControlBlock(bytes: Uint8Array): boolean {
  return bytes.length > NODE_BYTES && bytes.length <= MAX_CONTROL_BYTES &&
    bytes.length % NODE_BYTES === 1 && (bytes[0] & LEAF_MASK) >= FIRST_LEAF_VERSION;
}

function isSignature({ data }: ScriptOperation): boolean {
  return data !== undefined && data.length >= 9 && data.length <= 73 && data[0] === DER_TAG;
}
