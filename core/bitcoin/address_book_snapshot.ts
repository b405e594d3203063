/**
 * What an address book remembers over a restart, as JSON.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";
import { type Endpoint, isPort } from "./endpoint.ts";

/** What is known of one address. Times are milliseconds since 1970, 0 for never. */
export interface AddressRecord extends Endpoint {
  /** The service bits that it has, or is said to have. */
  services: bigint;
  /** When somebody last saw it. */
  seenMs: number;
  /** When it was last dialled. */
  triedMs: number;
  /** When it last shook hands with us. */
  connectedMs: number;
  /** Until when it is left alone. */
  bannedUntilMs: number;
  /** Dials in a row that came to nothing. */
  failures: number;
}

/** Everything that is remembered. Plain data, made for `JSON.stringify`. */
export interface AddressBookSnapshot {
  /** Of this format. */
  readonly version: 1;
  /** The last connected ones first. Service bits are decimal text: JSON's numbers hold but 53 bits. */
  readonly addresses: readonly (Omit<AddressRecord, "services"> & { readonly services: string })[];
}

/** The last moment that a `Date` can hold. */
const MAX_UNIX_MS = 8_640_000_000_000_000;
const MAX_HOST_LENGTH = 253;
const SERVICES_PATTERN = /^\d{1,20}$/;
const HOST_PATTERN = /^[0-9a-z_.:-]+$/i;

/**
 * Reads a snapshot.
 *
 * @param json What `JSON.parse` gave.
 * @param maxAddresses How many to read; the rest is not looked at.
 * @throws {DecodeError} When it is none, or when any of it is not what it should be.
 */
export function readAddressBook(json: unknown, maxAddresses: number): AddressRecord[] {
  const { version, addresses } = readObject(json, "it");
  if (version !== 1) throw malformed(`version is not 1: got ${JSON.stringify(version)}`);
  if (!Array.isArray(addresses)) throw malformed("addresses is no list");
  return addresses.slice(0, maxAddresses).map((address, i) => {
    return readRecord(address, `addresses[${i}]`);
  });
}

function readRecord(json: unknown, at: string): AddressRecord {
  const { host, port, services, ...rest } = readObject(json, at);
  if (typeof host !== "string" || host.length > MAX_HOST_LENGTH || !HOST_PATTERN.test(host)) {
    throw malformed(`${at}.host is no host`);
  }
  if (!isPort(port)) throw malformed(`${at}.port is no port`);
  if (typeof services !== "string" || !SERVICES_PATTERN.test(services)) {
    throw malformed(`${at}.services is no number as text`);
  }
  return {
    host,
    port,
    services: BigInt.asUintN(64, BigInt(services)),
    seenMs: readNumber(rest.seenMs, `${at}.seenMs`),
    triedMs: readNumber(rest.triedMs, `${at}.triedMs`),
    connectedMs: readNumber(rest.connectedMs, `${at}.connectedMs`),
    bannedUntilMs: readNumber(rest.bannedUntilMs, `${at}.bannedUntilMs`),
    failures: readNumber(rest.failures, `${at}.failures`),
  };
}

function readObject(json: unknown, at: string): Record<string, unknown> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>;
  }
  throw malformed(`${at} is no object`);
}

function readNumber(json: unknown, at: string): number {
  if (Number.isSafeInteger(json) && Number(json) >= 0 && Number(json) <= MAX_UNIX_MS) {
    return Number(json);
  }
  throw malformed(`${at} is no whole number from 0 to ${MAX_UNIX_MS}`);
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot read address book as ${reason}`);
}
