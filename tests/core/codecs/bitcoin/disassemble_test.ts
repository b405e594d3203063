import { assertEquals } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { disassemble } from "../../../../core/codecs/bitcoin/disassemble.ts";
import {
  isPushOnly,
  nameOfOpcode,
  readOperations,
} from "../../../../core/codecs/bitcoin/opcodes.ts";

for (
  const [hex, text] of [
    ["", ""],
    ["00", "0"],
    ["4f5160", "-1 1 16"],
    ["50", "OP_RESERVED"],
    ["61ba", "OP_NOP OP_CHECKSIGADD"],
    ["bbfeff", "OP_UNKNOWN OP_UNKNOWN OP_INVALIDOPCODE"],
    ["b1b2", "OP_CHECKLOCKTIMEVERIFY OP_CHECKSEQUENCEVERIFY"],
    [
      `76a914${"ab".repeat(20)}88ac`,
      `OP_DUP OP_HASH160 ${"ab".repeat(20)} OP_EQUALVERIFY OP_CHECKSIG`,
    ],
    // Pushes of up to four bytes are numbers, the sign in the highest bit.
    ["0101", "1"],
    ["0180", "0"],
    ["0181", "-1"],
    ["02ff00", "255"],
    ["02ff80", "-255"],
    ["04ffffffff", "-2147483647"],
    ["04ffffff7f", "2147483647"],
    ["050000000080", "0000000080"],
    ["4c0107", "7"],
    ["4c00", "0"],
    ["4d0500" + "0102030405", "0102030405"],
    ["4e05000000" + "0102030405", "0102030405"],
    // Ends inside a push, or inside its length.
    ["6a02ee", "OP_RETURN [error]"],
    ["514c", "1 [error]"],
    ["514d01", "1 [error]"],
    ["514effffffff", "1 [error]"],
  ] as const
) {
  Deno.test(`disassemble() reads ${hex || "nothing"}`, () => {
    assertEquals(disassemble(hexToBytes(hex)), text);
  });
}

for (
  const [opcode, name] of [
    [0x61, "OP_NOP"],
    [0x6a, "OP_RETURN"],
    [0x76, "OP_DUP"],
    [0x7e, "OP_CAT"],
    [0x87, "OP_EQUAL"],
    [0x8b, "OP_1ADD"],
    [0x93, "OP_ADD"],
    [0x9f, "OP_LESSTHAN"],
    [0xa5, "OP_WITHIN"],
    [0xa9, "OP_HASH160"],
    [0xac, "OP_CHECKSIG"],
    [0xaf, "OP_CHECKMULTISIGVERIFY"],
    [0xb0, "OP_NOP1"],
    [0xb9, "OP_NOP10"],
    [0xba, "OP_CHECKSIGADD"],
    [0xbb, "OP_UNKNOWN"],
  ] as const
) {
  Deno.test(`nameOfOpcode() names 0x${opcode.toString(16)} ${name}`, () => {
    assertEquals(nameOfOpcode(opcode), name);
  });
}

Deno.test("readOperations() gives views, and stops where the script ends", () => {
  const script = Uint8Array.of(0x02, 7, 8, 0x51, 0x03, 9);
  const operations = [...readOperations(script)];
  assertEquals(operations, [
    { opcode: 2, data: Uint8Array.of(7, 8), isTruncated: false },
    { opcode: 0x51, isTruncated: false },
    { opcode: 3, isTruncated: true },
  ]);
  assertEquals(operations[0].data?.buffer, script.buffer);
});

Deno.test("isPushOnly() takes pushes up to OP_16 and nothing else", () => {
  assertEquals(isPushOnly(new Uint8Array()), true);
  assertEquals(isPushOnly(hexToBytes("004f505160024c4d4c0101")), true);
  assertEquals(isPushOnly(hexToBytes("5161")), false);
  assertEquals(isPushOnly(hexToBytes("0251")), false);
});
