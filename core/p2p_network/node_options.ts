/**
 * What a node of python-p2p-network is made with, and what its functions take.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Clock, Transport } from "../channel.ts";
import type { OpenTrace } from "../trace.ts";
import type { P2pCompression } from "./compression.ts";
import type { P2pLimits } from "./limits.ts";
import type { P2pEvent, P2pPeer, P2pSendOptions } from "./peer.ts";

/** What a node of python-p2p-network takes. */
export interface P2pNodeOptions {
  /** What it calls itself: no `|`, colons, spaces or control characters. 128 random hexadecimal digits by default. */
  readonly id?: string;
  /** Nodes that may be connected with it; it may connect with any number itself. 1,024 by default, 1 in Python. */
  readonly maxConnections?: number;
  /** Gets every event, besides those that listen. Of `nodeReconnectionError`, returning false gives up. */
  readonly callback?: (event: P2pEvent) => unknown;
  /** Told of every connection and message that isn't taken, with the reason. */
  readonly onRefused?: (error: unknown, address: Address) => void;
  /** Bounds that differ from the defaults. */
  readonly limits?: Partial<P2pLimits>;
}

/** What a node needs of the world. */
export interface P2pWorld {
  /** How others are reached. */
  readonly transport: Transport;
  readonly clock: Clock;
  /** Draws bytes, for an id. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly compression: P2pCompression;
  /** Tells of every message, where anybody wants to know; asked once for each connection. */
  readonly openTrace?: OpenTrace;
}

/** What connecting with a node takes. */
export interface P2pConnectOptions {
  /** Whether to connect anew whenever the connection is lost. */
  readonly reconnect?: boolean;
  /** Milliseconds for dialling and handshake, 30,000 by default. */
  readonly timeoutMs?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** What sending to all nodes takes. */
export interface P2pSendToNodesOptions extends P2pSendOptions {
  /** Nodes that don't get it. */
  readonly exclude?: Iterable<P2pPeer>;
}
