/**
 * What a peer table keeps of one peer: what is known, and what it needs to keep order.
 *
 * @module
 */
import type { HeapItem } from "./indexed_heap.ts";
import { type Latency, smoothLatency } from "./latency.ts";
import {
  MAX_PEER_ADDRESSES,
  type Peer,
  type PeerDirection,
  peerHandle,
  type PeerState,
} from "./peer.ts";
import type { PeerObservation } from "./peer_observation.ts";
import type { PeerMemory } from "./peer_snapshot.ts";

/** When something was: on the clock that runs on, and on the wall. */
export interface Moment {
  readonly nowMs: number;
  readonly unixMs: number;
}

/** What a record has besides what was heard. */
export interface RecordOptions {
  readonly serial: number;
  readonly seen: Moment;
  readonly offlineAfterMs: number;
}

/** Made-up names of a flood are heard once, or for seconds. */
const ESTABLISHED_MS = 60_000;

/** One peer. Its lists are replaced, never changed, so that a {@linkcode Peer} can share them. */
export class PeerRecord implements HeapItem {
  readonly id: string;
  readonly key: string | undefined;
  /** Counts records, so that a later one has a higher number. */
  readonly serial: number;
  name: string;
  namespace: string;
  handle: string;
  addresses: readonly string[];
  functions: readonly string[];
  state: PeerState = "discovered";
  direction: PeerDirection | undefined;
  firstSeenMs: number;
  lastSeenMs: number;
  failures = 0;
  latency: Latency | undefined;
  /** The time of the newest observation, on the peer's own clock: what decides which one is newer. */
  heardMs: number;
  /** When it last gave a sign of life, on our clock that never goes back: what decides on silence. */
  aliveAtMs: number;
  /** Silence after which it is offline. */
  offlineAfterMs: number;
  /** Whether listeners believe that it is there. */
  isPresent = true;
  heapIndex = -1;

  constructor(observation: PeerObservation, { serial, seen, offlineAfterMs }: RecordOptions) {
    this.key = observation.key;
    this.serial = serial;
    this.name = observation.name;
    this.namespace = observation.namespace;
    this.handle = peerHandle(observation);
    this.id = observation.key ?? this.handle;
    this.addresses = [observation.address];
    this.functions = observation.functions ?? [];
    this.firstSeenMs = this.lastSeenMs = seen.unixMs;
    this.heardMs = observation.heardMs;
    this.aliveAtMs = seen.nowMs;
    this.offlineAfterMs = offlineAfterMs;
  }

  /** A peer from before a restart: nothing of it was heard yet, and its time to be heard begins now. */
  static recall(memory: PeerMemory, options: RecordOptions): PeerRecord {
    const { nowMs, unixMs } = options.seen;
    const lastSeenMs = Math.min(memory.lastSeenMs, unixMs);
    const observation = { ...memory, address: memory.addresses[0], heardMs: 0 };
    const seen = { nowMs, unixMs: lastSeenMs };
    const record = new PeerRecord(observation, { ...options, seen });
    record.addresses = memory.addresses;
    record.firstSeenMs = Math.min(memory.firstSeenMs, lastSeenMs);
    record.failures = memory.failures;
    record.latency = memory.latency;
    record.silence();
    return record;
  }

  /** A connection, or the making of one: whoever owns that says when it is over. */
  get isHeld(): boolean {
    return this.state === "connecting" || this.state === "connected";
  }

  /** Whether it was heard for long enough that its key is worth remembering before others. */
  get isEstablished(): boolean {
    return this.lastSeenMs - this.firstSeenMs >= ESTABLISHED_MS;
  }

  toPeer(): Peer {
    const { id, name, namespace, addresses, key, functions, state, direction } = this;
    const { firstSeenMs, lastSeenMs, failures, latency } = this;
    return {
      id,
      name,
      namespace,
      addresses,
      key,
      functions,
      state,
      direction,
      firstSeenMs,
      lastSeenMs,
      failures,
      latency,
    };
  }

  /** Takes over an observation that isn't older. Answers whether it says more than that the peer lives. */
  learn(observation: PeerObservation, seen: Moment): boolean {
    if (observation.heardMs > this.heardMs) {
      this.heardMs = observation.heardMs;
      this.revive(seen);
    }
    const isMoved = this.name !== observation.name || this.namespace !== observation.namespace;
    if (isMoved) {
      this.name = observation.name;
      this.namespace = observation.namespace;
      this.handle = peerHandle(observation);
    }
    const hasNewAddress = this.#learnAddress(observation.address);
    const hasNewFunctions = this.#learnFunctions(observation.functions);
    return isMoved || hasNewAddress || hasNewFunctions;
  }

  /** Notes a sign of life that brings it back where it was offline. */
  revive({ nowMs, unixMs }: Moment): void {
    this.aliveAtMs = Math.max(this.aliveAtMs, nowMs);
    this.lastSeenMs = Math.max(this.lastSeenMs, unixMs);
    this.isPresent = true;
    if (this.state === "offline") this.state = "discovered";
  }

  /** Ends a connection, or the making of one. */
  release(nowMs: number): void {
    this.direction = undefined;
    if (nowMs - this.aliveAtMs >= this.offlineAfterMs) this.silence();
    else this.state = "discovered";
  }

  /** Takes it for gone. */
  silence(): void {
    this.direction = undefined;
    this.isPresent = false;
    this.state = "offline";
  }

  measure(roundTripMs: number): void {
    this.latency = smoothLatency(this.latency, roundTripMs);
  }

  /** Adverts of several interfaces come by turns: that only the order changes is no news. */
  #learnAddress(address: string): boolean {
    if (this.addresses[0] === address) return false;
    const others = this.addresses.filter((other) => other !== address);
    const isNew = others.length === this.addresses.length;
    this.addresses = [address, ...others].slice(0, MAX_PEER_ADDRESSES);
    return isNew;
  }

  #learnFunctions(functions: readonly string[] | undefined): boolean {
    const known = this.functions;
    if (functions === undefined) return false;
    if (functions.length === known.length && functions.every((name, i) => name === known[i])) {
      return false;
    }
    this.functions = functions;
    return true;
  }
}

/**
 * Orders peers by how little is lost with them: offline ones, longest silent first; then those never
 * pinged, latest first, so that a flood of newcomers pushes out its own; then the slowest. Those
 * that are held come last.
 */
export function compareExpendable(a: PeerRecord, b: PeerRecord): number {
  const rank = expendableRank(a);
  const difference = rank - expendableRank(b);
  if (difference !== 0) return difference;
  if (rank === RANK.offline) return a.lastSeenMs - b.lastSeenMs || a.serial - b.serial;
  if (rank === RANK.measured) {
    return b.latency!.smoothedMs - a.latency!.smoothedMs || b.serial - a.serial;
  }
  return b.serial - a.serial;
}

const RANK = { offline: 0, unmeasured: 1, measured: 2, held: 3 } as const;

function expendableRank(record: PeerRecord): number {
  if (record.state === "offline") return RANK.offline;
  if (record.isHeld) return RANK.held;
  return record.latency === undefined ? RANK.unmeasured : RANK.measured;
}
