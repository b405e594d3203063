/**
 * Finds peers for a broadcast, and says which of them are told and which are watched.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { createDeferred } from "../deferred.ts";
import type { BroadcastBoard } from "./broadcast_board.ts";
import type { PeerRole, SkipReason } from "./broadcast_report.ts";
import { formatEndpoint } from "./endpoint.ts";
import type { BitcoinPeer } from "./peer.ts";
import type { Participant } from "./peer_progress.ts";
import type { Pool } from "./pool.ts";

/** What {@linkcode Recruiter} takes. */
export interface RecruiterOptions {
  readonly pool: Pool;
  readonly board: BroadcastBoard;
  readonly clock: Clock;
  /** How many are to be told. */
  readonly nodes: number;
  /** How many are to be watched. */
  readonly watchers: number;
}

/** Who takes part. */
export interface Recruits {
  readonly told: readonly BitcoinPeer[];
  readonly watched: readonly BitcoinPeer[];
}

/** Peers that take longer to find are replaced later; whoever is there by then begins. */
const GATHER_MS = 10_000;

/** Looks for peers. */
export class Recruiter {
  readonly #options: RecruiterOptions;
  /** Those that are connected and take transactions. */
  readonly fit: ReadonlySet<BitcoinPeer>;
  readonly #fit = new Set<BitcoinPeer>();
  /** Named nodes that can't be had, or that are no use. */
  readonly #useless = new Set<string>();
  readonly #gathered = createDeferred<void>();
  readonly #unsubscribe: readonly (() => void)[];
  readonly #cancelTimer: () => void;
  #isTimeUp = false;
  /** Called when another fit peer has come after {@linkcode gather} has settled. */
  onLate: () => void = () => {};
  #hasGathered = false;

  /** @param options Where to look, and how many. */
  constructor(options: RecruiterOptions) {
    this.#options = options;
    this.fit = this.#fit;
    const { pool, board, clock, nodes, watchers } = options;
    this.#unsubscribe = [
      pool.events.on("dialling", ({ endpoint }) => {
        const peer = formatEndpoint(endpoint);
        if (!this.#useless.has(peer)) board.emit({ type: "connecting", peer });
      }),
      pool.events.on("up", ({ peer }) => this.#consider(peer)),
      pool.events.on("failed", ({ endpoint, reason }) => {
        this.#skip(formatEndpoint(endpoint), undefined, "unreachable", reason);
      }),
      pool.events.on("down", ({ peer }) => this.#fit.delete(peer)),
    ];
    this.#cancelTimer = clock.after(GATHER_MS, () => {
      this.#isTimeUp = true;
      this.#check();
    });
    for (const peer of pool.peers) this.#consider(peer);
    pool.want(nodes + watchers);
    this.#check();
  }

  /** Waits until there are enough, or no more to be had soon. */
  async gather(): Promise<Recruits> {
    await this.#gathered.promise;
    this.#hasGathered = true;
    const { nodes, watchers, pool } = this.#options;
    const fit = pool.peers.filter((peer) => this.#fit.has(peer));
    const told = countTold(fit.length, nodes, watchers);
    return { told: fit.slice(0, told), watched: fit.slice(told, told + watchers) };
  }

  /** Stops looking. */
  stop(): void {
    this.#cancelTimer();
    this.#gathered.resolve();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #consider(peer: BitcoinPeer): void {
    const { board, pool } = this.#options;
    const { agent, version, relay } = peer.info!;
    if (!relay) {
      this.#skip(peer.name, agent, "blocks_only", "it wants no transactions");
    } else if (peer.isInInitialDownload) {
      this.#skip(peer.name, agent, "initial_download", "it is still catching up with the chain");
    } else {
      this.#fit.add(peer);
      this.#useless.delete(peer.name);
      const feeFilterSat = peer.feeFilterSat === undefined ? undefined : Number(peer.feeFilterSat);
      const { name, minPingMs: pingMs } = peer;
      board.emit({ type: "connected", peer: name, agent, version, feeFilterSat, pingMs });
      if (this.#hasGathered) this.onLate();
      return this.#check();
    }
    // A place in the pool is for one that is of use.
    if (pool.isDiscovering) pool.drop(peer, "it takes no transactions");
  }

  #skip(peer: string, agent: string | undefined, reason: SkipReason, detail: string): void {
    const { board, pool } = this.#options;
    if (!this.#useless.has(peer)) {
      this.#useless.add(peer);
      board.emit({ type: "skipped", peer, reason, detail });
      // Of strangers that can't be reached there is no end; who was named is missed.
      if (reason !== "unreachable" || pool.isNamed(peer)) {
        board.join({ peer, role: "told", agent, skipped: { reason, detail, ms: board.ms } });
      }
    }
    this.#check();
  }

  #check(): void {
    const { nodes, watchers, pool } = this.#options;
    const isEnough = this.#fit.size >= nodes + watchers;
    const areNamedKnown = !pool.isDiscovering && pool.named.every((endpoint) => {
      const name = formatEndpoint(endpoint);
      return this.#useless.has(name) || [...this.#fit].some((peer) => peer.name === name);
    });
    if (isEnough || areNamedKnown || (this.#isTimeUp && this.#fit.size > 0)) {
      this.#gathered.resolve();
    }
  }
}

/** Makes a peer part of a broadcast. */
export function participate(peer: BitcoinPeer, role: PeerRole, board: BroadcastBoard): Participant {
  const participant: Participant = { peer: peer.name, role, agent: peer.info!.agent };
  board.join(participant);
  board.emit({ type: "assigned", peer: peer.name, role });
  return participant;
}

/**
 * Of fewer peers than were asked for, as large a part is told, but never all: then nobody is left to show
 * that it travels.
 */
function countTold(peers: number, nodes: number, watchers: number): number {
  if (peers >= nodes + watchers || watchers === 0) return Math.min(nodes, peers);
  const share = Math.max(1, Math.round(peers * nodes / (nodes + watchers)));
  return Math.min(peers, share, Math.max(1, peers - 1));
}
