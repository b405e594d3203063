/**
 * What a node is made of, and what it says.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { Caller } from "./caller.ts";
import type { Clock, DatagramTransport, Random, Transport } from "./channel.ts";
import type { Extensions } from "./codecs/messagepack_extensions.ts";
import type { Discovery, DiscoveryOptions, DropSummary, RenamedEvent } from "./discovery.ts";
import type { Identity } from "./identity.ts";
import type { KeepAliveOptions } from "./keep_alive.ts";
import type { Limits } from "./limits.ts";
import type { ReconnectPolicy } from "./link.ts";
import type { PeerMessage } from "./message.ts";
import type { OpenTrace } from "./trace.ts";
import type { PeerEvents } from "./peer_events.ts";

/** What a node is. */
export interface NodeOptions {
  /** The crowd that it belongs to. */
  readonly namespace?: string;
  /** Its name in there. */
  readonly name?: string;
  /** Bounds that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** When a silent peer is given up. */
  readonly keepAlive?: KeepAliveOptions;
  /** Extension types of its own. */
  readonly extensions?: Extensions;
  /**
   * What its listeners speak, by name, such as `["msgpack-rpc"]`; all that it knows by default. With one alone,
   * connections aren't looked at first to tell what they speak, and may be silent for as long as they like.
   */
  readonly dialects?: readonly string[];
  /** Who it is to others. A new one, that ends with the process, where left out. */
  readonly identity?: Identity;
  /** Whether its calls are signed with its key, for functions that only some keys may call. Not by default. */
  readonly signed?: boolean;
}

/** What a node needs of the world. */
export interface NodeWorld {
  /** Ways to reach others. */
  readonly transports: readonly Transport[];
  /** Time. */
  readonly clock: Clock;
  /** For jitter. */
  readonly random: Random;
  /** For keys: bytes that nobody can guess. */
  randomBytes(count: number): Uint8Array;
  /** Tells of every message; undefined where nobody wants to know. */
  readonly openTrace?: OpenTrace;
  /** Where others are looked for; undefined where there is no broadcast. */
  readonly createDatagrams?: (options: DatagramOptions) => DatagramTransport;
  /** Looks for them there. Given with the former: a page, which has neither, needn't load it. */
  readonly createDiscovery?: (options: DiscoveryOptions) => Discovery;
}

/** Where to look for others. */
export interface DatagramOptions {
  /** The UDP port that all share, 3334 by default. */
  readonly port?: number;
  /** Only on the interfaces with these addresses or names; all by default. */
  readonly interfaces?: readonly string[];
}

/** What {@linkcode Node.advertise} and {@linkcode Node.discover} take. */
export interface DiscoverOptions extends DatagramOptions {
  /** Nodes to ask besides, such as `tcp://10.0.0.1:9999`: for networks without broadcast. */
  readonly seeds?: readonly string[];
}

/** What {@linkcode Node.connect} takes. */
export interface ConnectOptions {
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** Milliseconds that dialling may take, 30,000 by default. */
  readonly timeoutMs?: number;
  /** Whether to dial again when the connection breaks, and how. Off by default. */
  readonly reconnect?: boolean | ReconnectPolicy;
  /** Whether every call is signed with the node's key; as {@linkcode NodeOptions.signed} says by default. */
  readonly signed?: boolean;
  /** What callers of `easyrpc://` have to know. */
  readonly secret?: string;
  /** Whose functions callers of `easyrpc://` want; `DEFAULT` by default. */
  readonly namespace?: string;
}

/** What {@linkcode Node.join} takes. */
export interface JoinOptions {
  /** Shares only the functions of this namespace, either way; all by default. */
  readonly namespace?: string;
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the first join may take, 30,000 by default. */
  readonly timeoutMs?: number;
}

/** What happens to a node. */
export interface NodeEvents extends PeerEvents {
  /** It listens somewhere. */
  listening: { readonly address: Address };
  /** A peer has connected to it. */
  accepted: { readonly peer: Caller };
  /** A connection that was accepted is over; without an error in good order. */
  released: { readonly peer: Caller; readonly error: Error | undefined };
  /** A connection was refused, because there are too many. */
  refused: { readonly address: Address; readonly error: Error };
  /** A peer has said something that is no call, as those of python-p2p-network do. */
  nodeMessage: PeerMessage;
  /** A background task threw. It goes on. */
  taskFailed: { readonly name: string; readonly error: unknown };
  /** A function that was called without wanting an answer threw. */
  notifyFailed: { readonly peer: Caller; readonly method: string; readonly error: unknown };
  /** Somebody else in the namespace had its name first: it goes by another. */
  renamed: RenamedEvent;
  /** Packets of others were dropped. Said once a minute at most, for all of them. */
  packetsDropped: DropSummary;
  /** Something that discovery wants can't be had; it does without. */
  discoveryWarning: { readonly error: Error };
  /** A listener of one of these events threw. */
  listenerFailed: { readonly name: string; readonly error: unknown };
}
