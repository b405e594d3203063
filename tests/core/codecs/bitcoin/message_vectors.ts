/**
 * Payloads and what they mean: those of Bitcoin's developer reference, of Bitcoin Core's own tests, of the first
 * block, and made by hand where those have none.
 *
 * @module
 */
import { hexToBytes } from "@noble/hashes/utils.js";
import { parseHash } from "../../../../core/codecs/bitcoin/hash.ts";
import type { BitcoinMessage } from "../../../../core/codecs/bitcoin/messages.ts";
import type { Transaction } from "../../../../core/codecs/bitcoin/transaction.ts";

const ZEROS = "00".repeat(32);
const LOCALHOST = "00".repeat(15) + "01";

const GENESIS_HEADER = `01000000${ZEROS}` +
  "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a" +
  "29ab5f49ffff001d1dac2b7c";
const GENESIS_INPUT_SCRIPT = "04ffff001d0104455468652054696d65732030332f4a616e2f3230303920436861" +
  "6e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73";
const GENESIS_OUTPUT_SCRIPT = "4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61" +
  "deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac";
const GENESIS_COINBASE = `0100000001${ZEROS}ffffffff4d${GENESIS_INPUT_SCRIPT}ffffffff01` +
  `00f2052a0100000043${GENESIS_OUTPUT_SCRIPT}00000000`;
const COINBASE: Transaction = {
  version: 1,
  inputs: [{
    previousHash: hexToBytes(ZEROS),
    previousIndex: 0xffffffff,
    script: hexToBytes(GENESIS_INPUT_SCRIPT),
    sequence: 0xffffffff,
    witness: [],
  }],
  outputs: [{ valueSat: 5_000_000_000n, script: hexToBytes(GENESIS_OUTPUT_SCRIPT) }],
  lockTime: 0,
  hasWitness: false,
};

/** The first block's payload. */
export const GENESIS_BLOCK: string = `${GENESIS_HEADER}01${GENESIS_COINBASE}`;

/** Each payload in hex, and the message that it is. */
export const MESSAGE_VECTORS: readonly (readonly [payload: string, message: BitcoinMessage])[] = [
  ["", { command: "verack" }],
  ["", { command: "wtxidrelay" }],
  ["", { command: "sendaddrv2" }],
  ["", { command: "sendheaders" }],
  ["", { command: "getaddr" }],
  ["", { command: "mempool" }],
  ["100e000000000000", { command: "mempool", age: 3600n }],
  ["", { command: "ping" }],
  ["0094102111e2af4d", { command: "ping", nonce: 0x4dafe21121109400n }],
  ["0094102111e2af4d", { command: "pong", nonce: 0x4dafe21121109400n }],
  ["7cbd000000000000", { command: "feefilter", feeRateSat: 48_508n }],
  ["ffffffffffffffff", { command: "feefilter", feeRateSat: -1n }],
  ["010200000000000000", { command: "sendcmpct", highBandwidth: true, version: 2n }],
  ["000100000000000000", { command: "sendcmpct", highBandwidth: false, version: 1n }],
  [
    // Bitcoin Core 0.9.3, with everything.
    "721101000100000000000000bc8f5e5400000000" +
    "010000000000000000000000000000000000ffffc61b6409208d" +
    "010000000000000000000000000000000000ffffcb0071c0208d" +
    "128035cbc97953f80f2f5361746f7368693a302e392e332fcf05050001",
    {
      command: "version",
      version: 70_002,
      services: 1n,
      timeSec: 1_415_483_324n,
      receiver: {
        services: 1n,
        address: { networkId: 1, bytes: Uint8Array.of(198, 27, 100, 9) },
        port: 8333,
      },
      sender: {
        services: 1n,
        address: { networkId: 1, bytes: Uint8Array.of(203, 0, 113, 192) },
        port: 8333,
      },
      nonce: 0xf85379c9cb358012n,
      agent: "/Satoshi:0.9.3/",
      height: 329_167,
      relay: true,
    },
  ],
  [
    // Bitcoin Core 0.7.2, which knew no relay.
    "62ea0000010000000000000011b2d05000000000" +
    "010000000000000000000000000000000000ffff000000000000" +
    "000000000000000000000000000000000000ffff000000000000" +
    "3b2eb35d8ce617650f2f5361746f7368693a302e372e322fc03e0300",
    {
      command: "version",
      version: 60_002,
      services: 1n,
      timeSec: 1_355_854_353n,
      receiver: { services: 1n, address: { networkId: 1, bytes: new Uint8Array(4) }, port: 0 },
      sender: { services: 0n, address: { networkId: 1, bytes: new Uint8Array(4) }, port: 0 },
      nonce: 0x6517e68c5db32e3bn,
      agent: "/Satoshi:0.7.2/",
      height: 212_672,
    },
  ],
  [
    // What BSV appends, behind somebody who says nothing of itself.
    "80110100080000000000000000000000000000000000000000000000" + `${"00".repeat(16)}0000` +
    `${"00".repeat(24)}0000` + "01000000000000800f2f73796e617073653a302e312e302fffffffff0000",
    {
      command: "version",
      version: 70_016,
      services: 8n,
      timeSec: 0n,
      receiver: {
        services: 0n,
        address: { networkId: 2, bytes: new Uint8Array(16) },
        port: 0,
      },
      sender: { services: 0n, address: { networkId: 2, bytes: new Uint8Array(16) }, port: 0 },
      nonce: 0x8000000000000001n,
      agent: "/synapse:0.1.0/",
      height: -1,
      relay: false,
      rest: Uint8Array.of(0),
    },
  ],
  [
    "0201000000de55ffd709ac1f5dc509a0925d0b1fc442ca034f224732e429081da1b621f55a" +
    "0100000091d36d997037e08018262978766f24b8a055aaf1d872e94ae85e9817b2c68dc7",
    {
      command: "inv",
      items: [
        {
          type: 1,
          hash: parseHash("5af521b6a11d0829e43247224f03ca42c41f0b5d92a009c55d1fac09d7ff55de"),
        },
        {
          type: 1,
          hash: parseHash("c78dc6b217985ee84ae972d8f1aa55a0b8246f767829261880e03770996dd391"),
        },
      ],
    },
  ],
  [
    `0102000040${"11".repeat(32)}`,
    { command: "getdata", items: [{ type: 0x40000002, hash: new Uint8Array(32).fill(0x11) }] },
  ],
  ["00", { command: "getdata", items: [] }],
  [
    `01050000c0${"22".repeat(32)}`,
    { command: "notfound", items: [{ type: 0xc0000005, hash: new Uint8Array(32).fill(0x22) }] },
  ],
  [
    `0361bc66490000000000000000${LOCALHOST}0000` +
    `796276830100000000000000${LOCALHOST}00f1` +
    `ffffffff4804000000000000${LOCALHOST}f1f2`,
    {
      command: "addr",
      nodes: [
        localNode(0x4966bc61, 0n, 0),
        localNode(0x83766279, 1n, 0xf1),
        localNode(0xffffffff, 0x448n, 0xf1f2),
      ],
    },
  ],
  [
    "01d91f4854010000000000000000000000000000000000ffffc0000233208d",
    {
      command: "addr",
      nodes: [{
        timeSec: 1_414_012_889,
        services: 1n,
        address: { networkId: 1, bytes: Uint8Array.of(192, 0, 2, 51) },
        port: 8333,
      }],
    },
  ],
  [
    `0361bc6649000210${LOCALHOST}0000` + `79627683010210${LOCALHOST}00f1` +
    `fffffffffd48040210${LOCALHOST}f1f2`,
    {
      command: "addrv2",
      nodes: [
        localNode(0x4966bc61, 0n, 0),
        localNode(0x83766279, 1n, 0xf1),
        localNode(0xffffffff, 0x448n, 0xf1f2),
      ],
    },
  ],
  [
    `0202000000ffffffffffffffffff0420${"33".repeat(32)}208d` + `0300000000630100` + "0001",
    {
      command: "addrv2",
      nodes: [
        {
          timeSec: 2,
          services: 2n ** 64n - 1n,
          address: { networkId: 4, bytes: new Uint8Array(32).fill(0x33) },
          port: 8333,
        },
        {
          timeSec: 3,
          services: 0n,
          address: { networkId: 0x63, bytes: Uint8Array.of(0) },
          port: 1,
        },
      ],
    },
  ],
  [
    "0102000000b6ff0b1b1680a2862a30ca44d346d9e8910d334beb48ca0c0000000000000000" +
    "9d10aa52ee949386ca9385695f04ede270dda20810decd12bc9b048aaab31471" +
    "24d95a5430c31b18fe9f086400",
    {
      command: "headers",
      headers: [{
        version: 2,
        previousHash: parseHash(
          "0000000000000000" + "0cca48eb4b330d91e8d946d344ca302a86a280161b0bffb6",
        ),
        merkleRoot: parseHash("7114b3aa8a049bbc12cdde1008a2dd70e2ed045f698593ca869394ee52aa109d"),
        timeSec: 1_415_239_972,
        bits: 0x181bc330,
        nonce: 0x64089ffe,
      }],
    },
  ],
  [
    `7111010002d39f608a7775b537729884d4e6633bb2105e55a16a14d31b0000000000000000` +
    `5c3e6403d40837110a2e8afb602b1c01714bda7ce23bea0a0000000000000000${ZEROS}`,
    {
      command: "getheaders",
      version: 70_001,
      locator: [
        parseHash("00000000000000001bd3146aa1555e10b23b63e6d484987237b575778a609fd3"),
        parseHash("00000000000000000aea3be27cda4b71011c2b60fb8a2e0a113708d403643e5c"),
      ],
      stopHash: new Uint8Array(32),
    },
  ],
  [
    `7f11010000${"44".repeat(32)}`,
    {
      command: "getblocks",
      version: 70_015,
      locator: [],
      stopHash: new Uint8Array(32).fill(0x44),
    },
  ],
  [
    "02747812156261642d74786e732d696e707574732d7370656e74" +
    "394715fcab51093be7bfca5a31005972947baf86a31017939575fb2354222821",
    {
      command: "reject",
      rejected: "tx",
      code: 0x12,
      reason: "bad-txns-inputs-spent",
      hash: parseHash("2128225423fb7595931710a386af7b94725900315acabfe73b0951abfc154739"),
    },
  ],
  [
    "0776657273696f6e1100",
    { command: "reject", rejected: "version", code: 0x11, reason: "" },
  ],
  ["0100002000", { command: "protoconf", maxPayloadBytes: 2 * 1024 * 1024 }],
  [
    "02000010000744656661756c74",
    { command: "protoconf", maxPayloadBytes: 1024 * 1024, streamPolicies: "Default" },
  ],
  [GENESIS_COINBASE, { command: "tx", transaction: COINBASE }],
  [
    GENESIS_BLOCK,
    {
      command: "block",
      block: {
        header: {
          version: 1,
          previousHash: hexToBytes(ZEROS),
          merkleRoot: parseHash("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"),
          timeSec: 1_231_006_505,
          bits: 0x1d00ffff,
          nonce: 2_083_236_893,
        },
        transactions: [COINBASE],
      },
    },
  ],
];

function localNode(timeSec: number, services: bigint, port: number) {
  return { timeSec, services, address: { networkId: 2, bytes: hexToBytes(LOCALHOST) }, port };
}
