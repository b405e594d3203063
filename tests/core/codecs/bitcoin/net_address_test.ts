import { assertEquals, assertThrows } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ByteBuilder } from "../../../../core/codecs/bitcoin/byte_builder.ts";
import { ByteReader } from "../../../../core/codecs/bitcoin/byte_reader.ts";
import {
  ADDRESS_BYTES,
  ADDRESS_NETWORKS,
  hostOf,
  readIpAddress,
  writeIpAddress,
} from "../../../../core/codecs/bitcoin/net_address.ts";

const { ipv4, ipv6, torv2, torv3, i2p, cjdns, yggdrasil } = ADDRESS_NETWORKS;

Deno.test("hostOf() writes addresses of every kind that can be dialled", () => {
  // The long ones are those of BIP 155's tests in Bitcoin Core.
  const hosts: [number, string, string][] = [
    [ipv4, "01020304", "1.2.3.4"],
    [ipv6, "0102030405060708090a0b0c0d0e0f10", "102:304:506:708:90a:b0c:d0e:f10"],
    [
      torv3,
      "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f",
      "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
    ],
    [
      i2p,
      "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87",
      "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p",
    ],
    [cjdns, "fc000001000200030004000500060007", "fc00:1:2:3:4:5:6:7"],
    [yggdrasil, "02000000000000000000000000000001", "200::1"],
  ];
  for (const [networkId, hex, host] of hosts) {
    assertEquals(hostOf({ networkId, bytes: hexToBytes(hex) }), host);
  }
});

Deno.test("hostOf() shortens the longest run of zeros, the first of several (RFC 5952)", () => {
  const texts: [string, string][] = [
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["00010000000000000000000000000000", "1::"],
    ["20010db8000000000000000000000001", "2001:db8::1"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["20010000000000010000000000000001", "2001:0:0:1::1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["00000000000100000000000000000000", "0:0:1::"],
    ["000000000000000a0000000000100100", "::a:0:0:10:100"],
    ["00100000000000ab00000000000000ff", "10:0:0:ab::ff"],
    ["00010000000000010000000000010001", "1::1:0:0:1:1"],
  ];
  for (const [hex, text] of texts) {
    assertEquals(hostOf({ networkId: ipv6, bytes: hexToBytes(hex) }), text);
  }
});

Deno.test("hostOf() gives none where there is nothing to dial", () => {
  assertEquals(hostOf({ networkId: torv2, bytes: new Uint8Array(10) }), undefined);
  assertEquals(hostOf({ networkId: 200, bytes: new Uint8Array(16) }), undefined);
  for (const [networkId, length] of ADDRESS_BYTES) {
    assertEquals(hostOf({ networkId, bytes: new Uint8Array(length + 1) }), undefined);
  }
});

Deno.test("Addresses of 16 bytes hold IPv4 and the Tor of old, both ways", () => {
  const forms: [string, number, string][] = [
    ["00000000000000000000ffff01020304", ipv4, "01020304"],
    ["fd87d87eeb43000102030405060708ff", torv2, "000102030405060708ff"],
    ["20010db8000000000000000000000001", ipv6, "20010db8000000000000000000000001"],
    ["00000000000000000000fffe01020304", ipv6, "00000000000000000000fffe01020304"],
  ];
  for (const [hex, networkId, bytes] of forms) {
    const address = readIpAddress(new ByteReader(hexToBytes(hex)));
    assertEquals(address, { networkId, bytes: hexToBytes(bytes) });
    const builder = new ByteBuilder();
    writeIpAddress(builder, address);
    assertEquals(bytesToHex(builder.finish()), hex);
  }
});

Deno.test("writeIpAddress() refuses what 16 bytes have no room for", () => {
  const write = (networkId: number, length: number) => () =>
    writeIpAddress(new ByteBuilder(), { networkId, bytes: new Uint8Array(length) });
  assertThrows(write(torv3, 32), RangeError, "only addrv2 has room");
  assertThrows(write(99, 16), RangeError, "only addrv2 has room");
  assertThrows(write(ipv4, 16), RangeError, "must have 4 bytes");
});
