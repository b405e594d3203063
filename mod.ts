/**
 * Synapse: publish functions, call them, stream from them, with nothing to configure.
 *
 * @example Usage
 * ```ts
 * import { Node } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Node({ namespace: "demo", name: "alice" });
 * server.endpoint("sum", (a: number, b: number) => a + b);
 * await server.listen("memory://alice");
 *
 * await using client = new Node();
 * const remote = await client.connect("memory://alice");
 * assertEquals(await remote.call("sum", [1, 2]), 3);
 * ```
 * @module
 */
import { Node as CoreNode } from "./core/node.ts";
import type { NodeOptions as CoreNodeOptions, NodeWorld } from "./core/node_options.ts";
import { Discovery } from "./core/discovery.ts";
import { createEasyrpcCalls } from "./core/easyrpc/protocol.ts";
import { DEFAULT_LIMITS } from "./core/limits.ts";
import { P2pNode } from "./core/p2p_network/node.ts";
import type { P2pNodeOptions } from "./core/p2p_network/node_options.ts";
import { createP2pService } from "./core/p2p_network/protocol.ts";
import { dialTexts } from "./transports/easyrpc_socket.ts";
import { createWebSocketDialler } from "./transports/http/dial_websocket.ts";
import { nodeP2pCompression } from "./transports/compression.ts";
import type { SynapseProtocol } from "./core/synapse/protocol.ts";
import type { Swarm } from "./core/synapse/swarm.ts";
import { speakSynapse, SWARM_ID_BYTES, type SwarmPlace } from "./core/synapse/swarm_node.ts";
import { logEvents, traceMessages } from "./transports/logging.ts";
import { MemoryTransport } from "./transports/memory.ts";
import { systemClock, systemRandom, systemRandomBytes } from "./transports/system.ts";
import { TcpTransport } from "./transports/tcp.ts";
import { UdpTransport } from "./transports/udp.ts";
import { WebSocketTransport } from "./transports/websocket.ts";

// All that a page has, with the Node below in the place of its own.
export * from "./browser.ts";
export type { FileReceipt } from "./core/file_transfer/messages.ts";
export type { ReceivedFile } from "./core/file_transfer/receiver.ts";
export type { FunctionHost } from "./core/file_transfer/sender.ts";
export type { P2pCompressionName } from "./core/codecs/p2p_compressed.ts";
export type { P2pJson, P2pValue } from "./core/codecs/p2p_message.ts";
export type { P2pCompression } from "./core/p2p_network/compression.ts";
export { DEFAULT_P2P_LIMITS, type P2pLimits } from "./core/p2p_network/limits.ts";
export { type P2pAcceptorHost, P2pNode } from "./core/p2p_network/node.ts";
export type {
  P2pConnectOptions,
  P2pNodeOptions,
  P2pSendToNodesOptions,
  P2pWorld,
} from "./core/p2p_network/node_options.ts";
export type { P2pEvent, P2pEvents, P2pPeer, P2pSendOptions } from "./core/p2p_network/peer.ts";
export {
  type SecureP2pEvents,
  SecureP2pNode,
  type SecureP2pNodeOptions,
} from "./core/p2p_network/secure_node.ts";
export { nodeP2pCompression } from "./transports/compression.ts";
export {
  type CollectedRecord,
  collectLogs,
  type LogCollectorEvents,
  type LogCollectorHost,
  type RemoteLogRecord,
} from "./core/remote_log.ts";
export type {
  SwarmBroadcast,
  SwarmConversationEvent,
  SwarmReply,
} from "./core/synapse/broadcasts.ts";
export type { Swarm } from "./core/synapse/swarm.ts";
export type { SwarmPlace } from "./core/synapse/swarm_node.ts";
export type { SwarmPeer } from "./core/synapse/swarm_peer.ts";
export {
  type FileReception,
  receiveFiles,
  type ReceiveFilesOptions,
  sendFile,
  type SendFileOptions,
} from "./transports/files.ts";
export { createRemoteSink, type RemoteSink } from "./transports/logging.ts";
export { TcpTransport } from "./transports/tcp.ts";
export { type UdpOptions, UdpTransport } from "./transports/udp.ts";

/** Nodes of one process find each other on `memory://`. */
const memory = new MemoryTransport();
const tcp = new TcpTransport();
const createSocket = createWebSocketDialler(DEFAULT_LIMITS.maxMessageBytes);
const EASYRPC_CALLS = createEasyrpcCalls({
  dial: (to, signal) => dialTexts(to, { signal, createSocket }),
  createId: () => crypto.randomUUID(),
});

/** What a node on this machine is. */
export interface NodeOptions extends CoreNodeOptions {
  /** Its place in the swarm of synapse's nodes: by default one without a name, the team `default`. */
  readonly swarm?: SwarmPlace;
  /** Who it is among nodes of python-p2p-network. */
  readonly p2p?: Pick<P2pNodeOptions, "id" | "maxConnections">;
}

/**
 * One participant, on the transports of this machine: `tcp://`, `unix://`, `memory://`, to dial also `ws://` and
 * `wss://`. Besides its own protocol it serves and calls those of synapse (`synapse://`, `synapse-v0://`), is met by
 * nodes of python-p2p-network, and calls servers of easyrpc (`easyrpc://`).
 */
export class Node extends CoreNode {
  /** Its place among nodes of python-p2p-network. What they say comes by the event `nodeMessage`, too. */
  readonly p2p: P2pNode;
  readonly #synapse: SynapseProtocol;

  /**
   * @param options Namespace, name, limits, what its listeners speak.
   * @param world Other transports, or another clock.
   */
  constructor(options: NodeOptions = {}, world: Partial<NodeWorld> = {}) {
    const complete = { ...WORLD, ...world };
    super(options, complete);
    logEvents(this);
    const swarmId = complete.randomBytes(SWARM_ID_BYTES);
    this.#synapse = speakSynapse(this, swarmId, options.swarm);
    this.p2p = new P2pNode(options.p2p ?? {}, {
      ...complete,
      transport: tcp,
      compression: nodeP2pCompression,
    });
    this.speak(createP2pService(this.p2p)).speak(EASYRPC_CALLS);
  }

  /**
   * Its place among the nodes of synapse 1 and 2.
   *
   * @throws {SynapseError} `not_supported`, when its listeners don't speak `synapse`.
   */
  get swarm(): Swarm {
    return this.#synapse.swarm;
  }
}

const WORLD: NodeWorld = {
  transports: [tcp, memory, new WebSocketTransport({ createSocket })],
  clock: systemClock,
  random: systemRandom,
  randomBytes: systemRandomBytes,
  createDatagrams: (options) => new UdpTransport(options),
  createDiscovery: (options) => new Discovery(options),
  openTrace: traceMessages,
};
