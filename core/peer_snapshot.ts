/**
 * What a peer table remembers over a restart, as JSON.
 *
 * @module
 */
import { DecodeError } from "./errors.ts";
import { isKeyText } from "./identity.ts";
import { MAX_PEER_ADDRESSES, type Peer } from "./peer.ts";
import {
  isNamespaceName,
  isPeerName,
  readPeerAddress,
  readPeerFunctions,
} from "./peer_observation.ts";
import type { PinnedKey } from "./pinned_keys.ts";

/** What is remembered of one peer: what can still be true when it is read. */
export type PeerMemory = Omit<Peer, "id" | "state" | "direction">;

/** Everything that is remembered. Plain data, made for `JSON.stringify`. */
export interface PeerSnapshot {
  /** Of this format. */
  readonly version: 1;
  /** The last seen ones first. */
  readonly peers: readonly PeerMemory[];
  /** Keys of peers that are gone. */
  readonly pins: readonly PinnedKey[];
}

/** The last moment that a `Date` can hold. */
const MAX_UNIX_MS = 8_640_000_000_000_000;

/**
 * Takes a snapshot.
 *
 * @param peers All peers of a table.
 * @param pins Keys of peers that are gone.
 * @returns What is worth remembering.
 */
export function takePeerSnapshot(
  peers: readonly Peer[],
  pins: readonly PinnedKey[],
): PeerSnapshot {
  const memories = peers.map(({ id: _id, state: _state, direction: _direction, ...memory }) =>
    memory
  );
  return { version: 1, peers: memories.sort((a, b) => b.lastSeenMs - a.lastSeenMs), pins };
}

/**
 * Reads a snapshot.
 *
 * @param json What `JSON.parse` gave.
 * @param maxPeers How many peers to read, and how many pins; the rest is not looked at.
 * @returns The snapshot.
 * @throws {DecodeError} When it is none, or when any of it is not what it should be.
 */
export function readPeerSnapshot(json: unknown, maxPeers: number): PeerSnapshot {
  const { version, peers, pins } = readObject(json, "it");
  if (version !== 1) throw malformed(`version is not 1: got ${JSON.stringify(version)}`);
  if (!Array.isArray(peers)) throw malformed("peers is no list");
  if (!Array.isArray(pins)) throw malformed("pins is no list");
  return {
    version,
    peers: peers.slice(0, maxPeers).map((peer, i) => readMemory(peer, `peers[${i}]`)),
    pins: pins.slice(-maxPeers).map((pin, i) => readPin(pin, `pins[${i}]`)),
  };
}

function readMemory(json: unknown, at: string): PeerMemory {
  const { name, namespace, addresses, key, functions, ...rest } = readObject(json, at);
  if (!isPeerName(name)) throw malformed(`${at}.name is no name`);
  if (!isNamespaceName(namespace)) throw malformed(`${at}.namespace is no namespace`);
  if (key !== undefined && !isKeyText(key)) throw malformed(`${at}.key is no public key`);
  const knownFunctions = readPeerFunctions(functions);
  if (knownFunctions === undefined) throw malformed(`${at}.functions is no list of names`);
  return {
    name,
    namespace,
    addresses: readAddresses(addresses, at),
    key,
    functions: knownFunctions,
    firstSeenMs: readNumber(rest.firstSeenMs, `${at}.firstSeenMs`),
    lastSeenMs: readNumber(rest.lastSeenMs, `${at}.lastSeenMs`),
    failures: readNumber(rest.failures, `${at}.failures`),
    latency: rest.latency === undefined ? undefined : readLatency(rest.latency, `${at}.latency`),
  };
}

function readAddresses(json: unknown, at: string): string[] {
  if (!Array.isArray(json) || json.length === 0) throw malformed(`${at}.addresses is no list`);
  return json.slice(0, MAX_PEER_ADDRESSES).map((text, i) => {
    const address = readPeerAddress(text);
    if (address === undefined) throw malformed(`${at}.addresses[${i}] is no address`);
    return address;
  });
}

function readLatency(json: unknown, at: string): Peer["latency"] {
  const { smoothedMs, deviationMs } = readObject(json, at);
  return {
    smoothedMs: readNumber(smoothedMs, `${at}.smoothedMs`),
    deviationMs: readNumber(deviationMs, `${at}.deviationMs`),
  };
}

function readPin(json: unknown, at: string): PinnedKey {
  const { handle, key } = readObject(json, at);
  if (!isHandle(handle)) throw malformed(`${at}.handle is not name@namespace`);
  if (!isKeyText(key)) throw malformed(`${at}.key is no public key`);
  return { handle, key };
}

function isHandle(handle: unknown): handle is string {
  if (typeof handle !== "string") return false;
  const at = handle.indexOf("@");
  return at > 0 && isPeerName(handle.slice(0, at)) && isNamespaceName(handle.slice(at + 1));
}

function readObject(json: unknown, at: string): Record<string, unknown> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>;
  }
  throw malformed(`${at} is no object`);
}

function readNumber(json: unknown, at: string): number {
  if (typeof json === "number" && json >= 0 && json <= MAX_UNIX_MS) return json;
  throw malformed(`${at} is no number from 0 to ${MAX_UNIX_MS}`);
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot read peers as ${reason}`);
}
