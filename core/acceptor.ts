/**
 * The server side of one wire protocol, as a listener sees it: how to tell its connections from others', and who
 * takes them over.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { Channel, Clock, DialOptions, Random, Traffic } from "./channel.ts";
import type { Extensions } from "./codecs/messagepack_extensions.ts";
import type { Limits } from "./limits.ts";
import type { PeerInfo, PeerMessage } from "./message.ts";
import type { Registry } from "./registry.ts";
import type { OpenTrace } from "./trace.ts";

/** A connection that was accepted, until it is over. */
export interface Conversation {
  /** The other end. */
  readonly address: Address;
  /** Settles when it is over. */
  readonly closed: Promise<void>;
  /**
   * Ends it in good order.
   *
   * @param drainMs How long calls under way may take, 5,000 by default; then they are cut.
   */
  close(drainMs?: number): Promise<void>;
}

/** Serves connections of one wire protocol. */
export interface Acceptor {
  /** The dialect's name, as in logs and in `serve --dialect`. */
  readonly name: string;
  /**
   * Says whether a connection begins as this protocol's do.
   *
   * @param opening All that has come so far: at least one byte, at most {@linkcode Limits.detectionBytes}.
   * @returns undefined while it takes more of them to tell; never that once there are `detectionBytes`.
   */
  recognise(opening: Uint8Array): boolean | undefined;
  /**
   * Takes a connection over.
   *
   * @param channel Opened only to find out what it speaks: to be opened again.
   * @param opening What has been read of it, to be read first; it may be empty.
   */
  accept(channel: Channel, opening: Uint8Array): Conversation;
  /** Ends what isn't a connection: timers, sockets of its own. Connections are closed by the node. */
  close?(): Promise<void>;
}

/** What a node lends to its acceptors. */
export interface AcceptorHost {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  readonly extensions: Extensions;
  /** What the node says of itself. */
  self(): PeerInfo;
  /** A message has come that is no call: the node's event `nodeMessage`. */
  heard?(message: PeerMessage): void;
  /** Tells of every message, where anybody wants to know; to be asked once for each connection. */
  readonly openTrace?: OpenTrace;
  /** Where the node listens. */
  addresses(): readonly Address[];
  /**
   * Takes a connection over that speaks the native protocol inside of another, such as a WebSocket.
   *
   * @param channel Of nothing but native messages.
   * @param registry What it may call; all that is published where left out.
   */
  converse(channel: Channel, registry?: Registry): void;
  /** How many connections are open just now, whatever they speak. */
  connections(): number;
  /** What has gone through the node's listeners. */
  traffic(): readonly Traffic[];
  /**
   * Connects by one of the node's transports.
   *
   * @param to Such as `tcp://10.0.0.1:9999`.
   * @throws {TransportError} `unreachable`.
   */
  dial(to: Address, options?: DialOptions): Promise<Channel>;
}
