/**
 * Synapse without what only a server has: nothing here needs a `node:` built-in, so that it runs in
 * a page, a worker, or wherever there is JavaScript.
 *
 * Nodes of one page reach each other on `memory://`, and nodes elsewhere that take WebSockets on
 * `ws://host:port/rpc` or `wss://`. Those can call back what the page publishes.
 *
 * @example Usage
 * ```ts
 * import { Node } from "@synapse/p2p/browser";
 * import { assertEquals } from "@std/assert";
 *
 * await using page = new Node({ name: "page" });
 * page.endpoint("greet", (name: string) => `hello ${name}`);
 * await page.listen("memory://page");
 *
 * await using widget = new Node({ name: "widget" });
 * const remote = await widget.connect("memory://page");
 * assertEquals(await remote.call("greet", ["bob"]), "hello bob");
 * ```
 * @module
 */
import { Node as CoreNode } from "./core/node.ts";
import type { NodeOptions, NodeWorld } from "./core/node_options.ts";
import { MemoryTransport } from "./transports/memory.ts";
import { systemClock, systemRandom, systemRandomBytes } from "./transports/system.ts";
import { WebSocketTransport } from "./transports/websocket.ts";

export type { Acceptor, AcceptorHost, Conversation } from "./core/acceptor.ts";
export { type Address, formatAddress, parseAddress } from "./core/address.ts";
export type {
  BackgroundTask,
  BackgroundTaskHandle,
  BackgroundTaskOptions,
} from "./core/background.ts";
export type { CallContext, Caller, CallOptions } from "./core/caller.ts";
export type {
  Channel,
  ChannelSink,
  Clock,
  DatagramAddress,
  DatagramLink,
  DatagramSink,
  DatagramTransport,
  DialOptions,
  Listener,
  Random,
  Traffic,
  Transport,
} from "./core/channel.ts";
export { ByteWriter, type Codec, type Decoder } from "./core/codec.ts";
export {
  decodeMessagePack,
  encodeMessagePack,
  type MessagePackOptions,
} from "./core/codecs/messagepack.ts";
export { encodeCanonical } from "./core/codecs/messagepack_canonical.ts";
export { Extension, Extensions, type ExtensionType } from "./core/codecs/messagepack_extensions.ts";
export type {
  Discovery,
  DiscoveryCounters,
  DiscoveryEvents,
  DiscoveryOptions,
  DropSummary,
  ListeningAddress,
  RenamedEvent,
} from "./core/discovery.ts";
export { formatDuration, parseDuration } from "./core/duration.ts";
export type { EndpointOptions, Handler } from "./core/endpoint.ts";
export type { EndpointInfo } from "./core/endpoint_info.ts";
export {
  type Envelope,
  type EnvelopeErrorCode,
  open as openEnvelope,
  type OpenedEnvelope,
  type OpenOptions,
  seal as sealEnvelope,
  type SealOptions,
} from "./core/envelope.ts";
export {
  DecodeError,
  EncodeError,
  type ErrorCode,
  RemoteError,
  SynapseError,
  type SynapseErrorOptions,
  TimeoutError,
  TransportError,
} from "./core/errors.ts";
export { formatJson, formatPrettyJson, parseContent, parseJson, parseValue } from "./core/json.ts";
export { fingerprint, Identity, parsePublicKey, verify } from "./core/identity.ts";
export { formatIdentity, parseIdentity } from "./core/identity_file.ts";
export type { KeepAliveOptions } from "./core/keep_alive.ts";
export { DEFAULT_LIMITS, type Limits } from "./core/limits.ts";
export type { LinkEvents, LinkSession, ReconnectPolicy } from "./core/link.ts";
export type { Kwargs, PeerInfo, PeerMessage } from "./core/message.ts";
export type {
  ConnectOptions,
  DatagramOptions,
  DiscoverOptions,
  JoinOptions,
  NodeEvents,
  NodeOptions,
  NodeWorld,
} from "./core/node_options.ts";
export type { Peer, PeerDirection, PeerState } from "./core/peer.ts";
export type { PeerEvents, PeerLeftReason } from "./core/peer_events.ts";
export type { PeerSnapshot } from "./core/peer_snapshot.ts";
export { sortByDistance, sortByLastSeen, sortByLatency } from "./core/peer_sort.ts";
export {
  type MergeOutcome,
  type PeerObservation,
  PeerTable,
  type PeerTableOptions,
} from "./core/peer_table.ts";
export { Permissions } from "./core/permissions.ts";
export type { Protocol } from "./core/protocol.ts";
export type { Invocation, RemoteResult, TypedRemote } from "./core/proxy.ts";
export { Publisher } from "./core/publisher.ts";
export { Registry } from "./core/registry.ts";
export { type ArgumentsOf, type ItemOf, Remote, type ResultOf } from "./core/remote.ts";
export { ReplayGuard, type ReplayGuardOptions } from "./core/replay_guard.ts";
export {
  cron,
  type CronOptions,
  every,
  type EveryOptions,
  type Schedule,
} from "./core/schedule.ts";
export { formatSignature, type Parameter, type PublishedSignature } from "./core/signature.ts";
export type {
  SchemaIssue,
  SchemaResult,
  StandardSchema,
  StandardSchemaProperties,
} from "./core/standard_schema.ts";
export { type BroadcastOptions, GroupTarget, type PeerAnswer, PeerTarget } from "./core/target.ts";
export { MemoryTransport } from "./transports/memory.ts";
export { systemClock } from "./transports/system.ts";
export { WebSocketTransport, type WebSocketTransportOptions } from "./transports/websocket.ts";
export type { WebSocketLike } from "./transports/websocket_channel.ts";

/** Nodes of one page find each other on `memory://`. */
const memory = new MemoryTransport();

/** One participant, on the transports of a page: `ws://` and `wss://` to dial, `memory://` for both. */
export class Node extends CoreNode {
  /**
   * @param options Namespace, name, limits.
   * @param world Other transports, or another clock.
   */
  constructor(options: NodeOptions = {}, world: Partial<NodeWorld> = {}) {
    super(options, {
      transports: [memory, new WebSocketTransport()],
      clock: systemClock,
      random: systemRandom,
      randomBytes: systemRandomBytes,
      ...world,
    });
  }
}
