/**
 * What everybody who takes part in a broadcast shares: which transactions there are, how far they have come,
 * and who is told of it.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import type { BroadcastEvent } from "./broadcast_events.ts";
import type {
  BroadcastOutcome,
  BroadcastReport,
  EvidenceKind,
  Rejection,
  TransactionReport,
} from "./broadcast_report.ts";
import type { Participant } from "./peer_progress.ts";
import type { TransactionOffer } from "./transaction_offer.ts";
import { TransactionProgress } from "./transaction_progress.ts";

/** What a {@linkcode BroadcastBoard} takes. */
export interface BoardOptions {
  readonly clock: Clock;
  /** How long a transaction is given. */
  readonly timeoutMs: number;
  /** How many watchers must have announced a transaction; a number of those there are where left out. */
  readonly enoughWatchers: number | undefined;
  readonly onEvent: (event: BroadcastEvent) => void;
}

/** An event, but for its time. */
type Untimed = BroadcastEvent extends infer Event
  ? Event extends BroadcastEvent ? Omit<Event, "ms"> : never
  : never;

/** Of more transactions only the last ones' reports are kept. */
const MAX_REPORTS = 10_000;
/** Whoever watches three of four nodes needn't wait for the fourth. */
const ENOUGH = 0.75;

/** From the best to the worst. */
const OUTCOMES: readonly BroadcastOutcome[] = [
  "propagated",
  "in_mempool",
  "unconfirmed",
  "not_taken",
  "refused",
  "no_peers",
];

/** The board. */
export class BroadcastBoard {
  readonly #options: BoardOptions;
  readonly #startMs: number;
  /** By txid and by wtxid. */
  readonly #byHash = new Map<string, TransactionProgress>();
  readonly #unsettled = new Map<TransactionProgress, { readonly dueMs: number }>();
  readonly #companions = new Set<TransactionProgress>();
  readonly #participants = new Set<Participant>();
  readonly #reports: TransactionReport[] = [];
  readonly #total: Record<BroadcastOutcome, number>;
  #isFinished = false;
  /** Called whenever a transaction has settled. */
  onSettled: () => void = () => {};

  /** @param options The clock, and who is told. */
  constructor(options: BoardOptions) {
    this.#options = options;
    this.#startMs = options.clock.now();
    this.#total = {
      propagated: 0,
      in_mempool: 0,
      refused: 0,
      unconfirmed: 0,
      not_taken: 0,
      no_peers: 0,
    };
  }

  /** Milliseconds since the broadcast began. */
  get ms(): number {
    return Math.round(this.#options.clock.now() - this.#startMs);
  }

  /** Transactions that have not settled. */
  get unsettled(): readonly TransactionProgress[] {
    return [...this.#unsettled.keys()];
  }

  /** How many those are. */
  get unsettledCount(): number {
    return this.#unsettled.size;
  }

  /** Parents that come along. */
  get companions(): readonly TransactionProgress[] {
    return [...this.#companions];
  }

  /** Tells whoever listens; after the end nobody. */
  emit(event: Untimed): void {
    if (this.#isFinished) return;
    this.#options.onEvent({ ...event, ms: this.ms } as BroadcastEvent);
  }

  /**
   * Adds a transaction.
   *
   * @param isParent Whether it only comes along.
   * @returns undefined when it is there already.
   */
  add(offer: TransactionOffer, isParent: boolean): TransactionProgress | undefined {
    const { txid, wtxid, vsize } = offer;
    if (this.#byHash.has(txid)) return undefined;
    const progress = new TransactionProgress(offer);
    this.#byHash.set(txid, progress);
    this.#byHash.set(wtxid, progress);
    for (const participant of this.#participants) progress.with(participant);
    if (isParent) this.#companions.add(progress);
    else this.#unsettled.set(progress, { dueMs: this.ms + this.#options.timeoutMs });
    this.emit({ type: "offered", txid, wtxid, vsize, isParent });
    return progress;
  }

  /** Finds a transaction that has not settled by either id, in hex. */
  find(hash: string): TransactionProgress | undefined {
    return this.#byHash.get(hash);
  }

  /** Whether there is still something to be found out about a transaction. */
  isOpen(progress: TransactionProgress): boolean {
    return this.#unsettled.has(progress) || this.#companions.has(progress);
  }

  /** Notes that a peer takes part: with every transaction that there is. */
  join(participant: Participant): void {
    this.#participants.add(participant);
    for (const progress of this.#unsettled.keys()) progress.with(participant);
  }

  /** Notes that a peer is told. */
  announced(participant: Participant, progress: TransactionProgress, by: "txid" | "wtxid"): void {
    progress.with(participant).announced(this.ms);
    this.emit({ type: "announced", ...this.#about(participant, progress), by });
  }

  /** Notes that a peer asks. */
  requested(participant: Participant, progress: TransactionProgress): void {
    if (!progress.with(participant).requested(this.ms)) return;
    this.emit({ type: "requested", ...this.#about(participant, progress) });
  }

  /** Notes that a peer is given it. */
  sent(participant: Participant, progress: TransactionProgress): void {
    if (!progress.with(participant).sent(this.ms)) return;
    const bytes = progress.offer.bytes.length;
    this.emit({ type: "sent", ...this.#about(participant, progress), bytes });
  }

  /** Notes that a peer has looked at it. */
  processed(participant: Participant, progress: TransactionProgress): void {
    if (!progress.with(participant).processed(this.ms)) return;
    this.emit({ type: "processed", ...this.#about(participant, progress) });
  }

  /** Notes that somebody shows that they have it. */
  seen(participant: Participant, progress: TransactionProgress, evidence: EvidenceKind): void {
    if (!progress.seen(participant, evidence, this.ms)) return;
    const { watchers, watchersSeen } = progress;
    const about = this.#about(participant, progress);
    this.emit({ type: "seen", ...about, evidence, watchersSeen, watchers });
    this.#check(progress);
  }

  /** Notes that somebody asks for a transaction that isn't to be had here. */
  wanted(participant: Participant, hash: string): void {
    for (const progress of [...this.#unsettled.keys(), ...this.#companions]) {
      if (!progress.offer.parents.has(hash)) continue;
      const peer = progress.with(participant);
      if (!peer.isSent || !peer.missesParent(hash, this.ms)) continue;
      const parents = peer.missingParents;
      this.emit({ type: "missing_parent", ...this.#about(participant, progress), parents });
    }
  }

  /** Notes that somebody says that they refuse. */
  rejected(participant: Participant, progress: TransactionProgress, rejection: Rejection): void {
    if (!progress.with(participant).rejected(rejection, this.ms)) return;
    this.emit({ type: "rejected", ...this.#about(participant, progress), ...rejection });
    this.#check(progress);
  }

  /** Notes that a connection is over. */
  closed(participant: Participant, reason: string): void {
    participant.closed = { reason, ms: this.ms };
    this.#participants.delete(participant);
    this.emit({ type: "closed", peer: participant.peer, role: participant.role, reason });
    this.checkAll();
  }

  /** Settles what has nothing more to wait for, or no more time. */
  checkAll(): void {
    for (const progress of [...this.#unsettled.keys()]) this.#check(progress);
  }

  /** Ends it: settles everything as it stands. @returns What came of it all. */
  finish(): BroadcastReport {
    for (const progress of [...this.#unsettled.keys()]) this.#settle(progress);
    const report: BroadcastReport = {
      outcome: OUTCOMES.findLast((outcome) => this.#total[outcome] > 0) ?? "no_peers",
      transactions: [...this.#reports],
      total: { ...this.#total },
      ms: this.ms,
    };
    this.emit({ type: "finished", report });
    this.#isFinished = true;
    return report;
  }

  #check(progress: TransactionProgress): void {
    const terms = this.#unsettled.get(progress);
    if (terms === undefined) return;
    const { enoughWatchers = Math.ceil(progress.watchers * ENOUGH) } = this.#options;
    if (this.ms >= terms.dueMs || progress.hasSettled(this.ms, enoughWatchers)) {
      this.#settle(progress);
    }
  }

  #settle(progress: TransactionProgress): void {
    const report = progress.report();
    this.#unsettled.delete(progress);
    this.#byHash.delete(report.txid);
    this.#byHash.delete(report.wtxid);
    this.#total[report.outcome]++;
    this.#reports.push(report);
    if (this.#reports.length > MAX_REPORTS) this.#reports.shift();
    this.emit({ type: "settled", report });
    this.onSettled();
  }

  #about({ peer, role }: Participant, { offer: { txid } }: TransactionProgress) {
    return { peer, role, txid };
  }
}
