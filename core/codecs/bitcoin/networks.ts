/**
 * The networks: what tells one from another, and where to find their nodes.
 *
 * Names of seeds are those to be asked: `x9.` keeps to nodes with the whole chain and witnesses (Bitcoin Core asks so
 * too). BSV and BCH share their magic; which one a node is on, only its agent and its headers tell.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(findNetwork("regtest")?.port, 18444);
 * assertEquals(findNetwork("moonnet"), undefined);
 * ```
 * @module
 */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ByteBuilder } from "./byte_builder.ts";
import { sha256d } from "./hash.ts";

/** One network. */
export interface BitcoinNetwork {
  /** As it is named on a command line. */
  readonly name: string;
  /** Whose rules hold. */
  readonly chain: "btc" | "bsv" | "bch";
  /** The four bytes that every message begins with. */
  readonly magic: Uint8Array;
  /** Where nodes listen if nothing else is said. */
  readonly port: number;
  /** Hash of the first block, as it is shown. */
  readonly genesisHash: string;
  /** Names that resolve to nodes, A and AAAA records only. */
  readonly dnsSeeds: readonly string[];
  /** Whether transactions may carry witnesses. */
  readonly hasSegwit: boolean;
  /** Whether coins are worth nothing. */
  readonly isTest: boolean;
  /** How addresses and keys begin. */
  readonly addresses: AddressPrefixes;
}

/** How addresses and keys begin. */
export interface AddressPrefixes {
  /** Version byte of an address that pays to a key's hash. */
  readonly p2pkh: number;
  /** Version byte of an address that pays to a script's hash. */
  readonly p2sh: number;
  /** Version byte of a private key. */
  readonly wif: number;
  /** The part of a segwit address before its `1`; undefined where there are none. */
  readonly bech32?: string;
}

const MAIN_GENESIS = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
const TESTNET3_GENESIS = "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943";
const REGTEST_GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";

const MAIN_ADDRESSES: AddressPrefixes = { p2pkh: 0x00, p2sh: 0x05, wif: 0x80 };
const TEST_ADDRESSES: AddressPrefixes = { p2pkh: 0x6f, p2sh: 0xc4, wif: 0xef };

const SIGNET = {
  chain: "btc",
  port: 38333,
  genesisHash: "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
  hasSegwit: true,
  isTest: true,
  addresses: { ...TEST_ADDRESSES, bech32: "tb" },
} as const;

/** All known networks; custom signets come from {@linkcode customSignet}. */
export const BITCOIN_NETWORKS: readonly BitcoinNetwork[] = [
  {
    name: "main",
    chain: "btc",
    magic: hexToBytes("f9beb4d9"),
    port: 8333,
    genesisHash: MAIN_GENESIS,
    dnsSeeds: [
      "x9.dnsseed.bluematt.me",
      "x9.seed.bitcoin.jonasschnelli.ch",
      "x9.seed.btc.petertodd.net",
      "x9.seed.bitcoin.sprovoost.nl",
      "x9.dnsseed.emzy.de",
      "x9.seed.bitcoin.wiz.biz",
      "x9.seed.mainnet.achownodes.xyz",
    ],
    hasSegwit: true,
    isTest: false,
    addresses: { ...MAIN_ADDRESSES, bech32: "bc" },
  },
  {
    name: "testnet3",
    chain: "btc",
    magic: hexToBytes("0b110907"),
    port: 18333,
    genesisHash: TESTNET3_GENESIS,
    dnsSeeds: [
      "x9.testnet-seed.bitcoin.jonasschnelli.ch",
      "x9.seed.tbtc.petertodd.net",
      "x9.testnet-seed.bluematt.me",
      "x9.seed.testnet.achownodes.xyz",
    ],
    hasSegwit: true,
    isTest: true,
    addresses: { ...TEST_ADDRESSES, bech32: "tb" },
  },
  {
    name: "testnet4",
    chain: "btc",
    magic: hexToBytes("1c163f28"),
    port: 48333,
    genesisHash: "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
    dnsSeeds: ["x9.seed.testnet4.bitcoin.sprovoost.nl", "x9.seed.testnet4.wiz.biz"],
    hasSegwit: true,
    isTest: true,
    addresses: { ...TEST_ADDRESSES, bech32: "tb" },
  },
  {
    ...SIGNET,
    name: "signet",
    magic: hexToBytes("0a03cf40"),
    dnsSeeds: ["x9.seed.signet.bitcoin.sprovoost.nl", "x9.seed.signet.achownodes.xyz"],
  },
  {
    name: "regtest",
    chain: "btc",
    magic: hexToBytes("fabfb5da"),
    port: 18444,
    genesisHash: REGTEST_GENESIS,
    dnsSeeds: [],
    hasSegwit: true,
    isTest: true,
    addresses: { ...TEST_ADDRESSES, bech32: "bcrt" },
  },
  {
    name: "bsv-main",
    chain: "bsv",
    magic: hexToBytes("e3e1f3e8"),
    port: 8333,
    genesisHash: MAIN_GENESIS,
    dnsSeeds: [
      "seed.bitcoinsv.io",
      "seed.satoshisvision.network",
      "seed.bitcoinseed.directory",
    ],
    hasSegwit: false,
    isTest: false,
    addresses: MAIN_ADDRESSES,
  },
  {
    name: "bsv-test",
    chain: "bsv",
    magic: hexToBytes("f4e5f3f4"),
    port: 18333,
    genesisHash: TESTNET3_GENESIS,
    dnsSeeds: [
      "testnet-seed.bitcoinsv.io",
      "testnet-seed.bitcoincloud.net",
      "testnet-seed.bitcoinseed.directory",
    ],
    hasSegwit: false,
    isTest: true,
    addresses: TEST_ADDRESSES,
  },
  {
    name: "bsv-stn",
    chain: "bsv",
    magic: hexToBytes("fbcec4f9"),
    port: 9333,
    genesisHash: TESTNET3_GENESIS,
    dnsSeeds: ["stn-seed.bitcoinsv.io", "stn-seed.bitcoinseed.directory"],
    hasSegwit: false,
    isTest: true,
    addresses: TEST_ADDRESSES,
  },
  {
    name: "bsv-regtest",
    chain: "bsv",
    // The reverse of the other regtest's.
    magic: hexToBytes("dab5bffa"),
    port: 18444,
    genesisHash: REGTEST_GENESIS,
    dnsSeeds: [],
    hasSegwit: false,
    isTest: true,
    addresses: TEST_ADDRESSES,
  },
  {
    name: "bch-main",
    chain: "bch",
    magic: hexToBytes("e3e1f3e8"),
    port: 8333,
    genesisHash: MAIN_GENESIS,
    dnsSeeds: [
      "seed.flowee.cash",
      "seed-bch.bitcoinforks.org",
      "btccash-seeder.bitcoinunlimited.info",
      "seed.bchd.cash",
      "seed.bch.loping.net",
      "dnsseed.electroncash.de",
      "bchseed.c3-soft.com",
      "bch.bitjson.com",
    ],
    hasSegwit: false,
    isTest: false,
    addresses: MAIN_ADDRESSES,
  },
];

/**
 * Finds a network.
 *
 * @param name Such as `main` or `bsv-test`.
 * @returns undefined when there is none of that name.
 */
export function findNetwork(name: string): BitcoinNetwork | undefined {
  return BITCOIN_NETWORKS.find((network) => network.name === name);
}

/**
 * Describes a signet of one's own (BIP 325): its magic follows from who may sign its blocks.
 *
 * @param challenge The script that blocks must satisfy.
 * @returns A network without seeds, named after its magic.
 */
export function customSignet(challenge: Uint8Array): BitcoinNetwork {
  const magic = sha256d(new ByteBuilder().varBytes(challenge).finish()).slice(0, 4);
  return { ...SIGNET, name: `signet-${bytesToHex(magic)}`, magic, dnsSeeds: [] };
}
