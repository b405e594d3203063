/**
 * The members of a swarm as a node's peer table takes them.
 *
 * @module
 */
import { formatAddress } from "../address.ts";
import { isNamespaceName, isPeerName, type PeerObservation } from "../peer_observation.ts";
import type { SwarmPeer } from "./swarm_peer.ts";

/** What a member that gives no name goes by: enough of its id to tell it from others. */
const SHORT_ID_LENGTH = 8;

/**
 * Makes an observation of somebody who was heard. Merge it with {@linkcode PEER_SILENCE_MS} as `offlineAfterMs`.
 *
 * @param peer Who.
 * @param namespace The node's own, which stands for a swarm that has no name.
 * @returns The observation, at `synapse://host:port`; nothing proves it.
 */
export function observeSwarmPeer(peer: SwarmPeer, namespace: string): PeerObservation {
  const { id, name, swarm, address: host, port, lastSeenMs } = peer;
  return {
    namespace: isNamespaceName(swarm) ? swarm : namespace,
    name: isPeerName(name) ? name : id.slice(0, SHORT_ID_LENGTH),
    address: formatAddress({ scheme: "synapse", host, port, path: "" }),
    heardMs: Math.floor(lastSeenMs),
  };
}
