/**
 * Scripts as sequences of operations, named as Bitcoin Core names them.
 *
 * @module
 */

/** One operation of a script. */
export interface ScriptOperation {
  /** Its first byte. */
  readonly opcode: number;
  /** What it pushes, a view; undefined where it pushes no bytes of the script, or ends before them. */
  readonly data?: Uint8Array;
  /** Whether the script ends inside it; it is the last one then. */
  readonly isTruncated: boolean;
}

/** The operations that scripts are told apart by. */
export const OP = {
  ZERO: 0x00,
  PUSHDATA1: 0x4c,
  PUSHDATA2: 0x4d,
  PUSHDATA4: 0x4e,
  NEGATIVE_ONE: 0x4f,
  RESERVED: 0x50,
  ONE: 0x51,
  SIXTEEN: 0x60,
  RETURN: 0x6a,
  DUP: 0x76,
  EQUAL: 0x87,
  EQUALVERIFY: 0x88,
  HASH160: 0xa9,
  CHECKSIG: 0xac,
  CHECKSIGVERIFY: 0xad,
  CHECKMULTISIG: 0xae,
  CHECKMULTISIGVERIFY: 0xaf,
} as const;

const FIRST_NAMED = 0x61;
/** From 0x61 on. */
const NAMES: readonly string[] = `
  NOP VER IF NOTIF VERIF VERNOTIF ELSE ENDIF VERIFY RETURN TOALTSTACK FROMALTSTACK 2DROP 2DUP 3DUP
  2OVER 2ROT 2SWAP IFDUP DEPTH DROP DUP NIP OVER PICK ROLL ROT SWAP TUCK CAT SUBSTR LEFT RIGHT SIZE
  INVERT AND OR XOR EQUAL EQUALVERIFY RESERVED1 RESERVED2 1ADD 1SUB 2MUL 2DIV NEGATE ABS NOT
  0NOTEQUAL ADD SUB MUL DIV MOD LSHIFT RSHIFT BOOLAND BOOLOR NUMEQUAL NUMEQUALVERIFY NUMNOTEQUAL
  LESSTHAN GREATERTHAN LESSTHANOREQUAL GREATERTHANOREQUAL MIN MAX WITHIN RIPEMD160 SHA1 SHA256
  HASH160 HASH256 CODESEPARATOR CHECKSIG CHECKSIGVERIFY CHECKMULTISIG CHECKMULTISIGVERIFY NOP1
  CHECKLOCKTIMEVERIFY CHECKSEQUENCEVERIFY NOP4 NOP5 NOP6 NOP7 NOP8 NOP9 NOP10 CHECKSIGADD
`.trim().split(/\s+/);
const INVALID_OPCODE = 0xff;
/** How many bytes say the length. */
const LENGTH_BYTES: Readonly<Record<number, number>> = {
  [OP.PUSHDATA1]: 1,
  [OP.PUSHDATA2]: 2,
  [OP.PUSHDATA4]: 4,
};

/**
 * Names an operation.
 *
 * @param opcode Its first byte; those that push bytes or small numbers have no name worth showing.
 * @returns Such as `OP_DUP`; `OP_UNKNOWN` where there is no such operation.
 */
export function nameOfOpcode(opcode: number): string {
  if (opcode === OP.RESERVED) return "OP_RESERVED";
  if (opcode === INVALID_OPCODE) return "OP_INVALIDOPCODE";
  const name = NAMES[opcode - FIRST_NAMED];
  return name === undefined ? "OP_UNKNOWN" : `OP_${name}`;
}

/**
 * Takes a script apart.
 *
 * @param script Any bytes.
 */
export function* readOperations(script: Uint8Array): Generator<ScriptOperation, void> {
  for (let at = 0; at < script.length;) {
    const opcode = script[at++];
    if (opcode === OP.ZERO || opcode > OP.PUSHDATA4) {
      yield { opcode, isTruncated: false };
      continue;
    }
    const lengthBytes = LENGTH_BYTES[opcode] ?? 0;
    const start = at + lengthBytes;
    const end = start + (lengthBytes === 0 ? opcode : readLength(script, at, start));
    if (start > script.length || end > script.length) {
      yield { opcode, isTruncated: true };
      return;
    }
    yield { opcode, data: script.subarray(start, end), isTruncated: false };
    at = end;
  }
}

/**
 * Whether a script does nothing but push: what a `scriptSig` must be to be relayed.
 *
 * @param script Any bytes.
 */
export function isPushOnly(script: Uint8Array): boolean {
  for (const { opcode, isTruncated } of readOperations(script)) {
    if (isTruncated || opcode > OP.SIXTEEN) return false;
  }
  return true;
}

/**
 * Reads the number that an operation pushes without bytes of the script.
 *
 * @param opcode Its first byte.
 * @returns 0 to 16; undefined for other operations, OP_1NEGATE included.
 */
export function smallNumberOf(opcode: number): number | undefined {
  if (opcode === OP.ZERO) return 0;
  return opcode >= OP.ONE && opcode <= OP.SIXTEEN ? opcode - OP.ONE + 1 : undefined;
}

function readLength(script: Uint8Array, at: number, end: number): number {
  let length = 0;
  for (let i = end - 1; i >= at; i--) length = length * 256 + script[i];
  return length;
}
