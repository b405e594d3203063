/**
 * What happens to the peers of a table.
 *
 * @module
 */
import type { Peer } from "./peer.ts";
import type { PeerObservation } from "./peer_observation.ts";

/**
 * Why a peer was dropped: `expired` (silent for too long), `evicted` (the table is full), `superseded` (its
 * name is proven to be another's), `forgotten` (on request).
 */
export type PeerLeftReason = "expired" | "evicted" | "superseded" | "forgotten";

/** What happens to peers. */
export interface PeerEvents {
  /** It is there: new, or back from offline. */
  peerJoined: { readonly peer: Peer };
  /** Its name, addresses, functions, connection or failures have changed; not just times or latency. */
  peerUpdated: { readonly peer: Peer };
  /** It has not been heard for too long, or has said goodbye. */
  peerOffline: { readonly peer: Peer };
  /** It was dropped from the table. */
  peerLeft: { readonly peer: Peer; readonly reason: PeerLeftReason };
  /** Somebody with another key goes by its name. Nothing of that was believed. */
  peerKeyChanged: {
    /** Whose name it is; undefined when only its key is still remembered. */
    readonly peer: Peer | undefined;
    /** The key that the name belongs to. */
    readonly knownKey: string;
    /** What was heard. */
    readonly observation: PeerObservation;
  };
}

/** Their names. */
export const PEER_EVENTS: readonly (keyof PeerEvents)[] = [
  "peerJoined",
  "peerUpdated",
  "peerOffline",
  "peerLeft",
  "peerKeyChanged",
];
