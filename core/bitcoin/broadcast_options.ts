/**
 * How a broadcast is done.
 *
 * @module
 */

/** What a broadcast takes besides its transactions. */
export interface BroadcastOptions {
  /** How many peers are told. 5 by default. */
  readonly nodes?: number;
  /** How many are left untold and watched. 4 by default; of too few peers, some are watched all the same. */
  readonly watchers?: number;
  /** How many watchers must announce a transaction before it counts as settled. Three of four by default. */
  readonly enoughWatchers?: number;
  /** How long to wait for evidence, in milliseconds. 30,000 by default, 120,000 at most. */
  readonly timeoutMs?: number;
  /** Transactions that peers may lack and that come along, as bytes or in hex: those whose coins are spent first. */
  readonly parents?: readonly (Uint8Array | string)[];
  /** Whether peers that don't show a transaction are told again each minute. Off by default. */
  readonly rebroadcast?: boolean;
  /** Gives up: the broadcast rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The same, complete. */
export type ResolvedBroadcastOptions =
  & Required<Omit<BroadcastOptions, "enoughWatchers" | "signal">>
  & Pick<BroadcastOptions, "enoughWatchers" | "signal">;

const DEFAULT_NODES = 5;
const DEFAULT_WATCHERS = 4;
/** Two hops over Core take 8 to 31 s. */
const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 120_000;
const MAX_PEERS = 1_000;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} When a number is out of its range.
 */
export function resolveBroadcastOptions(options: BroadcastOptions): ResolvedBroadcastOptions {
  const {
    nodes = DEFAULT_NODES,
    watchers = DEFAULT_WATCHERS,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    parents = [],
    rebroadcast = false,
  } = options;
  check("nodes", nodes, 1, MAX_PEERS);
  check("watchers", watchers, 0, MAX_PEERS);
  check("timeoutMs", timeoutMs, 1, MAX_TIMEOUT_MS);
  if (options.enoughWatchers !== undefined) {
    check("enoughWatchers", options.enoughWatchers, 1, MAX_PEERS);
  }
  return { ...options, nodes, watchers, timeoutMs, parents, rebroadcast };
}

function check(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot broadcast as ${name} must be a whole number from ${min} to ${max}: got ${value}`,
  );
}
