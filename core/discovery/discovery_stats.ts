/**
 * Counts what discovery takes, drops and sends, and tells of what was dropped, once a minute at most.
 *
 * @module
 */
import type { Clock } from "../channel.ts";

/**
 * Why something was dropped.
 *
 * Nothing is wrong with: `namespace` (another crowd's), `own` (our own broadcast), `duplicate` (known, or
 * older than what is known), `pnet` (an advert of pnet, which shares the port).
 *
 * - `malformed`, `name`, `address`: no packet, or one that says what can't be.
 * - `expired`, `future`: an advert that is too old, or a clock that is wrong.
 * - `forged`: a signature that isn't the key's.
 * - `key_changed`: a name that is another key's.
 * - `flood`: more datagrams from one source than are looked at.
 * - `busy`: more signatures than are checked.
 * - `full`: more nodes than are remembered.
 * - `unsolicited`: an answer that nobody asked for.
 */
export type DropReason =
  | "malformed"
  | "name"
  | "address"
  | "namespace"
  | "own"
  | "duplicate"
  | "pnet"
  | "expired"
  | "future"
  | "forged"
  | "key_changed"
  | "flood"
  | "busy"
  | "full"
  | "unsolicited";

/** How often each reason was had. */
export type DropCounts = Readonly<Record<DropReason, number>>;

/** Counters since the start. */
export interface DiscoveryCounters {
  /** Datagrams that came. */
  readonly received: number;
  /** Bytes in them. */
  readonly receivedBytes: number;
  /** Datagrams sent to everybody. */
  readonly broadcast: number;
  /** Datagrams sent to one. */
  readonly sent: number;
  /** Bytes in all that was sent. */
  readonly sentBytes: number;
  /** Adverts that told something new. */
  readonly accepted: number;
  /** Signatures checked, the bad ones included. */
  readonly verified: number;
  /** Adverts, and datagrams as a whole, that were dropped. */
  readonly dropped: DropCounts;
}

/** What was dropped since the last summary; reasons that occurred, and only those that something is wrong with. */
export type DropSummary = Readonly<Partial<Record<DropReason, number>>>;

/** How the counters of one node are kept. */
export interface DiscoveryStatsOptions {
  /** Time. */
  readonly clock: Clock;
  /** Gets a summary soon after something was dropped, and then once a minute at most. Must not throw. */
  readonly onSummary?: (summary: DropSummary) => void;
}

const HARMLESS: ReadonlySet<DropReason> = new Set(["namespace", "own", "duplicate", "pnet"]);
const SUMMARY_INTERVAL_MS = 60_000;
/** What comes along with the first is in the same summary. */
const FIRST_SUMMARY_AFTER_MS = 1_000;

/** The counters of one node. */
export class DiscoveryStats {
  /** Adverts that told something new. */
  accepted = 0;
  /** Signatures checked. */
  verified = 0;
  readonly #dropped: Record<DropReason, number> = {
    malformed: 0,
    name: 0,
    address: 0,
    namespace: 0,
    own: 0,
    duplicate: 0,
    pnet: 0,
    expired: 0,
    future: 0,
    forged: 0,
    key_changed: 0,
    flood: 0,
    busy: 0,
    full: 0,
    unsolicited: 0,
  };
  #received = 0;
  #receivedBytes = 0;
  #broadcast = 0;
  #sent = 0;
  #sentBytes = 0;
  readonly #clock: Clock;
  readonly #onSummary: ((summary: DropSummary) => void) | undefined;
  #summarised: DropCounts;
  #summarisedAtMs = -Infinity;
  #cancelSummary: (() => void) | undefined;

  /** @param options The clock, and who is told. */
  constructor(options: DiscoveryStatsOptions) {
    this.#clock = options.clock;
    this.#onSummary = options.onSummary;
    this.#summarised = { ...this.#dropped };
  }

  /** Counts a datagram that came. */
  countReceived(datagram: Uint8Array): void {
    this.#received++;
    this.#receivedBytes += datagram.length;
  }

  /** Counts a datagram to everybody. */
  countBroadcast(datagram: Uint8Array): void {
    this.#broadcast++;
    this.#sentBytes += datagram.length;
  }

  /** Counts a datagram to one. */
  countSent(datagram: Uint8Array): void {
    this.#sent++;
    this.#sentBytes += datagram.length;
  }

  /** Counts something that was dropped. */
  drop(reason: DropReason): void {
    this.#dropped[reason]++;
    if (this.#onSummary === undefined || this.#cancelSummary || HARMLESS.has(reason)) return;
    const waitMs = this.#summarisedAtMs + SUMMARY_INTERVAL_MS - this.#clock.now();
    const delayMs = Math.max(FIRST_SUMMARY_AFTER_MS, waitMs);
    this.#cancelSummary = this.#clock.after(delayMs, () => this.#summarise());
  }

  /** @returns The counters as they stand. */
  read(): DiscoveryCounters {
    return {
      received: this.#received,
      receivedBytes: this.#receivedBytes,
      broadcast: this.#broadcast,
      sent: this.#sent,
      sentBytes: this.#sentBytes,
      accepted: this.accepted,
      verified: this.verified,
      dropped: { ...this.#dropped },
    };
  }

  /** Tells nobody any more. */
  stop(): void {
    this.#cancelSummary?.();
  }

  #summarise(): void {
    this.#cancelSummary = undefined;
    this.#summarisedAtMs = this.#clock.now();
    const summary: Partial<Record<DropReason, number>> = {};
    for (const [name, count] of Object.entries(this.#dropped)) {
      const reason = name as DropReason;
      const more = count - this.#summarised[reason];
      if (more > 0 && !HARMLESS.has(reason)) summary[reason] = more;
    }
    this.#summarised = { ...this.#dropped };
    this.#onSummary?.(summary);
  }
}
