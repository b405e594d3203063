/**
 * Scripts as text, as Bitcoin Core's `asm` shows them.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { nameOfOpcode, OP, readOperations, smallNumberOf } from "./opcodes.ts";

/** Pushes of up to this many bytes are shown as the number that they are. */
const MAX_NUMBER_BYTES = 4;

/**
 * Writes a script as text.
 *
 * @param script Any bytes. The text can be 23 times as long.
 * @returns Operations by name; pushes of up to 4 bytes as numbers, longer ones in hex; `[error]` where the
 * script ends inside a push.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(disassemble(Uint8Array.of(0x51, 0x02, 0xee, 0xee, 0xac)), "1 -28398 OP_CHECKSIG");
 * ```
 */
export function disassemble(script: Uint8Array): string {
  const words: string[] = [];
  for (const { opcode, data, isTruncated } of readOperations(script)) {
    if (isTruncated) words.push("[error]");
    else if (data !== undefined) words.push(formatPush(data));
    else if (opcode === OP.NEGATIVE_ONE) words.push("-1");
    else words.push(smallNumberOf(opcode)?.toString() ?? nameOfOpcode(opcode));
  }
  return words.join(" ");
}

function formatPush(data: Uint8Array): string {
  return data.length > MAX_NUMBER_BYTES ? bytesToHex(data) : readScriptNumber(data).toString();
}

/** Little-endian; the highest bit is the sign. */
function readScriptNumber(bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  const top = bytes[bytes.length - 1];
  let magnitude = top & 0x7f;
  for (let i = bytes.length - 2; i >= 0; i--) magnitude = magnitude * 256 + bytes[i];
  return top & 0x80 ? 0 - magnitude : magnitude;
}
