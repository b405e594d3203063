/**
 * Nodes of a pnet network: the same packets, keys and chunks as the Python package `peernet` sends, so that either
 * finds, calls and answers the other.
 *
 * pnet's cryptography is weak by today's measure: keys of 512 bits by its default, messages that nobody signs,
 * adverts that anybody can forge. What matters belongs on Synapse's own protocol.
 *
 * @example Usage
 * ```ts
 * import { systemClock, TcpTransport } from "@synapse/p2p";
 * import { nodePnetCrypto, PnetCommandNode, PnetMember } from "@synapse/p2p/pnet";
 * import { assertEquals } from "@std/assert";
 *
 * const world = { transport: new TcpTransport(), clock: systemClock, crypto: nodePnetCrypto };
 * await using bob = await PnetMember.create({ network: "lab", name: "bob" }, world);
 * const node = new PnetCommandNode(bob);
 * node.register("add", (a: number, b: number) => a + b);
 * assertEquals(node.registry.list().map(({ name }) => name), ["add"]);
 * ```
 * @module
 */
export type { PnetErrorCode } from "./core/dialects/pnet.ts";
export {
  PnetAdvancedNode,
  type PnetAdvancedNodeOptions,
  type PnetCall,
  type PnetFunction,
  type PnetSendOptions,
} from "./core/pnet/advanced_node.ts";
export {
  PnetBasicNode,
  type PnetBasicNodeOptions,
  type PnetMessageHandler,
} from "./core/pnet/basic_node.ts";
export { PnetCommandNode, type PnetCommandNodeOptions } from "./core/pnet/command_node.ts";
export type { PnetCrypto, PnetPrivateKey, PnetPublicKey } from "./core/pnet/crypto.ts";
export type { PnetOutcomes } from "./core/pnet/fan_out.ts";
export { DEFAULT_PNET_LIMITS, type PnetLimits } from "./core/pnet/limits.ts";
export {
  type PnetAskOptions,
  PnetMember,
  type PnetMemberOptions,
  type PnetWorld,
} from "./core/pnet/member.ts";
export type { PnetPeer, PnetPeers } from "./core/pnet/peers.ts";
export { formatPnetUrl, parsePnetUrl, type PnetUrl } from "./core/pnet/pnet_url.ts";
export { type PnetFunctions, PnetRemotePeer, PnetRemotePeers } from "./core/pnet/remote_peer.ts";
export type { PnetSpool, PnetSpools } from "./core/pnet/spool.ts";
export { FileSpools, type FileSpoolsOptions } from "./transports/file_spool.ts";
export {
  pnetCalls,
  type PnetCallsOptions,
  servePnet,
  type ServePnetOptions,
} from "./transports/pnet.ts";
export { nodePnetCrypto } from "./transports/pnet_crypto.ts";
