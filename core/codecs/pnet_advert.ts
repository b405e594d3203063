/**
 * What a pnet advert says: `name@ip:port`, and whose key it is.
 *
 * The text only; the packet around it is `pipe_packet.ts`, its encryption `pnet_content.ts`.
 *
 * @module
 */
import { DecodeError, EncodeError } from "../errors.ts";

/** Where a node is. */
export interface PnetPlace {
  /** Its name. */
  readonly name: string;
  /** An IPv4 address, or `localhost`. */
  readonly host: string;
  /** Its TCP port. */
  readonly port: number;
}

/** What an advert tells. */
export interface PnetAdvert extends PnetPlace {
  /** The node's public key as PKCS#1 PEM. Not proven: anybody can advertise anything. */
  readonly publicKeyPem: string;
}

/** Real nodes read a datagram of that many bytes, and glue a longer one to the next. */
export const MAX_ADVERT_BYTES: number = 1_024;

const PLACE = /^([^@]+)@([^:@]+):(\d{1,5})$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
/** `&`, `=` and `?` can't be escaped in the commands that names go into. */
const UNSAFE_NAME = /[\p{C}|@&=?]/u;
const CONTROL = /[\p{C}|]/u;
const MAX_NAME_LENGTH = 64;

/**
 * Says whether a node can have a name.
 *
 * @param name The name.
 * @throws {EncodeError} `not_supported` when real nodes could not call or answer it.
 */
export function checkPnetName(name: string): void {
  if (
    name === "" || name.length > MAX_NAME_LENGTH || name !== name.trim() || UNSAFE_NAME.test(name)
  ) {
    throw new EncodeError(
      "not_supported",
      `Cannot use name in pnet as it must have 1 to ${MAX_NAME_LENGTH} characters and no | @ & = ?: got ${
        JSON.stringify(name.slice(0, 80))
      }`,
    );
  }
}

/**
 * Writes an advert's text.
 *
 * @param place Where a node is.
 * @throws {EncodeError} `not_supported` for an address that real nodes don't take.
 */
export function formatPnetPlace(place: PnetPlace): string {
  checkPnetName(place.name);
  if (place.host !== "localhost" && !isIpv4(place.host)) {
    throw new EncodeError(
      "not_supported",
      `Cannot advertise in pnet as the address must be IPv4 or localhost: got ${place.host}`,
    );
  }
  return `${place.name}@${place.host}:${place.port}`;
}

/**
 * Reads an advert's text. Whether the host is an address is left to {@linkcode isIpv4}: real nodes refuse
 * that with an error of its own.
 *
 * @param text What came.
 * @throws {DecodeError} `malformed`.
 */
export function parsePnetPlace(text: string): PnetPlace {
  const found = PLACE.exec(text);
  const name = found?.[1] ?? "";
  const port = Number(found?.[3]);
  const isNameFine = name.length <= MAX_NAME_LENGTH && name === name.trim() && !CONTROL.test(name);
  if (found === null || !isNameFine || port > 65535) {
    throw new DecodeError(
      "malformed",
      `Cannot decode pnet advert as it is not name@ip:port: got ${
        JSON.stringify(text.slice(0, 80))
      }`,
    );
  }
  return { name, host: found[2], port };
}

/**
 * Whether a host is an IPv4 address in dotted decimals.
 *
 * @param host The host.
 */
export function isIpv4(host: string): boolean {
  return IPV4.test(host);
}
