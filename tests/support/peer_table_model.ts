/**
 * A peer table as one would explain it: a list that is searched, and sorted where somebody must go.
 *
 * @module
 */
import { smoothLatency } from "../../core/latency.ts";
import type { Peer, PeerDirection } from "../../core/peer.ts";
import type { MergeOutcome, PeerObservation } from "../../core/peer_observation.ts";
import { PinnedKeys } from "../../core/pinned_keys.ts";
import type { StillClock } from "./still_clock.ts";

type Entry = { -readonly [Field in keyof Peer]: Peer[Field] } & {
  heardMs: number;
  aliveMs: number;
  offlineAfterMs: number;
  isPresent: boolean;
};

/** Does what a `PeerTable` does, for observations that are well formed and a clock that nobody sets. */
export class PeerTableModel {
  readonly #clock: StillClock;
  readonly #maxPeers: number;
  readonly #pins: PinnedKeys;
  /** In the order in which they joined. */
  #entries: Entry[] = [];

  constructor(clock: StillClock, maxPeers: number) {
    this.#clock = clock;
    this.#maxPeers = maxPeers;
    this.#pins = new PinnedKeys(maxPeers);
  }

  list(): Peer[] {
    return this.#entries.map((entry) => {
      const { heardMs: _, aliveMs: __, offlineAfterMs: ___, isPresent: ____, ...peer } = entry;
      return peer;
    });
  }

  merge(observation: PeerObservation, offlineAfterMs: number): MergeOutcome {
    const { name, namespace, key, address, functions, heardMs } = observation;
    const now = this.#clock.unixMs();
    const age = now - heardMs;
    if (age < -30_000) return "invalid";
    const seenMs = age > 30_000 ? heardMs : now;
    if (now - seenMs >= offlineAfterMs) return "stale";
    const handle = `${name}@${namespace}`;
    const holder = this.#entries.find((one) => one.name === name && one.namespace === namespace);
    const owner = holder?.key ?? this.#pins.get(handle);
    if (owner !== undefined && key === undefined) return "unchanged";
    if (owner !== undefined && key !== owner) return "key_changed";
    const known = this.#entries.find(({ id }) => id === (key ?? handle));
    if (known === undefined) {
      if (holder !== undefined) this.#remove(holder);
      else if (this.#entries.length === this.#maxPeers) {
        const [victim] = this.#expendable();
        if (victim === undefined) return "full";
        this.#remove(victim);
      }
      this.#entries.push({
        id: key ?? handle,
        name,
        namespace,
        addresses: [address],
        key,
        functions: functions ?? [],
        state: "discovered",
        direction: undefined,
        firstSeenMs: seenMs,
        lastSeenMs: seenMs,
        failures: 0,
        latency: undefined,
        heardMs,
        aliveMs: seenMs,
        offlineAfterMs,
        isPresent: true,
      });
      return "joined";
    }
    if (heardMs < known.heardMs || (heardMs === known.heardMs && !known.isPresent)) return "stale";
    const before = JSON.stringify([known.name, known.namespace, known.functions]);
    const isNewAddress = !known.addresses.includes(address);
    const wasPresent = known.isPresent;
    if (holder !== undefined && holder !== known) this.#remove(holder);
    if (holder !== known) this.#pins.forget(`${known.name}@${known.namespace}`);
    Object.assign(known, { name, namespace, offlineAfterMs });
    known.functions = functions ?? known.functions;
    known.addresses = [...new Set([address, ...known.addresses])].slice(0, 8);
    if (heardMs > known.heardMs) {
      known.heardMs = heardMs;
      this.#revive(known, seenMs);
    }
    if (!wasPresent) return "joined";
    const after = JSON.stringify([known.name, known.namespace, known.functions]);
    return before !== after || isNewAddress ? "updated" : "unchanged";
  }

  connecting(id: string): void {
    this.#with(id, (entry) => entry.state = "connecting");
  }

  connected(id: string, direction: PeerDirection): void {
    this.#with(id, (entry) => {
      this.#revive(entry, this.#clock.unixMs());
      Object.assign(entry, { state: "connected", direction, failures: 0 });
    });
  }

  disconnected(id: string): void {
    this.#with(id, (entry) => {
      if (entry.state !== "connected") return;
      this.#revive(entry, this.#clock.unixMs());
      Object.assign(entry, { state: "discovered", direction: undefined });
    });
  }

  failed(id: string): void {
    this.#with(id, (entry) => {
      entry.failures++;
      if (entry.state !== "connecting") return;
      Object.assign(entry, { state: "discovered", direction: undefined });
      if (this.#clock.unixMs() - entry.aliveMs >= entry.offlineAfterMs) this.#silence(entry);
    });
  }

  pinged(id: string, roundTripMs: number): void {
    this.#with(id, (entry) => {
      this.#revive(entry, this.#clock.unixMs());
      Object.assign(entry, { failures: 0, latency: smoothLatency(entry.latency, roundTripMs) });
    });
  }

  goodbye(id: string, heardMs: number): void {
    this.#with(id, (entry) => {
      if (heardMs < entry.heardMs || heardMs > this.#clock.unixMs() + 30_000) return;
      entry.heardMs = heardMs;
      if (entry.isPresent) this.#silence(entry);
    });
  }

  forget(name: string, namespace: string): void {
    const entry = this.#entries.find((one) => one.name === name && one.namespace === namespace);
    if (entry !== undefined) this.#remove(entry);
    this.#pins.forget(`${name}@${namespace}`);
  }

  sweep(): void {
    for (const entry of [...this.#entries]) {
      if (entry.state === "connecting" || entry.state === "connected") continue;
      const silentMs = this.#clock.unixMs() - entry.aliveMs;
      if (silentMs >= 600_000) this.#remove(entry);
      else if (silentMs >= entry.offlineAfterMs) this.#silence(entry);
    }
  }

  #with(id: string, change: (entry: Entry) => void): void {
    const entry = this.#entries.find((one) => one.id === id);
    if (entry !== undefined) change(entry);
  }

  #revive(entry: Entry, seenMs: number): void {
    entry.aliveMs = Math.max(entry.aliveMs, seenMs);
    entry.lastSeenMs = Math.max(entry.lastSeenMs, seenMs);
    entry.isPresent = true;
    if (entry.state === "offline") entry.state = "discovered";
  }

  #silence(entry: Entry): void {
    Object.assign(entry, { state: "offline", direction: undefined, isPresent: false });
  }

  #remove(entry: Entry): void {
    this.#entries = this.#entries.filter((one) => one !== entry);
    const { name, namespace, key, firstSeenMs, lastSeenMs } = entry;
    if (key === undefined) return;
    this.#pins.remember(
      { handle: `${name}@${namespace}`, key },
      lastSeenMs - firstSeenMs >= 60_000,
    );
  }

  /** Those that may go, the first to go first. */
  #expendable(): Entry[] {
    const offline = this.#entries.filter(({ state }) => state === "offline");
    const online = this.#entries.filter(({ state }) => state === "discovered").reverse();
    return [
      ...offline.sort((a, b) => a.lastSeenMs - b.lastSeenMs),
      ...online.filter(({ latency }) => latency === undefined),
      ...online.filter(({ latency }) => latency !== undefined)
        .sort((a, b) => b.latency!.smoothedMs - a.latency!.smoothedMs),
    ];
  }
}
