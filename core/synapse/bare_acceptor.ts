/**
 * Serves callers of synapse's first protocol (version 0).
 *
 * @module
 */
import type { Acceptor, AcceptorHost } from "../acceptor.ts";
import { SYNAPSE_BARE_DIALECT } from "../dialects/synapse_bare.ts";
import { OneCall, type OneCallHost } from "./one_call.ts";

/**
 * Makes the server's side of `synapse-v0://`: a call a connection, raw bytes for an answer, `400` where real servers
 * say so, and nothing but the end where they would hang.
 *
 * @param host The node.
 * @returns For a listener.
 */
export function createSynapseBareAcceptor(host: AcceptorHost): Acceptor {
  const { registry, clock, limits, extensions } = host;
  const calls: OneCallHost = {
    dialect: SYNAPSE_BARE_DIALECT.name,
    wire: SYNAPSE_BARE_DIALECT.open({ limits, extensions }),
    limits,
    clock,
    openTrace: host.openTrace,
    find(method) {
      const endpoint = registry.get(method);
      if (endpoint === undefined) throw registry.notFound(method, false);
      return endpoint;
    },
  };
  return {
    name: SYNAPSE_BARE_DIALECT.name,
    recognise: SYNAPSE_BARE_DIALECT.recognise,
    accept: (channel, opening) => new OneCall(channel, opening, calls),
  };
}
