/**
 * What the node tells of itself, as the page reads it. A node of another version may leave something out.
 *
 * @module
 */

/** A peer of the node. */
export interface Peer {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly state: string;
  readonly seenMs?: number;
  readonly latencyMs?: number;
  readonly knows?: readonly string[];
}

/** Something that has happened. */
export interface NodeEvent {
  readonly unixMs: number;
  readonly text: string;
  readonly isWarning: boolean;
}

/** How the node is. */
export interface Snapshot {
  readonly uptimeMs: number;
  readonly calls: { readonly total: number; readonly failed: number; readonly perSecond: number };
  /** null where nothing was called. */
  readonly latency: { readonly p50Ms: number; readonly p99Ms: number } | null;
  readonly peers: readonly Peer[];
  readonly peerCount: number;
  readonly events: readonly NodeEvent[];
  /** In the first one: whether the page may call functions. */
  readonly mayCall?: boolean;
  /** In the first one: which of the peers the page is. */
  readonly you?: string;
}

const EMPTY: Snapshot = {
  uptimeMs: 0,
  calls: { total: 0, failed: 0, perSecond: 0 },
  latency: null,
  peers: [],
  peerCount: 0,
  events: [],
};

/**
 * Reads an item of `_synapse.watch`.
 *
 * @param item What came.
 */
export function readSnapshot(item: unknown): Snapshot {
  return { ...EMPTY, ...item as Partial<Snapshot> };
}
