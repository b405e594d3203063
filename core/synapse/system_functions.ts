/**
 * The functions that every synapse node has, in the shapes that real programs know: they differ from those that a
 * node shows by its own protocol.
 *
 * @module
 */
import { SynapseError } from "../errors.ts";
import { Registry } from "../registry.ts";
import type { Swarm, SwarmCapability } from "./swarm.ts";
import { formatSwarmPeer } from "./swarm_peer.ts";

/**
 * Makes them.
 *
 * @param swarm The node's place in its swarm.
 * @param published What the node publishes.
 * @returns Looked at before the node's own functions.
 */
export function createSystemFunctions(swarm: Swarm, published: Registry): Registry {
  const functions = new Registry();
  const peers = () => swarm.peers.map(formatSwarmPeer);
  const { name = "", role = "", description = "", capabilities = [] } = swarm.profile;
  const abilities = capabilities.map((capability) => capability.name);
  functions.register("_synapse.ping", () => "pong");
  functions.register("_synapse.info", () => nodeInfo(swarm));
  functions.register(
    "_synapse.methods",
    () =>
      published.list().map(({ name, description = "" }) => ({ name, publish: true, description })),
  );
  functions.register("_synapse.peers", peers);
  functions.register("_synapse.join", (peer: unknown) => {
    swarm.hear(peer);
    return { accepted: true, self: formatSwarmPeer(swarm.self()), peers: peers() };
  });
  functions.register("_synapse.heartbeat", (peer: unknown) => {
    swarm.hear(peer);
    return { ok: true, self: nodeInfo(swarm) };
  });
  functions.register(
    "_synapse.broadcast.reply",
    (nonce: unknown, peer: unknown, result: unknown = null) => {
      swarm.broadcasts.takeReply(nonce, peer, result);
      return { ok: true };
    },
  );
  functions.register(
    "_synapse.conversation.event",
    (event: unknown) => ({ ok: true, stored: swarm.broadcasts.takeEvent(event) }),
  );
  registerEmptyShelves(functions);
  functions.register("_node.info", () => ({ name, role, description, capabilities: abilities }));
  functions.register("_node.capabilities", () => capabilities.map(describeCapability));
  return functions;
}

/** What real nodes keep, and this one doesn't: their programs ask for it all the same. */
function registerEmptyShelves(functions: Registry): void {
  functions.register("_synapse.artifacts", () => []);
  functions.register("_synapse.artifact.get", (name: unknown) => {
    const shown = JSON.stringify(String(name).slice(0, 64));
    throw new SynapseError("bad_request", `Cannot get artifact ${shown} as there is none`);
  });
}

/** More than a peer map has, and not taken for one by real programs. */
function nodeInfo(swarm: Swarm): Readonly<Record<string, unknown>> {
  const { id, name, kind, address, port, swarm: crowd, team, capabilities } = swarm.self();
  const { role = "", description = "" } = swarm.profile;
  return { id, name, kind, address, port, swarm: crowd, team, role, description, capabilities };
}

function describeCapability(capability: SwarmCapability): Readonly<Record<string, unknown>> {
  const { name, description = "", inputSchema = {}, outputSchema = {} } = capability;
  return { name, description, input_schema: inputSchema, output_schema: outputSchema };
}
