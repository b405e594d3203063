/**
 * How far one transaction has come with one peer, and the verdict that follows from it.
 *
 * @module
 */
import type {
  EvidenceKind,
  PeerReport,
  PeerRole,
  PeerSteps,
  Rejection,
  SkipReason,
  TellVerdict,
  WatchVerdict,
} from "./broadcast_report.ts";

/** One connection that takes part in a broadcast. */
export interface Participant {
  /** Its `host:port`. */
  readonly peer: string;
  readonly role: PeerRole;
  /** What it calls itself, made printable. */
  readonly agent: string | undefined;
  /** Why it was no use, where it wasn't. */
  readonly skipped?: { readonly reason: SkipReason; readonly detail: string; readonly ms: number };
  /** Why its connection is over, once it is. */
  closed?: { readonly reason: string; readonly ms: number };
}

/**
 * A node that has asked for a parent may get it from somebody else; Core asks within 4 s, and takes parent and
 * child in about 6 s.
 */
const ORPHAN_GRACE_MS = 6_000;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The bookkeeping of one transaction with one peer. */
export class PeerProgress {
  readonly participant: Participant;
  readonly #steps: Writable<PeerSteps> = {};
  readonly #missingParents = new Set<string>();
  #evidence: EvidenceKind | undefined;
  #rejection: (Rejection & { readonly ms: number }) | undefined;
  #orphanedMs = 0;
  /** How often it was given: somebody who asks again and again wastes what we can send. */
  timesSent = 0;

  /** @param participant Whom it is about. */
  constructor(participant: Participant) {
    this.participant = participant;
  }

  /** Whether it can still say something. */
  get isOpen(): boolean {
    return this.participant.closed === undefined && this.participant.skipped === undefined;
  }

  /** Whether it was told. */
  get isAnnounced(): boolean {
    return this.#steps.announcedMs !== undefined;
  }

  /** Whether it asked. */
  get isRequested(): boolean {
    return this.#steps.requestedMs !== undefined;
  }

  /** Whether it was given. */
  get isSent(): boolean {
    return this.#steps.sentMs !== undefined;
  }

  /** Whether it showed that it has it. */
  get isSeen(): boolean {
    return this.#evidence !== undefined;
  }

  /** Whether it said that it refuses. */
  get isRejected(): boolean {
    return this.#rejection !== undefined;
  }

  /** What it asked for because ours spends it, and didn't get. */
  get missingParents(): readonly string[] {
    return [...this.#missingParents];
  }

  /** Notes that it is told. Later times don't count. */
  announced(ms: number): void {
    this.#steps.announcedMs ??= ms;
  }

  /** Notes that it asks. @returns Whether that is news. */
  requested(ms: number): boolean {
    const isNew = this.#steps.requestedMs === undefined;
    this.#steps.requestedMs ??= ms;
    return isNew;
  }

  /** Notes that it is given. @returns Whether that is news. */
  sent(ms: number): boolean {
    const isNew = this.#steps.sentMs === undefined;
    this.#steps.sentMs ??= ms;
    this.timesSent++;
    return isNew;
  }

  /** Notes that it has looked at it. @returns Whether that is news. */
  processed(ms: number): boolean {
    if (this.#steps.sentMs === undefined || this.#steps.processedMs !== undefined) return false;
    this.#steps.processedMs = ms;
    return true;
  }

  /** Notes that it shows that it has it. @returns Whether that is news. */
  seen(kind: EvidenceKind, ms: number): boolean {
    if (this.#evidence !== undefined) return false;
    this.#evidence = kind;
    this.#steps.seenMs = ms;
    return true;
  }

  /** Notes that it asks for a parent that isn't to be had here. @returns Whether that is news. */
  missesParent(txid: string, ms: number): boolean {
    if (this.#missingParents.has(txid)) return false;
    if (this.#missingParents.size === 0) this.#orphanedMs = ms;
    this.#missingParents.add(txid);
    return true;
  }

  /** Notes that it says that it refuses. @returns Whether that is news. */
  rejected(rejection: Rejection, ms: number): boolean {
    if (this.#rejection !== undefined) return false;
    this.#rejection = { ...rejection, ms };
    return true;
  }

  /** Whether it has said, one way or another, that it doesn't have it. */
  isRefused(ms: number): boolean {
    if (this.isSeen) return false;
    if (this.isRejected) return true;
    return this.#missingParents.size > 0 && ms - this.#orphanedMs >= ORPHAN_GRACE_MS;
  }

  /** Whether nothing more is to be heard of it. */
  isFinal(ms: number): boolean {
    return this.isSeen || !this.isOpen || this.isRefused(ms);
  }

  /** What is known by now. */
  report(): PeerReport {
    const { peer, role, agent, skipped, closed } = this.participant;
    const [verdict, ms] = this.#verdict();
    const { missingParents } = this;
    return {
      peer,
      role,
      agent,
      verdict,
      ms,
      evidence: this.#evidence,
      missingParents,
      rejection: withoutTime(this.#rejection),
      detail: skipped?.detail ?? closed?.reason,
      steps: { ...this.#steps },
    };
  }

  #verdict(): readonly [SkipReason | TellVerdict | WatchVerdict, number] {
    const { participant: { role, skipped, closed } } = this;
    const { announcedMs, requestedMs, sentMs, processedMs, seenMs } = this.#steps;
    if (skipped !== undefined) return [skipped.reason, skipped.ms];
    if (role !== "told") return seenMs === undefined ? ["watching", 0] : ["seen", seenMs];
    if (seenMs !== undefined) return ["in_mempool", seenMs];
    if (this.#rejection !== undefined) return ["rejected", this.#rejection.ms];
    if (this.#missingParents.size > 0) return ["orphan", this.#orphanedMs];
    if (closed !== undefined && sentMs !== undefined) return ["closed", closed.ms];
    if (processedMs !== undefined) return ["processed", processedMs];
    if (sentMs !== undefined) return ["sent", sentMs];
    if (requestedMs !== undefined) return ["requested", requestedMs];
    return announcedMs === undefined ? ["unknown", 0] : ["announced", announcedMs];
  }
}

function withoutTime(rejection: (Rejection & { ms: number }) | undefined): Rejection | undefined {
  if (rejection === undefined) return undefined;
  const { ms: _ms, ...said } = rejection;
  return said;
}
