/**
 * A connected node of python-p2p-network, as its users see it; and what happens to such nodes.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { P2pCompressionName } from "../codecs/p2p_compressed.ts";
import type { P2pValue } from "../codecs/p2p_message.ts";

/** What sending takes. */
export interface P2pSendOptions {
  /** How to compress; not at all by default. What is compressed may hold any byte, and costs a third more. */
  readonly compression?: P2pCompressionName | "none";
}

/** A node at the other end of a connection. */
export interface P2pPeer {
  /** What it calls itself. A claim: anybody can take any id. */
  readonly id: string;
  /** Where it is. */
  readonly host: string;
  /** Where it listens, as it says; where it connects from, when it didn't say. */
  readonly port: number;
  /** The connection's other end. */
  readonly address: Address;
  /** Whether it has connected with us, or we with it. */
  readonly direction: "inbound" | "outbound";
  /** False once the connection is over. */
  readonly isConnected: boolean;
  /** For whatever the application wants to remember of it. */
  readonly info: Map<string, unknown>;
  /**
   * Sends a message.
   *
   * @param data Text, bytes, or what JSON can hold. Large bytes are sent without a copy: leave them as they are until
   * the promise settles.
   * @param options Compression.
   * @returns Settles when the network has taken so much that the next message is welcome. Messages arrive in the order
   * of the calls.
   * @throws {EncodeError} `not_supported` for an empty message, for bytes with a 04 and others that can't be sent without
   * compression, for a compression that can only be read; `limit_exceeded` for what is too large or too deep.
   * @throws {SynapseError} `limit_exceeded` when too much waits already.
   * @throws {TransportError} `connection_lost`.
   */
  send(data: unknown, options?: P2pSendOptions): Promise<void>;
  /** Ends the connection in good order. */
  close(): Promise<void>;
}

/** What happens to a node, under the names that python-p2p-network gives it. */
export interface P2pEvents {
  /** We have connected with a node. */
  outboundNodeConnected: { readonly peer: P2pPeer };
  /** A node has connected with us. */
  inboundNodeConnected: { readonly peer: P2pPeer };
  /** A node that we had connected with is gone. */
  outboundNodeDisconnected: { readonly peer: P2pPeer; readonly error: Error | undefined };
  /** A node that had connected with us is gone. */
  inboundNodeDisconnected: { readonly peer: P2pPeer; readonly error: Error | undefined };
  /**
   * A node has sent a message. A listener that returns a promise holds up that node, and no other, when it has many of
   * them unsettled.
   */
  nodeMessage: { readonly peer: P2pPeer; readonly data: P2pValue };
  /** We are about to disconnect from a node that we had connected with. It can still be sent something. */
  nodeDisconnectWithOutboundNode: { readonly peer: P2pPeer };
  /** A node that is to be reconnected with isn't there: the next attempt is being made. */
  nodeReconnectionError: {
    readonly host: string;
    readonly port: number;
    /** How many attempts there were since the connection was lost, this one included. */
    readonly trials: number;
    /** Makes this and all further attempts unneeded. A callback may as well return false. */
    giveUp(): void;
  };
  /** We are about to stop. Everybody can still be sent something. */
  nodeRequestToStop: Record<never, never>;
  /** A listener has thrown. */
  listenerFailed: { readonly name: string; readonly error: unknown };
}

/** An event as the one callback gets it. */
export type P2pEvent = {
  [Name in keyof P2pEvents]: { readonly type: Name } & P2pEvents[Name];
}[keyof P2pEvents];
