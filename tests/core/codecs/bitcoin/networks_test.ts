import { assertEquals, assertMatch } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import {
  BITCOIN_NETWORKS,
  customSignet,
  findNetwork,
} from "../../../../core/codecs/bitcoin/networks.ts";

/** The script that signs the blocks of the signet that everybody means. */
const SIGNET_CHALLENGE = hexToBytes(
  "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430" +
    "210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae",
);

Deno.test("BITCOIN_NETWORKS have a name of their own, four bytes of magic and a whole hash", () => {
  const names = BITCOIN_NETWORKS.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const { name, magic, genesisHash, port } of BITCOIN_NETWORKS) {
    assertEquals(magic.length, 4, name);
    assertMatch(genesisHash, /^[0-9a-f]{64}$/, name);
    assertEquals(port > 1024 && port < 65536, true, name);
  }
});

Deno.test("BITCOIN_NETWORKS share no magic, but for BSV and BCH", () => {
  const byMagic = Object.groupBy(BITCOIN_NETWORKS, ({ magic }) => bytesToHex(magic));
  const shared = Object.values(byMagic).filter((networks) => networks!.length > 1);
  assertEquals(shared.map((networks) => networks!.map(({ name }) => name)), [
    ["bsv-main", "bch-main"],
  ]);
});

Deno.test("BITCOIN_NETWORKS have segwit addresses where they have segwit", () => {
  for (const { name, hasSegwit, addresses } of BITCOIN_NETWORKS) {
    assertEquals(addresses.bech32 !== undefined, hasSegwit, name);
  }
});

Deno.test("findNetwork() finds by the whole name only", () => {
  assertEquals(findNetwork("testnet4")?.port, 48333);
  assertEquals(findNetwork("bsv-regtest")?.magic, findNetwork("regtest")?.magic.toReversed());
  assertEquals(findNetwork("Main"), undefined);
  assertEquals(findNetwork("toString"), undefined);
});

Deno.test("customSignet() of the public signet's challenge has the public signet's magic", () => {
  const signet = findNetwork("signet")!;
  const custom = customSignet(SIGNET_CHALLENGE);
  assertEquals(custom, { ...signet, name: "signet-0a03cf40", dnsSeeds: [] });
});

Deno.test("customSignet() of another challenge has another magic", () => {
  assertEquals(bytesToHex(customSignet(Uint8Array.of(0x51)).magic), "54d26fbd");
});
