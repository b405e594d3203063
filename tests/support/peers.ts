/**
 * Peers and what is heard of them, for tests.
 *
 * @module
 */
import type { Peer } from "../../core/peer.ts";
import type { PeerEvents } from "../../core/peer_events.ts";
import type { PeerObservation } from "../../core/peer_observation.ts";
import { PeerTable, type PeerTableOptions } from "../../core/peer_table.ts";
import type { StillClock } from "./still_clock.ts";

/** The text of a key that nobody can sign with: one for each number below 1,000,000. */
export function keyText(number: number): string {
  return `${number}`.padStart(42, "k") + "A";
}

/** What a table is told of a peer called `name`, right now. */
export function heard(
  name: string,
  clock: StillClock,
  change: Partial<PeerObservation> = {},
): PeerObservation {
  const address = "tcp://10.0.0.1:9999";
  return { namespace: "demo", name, address, heardMs: clock.unixMs(), ...change };
}

/** A peer called `name`. */
export function peer(name: string, change: Partial<Peer> = {}): Peer {
  return {
    id: `${name}@demo`,
    name,
    namespace: "demo",
    addresses: ["tcp://10.0.0.1:9999"],
    key: undefined,
    functions: [],
    state: "discovered",
    direction: undefined,
    firstSeenMs: 0,
    lastSeenMs: 0,
    failures: 0,
    latency: undefined,
    ...change,
  };
}

/** A table, and what it says happened, as `event name`. */
export function createTable(
  clock: StillClock,
  options: Partial<PeerTableOptions> = {},
): { table: PeerTable; events: string[] } {
  const onListenerError = (error: unknown) => {
    throw error;
  };
  const table = new PeerTable({ clock, onListenerError, ...options });
  const events: string[] = [];
  for (const name of ["peerJoined", "peerUpdated", "peerOffline"] as const) {
    table.on(name, ({ peer }) => events.push(`${name} ${peer.name}`));
  }
  table.on("peerLeft", ({ peer, reason }) => events.push(`peerLeft ${peer.name} ${reason}`));
  table.on("peerKeyChanged", ({ observation }: PeerEvents["peerKeyChanged"]) => {
    events.push(`peerKeyChanged ${observation.name}`);
  });
  return { table, events };
}
