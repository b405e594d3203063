/**
 * Every bound in one place, each with its reason.
 *
 * All can be overridden a node (`new Node({ limits: { maxMessageBytes: ... } })`). Crossing one is
 * a typed error, a paused reader, or a closed channel where the stream can't be trusted any more;
 * never an allocation of a size that the other side named.
 *
 * @module
 */

/** The bounds that a node, its sessions and its codecs keep. */
export interface Limits {
  /** Bytes of one message, either way. Larger payloads belong in a stream. */
  readonly maxMessageBytes: number;
  /** Containers inside containers. Real messages stay under ten; the decoder recurses this deep. */
  readonly maxDepth: number;
  /**
   * Values in one message, containers and their elements all counted. An empty map is one byte on
   * the wire and about 56 in memory, so that bytes alone would not bound memory.
   */
  readonly maxItems: number;
  /** Calls that one connection may have running here; above it, reading pauses. */
  readonly maxRunningCalls: number;
  /** Calls that one connection may be waiting for; above it, a call fails at once. */
  readonly maxPendingCalls: number;
  /** Streams that one connection may have open in each direction. */
  readonly maxStreams: number;
  /** Stream items sent ahead of the reader's last credit: what a slow reader can make us hold. */
  readonly streamWindow: number;
  /**
   * Memory that items of one stream hold while nobody reads them, about; above it, the stream fails. Items of up to
   * 1 MiB fit a window.
   */
  readonly maxStreamBytes: number;
  /** Unsent output above which a session stops reading and a stream stops producing. */
  readonly highWaterBytes: number;
  /** Unsent output above which a call, notification or reply fails instead of waiting in memory. */
  readonly maxBufferedBytes: number;
  /** Connections that one node accepts and keeps open. */
  readonly maxConnections: number;
  /** Bytes of a connection that are looked at to find out what it speaks. No protocol here takes more to tell. */
  readonly detectionBytes: number;
  /** Milliseconds that a connection has for them; one that says nothing at all counts as native from then on. */
  readonly detectionMs: number;
  /** Functions that one node may publish. */
  readonly maxEndpoints: number;
  /** Peers that a node remembers. Names cost a stranger nothing; above it, the least useful one goes. */
  readonly maxPeers: number;
}

/** What holds where nothing else is said. */
export const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxDepth: 128,
  maxItems: 1_000_000,
  maxRunningCalls: 4_096,
  maxPendingCalls: 65_536,
  maxStreams: 256,
  streamWindow: 64,
  maxStreamBytes: 64 * 1024 * 1024,
  highWaterBytes: 1024 * 1024,
  maxBufferedBytes: 64 * 1024 * 1024,
  maxConnections: 10_000,
  detectionBytes: 64,
  detectionMs: 5_000,
  maxEndpoints: 100_000,
  maxPeers: 10_000,
};

/**
 * Fills in the defaults.
 *
 * @param overrides The limits that differ.
 * @returns A complete set.
 * @throws {RangeError} When one is not a positive whole number.
 */
export function resolveLimits(overrides: Partial<Limits> = {}): Limits {
  return resolveBounds(DEFAULT_LIMITS, overrides);
}

/**
 * Fills in the defaults of any set of bounds.
 *
 * @typeParam Bounds The set.
 * @param defaults What holds where nothing else is said.
 * @param overrides Those that differ.
 * @returns A complete set.
 * @throws {RangeError} When one is not a positive whole number.
 */
export function resolveBounds<Bounds extends object>(
  defaults: Bounds,
  overrides: Partial<Bounds>,
): Bounds {
  const bounds = { ...defaults, ...overrides };
  for (const [name, value] of Object.entries(bounds)) {
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw new RangeError(
        `Cannot set limit ${name} as it must be a positive whole number: got ${value}`,
      );
    }
  }
  return bounds;
}
