/**
 * python-p2p-network as one of a node's protocols.
 *
 * @module
 */
import { P2P_NETWORK } from "../dialects/p2p_network.ts";
import type { Protocol } from "../protocol.ts";
import type { P2pNode } from "./node.ts";

/**
 * Lets nodes of python-p2p-network connect where a node listens. Its functions can't be called so: what comes are
 * messages, for who listens to the given node's events.
 *
 * @param node Takes the connections. Stopped with the node that speaks the protocol.
 */
export function createP2pService(node: P2pNode): Protocol {
  return {
    name: P2P_NETWORK,
    serve(host) {
      node.on("nodeMessage", (message) => host.heard?.(message));
      return node.acceptor(host);
    },
  };
}
