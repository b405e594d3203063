/**
 * The connections of a node: those that it accepts, those that it dials, and how either begins.
 *
 * @module
 */
import type { Conversation } from "../acceptor.ts";
import { type Address, formatAddress } from "../address.ts";
import { DEFAULT_CALL_TIMEOUT_MS } from "../caller.ts";
import type { Channel, Transport } from "../channel.ts";
import { withDeadline } from "../deadline.ts";
import { createDeferred } from "../deferred.ts";
import { SynapseError } from "../errors.ts";
import { P2pConnection, type P2pConnectionHost } from "./connection.ts";
import type { P2pGreeting } from "./handshake_reader.ts";
import { P2pHandshake } from "./handshake.ts";
import { P2pHandshakes } from "./handshakes.ts";
import type { P2pConnectOptions } from "./node_options.ts";
import type { P2pPeer } from "./peer.ts";

/** What {@linkcode P2pConnections} takes. */
export interface P2pConnectionsOptions extends P2pConnectionHost {
  /** What the node calls itself. */
  readonly id: string;
  readonly transport: Transport;
  /** How many may be connected with it. */
  readonly maxConnections: number;
  /** Where it listens, as it tells others. */
  port(): number;
  /** Somebody is connected; what comes is read after that. */
  connected(connection: P2pConnection): void;
  /** Somebody isn't. */
  refused(error: Error, address: Address): void;
}

const UTF8 = new TextEncoder();
/** What real nodes say, and no more, to one that they have a connection with already. */
const CLOSING = "CLOSING: Already having a connection together";

/** Makes connections. */
export class P2pConnections {
  /** Nodes that have connected with this one. */
  readonly inbound: Set<P2pConnection> = new Set();
  /** Nodes that this one has connected with, and where. */
  readonly outbound: Map<P2pConnection, string> = new Map();
  readonly #options: P2pConnectionsOptions;
  readonly #handshakes: P2pHandshakes;
  readonly #stopping = new AbortController();

  /** @param options What they are made with. */
  constructor(options: P2pConnectionsOptions) {
    this.#options = options;
    this.#handshakes = new P2pHandshakes(options.clock, options.limits);
  }

  /**
   * Takes a connection.
   *
   * @param channel Newly accepted, or opened only to find out what it speaks.
   * @param opening What has been read of it.
   */
  accept(channel: Channel, opening: Uint8Array): Conversation {
    const closed = createDeferred<void>();
    const refuse = (error: Error): void => {
      this.#options.refused(error, channel.remote);
      channel.close(error).catch(() => {});
      closed.resolve();
    };
    let connection: P2pConnection | undefined;
    const conversation = {
      address: channel.remote,
      closed: closed.promise,
      close: (drainMs?: number) => connection?.close(drainMs) ?? channel.close(),
    };
    const isFull = this.#whyFull();
    if (isFull !== undefined) {
      refuse(isFull);
      return conversation;
    }
    const handshake = this.#handshakes.begin(channel, {
      greeted: (greeting) => {
        const isFull = this.#whyFull();
        if (isFull !== undefined) return refuse(isFull);
        channel.writer.bytes(UTF8.encode(this.#options.id));
        channel.flush();
        connection = this.#connect(channel, greeting, "inbound");
        connection.closed.then(closed.resolve);
        this.inbound.add(connection);
        this.#begin(connection, greeting);
      },
      failed: refuse,
    });
    handshake.data(opening);
    return conversation;
  }

  /**
   * Connects with a node.
   *
   * @param address Where it listens.
   * @param options Deadline, signal.
   */
  async dial(address: Address, options: P2pConnectOptions): Promise<P2pPeer> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options;
    const { clock, limits } = this.#options;
    const url = formatAddress(address);
    const signal = options.signal === undefined
      ? this.#stopping.signal
      : AbortSignal.any([options.signal, this.#stopping.signal]);
    return await withDeadline(
      { clock, timeoutMs, signal, operation: `connect with ${url}` },
      async (signal) => {
        const channel = await this.#options.transport.dial(address, { signal });
        const met = createDeferred<P2pPeer>();
        const handshake = new P2pHandshake(channel, {
          clock,
          limits,
          isInbound: false,
          greeted: (greeting) => {
            const peer = this.#meet(channel, greeting, url);
            if (peer === undefined) met.reject(isOneself(url));
            else met.resolve(peer);
          },
          failed: met.reject,
        });
        if (signal.aborted) handshake.fail(signal.reason);
        else signal.addEventListener("abort", () => handshake.fail(signal.reason));
        channel.writer.bytes(UTF8.encode(`${this.#options.id}:${this.#options.port()}`));
        channel.flush();
        return await met.promise;
      },
    );
  }

  /** Somebody has answered: a new node, one that has connected with us already, or ourselves. */
  #meet(channel: Channel, greeting: P2pGreeting, url: string): P2pPeer | undefined {
    const known = [...this.inbound].find(({ id, host }) =>
      id === greeting.id && host === channel.remote.host
    );
    if (known !== undefined || greeting.id === this.#options.id) {
      channel.writer.bytes(UTF8.encode(CLOSING));
      channel.close().catch(() => {});
      return known;
    }
    const connection = this.#connect(channel, greeting, "outbound");
    this.outbound.set(connection, url);
    this.#begin(connection, greeting);
    return connection;
  }

  #connect(channel: Channel, greeting: P2pGreeting, direction: P2pPeer["direction"]) {
    return new P2pConnection(channel, greeting, {
      direction,
      host: { ...this.#options, closed: (...end) => this.#closed(...end) },
    });
  }

  /** Ends them all, and takes no more. What was sent before still goes out. */
  async close(): Promise<void> {
    this.#stopping.abort(p2pStopped());
    this.#handshakes.close(p2pStopped());
    await Promise.all(
      [...this.inbound, ...this.outbound.keys()].map((connection) => connection.close()),
    );
  }

  #begin(connection: P2pConnection, greeting: P2pGreeting): void {
    this.#options.connected(connection);
    connection.start(greeting.rest);
  }

  #closed(connection: P2pConnection, error: Error | undefined): void {
    this.inbound.delete(connection);
    this.outbound.delete(connection);
    this.#options.closed(connection, error);
  }

  #whyFull(): SynapseError | undefined {
    if (this.#stopping.signal.aborted) return p2pStopped();
    if (this.inbound.size < this.#options.maxConnections) return undefined;
    return new SynapseError(
      "limit_exceeded",
      `Cannot accept p2p connection as ${this.inbound.size} are open already`,
    );
  }
}

/** Why nothing goes on any more. */
export function p2pStopped(): SynapseError {
  return new SynapseError("cancelled", "Cannot use p2p node as it has been stopped");
}

/** Why a node isn't connected with itself. */
export function isOneself(url: string): SynapseError {
  return new SynapseError("not_supported", `Cannot connect with ${url} as it is this node itself`);
}
