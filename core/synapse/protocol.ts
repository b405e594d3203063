/**
 * Synapse's older protocols as a node takes them up: `synapse://` (framed, versions 1 and 2) and `synapse-v0://`
 * (bare).
 *
 * @module
 */
import type { OneCallDialect } from "../dialects/one_call.ts";
import { SYNAPSE_DIALECT } from "../dialects/synapse.ts";
import { SYNAPSE_BARE_DIALECT } from "../dialects/synapse_bare.ts";
import type { EndpointInfo } from "../endpoint_info.ts";
import { DecodeError, RemoteError, SynapseError } from "../errors.ts";
import type { Protocol } from "../protocol.ts";
import { createSynapseAcceptor, type SynapseAcceptorOptions } from "./acceptor.ts";
import { createSynapseBareAcceptor } from "./bare_acceptor.ts";
import { OneCallCaller } from "./one_call_caller.ts";
import { type OneCallQuestions, OneCallSession } from "./one_call_session.ts";
import type { Swarm } from "./swarm.ts";
import { isMap } from "./swarm_peer.ts";

/** `synapse://` on a node. */
export interface SynapseProtocol extends Protocol {
  /**
   * The node's place in its swarm.
   *
   * @throws {SynapseError} `not_supported`, before a node serves the protocol.
   */
  readonly swarm: Swarm;
}

/** What a real node says of each of its functions, which is less than ours do. */
const ANY_ARGUMENTS: Omit<EndpointInfo, "name"> = {
  parameters: [{ name: "args", kind: "rest", optional: true }],
  stream: false,
};

const FRAMED_QUESTIONS: OneCallQuestions = {
  async methods(caller, options) {
    return readMethods(await caller.call("_synapse.methods", [], options));
  },
  async ping(caller, options) {
    await caller.call("_synapse.ping", [], options);
  },
};

const BARE_QUESTIONS: OneCallQuestions = {
  methods() {
    const method = "_synapse.methods";
    const reason = "Cannot list functions as synapse-v0 has no way to ask for them";
    return Promise.reject(new RemoteError(method, "not_supported", reason));
  },
  /** There is no function for it: a refusal is as good an answer. */
  async ping(caller, options) {
    try {
      await caller.call("_synapse.ping", [], options);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
    }
  },
};

/** Calls `synapse://` alone, for nodes that are in no swarm. */
export const SYNAPSE_CALLS: Protocol = callsOf(SYNAPSE_DIALECT, FRAMED_QUESTIONS);

/** `synapse-v0://`, both ways. */
export const SYNAPSE_BARE_PROTOCOL: Protocol = {
  ...callsOf(SYNAPSE_BARE_DIALECT, BARE_QUESTIONS),
  serve: createSynapseBareAcceptor,
};

/**
 * Makes `synapse://`: serves callers, takes part in their swarm, and calls others.
 *
 * @param options Who the node is in the swarm, and what to tell it.
 * @returns For one node.
 */
export function createSynapseProtocol(options: SynapseAcceptorOptions): SynapseProtocol {
  let swarm: Swarm | undefined;
  return {
    ...SYNAPSE_CALLS,
    serve(host) {
      const acceptor = createSynapseAcceptor(host, options);
      swarm = acceptor.swarm;
      return acceptor;
    },
    get swarm() {
      if (swarm !== undefined) return swarm;
      throw new SynapseError("not_supported", "Cannot use swarm as no node serves synapse");
    },
  };
}

/** A protocol's URL scheme is its name. Nothing is dialled before a call is made. */
function callsOf(dialect: OneCallDialect, questions: OneCallQuestions): Protocol {
  return {
    name: dialect.name,
    schemes: [dialect.name],
    connect(address, host) {
      const { clock, limits, extensions, openTrace } = host;
      const to = { ...address, scheme: "tcp" };
      const dial = (signal: AbortSignal) => host.dial(to, { signal });
      const caller = new OneCallCaller({
        address,
        dial,
        clock,
        limits,
        dialect,
        extensions,
        openTrace,
      });
      return Promise.resolve(new OneCallSession(caller, clock, questions));
    },
  };
}

function readMethods(published: unknown): EndpointInfo[] {
  if (!Array.isArray(published)) throw unreadable("they are not a list");
  return published.map((entry) => {
    if (!isMap(entry) || typeof entry.name !== "string") throw unreadable("one has no name");
    const { name, description } = entry;
    const isTold = typeof description === "string" && description !== "";
    return { name, ...ANY_ARGUMENTS, ...(isTold && { description }) };
  });
}

function unreadable(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot read published functions as ${reason}`);
}
