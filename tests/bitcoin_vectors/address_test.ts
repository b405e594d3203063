import { assertEquals, assertThrows } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { base58 } from "@scure/base";
import { formatAddress, parseAddress } from "../../core/codecs/bitcoin/address.ts";
import { disassemble } from "../../core/codecs/bitcoin/disassemble.ts";
import { BITCOIN_NETWORKS, findNetwork } from "../../core/codecs/bitcoin/networks.ts";
import { classifyScript } from "../../core/codecs/bitcoin/script.ts";
import { readRows, testVectors } from "./vector_files.ts";

interface KeyTraits {
  readonly chain: string;
  readonly isPrivkey: boolean;
  readonly tryCaseFlip?: boolean;
}

interface DecodedScript {
  readonly asm: string;
  readonly type: string;
  readonly address?: string;
}

/** What Bitcoin Core calls the shapes of scripts. */
const CORE_TYPES: Readonly<Record<string, string>> = {
  p2pk: "pubkey",
  p2pkh: "pubkeyhash",
  p2sh: "scripthash",
  p2wpkh: "witness_v0_keyhash",
  p2wsh: "witness_v0_scripthash",
  p2tr: "witness_v1_taproot",
};
/** And the networks, where their names differ from ours. */
const CORE_NETWORKS: Readonly<Record<string, string>> = { test: "testnet3" };

testVectors("Bitcoin Core's addresses stand for its scripts, both ways", () => {
  const rows = readRows("key_io_valid.json") as readonly [string, string, KeyTraits][];
  assertEquals(rows.length, 70);
  const addresses = rows.filter(([, , { isPrivkey }]) => !isPrivkey);
  assertEquals(addresses.length > 40, true);
  for (const [address, script, { chain, tryCaseFlip }] of addresses) {
    const network = findNetwork(CORE_NETWORKS[chain] ?? chain)!;
    assertEquals(bytesToHex(parseAddress(address, network)), script, address);
    assertEquals(formatAddress(hexToBytes(script), network), address);
    const flipped = address === address.toLowerCase() ? address.toUpperCase() : swapCase(address);
    if (tryCaseFlip) assertEquals(bytesToHex(parseAddress(flipped, network)), script);
    else assertThrows(() => parseAddress(flipped, network), TypeError);
  }
});

testVectors("Bitcoin Core's private keys are told from addresses, and not shown", () => {
  const rows = readRows("key_io_valid.json") as readonly [string, string, KeyTraits][];
  for (const [key, , { isPrivkey }] of rows) {
    if (!isPrivkey) continue;
    for (const network of BITCOIN_NETWORKS) {
      const error = assertThrows(() => parseAddress(key, network), TypeError, "a private key");
      assertEquals(error.message.includes(key.slice(0, 12)), false);
    }
  }
});

testVectors("Bitcoin Core's invalid addresses are refused on every network", () => {
  const rows = readRows("key_io_invalid.json") as readonly [string][];
  assertEquals(rows.length, 70);
  for (const [text] of rows) {
    for (const network of BITCOIN_NETWORKS) {
      assertThrows(() => parseAddress(text, network), TypeError, "Cannot read address", text);
    }
  }
});

testVectors("Bitcoin Core's base58 is ours", () => {
  for (const [hex, text] of readRows("base58_encode_decode.json") as readonly [string, string][]) {
    assertEquals(base58.encode(hexToBytes(hex)), text);
    assertEquals(bytesToHex(base58.decode(text)), hex.toLowerCase());
  }
});

testVectors("Bitcoin Core's scripts are taken apart and classified as it does", () => {
  const rows = readRows("rpc_decodescript.json") as readonly [string, DecodedScript][];
  assertEquals(rows.length, 10);
  for (const [hex, { asm, type, address }] of rows) {
    const script = hexToBytes(hex);
    assertEquals(disassemble(script), asm);
    const ours = classifyScript(script).type;
    assertEquals(CORE_TYPES[ours] ?? ours, type, hex);
    assertEquals(formatAddress(script, findNetwork("regtest")!), address);
  }
});

function swapCase(text: string): string {
  return Array.from(
    text,
    (letter) => letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  ).join("");
}
