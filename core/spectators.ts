/**
 * The functions of a node for those who may look on, and no more: pages, where calling from them is off.
 *
 * @module
 */
import { Endpoint } from "./endpoint.ts";
import { SynapseError } from "./errors.ts";
import { Registry } from "./registry.ts";
import { createSignature } from "./signature.ts";
import { registerWatch, type Watch } from "./watch.ts";

/** They tell, and change nothing. */
const TELLING: ReadonlySet<string> = new Set([
  ...["_synapse.ping", "_synapse.info", "_synapse.methods", "_synapse.peers"],
  ...["get_peers", "get_funcs"],
]);
const ANYTHING = createSignature([{ name: "args", kind: "rest", optional: true }], false);

/**
 * Makes a registry for spectators.
 *
 * @param registry What the node publishes.
 * @param watch For them to watch it.
 * @returns Lets them call what every node tells of itself; refuses the rest as `unauthorized`.
 */
export function createSpectatorRegistry(registry: Registry, watch: Watch): Registry {
  const spectators = new Registry();
  registerWatch(spectators, watch, false);
  spectators.extend({
    get: (name) => TELLING.has(name) ? registry.get(name) : refuse(registry, name),
    list: () => registry.list(),
  });
  return spectators;
}

function refuse(registry: Registry, name: string): Endpoint | undefined {
  if (registry.get(name) === undefined) return undefined;
  const refusal = (): never => {
    throw new SynapseError("unauthorized", `Cannot call ${name} as pages may only look on here`);
  };
  return new Endpoint(name, refusal, { hidden: true, signature: ANYTHING });
}
