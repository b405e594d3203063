/**
 * Where nodes are, in the bytes of `version`, `addr` and `addrv2` (BIP 155).
 *
 * @module
 */
import { sha3_256 } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { base32nopad } from "@scure/base";
import type { ByteBuilder } from "./byte_builder.ts";
import type { ByteReader } from "./byte_reader.ts";

/** An address, without its port. */
export interface NetAddress {
  /** One of {@linkcode ADDRESS_NETWORKS}, or a number that nobody knows yet. */
  readonly networkId: number;
  /** As many bytes as the network's addresses have. */
  readonly bytes: Uint8Array;
}

/** The kinds of address, by their numbers in BIP 155. */
export const ADDRESS_NETWORKS = {
  ipv4: 1,
  ipv6: 2,
  /** Gone since 2021. */
  torv2: 3,
  torv3: 4,
  i2p: 5,
  cjdns: 6,
  yggdrasil: 7,
} as const;

/** How many bytes an address of each kind has, by its number. */
export const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [ADDRESS_NETWORKS.ipv4, 4],
  [ADDRESS_NETWORKS.ipv6, 16],
  [ADDRESS_NETWORKS.torv2, 10],
  [ADDRESS_NETWORKS.torv3, 32],
  [ADDRESS_NETWORKS.i2p, 32],
  [ADDRESS_NETWORKS.cjdns, 16],
  [ADDRESS_NETWORKS.yggdrasil, 16],
]);

const IP_BYTES = 16;
const IPV4_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
/** The block of private IPv6 addresses in which old messages hide those of Tor. */
const TORV2_PREFIX = Uint8Array.of(0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43);
const TORV3_CHECKSUM_PREFIX = new TextEncoder().encode(".onion checksum");
const TORV3_VERSION = Uint8Array.of(3);

/**
 * Reads an address of 16 bytes, in which IPv4 is a part of IPv6.
 *
 * @param reader Stands at its first byte; afterwards at the one behind it.
 */
export function readIpAddress(reader: ByteReader): NetAddress {
  const bytes = reader.bytes(IP_BYTES);
  if (startsWith(bytes, IPV4_PREFIX)) {
    return { networkId: ADDRESS_NETWORKS.ipv4, bytes: bytes.slice(IPV4_PREFIX.length) };
  }
  if (startsWith(bytes, TORV2_PREFIX)) {
    return { networkId: ADDRESS_NETWORKS.torv2, bytes: bytes.slice(TORV2_PREFIX.length) };
  }
  return { networkId: ADDRESS_NETWORKS.ipv6, bytes };
}

/**
 * Appends an address as 16 bytes.
 *
 * @param builder Where to.
 * @param address One of IPv4, IPv6 or version 2 of Tor.
 * @throws {RangeError} When it is of another kind, which 16 bytes have no room for, or of a wrong length.
 */
export function writeIpAddress(builder: ByteBuilder, address: NetAddress): void {
  const { networkId, bytes } = address;
  switch (networkId) {
    case ADDRESS_NETWORKS.ipv4:
      builder.bytes(IPV4_PREFIX);
      break;
    case ADDRESS_NETWORKS.torv2:
      builder.bytes(TORV2_PREFIX);
      break;
    case ADDRESS_NETWORKS.ipv6:
      break;
    default:
      throw new RangeError(
        `Cannot encode address as only addrv2 has room for its kind: got network ${networkId}`,
      );
  }
  builder.fixedBytes(bytes, ADDRESS_BYTES.get(networkId)!);
}

/**
 * Writes an address as one would dial it.
 *
 * @param address The address.
 * @returns `192.0.2.1`, `2001:db8::1`, a name below `.onion` or `.b32.i2p`; undefined for what can't be
 * dialled: version 2 of Tor, unknown kinds, wrong lengths.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(hostOf({ networkId: 1, bytes: Uint8Array.of(192, 0, 2, 1) }), "192.0.2.1");
 * ```
 */
export function hostOf({ networkId, bytes }: NetAddress): string | undefined {
  if (bytes.length !== ADDRESS_BYTES.get(networkId)) return undefined;
  switch (networkId) {
    case ADDRESS_NETWORKS.ipv4:
      return bytes.join(".");
    case ADDRESS_NETWORKS.ipv6:
    case ADDRESS_NETWORKS.cjdns:
    case ADDRESS_NETWORKS.yggdrasil:
      return formatIpv6(bytes);
    case ADDRESS_NETWORKS.torv3:
      return `${base32nopad.encode(torv3Name(bytes)).toLowerCase()}.onion`;
    case ADDRESS_NETWORKS.i2p:
      return `${base32nopad.encode(bytes).toLowerCase()}.b32.i2p`;
    default:
      return undefined;
  }
}

/** The longest run of zeros becomes `::`, the first of several (RFC 5952). */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: IP_BYTES / 2 },
    (_, i) => (bytes[2 * i] << 8 | bytes[2 * i + 1]).toString(16),
  );
  const text = groups.join(":");
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?![0-9a-f])/g)];
  if (runs.length === 0) return text;
  const [{ index, 0: run }] = runs.sort(([a], [b]) => groupsOf(b) - groupsOf(a));
  return `${text.slice(0, index)}::${text.slice(index + run.length + 1)}`;
}

/** A run at the start has no colon before it. */
function groupsOf(run: string): number {
  return run.split("0").length - 1;
}

function torv3Name(key: Uint8Array): Uint8Array {
  const checksum = sha3_256(concatBytes(TORV3_CHECKSUM_PREFIX, key, TORV3_VERSION)).subarray(0, 2);
  return concatBytes(key, checksum, TORV3_VERSION);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}
