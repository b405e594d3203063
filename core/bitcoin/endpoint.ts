/**
 * Where Bitcoin nodes are: hosts and ports, and which of them are likely one and the same somebody.
 *
 * @module
 */

/** Where a node listens. */
export interface Endpoint {
  /** An IP address, IPv6 without brackets, or a name. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

const ENDPOINT_PATTERN =
  /^(?:\[([0-9a-f:.]+)\]|([^:\s[\]/]+)|([0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*))(?::(\d{1,5}))?$/i;
const IPV4_PATTERN = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/**
 * Reads where a node is.
 *
 * @param text `host`, `host:port`, `[ipv6]:port` or an IPv6 address alone.
 * @param defaultPort Where it listens if the text doesn't say.
 * @throws {TypeError} When it is anything else, or the port is no port.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseEndpoint("10.0.0.1", 8333), { host: "10.0.0.1", port: 8333 });
 * assertEquals(parseEndpoint("[2001:db8::1]:18444", 8333), { host: "2001:db8::1", port: 18444 });
 * ```
 */
export function parseEndpoint(text: string, defaultPort: number): Endpoint {
  const found = ENDPOINT_PATTERN.exec(text.trim());
  if (found === null) throw unreadable("it is not host:port", text);
  const host = (found[1] ?? found[2] ?? found[3]).toLowerCase();
  return checkEndpoint({ host, port: found[4] === undefined ? defaultPort : Number(found[4]) });
}

/**
 * Checks where a node is said to be.
 *
 * @param endpoint Host and port.
 * @returns The same.
 * @throws {TypeError} When the host is empty or the port is no port.
 */
export function checkEndpoint(endpoint: Endpoint): Endpoint {
  const { host, port } = endpoint;
  if (host === "") throw unreadable("its host is empty", formatEndpoint(endpoint));
  if (!isPort(port)) throw unreadable("its port is not 1 to 65535", formatEndpoint(endpoint));
  return endpoint;
}

/** Writes where a node is, as {@linkcode parseEndpoint} reads it. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a node may listen on that port. */
export function isPort(port: unknown): port is number {
  return Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65535;
}

/**
 * Says which crowd an address belongs to: those of one are cheap to have for one and the same person, so that
 * peers had better come from different ones. /16 of IPv4, /32 of IPv6, as Bitcoin Core does it.
 *
 * @param host An IP address or a name.
 * @returns The same text for all of one crowd; a name is a crowd of its own.
 */
export function netgroupOf(host: string): string {
  const ipv4 = parseIpv4(host);
  if (ipv4 !== undefined) return `${ipv4[0]}.${ipv4[1]}`;
  const ipv6 = parseIpv6(host);
  if (ipv6 !== undefined) return `${ipv6[0].toString(16)}:${ipv6[1].toString(16)}`;
  return host;
}

/**
 * Whether a stranger's word that a node is there may be believed: addresses of private networks, of this
 * machine and of nobody are not worth a dial, and dialling them could be what the stranger wants.
 *
 * @param host An IP address; a name is not.
 */
export function isRoutable(host: string): boolean {
  const ipv4 = parseIpv4(host);
  if (ipv4 !== undefined) return isRoutableIpv4(ipv4);
  const ipv6 = parseIpv6(host);
  if (ipv6 === undefined) return false;
  const [first, second] = ipv6;
  // Global unicast is 2000::/3, without Teredo, ORCHID and what is for documentation.
  if ((first & 0xe000) !== 0x2000) return false;
  return !(first === 0x2001 && (second === 0xdb8 || second === 0 || (second & 0xfff0) === 0x10));
}

function isRoutableIpv4([a, b, c]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b < 128) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b < 32) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  return !(a === 203 && b === 0 && c === 113);
}

/** @returns Its four bytes, or undefined when it is no IPv4 address. */
function parseIpv4(host: string): readonly number[] | undefined {
  const found = IPV4_PATTERN.exec(host);
  if (found === null) return undefined;
  const bytes = found.slice(1).map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** @returns Its eight groups, or undefined when it is no IPv6 address. */
function parseIpv6(host: string): readonly number[] | undefined {
  if (!host.includes(":")) return undefined;
  const halves = host.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail = []] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array(Math.max(missing, 0)).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => parseInt(group, 16));
}

function unreadable(reason: string, text: string): TypeError {
  return new TypeError(
    `Cannot read Bitcoin peer as ${reason}: got ${JSON.stringify(text.slice(0, 100))}`,
  );
}
