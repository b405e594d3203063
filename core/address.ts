/**
 * Where a node is reached: `tcp://host:port`, `unix:///path`, `memory://name`.
 *
 * A bare `host:port` is `tcp://`; a bare `:port` is loopback. IPv6 hosts stand in brackets.
 *
 * @example Usage
 * ```ts
 * import { formatAddress, parseAddress } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseAddress("[::1]:9999"), { scheme: "tcp", host: "::1", port: 9999, path: "" });
 * assertEquals(formatAddress({ scheme: "unix", host: "", port: 0, path: "/run/x" }), "unix:///run/x");
 * ```
 * @module
 */

/** One end of a connection. */
export interface Address {
  /** Which transport, and which dialect: `tcp`, `unix`, `memory`. */
  readonly scheme: string;
  /** Host name or IP address, IPv6 without brackets. Empty for paths. */
  readonly host: string;
  /** 0 to 65535; 0 asks the system for a free one. */
  readonly port: number;
  /** Path, beginning with `/`, or empty. */
  readonly path: string;
}

const URL_PATTERN =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:\[([0-9a-f:.]+(?:%[\w.-]+)?)\]|([^/:\s[\]]*))(?::(\d{1,5}))?(\/.*)?$/i;

/** Schemes whose address is a file system path instead of a host and a port. */
const PATH_SCHEMES: readonly string[] = ["unix"];
/** Schemes whose address is a name without a port. */
const NAME_SCHEMES: readonly string[] = ["memory"];
/** Schemes whose address is a crowd's name and, as the path, one of its members'. */
const MEMBER_SCHEMES: readonly string[] = ["pnet"];

/**
 * Reads an address.
 *
 * @param text A URL, or a bare `host:port`.
 * @returns The address, its scheme in lower case and `tcp` where none is given.
 * @throws {TypeError} When the text is no address; the message says what is missing.
 */
export function parseAddress(text: string): Address {
  const found = URL_PATTERN.exec(text);
  if (found === null) {
    throw new TypeError(
      `Cannot read address as it is not host:port or scheme://host:port: got ${
        JSON.stringify(text)
      }`,
    );
  }
  const scheme = (found[1] ?? "tcp").toLowerCase();
  const host = found[2] ?? found[3] ?? "";
  const path = found[5] ?? "";
  if (PATH_SCHEMES.includes(scheme)) {
    if (path === "" || host !== "" || found[4] !== undefined) {
      throw new TypeError(
        `Cannot read address as ${scheme}:// takes an absolute path: got ${JSON.stringify(text)}`,
      );
    }
    return { scheme, host: "", port: 0, path };
  }
  if (NAME_SCHEMES.includes(scheme)) {
    if (path !== "" || found[4] !== undefined) {
      throw new TypeError(
        `Cannot read address as ${scheme}:// takes a name alone: got ${JSON.stringify(text)}`,
      );
    }
    return { scheme, host, port: 0, path: "" };
  }
  if (MEMBER_SCHEMES.includes(scheme)) {
    if (host === "" || path.length < 2 || found[4] !== undefined) {
      throw new TypeError(
        `Cannot read address as ${scheme}:// takes a network and a name, ${scheme}://network/name: got ${
          JSON.stringify(text)
        }`,
      );
    }
    return { scheme, host, port: 0, path };
  }
  if (found[4] === undefined) {
    throw new TypeError(`Cannot read address as its port is missing: got ${JSON.stringify(text)}`);
  }
  const port = Number(found[4]);
  if (port > 65535) {
    throw new TypeError(
      `Cannot read address as its port is over 65535: got ${JSON.stringify(text)}`,
    );
  }
  return { scheme, host: host === "" ? "127.0.0.1" : host, port, path };
}

/**
 * Writes an address as {@linkcode parseAddress} reads it.
 *
 * @param address The address.
 * @returns A URL with its scheme.
 */
export function formatAddress(address: Address): string {
  const { scheme, host, port, path } = address;
  if (PATH_SCHEMES.includes(scheme)) return `${scheme}://${path}`;
  if (NAME_SCHEMES.includes(scheme)) return `${scheme}://${host}`;
  if (MEMBER_SCHEMES.includes(scheme)) return `${scheme}://${host}${path}`;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
}

/** What a listener on all addresses calls itself: nowhere that somebody else could call. */
const UNSPECIFIED: readonly string[] = ["0.0.0.0", "::"];

/**
 * Says where somebody else can be reached who says where it listens.
 *
 * @param address What it says.
 * @param host Where it is seen to be, for one that listens on all its addresses.
 * @returns An address to dial.
 */
export function reachableAt(address: Address, host: string): Address {
  return UNSPECIFIED.includes(address.host) ? { ...address, host } : address;
}
