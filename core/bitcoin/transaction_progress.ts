/**
 * How far one transaction has come, with each peer and over all. Pure book-keeping: sends nothing, waits for
 * nothing.
 *
 * @module
 */
import type {
  BroadcastOutcome,
  Evidence,
  EvidenceKind,
  PeerReport,
  TransactionReport,
} from "./broadcast_report.ts";
import { type Participant, PeerProgress } from "./peer_progress.ts";
import type { TransactionOffer } from "./transaction_offer.ts";

/** The bookkeeping of one transaction. */
export class TransactionProgress {
  /** The transaction. */
  readonly offer: TransactionOffer;
  readonly #peers = new Map<Participant, PeerProgress>();
  readonly #evidence: Evidence[] = [];

  /** @param offer The transaction. */
  constructor(offer: TransactionOffer) {
    this.offer = offer;
  }

  /** How many watchers there are whose word is still to be had, or was given. */
  get watchers(): number {
    return this.#watchers().filter(({ isSeen, isOpen }) => isSeen || isOpen).length;
  }

  /** How many of them have announced it. */
  get watchersSeen(): number {
    return this.#watchers().filter(({ isSeen }) => isSeen).length;
  }

  /** Where it stands with one peer. */
  with(participant: Participant): PeerProgress {
    let progress = this.#peers.get(participant);
    if (progress === undefined) {
      progress = new PeerProgress(participant);
      this.#peers.set(participant, progress);
    }
    return progress;
  }

  /**
   * Notes that somebody shows that they have it.
   *
   * @returns Whether that is news.
   */
  seen(participant: Participant, kind: EvidenceKind, ms: number): boolean {
    const isNew = this.with(participant).seen(kind, ms);
    const isFirstBlock = kind === "mined" && !this.#isMined;
    if (!isNew && !isFirstBlock) return false;
    this.#evidence.push({ kind, peer: participant.peer, ms });
    // What a node says on one of its connections holds for the node.
    if (kind === "second_connection") {
      for (const other of this.#peers.values()) {
        if (other.participant.peer === participant.peer) other.seen(kind, ms);
      }
    }
    return true;
  }

  /**
   * Whether nothing that may still come could say more.
   *
   * @param ms Milliseconds since the broadcast began.
   * @param enoughWatchers How many watchers suffice.
   */
  hasSettled(ms: number, enoughWatchers: number): boolean {
    if (this.#isMined) return true;
    const { watchers, watchersSeen } = this;
    if (watchers > 0 && watchersSeen >= Math.min(enoughWatchers, watchers)) return true;
    const told = [...this.#peers.values()].filter(({ participant, isAnnounced, isOpen }) =>
      participant.role === "told" && (isAnnounced || isOpen)
    );
    if (told.length === 0) return false;
    const isWatched = [...this.#peers.values()].some(({ participant, isOpen }) =>
      participant.role !== "told" && isOpen
    );
    if (!isWatched) return told.every((peer) => peer.isFinal(ms));
    // The silent connection has said what it is there for.
    if (watchers === 0 && told.every(({ isSeen }) => isSeen)) return true;
    return told.every((peer) => peer.isRefused(ms));
  }

  /** What is known by now. */
  report(): TransactionReport {
    const { txid, wtxid, vsize } = this.offer;
    const told = this.#told();
    const peers = [...this.#peers.values()];
    return {
      txid,
      wtxid,
      vsize,
      outcome: this.#outcome(told),
      evidence: [...this.#evidence],
      told: told.length,
      sent: told.filter(({ isSent }) => isSent).length,
      watchers: this.#watchers().length,
      watchersSeen: this.watchersSeen,
      missingParents: [...new Set(peers.flatMap(({ missingParents }) => missingParents))],
      peers: peers.map((peer): PeerReport => peer.report()),
    };
  }

  get #isMined(): boolean {
    return this.#evidence.some(({ kind }) => kind === "mined");
  }

  #outcome(told: readonly PeerProgress[]): BroadcastOutcome {
    const kinds = new Set(this.#evidence.map(({ kind }) => kind));
    if (kinds.has("watcher") || kinds.has("mined")) return "propagated";
    if (kinds.size > 0) return "in_mempool";
    if (told.length === 0) return "no_peers";
    const refusals = told.filter((peer) => peer.isRefused(Infinity)).length;
    const silent = told.filter((peer) => peer.isSent && !peer.isRefused(Infinity)).length;
    // Nobody is trusted alone: as long as more peers have taken it in silence, it may have been accepted.
    if (refusals > 0 && refusals >= silent) return "refused";
    return silent > 0 ? "unconfirmed" : "not_taken";
  }

  #told(): PeerProgress[] {
    return [...this.#peers.values()].filter(({ participant, isAnnounced }) =>
      participant.role === "told" && isAnnounced
    );
  }

  #watchers(): PeerProgress[] {
    return [...this.#peers.values()].filter(({ participant }) => participant.role === "watcher");
  }
}
