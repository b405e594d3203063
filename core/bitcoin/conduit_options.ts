/**
 * What a conduit is made of, and what happens to it.
 *
 * @module
 */
import type { Clock, Random, Transport } from "../channel.ts";
import type { BitcoinMessage, UnknownMessage } from "../codecs/bitcoin/messages.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import type { ConduitPeer } from "./conduit_peer.ts";
import type { ResolveSeed } from "./seeding.ts";

/** Where addresses of nodes are kept over a restart: a file. */
export interface AddressStorage {
  /** @returns What was saved; undefined when there is nothing. */
  load(): Promise<unknown>;
  /** Puts it in place of what was saved before. */
  save(json: unknown): Promise<void>;
}

/** A node: `host`, `host:port`, or the two apart. */
export type PeerPlace = string | readonly [host: string, port?: number];

/** What a conduit is. */
export interface ConduitOptions {
  /** Which network. */
  readonly network: BitcoinNetwork;
  /** Nodes to be connected with. Others are looked for only where there are none, or `discover` says so. */
  readonly peers?: readonly PeerPlace[];
  /** Whether to look for nodes that nobody named. By default only as long as nobody has named any. */
  readonly discover?: boolean;
  /** How many connections to keep up where nodes are looked for. 8 by default. */
  readonly connections?: number;
  /** What it calls itself (BIP 14). */
  readonly agent?: string;
  /** Whether nodes are to tell of transactions. On by default; without it nothing can be watched. */
  readonly relay?: boolean;
  /** Where addresses are kept; nowhere where left out. */
  readonly addressBook?: AddressStorage;
}

/** What a conduit needs of the world. */
export interface ConduitWorld {
  /** Leads to nodes: `tcp`, or a proxy. */
  readonly transport: Transport;
  readonly clock: Clock;
  /** For choosing and for jitter. */
  readonly random: Random;
  /** For nonces: bytes that nobody can guess. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Looks seeds up; undefined behind a proxy: seeds are dialled then, and the proxy resolves them. */
  readonly resolveSeed?: ResolveSeed;
}

/** Something that a peer said. */
export interface ReceivedMessage {
  /** Who: `host:port`. */
  readonly peer: string;
  readonly command: string;
  readonly message: BitcoinMessage | UnknownMessage;
}

/** What happens to a conduit. */
export interface ConduitEvents {
  /** A peer is there. */
  peerConnected: { readonly peer: ConduitPeer };
  /** A peer is gone. */
  peerLost: { readonly peer: string; readonly reason: string };
  /** A node could not be had. */
  dialFailed: { readonly peer: string; readonly reason: string };
  /** Something that is wanted can't be had; it does without. */
  warning: { readonly error: unknown };
  /** A listener threw. */
  listenerFailed: { readonly name: string; readonly error: unknown };
}
