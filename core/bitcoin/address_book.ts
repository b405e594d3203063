/**
 * Addresses of Bitcoin nodes: heard of, tried, good and bad. Bounded, whoever fills it.
 *
 * Pure: dials nothing and stores nothing; {@linkcode AddressBook.snapshot} and {@linkcode
 * AddressBook.restore} are for whoever does.
 *
 * @module
 */
import type { Random } from "../channel.ts";
import {
  type AddressBookSnapshot,
  type AddressRecord,
  readAddressBook,
} from "./address_book_snapshot.ts";
import { type Endpoint, formatEndpoint, netgroupOf } from "./endpoint.ts";

/** What was heard of a node. */
export interface HeardAddress extends Endpoint {
  /** The service bits that it is said to have. */
  readonly services: bigint;
  /** When somebody last saw it, in milliseconds since 1970. */
  readonly seenMs: number;
}

/** Which addresses {@linkcode AddressBook.pick} may not give. */
export interface PickOptions {
  /** Milliseconds since 1970. */
  readonly unixMs: number;
  readonly random: Random;
  /** Nodes that are connected or being dialled. */
  readonly isTaken: (endpoint: Endpoint) => boolean;
  /** Netgroups that have a connection already. */
  readonly netgroups: ReadonlySet<string>;
}

/** 1000 addresses come in one answer, and a client needs a few dozen of them. */
const MAX_ADDRESSES = 4_096;
/** One provider's worth must not crowd out the others. */
const MAX_PER_NETGROUP = 32;
/** A bad one is left alone for so long. */
export const BAN_MS: number = 24 * 60 * 60_000;
/** Between two dials; doubled with each failure after the first, up to a day. */
const RETRY_MS = 60_000;
/** Candidates of which the best is dialled: some chance, so that nobody can arrange to be the one. */
const SAMPLE = 8;

/** The book. */
export class AddressBook {
  readonly #records = new Map<string, AddressRecord>();
  readonly #perNetgroup = new Map<string, number>();

  /** How many addresses it holds. */
  get size(): number {
    return this.#records.size;
  }

  /** Every address, the last connected ones first, then the last seen ones. */
  list(): readonly Readonly<AddressRecord>[] {
    return [...this.#records.values()].sort((a, b) =>
      b.connectedMs - a.connectedMs || b.seenMs - a.seenMs
    );
  }

  /**
   * Takes in what somebody said.
   *
   * @param heard An address. A time to come counts as now.
   * @param unixMs Milliseconds since 1970.
   * @returns Whether it is in the book now.
   */
  add(heard: HeardAddress, unixMs: number): boolean {
    const { host, services } = heard;
    const seenMs = Math.min(heard.seenMs, unixMs);
    const known = this.#records.get(formatEndpoint(heard));
    if (known !== undefined) {
      known.seenMs = Math.max(known.seenMs, seenMs);
      known.services = services;
      return true;
    }
    const netgroup = netgroupOf(host);
    if ((this.#perNetgroup.get(netgroup) ?? 0) >= MAX_PER_NETGROUP) return false;
    if (this.#records.size >= MAX_ADDRESSES && !this.#evict(unixMs)) return false;
    this.#insert({ ...fresh(heard), services, seenMs });
    return true;
  }

  /** Notes that a node is being dialled: it isn't picked again at once if that comes to nothing. */
  tried(endpoint: Endpoint, unixMs: number): void {
    const record = this.#record(endpoint);
    record.triedMs = unixMs;
    record.failures++;
  }

  /** Makes a node due again, whatever came of dialling it before. A bad one is left alone all the same. */
  renew(endpoint: Endpoint): void {
    const record = this.#record(endpoint);
    record.triedMs = record.failures = 0;
  }

  /** Notes that a node has shaken hands. */
  connected(endpoint: Endpoint, services: bigint, unixMs: number): void {
    const record = this.#record(endpoint);
    record.connectedMs = record.seenMs = unixMs;
    record.services = services;
    record.failures = 0;
  }

  /** Notes that a node has misbehaved: it isn't picked for a day. */
  ban(endpoint: Endpoint, unixMs: number): void {
    this.#record(endpoint).bannedUntilMs = unixMs + BAN_MS;
  }

  /** Whether a node is to be left alone. */
  isBanned(endpoint: Endpoint, unixMs: number): boolean {
    return (this.#records.get(formatEndpoint(endpoint))?.bannedUntilMs ?? 0) > unixMs;
  }

  /** Chooses a node to dial. @returns undefined when none is due. */
  pick(options: PickOptions): Endpoint | undefined {
    const { unixMs, random, isTaken, netgroups } = options;
    const due = [...this.#records.values()].filter((record) =>
      dueMs(record) <= unixMs && !netgroups.has(netgroupOf(record.host)) && !isTaken(record)
    );
    let best: AddressRecord | undefined;
    for (let i = 0; i < SAMPLE && due.length > 0; i++) {
      const candidate = due[Math.floor(random() * due.length)];
      if (best === undefined || isBetter(candidate, best)) best = candidate;
    }
    return best === undefined ? undefined : { host: best.host, port: best.port };
  }

  /** What is worth remembering, as JSON. */
  snapshot(): AddressBookSnapshot {
    return {
      version: 1,
      addresses: this.list().map((record) => ({ ...record, services: String(record.services) })),
    };
  }

  /**
   * Adds what was remembered.
   *
   * @param json What `JSON.parse` gave.
   * @throws {DecodeError} When it is no snapshot; nothing is added then.
   */
  restore(json: unknown): void {
    for (const record of readAddressBook(json, MAX_ADDRESSES)) {
      const key = formatEndpoint(record);
      if (!this.#records.has(key) && this.#records.size < MAX_ADDRESSES) this.#insert(record);
    }
  }

  #record(endpoint: Endpoint): AddressRecord {
    const record = this.#records.get(formatEndpoint(endpoint)) ?? fresh(endpoint);
    this.#insert(record);
    return record;
  }

  #insert(record: AddressRecord): void {
    const key = formatEndpoint(record);
    if (!this.#records.has(key)) this.#count(record.host, 1);
    this.#records.set(key, record);
  }

  /** Makes room by dropping the address that is worth least. @returns false when all are worth keeping. */
  #evict(unixMs: number): boolean {
    let worst: AddressRecord | undefined;
    for (const record of this.#records.values()) {
      if (record.connectedMs > 0 || record.bannedUntilMs > unixMs) continue;
      if (worst === undefined || isBetter(worst, record)) worst = record;
    }
    if (worst === undefined) return false;
    this.#records.delete(formatEndpoint(worst));
    this.#count(worst.host, -1);
    return true;
  }

  #count(host: string, change: number): void {
    const netgroup = netgroupOf(host);
    const count = (this.#perNetgroup.get(netgroup) ?? 0) + change;
    if (count > 0) this.#perNetgroup.set(netgroup, count);
    else this.#perNetgroup.delete(netgroup);
  }
}

function fresh({ host, port }: Endpoint): AddressRecord {
  const never = { seenMs: 0, triedMs: 0, connectedMs: 0, bannedUntilMs: 0, failures: 0 };
  return { host, port, services: 0n, ...never };
}

/** From when on it may be dialled. One that shakes hands only to hang up isn't dialled at once again either. */
function dueMs({ triedMs, failures, bannedUntilMs }: AddressRecord): number {
  if (triedMs === 0) return bannedUntilMs;
  const waitMs = Math.min(RETRY_MS * 2 ** Math.max(failures - 1, 0), BAN_MS);
  return Math.max(triedMs + waitMs, bannedUntilMs);
}

function isBetter(one: AddressRecord, other: AddressRecord): boolean {
  if (one.failures !== other.failures) return one.failures < other.failures;
  if (one.connectedMs > 0 !== other.connectedMs > 0) return one.connectedMs > 0;
  return one.seenMs > other.seenMs;
}
