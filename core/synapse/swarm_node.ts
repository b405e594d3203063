/**
 * A node among those of synapse 1 and 2: it serves their calls, takes part in their swarm, and knows its members as
 * its other peers.
 *
 * @module
 */
import { base16 } from "@scure/base";
import type { Node } from "../node.ts";
import type { BroadcastEvents } from "./broadcasts.ts";
import { createSynapseProtocol, SYNAPSE_BARE_PROTOCOL, type SynapseProtocol } from "./protocol.ts";
import type { SwarmProfile } from "./swarm.ts";
import { observeSwarmPeer } from "./swarm_observation.ts";
import type { SwarmPeer } from "./swarm_peer.ts";
import { PEER_SILENCE_MS } from "./swarm_peers.ts";

/** Where a node is among those of synapse 1 and 2, and what it is told of what they say to all. */
export interface SwarmPlace
  extends Pick<SwarmProfile, "swarm" | "team" | "advertise">, BroadcastEvents {}

/** Where members are listed of a swarm without a name, by a node without a namespace. */
const NAMELESS = "default";
/** Real programs draw as many for an id, anew at each start. */
export const SWARM_ID_BYTES: number = 32;

/**
 * Teaches a node synapse's own protocols, framed and bare.
 *
 * @param node Any. Its peer table gets the swarm's members, at `synapse://host:port`.
 * @param idBytes Its id in the swarm, {@linkcode SWARM_ID_BYTES} of them.
 * @param place Where it is in the swarm.
 * @returns The framed one, which knows the swarm.
 */
export function speakSynapse(
  node: Node,
  idBytes: Uint8Array,
  place: SwarmPlace = {},
): SynapseProtocol {
  const heard = (peer: SwarmPeer): void => {
    const namespace = node.homeNamespace || NAMELESS;
    node.peers.merge(observeSwarmPeer(peer, namespace), { offlineAfterMs: PEER_SILENCE_MS });
  };
  const protocol = createSynapseProtocol({
    ...place,
    profile: { ...place, id: base16.encode(idBytes).toLowerCase() },
    onPeerJoined: heard,
    onPeerHeard: heard,
    onPeerOffline: () => node.peers.sweep(),
  });
  node.speak(protocol).speak(SYNAPSE_BARE_PROTOCOL);
  return protocol;
}
