/**
 * The functions that every node has: who it is, what it publishes, whom it knows.
 *
 * Names and the shape of the simple answers are those of synapse (`_synapse.*`) and pnet (`get_*`), whose users
 * look for them.
 *
 * @module
 */
import { formatAddress } from "./address.ts";
import type { Caller } from "./caller.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import type { Handler, Registry } from "./registry.ts";

/** What the functions tell of. */
export interface BuiltinsHost {
  readonly name: string;
  readonly namespace: string;
  readonly endpoints: readonly EndpointInfo[];
  readonly connections: readonly Caller[];
}

/**
 * Publishes them, unlisted.
 *
 * @param registry Where.
 * @param node The node that they tell of.
 */
export function registerBuiltins(registry: Registry, node: BuiltinsHost): void {
  const self = () => ({ name: node.name, namespace: node.namespace, kind: "node" });
  const builtins: Readonly<Record<string, Handler>> = {
    "_synapse.ping": () => "pong",
    "_synapse.info": self,
    "_synapse.methods": () => node.endpoints,
    "_synapse.peers": () =>
      node.connections.filter((peer) => peer.info !== undefined).map((peer) => ({
        name: peer.info?.name,
        namespace: peer.info?.namespace,
        address: formatAddress(peer.address),
      })),
    "get_peers": () => node.connections.map((peer) => peer.info?.name).filter(Boolean),
    "get_funcs": () => node.endpoints.map((endpoint) => endpoint.name),
  };
  for (const [name, handler] of Object.entries(builtins)) {
    registry.register(name, handler, { hidden: true });
  }
}
