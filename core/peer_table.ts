/**
 * Who is out there: what was heard of each peer, put together, bounded, and forgotten in time.
 *
 * A name belongs to the key that it was first heard with (trust on first use), also after its peer was
 * dropped. Pure: sends nothing, starts no timer; its owner calls {@linkcode PeerTable.sweep} about once a
 * second.
 *
 * @example Usage
 * ```ts
 * import { PeerTable, systemClock } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new PeerTable({ clock: systemClock, onListenerError: () => {} });
 * const bob = { namespace: "demo", name: "bob", address: "tcp://192.168.1.5:9999" };
 * assertEquals(table.merge({ ...bob, heardMs: systemClock.unixMs() }), "joined");
 * assertEquals(table.named("bob", "demo")?.addresses, ["tcp://192.168.1.5:9999"]);
 * ```
 * @module
 */
import type { Clock } from "./channel.ts";
import { Emitter, type ListenerErrorHandler } from "./emitter.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { type Peer, type PeerDirection, peerHandle } from "./peer.ts";
import type { PeerEvents, PeerLeftReason } from "./peer_events.ts";
import { PeerIndex } from "./peer_index.ts";
import { type MergeOutcome, type PeerObservation, readObservation } from "./peer_observation.ts";
import { type Moment, PeerRecord, type RecordOptions } from "./peer_record.ts";
import { type PeerSnapshot, readPeerSnapshot, takePeerSnapshot } from "./peer_snapshot.ts";

export type { MergeOutcome, PeerObservation } from "./peer_observation.ts";

/** What {@linkcode PeerTable} takes. */
export interface PeerTableOptions {
  /** Time. */
  readonly clock: Clock;
  /** Gets what listeners throw. Must not throw. */
  readonly onListenerError: ListenerErrorHandler;
  /** How many peers to keep, and how many keys of dropped ones. 10,000 by default. */
  readonly maxPeers?: number;
  /** Silence after which a peer is offline, where a merge isn't told another. 10,000 by default. */
  readonly offlineAfterMs?: number;
  /** Silence after which a peer is dropped. 600,000 by default. */
  readonly dropAfterMs?: number;
}

/** What {@linkcode PeerTable.merge} takes besides the observation. */
export interface MergeOptions {
  /** Silence after which this peer is offline: a few times the interval at which it is heard. */
  readonly offlineAfterMs?: number;
}

/** How far clocks differ. Beyond it ahead, one false time would outdo all true ones; up to it back is now. */
const MAX_SKEW_MS = 30_000;

/** The peers of one node. */
export class PeerTable {
  readonly #clock: Clock;
  readonly #events: Emitter<PeerEvents>;
  readonly #index: PeerIndex;
  readonly #maxPeers: number;
  readonly #offlineAfterMs: number;
  readonly #dropAfterMs: number;
  #serial = 0;

  /**
   * @param options The clock, and what differs from the defaults.
   * @throws {RangeError} When a number is not positive and whole.
   */
  constructor(options: PeerTableOptions) {
    const { clock, onListenerError, maxPeers = DEFAULT_LIMITS.maxPeers } = options;
    const { offlineAfterMs = 10_000, dropAfterMs = 600_000 } = options;
    for (const [name, value] of Object.entries({ maxPeers, offlineAfterMs, dropAfterMs })) {
      if (Number.isSafeInteger(value) && value > 0) continue;
      throw new RangeError(
        `Cannot keep peers as ${name} must be a positive whole number: got ${value}`,
      );
    }
    this.#clock = clock;
    this.#events = new Emitter(onListenerError);
    this.#index = new PeerIndex(maxPeers);
    this.#maxPeers = maxPeers;
    this.#offlineAfterMs = offlineAfterMs;
    this.#dropAfterMs = dropAfterMs;
  }

  /** How many peers it holds, offline ones included. */
  get size(): number {
    return this.#index.size;
  }

  /**
   * Listens until told to stop.
   *
   * @param name The event.
   * @param listener Called once the table has settled, so that it may be asked and changed.
   * @returns Stops listening.
   */
  on<Name extends keyof PeerEvents>(
    name: Name,
    listener: (payload: PeerEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Looks a peer up.
   *
   * @param id Its key where it has one, else `name@namespace`.
   * @returns What is known of it now.
   */
  get(id: string): Peer | undefined {
    return this.#index.get(id)?.toPeer();
  }

  /**
   * Looks a peer up by its name.
   *
   * @param name Its name.
   * @param namespace The crowd that it belongs to.
   * @returns What is known of it now.
   */
  named(name: string, namespace: string): Peer | undefined {
    return this.#index.named(peerHandle({ name, namespace }))?.toPeer();
  }

  /**
   * Lists peers, offline ones included. `peer_sort.ts` has orders for them.
   *
   * @param namespace Only those of this one; all where left out.
   * @returns What is known of them now, in the order in which they came.
   */
  list(namespace?: string): Peer[] {
    const peers: Peer[] = [];
    for (const record of this.#index.records()) {
      if (namespace === undefined || record.namespace === namespace) peers.push(record.toPeer());
    }
    return peers;
  }

  /**
   * Takes in what was heard. The newer observation wins, addresses unite. What is up to 30 s old counts as
   * heard now, as clocks differ; the same thing heard again is no sign of life.
   *
   * With a key it is about whoever holds the key, under whatever name; a name that the holder gives up
   * is free. Without one it is about the name, and teaches nothing about a name that belongs to a key.
   *
   * @param heard What was heard. Whether its key is proven is for the caller to check.
   * @param options When this peer is to be taken for offline.
   * @returns What came of it.
   */
  merge(heard: PeerObservation, options: MergeOptions = {}): MergeOutcome {
    const observation = readObservation(heard);
    const unixMs = this.#clock.unixMs();
    if (observation === undefined || observation.heardMs > unixMs + MAX_SKEW_MS) return "invalid";
    const { key, heardMs } = observation;
    const { offlineAfterMs = this.#offlineAfterMs } = options;
    const ageMs = unixMs - heardMs > MAX_SKEW_MS ? unixMs - heardMs : 0;
    if (ageMs >= offlineAfterMs) return "stale";
    const handle = peerHandle(observation);
    const knownKey = this.#index.keyOf(handle);
    if (knownKey !== undefined && knownKey !== key) {
      if (key === undefined) return "unchanged";
      const peer = this.#index.named(handle)?.toPeer();
      this.#events.emit("peerKeyChanged", { peer, knownKey, observation });
      return "key_changed";
    }
    const record = this.#index.get(key ?? handle);
    const seen = { nowMs: this.#clock.now() - ageMs, unixMs: unixMs - ageMs };
    if (record === undefined) return this.#join(observation, seen, offlineAfterMs);
    // What was heard at a time to come was heard before our wall clock was set back.
    if (record.heardMs > unixMs + MAX_SKEW_MS) record.heardMs = 0;
    const isNewer = record.isPresent ? heardMs >= record.heardMs : heardMs > record.heardMs;
    if (!isNewer) return "stale";
    record.offlineAfterMs = offlineAfterMs;
    return this.#learn(record, observation, seen);
  }

  /**
   * Notes that a peer is being dialled. Until told how that ends, it is kept.
   *
   * @param id Whose.
   * @returns Whether it is known.
   */
  connecting(id: string): boolean {
    return this.#change(id, (record) => {
      record.state = "connecting";
    });
  }

  /**
   * Notes that a peer is connected. Until told otherwise, it is there and kept.
   *
   * @param id Whose.
   * @param direction Who dialled.
   * @returns Whether it is known.
   */
  connected(id: string, direction: PeerDirection): boolean {
    return this.#change(id, (record, now) => {
      record.revive(now);
      record.state = "connected";
      record.direction = direction;
      record.failures = 0;
    });
  }

  /**
   * Notes that a connection is over. Its peer was there until now.
   *
   * @param id Whose. Nothing happens to a peer that isn't connected.
   * @returns Whether it is known.
   */
  disconnected(id: string): boolean {
    const state = this.#index.get(id)?.state;
    if (state !== "connected") return state !== undefined;
    return this.#change(id, (record, now) => {
      record.revive(now);
      record.release(now.nowMs);
    });
  }

  /**
   * Notes that a dial or a ping failed.
   *
   * @param id Whose.
   * @returns Whether it is known.
   */
  failed(id: string): boolean {
    return this.#change(id, (record, now) => {
      record.failures++;
      if (record.state === "connecting") record.release(now.nowMs);
    });
  }

  /**
   * Notes that a ping was answered: a sign of life, and a measurement.
   *
   * @param id Whose.
   * @param roundTripMs How long that took.
   * @returns Whether it is known.
   * @throws {RangeError} When that is no time.
   */
  pinged(id: string, roundTripMs: number): boolean {
    const record = this.#index.get(id);
    if (record === undefined) return false;
    const wasPresent = record.isPresent;
    record.measure(roundTripMs);
    record.failures = 0;
    record.revive(this.#now());
    this.#index.update(record);
    if (!wasPresent) this.#announce("peerJoined", record);
    return true;
  }

  /**
   * Notes that a peer has said goodbye. It is offline until it is heard again.
   *
   * @param id Whose.
   * @param heardMs The goodbye's own time; one that is older than what is known of the peer is a replay.
   * @returns Whether the goodbye was believed.
   */
  goodbye(id: string, heardMs: number): boolean {
    const record = this.#index.get(id);
    const latestMs = this.#clock.unixMs() + MAX_SKEW_MS;
    if (record === undefined || !(heardMs >= record.heardMs && heardMs <= latestMs)) return false;
    record.heardMs = heardMs;
    return !record.isPresent || this.#change(id, (record) => record.silence());
  }

  /**
   * Forgets a peer and the key that its name belongs to, so that the name may belong to another one: for
   * when somebody has lost their key.
   *
   * @param name Its name.
   * @param namespace The crowd that it belongs to.
   * @returns Whether there was anything to forget.
   */
  forget(name: string, namespace: string): boolean {
    const handle = peerHandle({ name, namespace });
    const record = this.#index.named(handle);
    if (record !== undefined) this.#index.remove(record);
    const wasPinned = this.#index.unpin(handle);
    if (record === undefined) return wasPinned;
    this.#announceLeft(record, "forgotten");
    return true;
  }

  /** Looks for silence: takes the silent for offline, and drops those that have been silent for long. */
  sweep(): void {
    const nowMs = this.#clock.now();
    const silent: PeerRecord[] = [];
    const expired: PeerRecord[] = [];
    for (const record of this.#index.records()) {
      if (record.isHeld) continue;
      const silentMs = nowMs - record.aliveAtMs;
      if (silentMs >= this.#dropAfterMs) expired.push(record);
      else if (record.isPresent && silentMs >= record.offlineAfterMs) silent.push(record);
    }
    for (const record of expired) this.#index.remove(record);
    for (const record of silent) {
      record.silence();
      this.#index.update(record);
    }
    for (const record of silent) this.#announce("peerOffline", record);
    for (const record of expired) this.#announceLeft(record, "expired");
  }

  /** @returns What is worth remembering over a restart. */
  snapshot(): PeerSnapshot {
    return takePeerSnapshot(this.list(), this.#index.pins());
  }

  /**
   * Adds what was remembered. Peers come back offline, without an event, and have the whole time after
   * which they would be dropped to be heard again. What is known already stands.
   *
   * @param json What {@linkcode snapshot} gave, after `JSON.parse`.
   * @returns How many peers were added: no more than there is room for.
   * @throws {DecodeError} When it is not what it should be; the table is then as before.
   */
  restore(json: unknown): number {
    const { peers, pins } = readPeerSnapshot(json, this.#maxPeers);
    const sizeBefore = this.size;
    for (const pin of pins) {
      if (this.#index.keyOf(pin.handle) === undefined) this.#index.pin(pin);
    }
    for (const memory of peers) {
      const record = PeerRecord.recall(memory, this.#about(this.#now()));
      if (this.size < this.#maxPeers && this.#isFree(record)) this.#index.add(record);
    }
    return this.size - sizeBefore;
  }

  #join(observation: PeerObservation, seen: Moment, offlineAfterMs: number): MergeOutcome {
    const record = new PeerRecord(observation, this.#about(seen, offlineAfterMs));
    // Whoever is there without a key under this name gives way to one with a key.
    const unproven = this.#index.named(record.handle);
    let leaving = unproven;
    if (unproven === undefined && this.size >= this.#maxPeers) {
      leaving = this.#index.mostExpendable();
      if (leaving === undefined) return "full";
    }
    if (leaving !== undefined) this.#index.remove(leaving);
    this.#index.add(record);
    if (leaving !== undefined) this.#announceLeft(leaving, unproven ? "superseded" : "evicted");
    this.#announce("peerJoined", record);
    return "joined";
  }

  #learn(record: PeerRecord, observation: PeerObservation, seen: Moment): MergeOutcome {
    const wasPresent = record.isPresent;
    const oldHandle = record.handle;
    const isNews = record.learn(observation, seen);
    this.#index.update(record);
    if (record.handle !== oldHandle) {
      const unproven = this.#index.named(record.handle);
      if (unproven !== undefined) this.#index.remove(unproven);
      this.#index.rename(record, oldHandle);
      if (unproven !== undefined) this.#announceLeft(unproven, "superseded");
    }
    if (wasPresent && !isNews) return "unchanged";
    this.#announce(wasPresent ? "peerUpdated" : "peerJoined", record);
    return wasPresent ? "updated" : "joined";
  }

  #change(id: string, change: (record: PeerRecord, now: Moment) => void): boolean {
    const record = this.#index.get(id);
    if (record === undefined) return false;
    const wasPresent = record.isPresent;
    change(record, this.#now());
    this.#index.update(record);
    if (record.isPresent === wasPresent) this.#announce("peerUpdated", record);
    else this.#announce(wasPresent ? "peerOffline" : "peerJoined", record);
    return true;
  }

  #isFree({ id, handle, key }: PeerRecord): boolean {
    const knownKey = this.#index.keyOf(handle);
    return this.#index.get(id) === undefined && this.#index.named(handle) === undefined &&
      (knownKey === undefined || knownKey === key);
  }

  #about(seen: Moment, offlineAfterMs: number = this.#offlineAfterMs): RecordOptions {
    return { serial: this.#serial++, seen, offlineAfterMs };
  }

  #now(): Moment {
    return { nowMs: this.#clock.now(), unixMs: this.#clock.unixMs() };
  }

  #announce(name: "peerJoined" | "peerUpdated" | "peerOffline", record: PeerRecord): void {
    this.#events.emit(name, { peer: record.toPeer() });
  }

  #announceLeft(record: PeerRecord, reason: PeerLeftReason): void {
    this.#events.emit("peerLeft", { peer: record.toPeer(), reason });
  }
}
