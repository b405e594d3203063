/**
 * Whom a node knows and whom it is connected to, as one list.
 *
 * @module
 */
import { formatAddress } from "../address.ts";
import type { Caller } from "../caller.ts";
import { type Peer, peerHandle, type PeerState } from "../peer.ts";
import type { PeerTable } from "../peer_table.ts";
import type { NeighbourSurvey } from "./neighbour_survey.ts";

/** A peer, or a connection with somebody who gave no name. */
export interface WatchedPeer {
  /** `name@namespace`; its address where it gave no name. */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly state: PeerState;
  /** Its public key, base64url, where it is proven. */
  readonly key?: string;
  /** When it was last heard, in milliseconds since 1970; undefined where it is only connected. */
  readonly seenMs?: number;
  /** Round trip. */
  readonly latencyMs?: number;
  /** Whom it knows, by their ids; undefined where it wasn't asked. */
  readonly knows?: readonly string[];
}

/** What the list is made of. */
export interface PeerSource {
  readonly connections: readonly Caller[];
  readonly peers: Pick<PeerTable, "list">;
}

/** More in a message a second would be a load, and nobody reads them. */
export const MAX_WATCHED_PEERS: number = 200;
const MAX_NAME = 64;

/**
 * Lists them.
 *
 * @param source The node.
 * @param survey What its neighbours have said.
 * @returns Those that are connected first, then those heard last, each once.
 */
export function listWatchedPeers(source: PeerSource, survey: NeighbourSurvey): WatchedPeer[] {
  const connected = new Map<string, WatchedPeer>();
  for (const caller of source.connections) {
    const peer = describeConnection(caller, survey);
    // Of two connections with one peer, the one that tells more.
    if (connected.get(peer.id)?.latencyMs === undefined) connected.set(peer.id, peer);
  }
  const known: WatchedPeer[] = [];
  for (const peer of source.peers.list()) {
    const described = describePeer(peer);
    const connection = connected.get(described.id);
    if (connection === undefined) known.push(described);
    // Where it listens says more than which port it has dialled from.
    else connected.set(described.id, { ...described, ...connection, address: described.address });
  }
  known.sort((a, b) => rank(b) - rank(a) || b.seenMs! - a.seenMs!);
  return [...connected.values(), ...known];
}

function describeConnection(caller: Caller, survey: NeighbourSurvey): WatchedPeer {
  const { info } = caller;
  const name = (info?.name ?? "").slice(0, MAX_NAME);
  const namespace = (info?.namespace ?? "").slice(0, MAX_NAME);
  const address = formatAddress(caller.address);
  const { latency, knows } = survey.of(caller) ?? {};
  return {
    id: name === "" ? address : peerHandle({ name, namespace }),
    name,
    namespace,
    address,
    state: "connected",
    ...(latency !== undefined && { latencyMs: latency.smoothedMs }),
    ...(latency !== undefined && { knows }),
  };
}

function describePeer(peer: Peer): WatchedPeer {
  const { name, namespace, addresses, state, key, lastSeenMs, latency } = peer;
  return {
    id: peerHandle(peer),
    name,
    namespace,
    address: addresses[0],
    state,
    ...(key !== undefined && { key }),
    seenMs: lastSeenMs,
    ...(latency !== undefined && { latencyMs: latency.smoothedMs }),
  };
}

function rank({ state }: WatchedPeer): number {
  return ["offline", "discovered", "connecting", "connected"].indexOf(state);
}
