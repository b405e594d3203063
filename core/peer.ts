/**
 * A peer, as it is known.
 *
 * @module
 */
import type { Latency } from "./latency.ts";

/**
 * What it is doing: heard of and neither connected nor silent, being dialled, connected, or not heard for too
 * long (or gone with a goodbye).
 */
export type PeerState = "discovered" | "connecting" | "connected" | "offline";

/** Who dialled. */
export type PeerDirection = "inbound" | "outbound";

/** A peer, as it was known at one moment: plain data that doesn't change. */
export interface Peer {
  /** Its key where it has one, else `name@namespace`. */
  readonly id: string;
  /** Its name in its namespace. */
  readonly name: string;
  /** The crowd that it belongs to. */
  readonly namespace: string;
  /** Where it can be reached, newest first. At most {@linkcode MAX_PEER_ADDRESSES}. */
  readonly addresses: readonly string[];
  /** Its public key, base64url; undefined where nothing proves who it is. */
  readonly key: string | undefined;
  /** The functions that it is known to publish. */
  readonly functions: readonly string[];
  /** What it is doing. */
  readonly state: PeerState;
  /** Who dialled, while it is connected. */
  readonly direction: PeerDirection | undefined;
  /** When it was first heard, in milliseconds since 1970. */
  readonly firstSeenMs: number;
  /** When it was last heard, in milliseconds since 1970. */
  readonly lastSeenMs: number;
  /** Dials that failed since the last sign of life over a connection. */
  readonly failures: number;
  /** Its round-trip times; undefined until the first ping was answered. */
  readonly latency: Latency | undefined;
}

/** Addresses of one peer that are remembered; the oldest goes first. */
export const MAX_PEER_ADDRESSES: number = 8;

/**
 * Names a peer for people: `name@namespace`.
 *
 * @param peer Its two names.
 * @returns The text, unambiguous as a name holds no `@`.
 */
export function peerHandle({ name, namespace }: Pick<Peer, "name" | "namespace">): string {
  return `${name}@${namespace}`;
}
