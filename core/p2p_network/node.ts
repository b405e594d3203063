/**
 * A node as python-p2p-network has it: it connects with others, they connect with it, and messages go both ways.
 *
 * It works alone, on a listener of its own, or behind a listener that others share ({@linkcode P2pNode.acceptor}).
 * Who somebody is, nobody proves here: `secure_node.ts` does.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Acceptor, AcceptorHost } from "../acceptor.ts";
import { type Address, formatAddress, parseAddress } from "../address.ts";
import type { Clock, Listener } from "../channel.ts";
import { encodeP2pMessage } from "../codecs/p2p_message.ts";
import { isP2pId, P2P_NETWORK, recogniseP2pNetwork } from "../dialects/p2p_network.ts";
import { Emitter } from "../emitter.ts";
import { resolveBounds } from "../limits.ts";
import type { OpenTrace } from "../trace.ts";
import type { P2pConnection } from "./connection.ts";
import { isOneself, P2pConnections, p2pStopped } from "./connections.ts";
import { DEFAULT_P2P_LIMITS, type P2pLimits } from "./limits.ts";
import type {
  P2pConnectOptions,
  P2pNodeOptions,
  P2pSendToNodesOptions,
  P2pWorld,
} from "./node_options.ts";
import type { P2pEvent, P2pEvents, P2pPeer, P2pSendOptions } from "./peer.ts";
import { P2pReconnector } from "./reconnector.ts";

/** What a node needs of the one whose listener it shares. */
export type P2pAcceptorHost = Pick<AcceptorHost, "limits" | "addresses" | "openTrace">;

const DEFAULT_MAX_CONNECTIONS = 1_024;
const MAX_PORT = 65_535;
const ID_BYTES = 64;
const UTF8 = new TextEncoder();
const NOTHING = new Uint8Array(0);
const EVENTS: readonly (keyof P2pEvents)[] = [
  "outboundNodeConnected",
  "inboundNodeConnected",
  "outboundNodeDisconnected",
  "inboundNodeDisconnected",
  "nodeMessage",
  "nodeDisconnectWithOutboundNode",
  "nodeReconnectionError",
  "nodeRequestToStop",
  "listenerFailed",
];

/** One node. */
export class P2pNode implements AsyncDisposable {
  /** What it calls itself. */
  readonly id: string;
  /** The bounds that it keeps. */
  readonly limits: P2pLimits;
  /** Time. */
  readonly clock: Clock;
  /** Nodes that may be connected with it. */
  readonly maxConnections: number;
  readonly #world: P2pWorld;
  readonly #onRefused: (error: unknown, address: Address) => void;
  readonly #events: Emitter<P2pEvents>;
  readonly #connections: P2pConnections;
  readonly #reconnector: P2pReconnector;
  readonly #dialling = new Map<string, Promise<P2pPeer>>();
  readonly #listeners = new Set<Listener>();
  #sharedAddresses: () => readonly Address[] = () => [];
  #openTrace: OpenTrace | undefined;
  #isStopped = false;
  #sent = 0;
  #received = 0;
  #damaged = 0;

  /**
   * @param options Who it is.
   * @param world What it needs.
   * @throws {TypeError} For an id that can't be one.
   * @throws {RangeError} When a limit is not a positive whole number.
   */
  constructor(options: P2pNodeOptions, world: P2pWorld) {
    this.id = options.id ?? bytesToHex(world.randomBytes(ID_BYTES));
    this.limits = resolveBounds(DEFAULT_P2P_LIMITS, options.limits ?? {});
    this.clock = world.clock;
    if (!isP2pId(this.id) || UTF8.encode(this.id).length > this.limits.maxIdBytes) {
      throw new TypeError(
        `Cannot use id in p2p network as it must have 1 to ${this.limits.maxIdBytes} bytes and no |, colons, spaces or control characters: got ${
          JSON.stringify(this.id.slice(0, 80))
        }`,
      );
    }
    this.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
    this.#world = world;
    this.#openTrace = world.openTrace;
    this.#onRefused = options.onRefused ?? (() => {});
    this.#events = new Emitter<P2pEvents>((error, name) => {
      // A failing listener of the event about failing listeners has nobody left to tell.
      if (name !== "listenerFailed") this.#events.emit("listenerFailed", { name, error });
    });
    this.#reconnector = new P2pReconnector({
      clock: world.clock,
      delayMs: this.limits.reconnectMs,
      connect: ({ host, port }) => this.connectWithNode(host, port),
      failed: (event) => void this.#events.emit("nodeReconnectionError", event),
    });
    this.#connections = new P2pConnections({
      ...world,
      id: this.id,
      limits: this.limits,
      maxConnections: this.maxConnections,
      port: () => this.#port(),
      openTrace: () => this.#openTrace?.(),
      connected: (peer) => void this.#events.emit(`${peer.direction}NodeConnected`, { peer }),
      received: (peer, data) => {
        this.#received++;
        this.#events.emit("nodeMessage", { peer, data });
      },
      sent: () => this.#sent++,
      damaged: (peer, error) => {
        this.#damaged++;
        this.#onRefused(error, peer.address);
      },
      closed: (peer, error) => {
        if (error !== undefined) this.#onRefused(error, peer.address);
        this.#events.emit(`${peer.direction}NodeDisconnected`, { peer, error });
        this.#reconnector.lost(peer);
      },
      refused: this.#onRefused,
    });
    if (options.callback !== undefined) this.#callBack(options.callback);
  }

  /** Nodes that have connected with it. */
  get nodesInbound(): ReadonlySet<P2pPeer> {
    return new Set(this.#connections.inbound);
  }

  /** Nodes that it has connected with. */
  get nodesOutbound(): ReadonlySet<P2pPeer> {
    return new Set(this.#connections.outbound.keys());
  }

  /** Nodes on either kind of connection. */
  get allNodes(): ReadonlySet<P2pPeer> {
    return new Set([...this.nodesInbound, ...this.nodesOutbound]);
  }

  /** Messages sent. */
  get messageCountSend(): number {
    return this.#sent;
  }

  /** Messages received. */
  get messageCountRecv(): number {
    return this.#received;
  }

  /** Messages received that were none, or damaged. */
  get messageCountRerr(): number {
    return this.#damaged;
  }

  /** Where it listens itself. */
  get addresses(): Address[] {
    return [...this.#listeners].map((listener) => listener.address);
  }

  /**
   * Listens to what happens.
   *
   * @param name The event.
   * @param listener Called each time.
   * @returns Stops listening.
   */
  on<Name extends keyof P2pEvents>(
    name: Name,
    listener: (event: P2pEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, (event) => {
      const outcome = listener(event);
      if (name === "nodeMessage" && outcome instanceof Promise) {
        ((event as P2pEvents["nodeMessage"]).peer as P2pConnection).hold(outcome);
      }
      return outcome;
    });
  }

  /**
   * Lets others connect, on a listener of its own.
   *
   * @param address Such as `tcp://127.0.0.1:8001`; port 0 lets the system choose.
   * @returns The listener, with the address that it has got.
   * @throws {TransportError} `unreachable`, when the address is taken or not ours.
   */
  async listen(address: string): Promise<Listener> {
    this.#checkRunning();
    const listener = await this.#world.transport.listen(
      parseAddress(address),
      (channel) => void this.#connections.accept(channel, NOTHING),
    );
    if (this.#isStopped) {
      await listener.close();
      this.#checkRunning();
    }
    this.#listeners.add(listener);
    return listener;
  }

  /**
   * Makes it take the connections of a listener that others share. It tells other nodes the port of that, where it
   * doesn't listen itself.
   *
   * @param host Whose listener it is.
   */
  acceptor(host: P2pAcceptorHost): Acceptor {
    this.#sharedAddresses = () => host.addresses();
    this.#openTrace ??= host.openTrace;
    return {
      name: P2P_NETWORK,
      recognise: (opening) => recogniseP2pNetwork(opening, host.limits.detectionBytes),
      accept: (channel, opening) => this.#connections.accept(channel, opening),
      close: () => this.stop(),
    };
  }

  /**
   * Connects with a node.
   *
   * @param host Host name or address.
   * @param port Where it listens.
   * @param options Reconnecting, deadline, signal.
   * @returns The node. One that is connected already, either way, is returned as it is.
   * @throws {RangeError} When the port is none.
   * @throws {TransportError} `unreachable`.
   * @throws {TimeoutError} `deadline_exceeded`.
   * @throws {SynapseError} `not_supported` when it is this very node; `connection_lost` when it hangs up, as it does when
   * it has all the connections that it takes.
   * @throws {DecodeError} When what it says is no id.
   */
  async connectWithNode(
    host: string,
    port: number,
    options: P2pConnectOptions = {},
  ): Promise<P2pPeer> {
    this.#checkRunning();
    if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
      throw new RangeError(
        `Cannot connect with p2p node as its port is not 0 to ${MAX_PORT}: got ${port}`,
      );
    }
    const [scheme] = this.#world.transport.schemes;
    const address = { scheme, host, port, path: "" };
    const url = formatAddress(address);
    if (this.addresses.some((own) => formatAddress(own) === url)) throw isOneself(url);
    const known = [...this.#connections.outbound].find(([, connected]) => connected === url)?.[0];
    const peer = await (known ?? this.#dialling.get(url) ?? this.#dial(address, options));
    if (options.reconnect) this.#reconnector.keep(peer, address);
    return peer;
  }

  /**
   * Ends the connection with a node that it has connected with, and does not reconnect.
   *
   * @param peer The node.
   * @returns Settles when the connection is gone. Nothing happens when there is none.
   */
  async disconnectWithNode(peer: P2pPeer): Promise<void> {
    this.#reconnector.forget(peer);
    if (!this.nodesOutbound.has(peer)) return;
    this.#events.emit("nodeDisconnectWithOutboundNode", { peer });
    await peer.close();
  }

  /**
   * Sends a message to a node.
   *
   * @param peer The node.
   * @param data Text, bytes, or what JSON can hold.
   * @param options Compression.
   * @returns Settles when the next message is welcome.
   * @throws {SynapseError} As {@linkcode P2pPeer.send}.
   */
  async sendToNode(peer: P2pPeer, data: unknown, options?: P2pSendOptions): Promise<void> {
    await peer.send(data, options);
  }

  /**
   * Sends a message to all nodes, whoever has connected.
   *
   * @param data Text, bytes, or what JSON can hold.
   * @param options Compression, and who doesn't get it.
   * @returns What went wrong, for each node that it can't be sent to. Settles when the next message is welcome to all.
   * @throws {EncodeError} For what JSON can't hold.
   */
  async sendToNodes(
    data: unknown,
    options: P2pSendToNodesOptions = {},
  ): Promise<ReadonlyMap<P2pPeer, Error>> {
    const message = encodeP2pMessage(data, this.limits);
    const excluded = new Set(options.exclude);
    const peers = [...this.allNodes].filter((peer) => !excluded.has(peer));
    const failures = new Map<P2pPeer, Error>();
    await Promise.all(peers.map(async (peer) => {
      try {
        await peer.send(message, options);
      } catch (error) {
        failures.set(peer, error as Error);
      }
    }));
    return failures;
  }

  /** Ends it: everybody is disconnected, what was sent before still goes out. */
  async stop(): Promise<void> {
    if (!this.#isStopped) this.#events.emit("nodeRequestToStop", {});
    this.#isStopped = true;
    this.#reconnector.close();
    const listeners = [...this.#listeners].map((listener) => listener.close());
    this.#listeners.clear();
    await Promise.all([...listeners, this.#connections.close()]);
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Whoever wants the same meanwhile waits for this one. */
  async #dial(address: Address, options: P2pConnectOptions): Promise<P2pPeer> {
    const url = formatAddress(address);
    const dialling = this.#connections.dial(address, options);
    this.#dialling.set(url, dialling);
    try {
      return await dialling;
    } finally {
      this.#dialling.delete(url);
    }
  }

  #callBack(callback: (event: P2pEvent) => unknown): void {
    for (const type of EVENTS) {
      this.on(type, (event) => {
        const outcome = callback({ type, ...event } as P2pEvent);
        if (outcome === false && "giveUp" in event) event.giveUp();
        return outcome;
      });
    }
  }

  /** Where others are told to reach it; 0 is nowhere. */
  #port(): number {
    const places = [...this.addresses, ...this.#sharedAddresses()];
    return places.find(({ port }) => port > 0)?.port ?? 0;
  }

  #checkRunning(): void {
    if (this.#isStopped) throw p2pStopped();
  }
}
