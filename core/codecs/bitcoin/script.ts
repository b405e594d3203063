/**
 * What a `scriptPubKey` asks of who spends it, by its shape alone.
 *
 * @module
 */
import { isPushOnly, OP, readOperations, type ScriptOperation, smallNumberOf } from "./opcodes.ts";

/** The shapes that are known, and what is in them. All bytes are views into the script. */
export type ClassifiedScript =
  | { readonly type: "p2pk"; readonly publicKey: Uint8Array }
  | { readonly type: "p2pkh" | "p2sh"; readonly hash: Uint8Array }
  | WitnessScript
  | {
    readonly type: "multisig";
    readonly required: number;
    readonly publicKeys: readonly Uint8Array[];
  }
  | { readonly type: "nulldata" }
  | { readonly type: "nonstandard" };

/** A script that its spender satisfies with a witness (BIP 141). */
export interface WitnessScript {
  /** `witness_unknown` is free for anybody to spend until a version gets a meaning. */
  readonly type: "p2wpkh" | "p2wsh" | "p2tr" | "anchor" | "witness_unknown";
  /** 0 to 16. */
  readonly version: number;
  /** 2 to 40 bytes. */
  readonly program: Uint8Array;
}

/** The name of a shape. */
export type ScriptType = ClassifiedScript["type"];

const KEY_HASH_BYTES = 20;
const SCRIPT_HASH_BYTES = 32;
const MAX_MULTISIG_KEYS = 20;
const NONSTANDARD: ClassifiedScript = { type: "nonstandard" };

/**
 * Says which shape a script has.
 *
 * @param script A `scriptPubKey`; any bytes.
 */
export function classifyScript(script: Uint8Array): ClassifiedScript {
  if (isP2sh(script)) return { type: "p2sh", hash: script.subarray(2, 22) };
  const witness = readWitnessProgram(script);
  if (witness !== undefined) return classifyWitness(witness);
  if (script[0] === OP.RETURN && isPushOnly(script.subarray(1))) return { type: "nulldata" };
  const publicKey = readP2pk(script);
  if (publicKey !== undefined) return { type: "p2pk", publicKey };
  if (isP2pkh(script)) return { type: "p2pkh", hash: script.subarray(3, 23) };
  return readMultisig(script) ?? NONSTANDARD;
}

/**
 * Reads the version and program of a script that a witness satisfies.
 *
 * @param script Any bytes.
 * @returns undefined where it is no such script.
 */
export function readWitnessProgram(
  script: Uint8Array,
): Pick<WitnessScript, "version" | "program"> | undefined {
  if (script.length < 4 || script.length > 42 || script[1] + 2 !== script.length) return undefined;
  const version = smallNumberOf(script[0]);
  return version === undefined ? undefined : { version, program: script.subarray(2) };
}

/** Makes the `scriptPubKey` that pays to a key's hash. */
export function createP2pkh(hash: Uint8Array): Uint8Array {
  return Uint8Array.of(
    OP.DUP,
    OP.HASH160,
    KEY_HASH_BYTES,
    ...hash,
    OP.EQUALVERIFY,
    OP.CHECKSIG,
  );
}

/** Makes the `scriptPubKey` that pays to a script's hash. */
export function createP2sh(hash: Uint8Array): Uint8Array {
  return Uint8Array.of(OP.HASH160, KEY_HASH_BYTES, ...hash, OP.EQUAL);
}

/** Makes the `scriptPubKey` that a witness satisfies. */
export function createWitnessScript(version: number, program: Uint8Array): Uint8Array {
  return Uint8Array.of(version === 0 ? OP.ZERO : OP.ONE + version - 1, program.length, ...program);
}

/**
 * Whether bytes can be a public key, by their length and first byte.
 *
 * @param bytes Any.
 */
export function isPublicKeyShaped(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return bytes.length === 33 && (first === 2 || first === 3) ||
    bytes.length === 65 && (first === 4 || first === 6 || first === 7);
}

function classifyWitness(
  { version, program }: Pick<WitnessScript, "version" | "program">,
): ClassifiedScript {
  const { length } = program;
  if (version === 0) {
    if (length === KEY_HASH_BYTES) return { type: "p2wpkh", version, program };
    return length === SCRIPT_HASH_BYTES ? { type: "p2wsh", version, program } : NONSTANDARD;
  }
  if (version === 1 && length === 32) return { type: "p2tr", version, program };
  const isAnchor = version === 1 && length === 2 && program[0] === 0x4e && program[1] === 0x73;
  return { type: isAnchor ? "anchor" : "witness_unknown", version, program };
}

function isP2sh(script: Uint8Array): boolean {
  return script.length === 23 && script[0] === OP.HASH160 && script[1] === KEY_HASH_BYTES &&
    script[22] === OP.EQUAL;
}

function isP2pkh(script: Uint8Array): boolean {
  return script.length === 25 && script[0] === OP.DUP && script[1] === OP.HASH160 &&
    script[2] === KEY_HASH_BYTES && script[23] === OP.EQUALVERIFY && script[24] === OP.CHECKSIG;
}

function readP2pk(script: Uint8Array): Uint8Array | undefined {
  const end = script.length - 1;
  if (script[end] !== OP.CHECKSIG || script[0] !== end - 1) return undefined;
  const publicKey = script.subarray(1, end);
  return isPublicKeyShaped(publicKey) ? publicKey : undefined;
}

function readMultisig(script: Uint8Array): ClassifiedScript | undefined {
  if (script[script.length - 1] !== OP.CHECKMULTISIG) return undefined;
  const publicKeys: Uint8Array[] = [];
  let required: number | undefined;
  let total: number | undefined;
  for (const operation of readOperations(script.subarray(0, -1))) {
    if (total !== undefined) return undefined;
    if (required === undefined) {
      required = readKeyCount(operation);
      if (required === undefined) return undefined;
    } else if (operation.data !== undefined && isPublicKeyShaped(operation.data)) {
      publicKeys.push(operation.data);
    } else {
      total = readKeyCount(operation);
      if (total === undefined) return undefined;
    }
  }
  if (required === undefined || total !== publicKeys.length || required > total) return undefined;
  return { type: "multisig", required, publicKeys };
}

/** 1 to 16 as an operation of their own, 17 to 20 as a push of one byte. */
function readKeyCount({ opcode, data }: ScriptOperation): number | undefined {
  const count = data?.length === 1 && opcode === 1 && data[0] > 16
    ? data[0]
    : opcode > OP.SIXTEEN
    ? undefined
    : smallNumberOf(opcode);
  return count !== undefined && count >= 1 && count <= MAX_MULTISIG_KEYS ? count : undefined;
}
