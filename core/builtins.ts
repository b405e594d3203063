/**
 * The functions that every node has: who it is, what it publishes, whom it knows.
 *
 * Names and the shape of the simple answers are those of synapse (`_synapse.*`) and pnet (`get_*`), whose users
 * look for them.
 *
 * @module
 */
import { type Address, formatAddress, parseAddress, reachableAt } from "./address.ts";
import type { CallContext, Caller } from "./caller.ts";
import type { Clock } from "./channel.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import { SynapseError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { NAME_TAKEN } from "./seed.ts";
import { readPeerAddress } from "./peer_observation.ts";
import type { PeerTable } from "./peer_table.ts";
import type { Handler } from "./endpoint.ts";
import type { Registry } from "./registry.ts";

/** What the functions tell of. */
export interface BuiltinsHost {
  readonly name: string;
  readonly homeNamespace: string;
  readonly addresses: readonly Address[];
  readonly endpoints: readonly EndpointInfo[];
  readonly connections: readonly Caller[];
  readonly peers: PeerTable;
  readonly identity: Pick<Identity, "id">;
}

/** Not listed, and not for some keys alone: finding each other comes before trust. */
const OPEN = { hidden: true, allow: ["*"] } as const;

/** What a node tells of itself, and of others: where the address is known, it can be called there. */
interface PublishedPeer {
  readonly name: string;
  readonly namespace: string;
  readonly address?: string;
}

/**
 * Publishes them, unlisted.
 *
 * @param registry Where.
 * @param node The node that they tell of.
 * @param clock When somebody was heard.
 */
export function registerBuiltins(registry: Registry, node: BuiltinsHost, clock: Clock): void {
  const self = () => ({ ...publishedSelf(node), kind: "node", key: node.identity.id });
  const builtins: Readonly<Record<string, Handler>> = {
    "_synapse.ping": () => "pong",
    "_synapse.info": self,
    "_synapse.methods": () => node.endpoints,
    "_synapse.peers": () => publishedPeers(node),
    "get_peers": () => publishedPeers(node).map((peer) => peer.name),
    "get_funcs": () => node.endpoints.map((endpoint) => endpoint.name),
  };
  for (const [name, handler] of Object.entries(builtins)) {
    registry.register(name, handler, OPEN);
  }
  const options = { ...OPEN, context: true };
  registry.register("_synapse.join", (peer: unknown, { address }: CallContext) => {
    observe(node, peer, { seenAt: address.host, heardMs: clock.unixMs() });
    return { accepted: true, self: self(), peers: publishedPeers(node) };
  }, options);
  registry.register("_synapse.heartbeat", (peer: unknown, { address }: CallContext) => {
    observe(node, peer, { seenAt: address.host, heardMs: clock.unixMs() });
    return { ok: true, self: self() };
  }, options);
}

function publishedSelf(node: BuiltinsHost): PublishedPeer {
  const { name, homeNamespace: namespace, addresses } = node;
  const address = addresses.find((address) => address.scheme === "tcp");
  return { name, namespace, ...(address !== undefined && { address: formatAddress(address) }) };
}

/** Those that have joined, with where they can be called; then those that are connected and gave a name. */
function publishedPeers({ connections, peers }: BuiltinsHost): PublishedPeer[] {
  peers.sweep();
  const published = new Map<string, PublishedPeer>();
  for (const { name, namespace, addresses, state } of peers.list()) {
    const peer = { name, namespace, address: addresses[0] };
    if (state !== "offline") published.set(`${name}@${namespace}`, peer);
  }
  for (const { info } of connections) {
    if (!info?.name) continue;
    const handle = `${info.name}@${info.namespace}`;
    const peer = { name: info.name, namespace: info.namespace };
    if (!published.has(handle)) published.set(handle, peer);
  }
  return [...published.values()];
}

/** Takes in what a peer says of itself. Nothing proves it: it is never believed of a name that has a key. */
function observe(
  node: BuiltinsHost,
  peer: unknown,
  { seenAt, heardMs }: { seenAt: string; heardMs: number },
): void {
  const { name, namespace, address } =
    (typeof peer === "object" && peer !== null ? peer : {}) as Record<string, unknown>;
  if (namespace !== node.homeNamespace) {
    throw refused(`its namespace is not ${JSON.stringify(node.homeNamespace)}`);
  }
  // Paths and names of other machines mean something else here.
  if (typeof name !== "string" || typeof address !== "string" || !address.startsWith("tcp://")) {
    throw refused("it takes a name, a namespace and a tcp:// address");
  }
  const said = readPeerAddress(address);
  const reachable = said && formatAddress(reachableAt(parseAddress(said), seenAt));
  if (reachable !== undefined) refuseTakenName(node, { name, namespace, address: reachable });
  const outcome = reachable && node.peers.merge({ name, namespace, address: reachable, heardMs });
  if (!outcome || outcome === "invalid") throw refused("its name or its address can't be one");
  if (outcome === "full") throw refused("too many peers are known already", "limit_exceeded");
}

/** Whoever is there without a key keeps its name, or anybody could take its place. With one, nobody can. */
function refuseTakenName(
  { peers, name: own, addresses }: BuiltinsHost,
  { name, namespace, address }: Required<PublishedPeer>,
): void {
  // Nodes that all have one list of seeds ask themselves, too.
  if (name === own && !addresses.some((listening) => formatAddress(listening) === address)) {
    throw refused(`${name} is the name of this node`, NAME_TAKEN);
  }
  peers.sweep();
  const known = peers.named(name, namespace);
  if (known === undefined || known.state === "offline" || known.key !== undefined) return;
  if (known.addresses.includes(address)) return;
  throw refused(`${name} is the name of ${known.addresses[0]}`, NAME_TAKEN);
}

function refused(
  reason: string,
  code: string = "invalid_params",
): SynapseError {
  return new SynapseError(code, `Cannot take peer in as ${reason}`);
}
