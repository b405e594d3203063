import { assertEquals, assertThrows } from "@std/assert";
import { hexToBytes } from "@noble/hashes/utils.js";
import { createBase58check } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { formatAddress, parseAddress } from "../../../../core/codecs/bitcoin/address.ts";
import {
  BITCOIN_NETWORKS,
  type BitcoinNetwork,
  findNetwork,
} from "../../../../core/codecs/bitcoin/networks.ts";
import {
  createP2pkh,
  createP2sh,
  createWitnessScript,
} from "../../../../core/codecs/bitcoin/script.ts";
import { RUNS } from "../../../support/arbitraries.ts";

const MAIN = network("main");
const REGTEST = network("regtest");
const PROGRAM_20 = "751e76e8199196d454941c45d1b3a323f1433bd6";
const PROGRAM_32 = "1863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262";

function network(name: string): BitcoinNetwork {
  return findNetwork(name)!;
}

for (
  const [name, address, script] of [
    [
      "main",
      "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
      "76a91477bff20c60e522dfaa3350c39b030a5d004e839a88ac",
    ],
    [
      "main",
      "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
      "a914b472a266d0bd89c13706a4132ccfb16f7c3b9fcb87",
    ],
    [
      "testnet4",
      "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
      "76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac",
    ],
    // The examples of BIP 173 and BIP 350.
    ["main", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", `0014${PROGRAM_20}`],
    ["testnet3", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", `0014${PROGRAM_20}`],
    [
      "testnet4",
      "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
      `0020${PROGRAM_32}`,
    ],
    [
      "main",
      "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
      `5128${PROGRAM_20}${PROGRAM_20}`,
    ],
    ["main", "bc1sw50qgdz25j", "6002751e"],
    ["main", "bc1pfeessrawgf", "51024e73"],
    [
      "main",
      "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
      "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ],
    [
      "signet",
      "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
      "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
    ],
    ["regtest", "bcrt1pfeesnyr2tx", "51024e73"],
    [
      "bsv-main",
      "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
      "76a91477bff20c60e522dfaa3350c39b030a5d004e839a88ac",
    ],
  ] as const
) {
  Deno.test(`parseAddress() and formatAddress() know ${address} of ${name}`, () => {
    assertEquals(parseAddress(address, network(name)), hexToBytes(script));
    assertEquals(formatAddress(hexToBytes(script), network(name)), address);
  });
}

Deno.test("parseAddress() takes bech32 in capitals, but not in both cases", () => {
  const address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
  assertEquals(parseAddress(address.toUpperCase(), MAIN), hexToBytes(`0014${PROGRAM_20}`));
  assertThrows(() => parseAddress(address.replace("w", "W"), MAIN), TypeError, "checksum is wrong");
});

for (
  const [title, address, message] of [
    [
      "an address of another network",
      "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
      "it is one of testnet3, not main",
    ],
    [
      "a base58 address of another network",
      "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
      "it is one of testnet3, not main",
    ],
    [
      "a wrong checksum",
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
      "it is mistyped: its checksum is wrong",
    ],
    [
      "a wrong base58 checksum",
      "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
      "it is mistyped, or no address at all",
    ],
    ["no text", "", 'it is mistyped, or no address at all: got ""'],
    ["words", "not an address", "it is mistyped, or no address at all"],
    [
      "version 1 with the checksum of version 0",
      "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
      "its checksum is not the one of version 1",
    ],
    [
      "version 0 with the checksum of version 1",
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
      "its checksum is not the one of version 0",
    ],
    [
      "version 17",
      "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
      "it is no segwit address",
    ],
    ["a program of 1 byte", "bc1pw5dgrnzv", "version 1 has no programs of 1 bytes"],
    [
      "a program of 41 bytes",
      "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
      "version 1 has no programs of 41 bytes",
    ],
    [
      "version 0 with 16 bytes",
      "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
      "version 0 has no programs of 16 bytes",
    ],
    [
      "more than four bits of padding",
      "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
      "it is no segwit address",
    ],
    ["nothing behind the prefix", "bc1gmk9yu", "it is no segwit address"],
    ["far too long a text", "1".repeat(100_000), "it has over 90 characters"],
  ] as const
) {
  Deno.test(`parseAddress() refuses ${title}`, () => {
    assertThrows(() => parseAddress(address, MAIN), TypeError, `Cannot read address as ${message}`);
  });
}

// The example keys that Bitcoin's wiki shows; anybody's.
for (
  const key of [
    "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
    "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617",
    "cMzLdeGd5vEqxB8B6VFQoRopQ3sLAAvEzDAoQgvX54xwofSWj1fx",
  ]
) {
  Deno.test(`parseAddress() does not show the private key ${key.slice(0, 5)}, nor one mistyped`, () => {
    const error = assertThrows(() => parseAddress(key, MAIN), TypeError, "it is a private key");
    assertEquals(error.message.includes(key.slice(9)), false);
    const mistyped = key.slice(0, -1) + "z";
    const other = assertThrows(() => parseAddress(mistyped, MAIN), TypeError, "it is mistyped");
    assertEquals(other.message.includes(mistyped.slice(9)), false);
  });
}

Deno.test("parseAddress() refuses hashes of other lengths than 20 bytes", () => {
  for (const length of [0, 19, 21, 31, 34]) {
    const address = createBase58check(sha256).encode(new Uint8Array(1 + length));
    assertThrows(() => parseAddress(address, MAIN), TypeError, "its hash has not 20 bytes");
  }
});

Deno.test("formatAddress() gives none for scripts that have none", () => {
  for (
    const script of ["", "6a", "51", `21${"02" + "11".repeat(32)}ac`, "0015" + "00".repeat(21)]
  ) {
    assertEquals(formatAddress(hexToBytes(script), MAIN), undefined);
  }
});

Deno.test("formatAddress() gives no segwit address where there is no segwit", () => {
  for (const { hasSegwit, ...rest } of BITCOIN_NETWORKS) {
    const address = formatAddress(hexToBytes(`0014${PROGRAM_20}`), { hasSegwit, ...rest });
    assertEquals(address !== undefined, hasSegwit, rest.name);
  }
  const bsv = network("bsv-main");
  assertThrows(
    () => parseAddress("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", bsv),
    TypeError,
    "it is one of main, not bsv-main",
  );
});

Deno.test("parseAddress() reads what formatAddress() writes", () => {
  const hash = fc.uint8Array({ minLength: 20, maxLength: 20 });
  const longHash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const script = fc.oneof(
    hash.map(createP2pkh),
    hash.map(createP2sh),
    fc.oneof(hash, longHash).map((program) => createWitnessScript(0, program)),
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.uint8Array({ minLength: 2, maxLength: 40 }))
      .map(([version, program]) => createWitnessScript(version, program)),
  );
  fc.assert(
    fc.property(script, fc.constantFrom(MAIN, REGTEST, network("signet")), (script, network) => {
      assertEquals(parseAddress(formatAddress(script, network)!, network), script);
    }),
    RUNS,
  );
});

Deno.test("parseAddress() sees every single character that is mistyped", () => {
  for (
    const address of [
      "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
      "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ]
  ) {
    for (let i = 0; i < address.length; i++) {
      const other = address[i] === "q" ? "p" : "q";
      const mistyped = address.slice(0, i) + other + address.slice(i + 1);
      assertThrows(() => parseAddress(mistyped, MAIN), TypeError, "Cannot read address", mistyped);
    }
  }
});
