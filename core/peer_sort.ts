/**
 * Orders of peers.
 *
 * Each function gives a new list and breaks ties by id, so that the same peers come in the same order
 * everywhere.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Peer } from "./peer.ts";

/**
 * Orders by smoothed round-trip time.
 *
 * @param peers Any.
 * @returns The fastest first, those never measured last.
 */
export function sortByLatency(peers: Iterable<Peer>): Peer[] {
  return sortBy(peers, (a, b) => {
    const first = a.latency?.smoothedMs ?? Infinity;
    const second = b.latency?.smoothedMs ?? Infinity;
    return first === second ? 0 : first - second;
  });
}

/**
 * Orders by when they were last heard.
 *
 * @param peers Any.
 * @returns The last heard first.
 */
export function sortByLastSeen(peers: Iterable<Peer>): Peer[] {
  return sortBy(peers, (a, b) => b.lastSeenMs - a.lastSeenMs);
}

/**
 * Orders by distance as Kademlia has it: the exclusive or of the SHA-256 of the ids, as a number. Every
 * node comes to the same order, and nobody can choose a place near an id without trying many keys.
 *
 * @param peers Any.
 * @param id What they are compared with: a peer's id, or any text.
 * @returns The closest first.
 */
export function sortByDistance(peers: Iterable<Peer>, id: string): Peer[] {
  const target = hash(id);
  const placed = Array.from(peers, (peer) => ({ peer, distance: xor(hash(peer.id), target) }));
  return placed.sort((a, b) => compareNumbers(a.distance, b.distance)).map(({ peer }) => peer);
}

function sortBy(peers: Iterable<Peer>, compare: (a: Peer, b: Peer) => number): Peer[] {
  return [...peers].sort((a, b) => compare(a, b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function hash(id: string): Uint8Array {
  return sha256(new TextEncoder().encode(id));
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ b[i]);
}

/** Both are big-endian and of one length. */
function compareNumbers(a: Uint8Array, b: Uint8Array): number {
  const i = a.findIndex((byte, i) => byte !== b[i]);
  return i === -1 ? 0 : a[i] - b[i];
}
