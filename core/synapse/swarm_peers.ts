/**
 * The members of a swarm that a node knows: those of its own swarm and team, until they fall silent.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { SynapseError } from "../errors.ts";
import type { SwarmPeer } from "./swarm_peer.ts";

/** What happens to them. None of these may throw. */
export interface SwarmPeerEvents {
  /** Somebody new was heard. */
  readonly onPeerJoined?: (peer: SwarmPeer) => void;
  /** Somebody known was heard again. */
  readonly onPeerHeard?: (peer: SwarmPeer) => void;
  /** Somebody has not been heard for {@linkcode PEER_SILENCE_MS}, and is forgotten. */
  readonly onPeerOffline?: (peer: SwarmPeer) => void;
}

/** What {@linkcode SwarmPeers} takes. */
export interface SwarmPeersOptions {
  /** The node's own id, which is never taken for a peer. */
  readonly id: string;
  /** null takes any. */
  readonly swarm: string | null;
  /** null takes any. */
  readonly team: string | null;
  readonly clock: Clock;
  readonly maxPeers: number;
  readonly events: SwarmPeerEvents;
}

/** Silence after which real programs forget a peer, too. */
export const PEER_SILENCE_MS: number = 20_000;

interface Member {
  readonly peer: SwarmPeer;
  readonly aliveAtMs: number;
}

/** The members known. */
export class SwarmPeers {
  readonly #options: SwarmPeersOptions;
  readonly #members = new Map<string, Member>();

  /** @param options Whose, and who belongs there. */
  constructor(options: SwarmPeersOptions) {
    this.#options = options;
  }

  /** How many. */
  get size(): number {
    return this.#members.size;
  }

  /** All of them, in the order in which they came. */
  list(): SwarmPeer[] {
    return Array.from(this.#members.values(), ({ peer }) => peer);
  }

  /**
   * Says that somebody belongs here.
   *
   * @param peer Who.
   * @throws {SynapseError} `bad_request`, as real programs say it.
   */
  checkMembership(peer: SwarmPeer): void {
    const { swarm, team } = this.#options;
    const other = swarm !== null && peer.swarm !== swarm
      ? "swarm"
      : team !== null && peer.team !== team
      ? "team"
      : undefined;
    if (other === undefined) return;
    throw new SynapseError("bad_request", `Cannot take peer as it is of a different ${other}`);
  }

  /**
   * Takes in somebody who was heard just now.
   *
   * @param peer Who.
   * @throws {SynapseError} `bad_request` when it doesn't belong here; `limit_exceeded` when there are too many.
   */
  hear(peer: SwarmPeer): void {
    this.checkMembership(peer);
    const { id, clock, maxPeers, events } = this.#options;
    if (peer.id === id) return;
    const isKnown = this.#members.has(peer.id);
    if (!isKnown && this.size >= maxPeers) {
      throw new SynapseError("limit_exceeded", `Cannot take peer as ${maxPeers} are known already`);
    }
    this.#members.set(peer.id, { peer, aliveAtMs: clock.now() });
    if (isKnown) events.onPeerHeard?.(peer);
    else events.onPeerJoined?.(peer);
  }

  /**
   * Notes that somebody has answered.
   *
   * @param id Who it says that it is: somebody else may have taken a member's place.
   * @param place Where it was called.
   */
  answered(id: unknown, place: Pick<SwarmPeer, "address" | "port">): void {
    const { clock, events } = this.#options;
    const member = typeof id === "string" ? this.#members.get(id) : undefined;
    if (member?.peer.address !== place.address || member.peer.port !== place.port) return;
    const peer = { ...member.peer, lastSeenMs: clock.unixMs() };
    this.#members.set(peer.id, { peer, aliveAtMs: clock.now() });
    events.onPeerHeard?.(peer);
  }

  /** Forgets those who have fallen silent. */
  sweep(): void {
    const { clock, events } = this.#options;
    const nowMs = clock.now();
    const silent = [...this.#members.values()]
      .filter(({ aliveAtMs }) => nowMs - aliveAtMs >= PEER_SILENCE_MS);
    for (const { peer } of silent) this.#members.delete(peer.id);
    for (const { peer } of silent) events.onPeerOffline?.(peer);
  }
}
