/**
 * Serves callers of synapse's framed protocol (its versions 1 and 2), and takes part in their swarm.
 *
 * @module
 */
import type { Acceptor, AcceptorHost } from "../acceptor.ts";
import { SYNAPSE_DIALECT } from "../dialects/synapse.ts";
import { OneCall, type OneCallHost } from "./one_call.ts";
import { Swarm, type SwarmEvents, type SwarmProfile } from "./swarm.ts";
import { createSystemFunctions } from "./system_functions.ts";

/** What {@linkcode createSynapseAcceptor} takes. */
export interface SynapseAcceptorOptions extends SwarmEvents {
  /** Who the node is in its swarm; its name is the node's own where there is none. */
  readonly profile: SwarmProfile;
}

/** The server's side of `synapse://`. */
export interface SynapseAcceptor extends Acceptor {
  /** The node's place in its swarm. */
  readonly swarm: Swarm;
}

/**
 * Makes the server's side of `synapse://`: a call a connection, framed both ways.
 *
 * @param host The node.
 * @param options Who it is, and what to tell it.
 * @returns For a listener.
 */
export function createSynapseAcceptor(
  host: AcceptorHost,
  options: SynapseAcceptorOptions,
): SynapseAcceptor {
  const { registry, clock, random, limits, extensions, openTrace } = host;
  const wire = SYNAPSE_DIALECT.open({ limits, extensions });
  const profile = { name: host.self().name, ...options.profile };
  const world = {
    clock,
    random,
    wire,
    limits,
    openTrace,
    addresses: () => host.addresses(),
    dial: host.dial.bind(host),
  };
  const swarm = new Swarm(profile, world, options);
  const system = createSystemFunctions(swarm, registry);
  const calls: OneCallHost = {
    dialect: SYNAPSE_DIALECT.name,
    wire,
    limits,
    clock,
    openTrace,
    find(method) {
      const endpoint = system.get(method) ?? registry.get(method);
      if (endpoint === undefined) throw registry.notFound(method, false);
      return endpoint;
    },
    admit(request) {
      const { kwargs } = request;
      return kwargs === undefined
        ? request
        : { ...request, kwargs: swarm.broadcasts.admit(kwargs) };
    },
  };
  return {
    name: SYNAPSE_DIALECT.name,
    recognise: SYNAPSE_DIALECT.recognise,
    swarm,
    accept: (channel, opening) => new OneCall(channel, opening, calls),
    close() {
      swarm.stop();
      return Promise.resolve();
    },
  };
}
