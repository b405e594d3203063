/**
 * How far a transaction has come with each peer, in a few words.
 *
 * @module
 */
import type { BroadcastEvent, EvidenceKind, PeerRole, SeenEvent } from "../../../../bitcoin.ts";
import { formatDuration } from "../../../../mod.ts";

/** One peer's line. */
export interface PeerStatus {
  /** Its `host:port`. */
  readonly peer: string;
  readonly role: PeerRole | undefined;
  readonly agent: string;
  /** A few words, harmless. */
  readonly status: string;
  /** When that was reached, in milliseconds since the broadcast began. */
  readonly ms: number;
}

/** What is there to be told of one peer. */
type PeerEvent = Extract<BroadcastEvent, { readonly peer: string }>;

/** What is shown of it. */
const ROLES: Readonly<Record<PeerRole, string>> = {
  told: "told",
  watcher: "watched",
  second_connection: "2nd connection",
};

const ASSIGNED: Readonly<Record<PeerRole, string>> = {
  told: "to be told",
  watcher: "watched, never told",
  second_connection: "watched on a second connection",
};

/** What {@linkcode PeerStatuses} takes. */
export interface PeerStatusesOptions {
  /** Of the transaction that it is about; others only come along. */
  readonly txid: string;
  /** Whether nodes are looked for that nobody named: of those, many can't be reached, and none is missed. */
  readonly isDiscovering: boolean;
}

/** Keeps the lines of all peers, in the order in which they came. */
export class PeerStatuses {
  readonly #options: PeerStatusesOptions;
  readonly #statuses = new Map<string, PeerStatus>();
  #unreachable = 0;
  #watched = "";

  /** @param options What it is about. */
  constructor(options: PeerStatusesOptions) {
    this.#options = options;
  }

  /** The lines. */
  get all(): readonly PeerStatus[] {
    return [...this.#statuses.values()];
  }

  /** How many nodes could not be reached. */
  get unreachable(): number {
    return this.#unreachable;
  }

  /** As in `seen on 3 of 4 watchers`; empty as long as there is nothing to say. */
  get watched(): string {
    return this.#watched;
  }

  /**
   * Takes note of what has happened.
   *
   * @returns The line that has changed; undefined for none.
   */
  take(event: BroadcastEvent): PeerStatus | undefined {
    if (!("peer" in event) || ("txid" in event && event.txid !== this.#options.txid)) {
      return undefined;
    }
    if (event.type === "skipped" && event.reason === "unreachable") this.#unreachable++;
    if (event.type === "seen") this.#watched = formatWatched(event);
    const role = "role" in event ? event.role : undefined;
    const key = role === "second_connection" ? `${event.peer} again` : event.peer;
    const known = this.#statuses.get(key);
    if (known !== undefined && FOLLOW_UPS.includes(event.type) && isSettled(known)) {
      return undefined;
    }
    const status: PeerStatus = {
      peer: event.peer,
      role: role ?? known?.role,
      agent: event.type === "connected" ? event.agent : known?.agent ?? this.#agentOf(event.peer),
      status: describe(event),
      ms: event.ms,
    };
    if (this.isPassing(event) && event.type === "skipped") this.#statuses.delete(key);
    else this.#statuses.set(key, status);
    return status;
  }

  /** Whether it is about one of many nodes that are only tried. */
  isPassing(event: BroadcastEvent): boolean {
    if (!this.#options.isDiscovering) return false;
    return event.type === "connecting" ||
      (event.type === "skipped" && event.reason === "unreachable");
  }

  #agentOf(peer: string): string {
    return this.#statuses.get(peer)?.agent ?? "";
  }
}

/**
 * Names a role.
 *
 * @param role undefined as long as there is none.
 */
export function formatRole(role: PeerRole | undefined): string {
  return role === undefined ? "" : ROLES[role];
}

const IN_MEMPOOL = "in mempool";
const ANNOUNCED = "announced it: it has travelled";
const IN_BLOCK = "in a block";
const LACKS = "lacks ";
const REJECTED = "rejected: ";

const SEEN: Readonly<Record<EvidenceKind, string>> = {
  watcher: ANNOUNCED,
  second_connection: IN_MEMPOOL,
  mined: IN_BLOCK,
  probe: IN_MEMPOOL,
};

/** What was found out stays true whatever follows: that the peer has looked at it, or hangs up. */
const FOLLOW_UPS: readonly BroadcastEvent["type"][] = ["processed", "closed"];

function isSettled({ status }: PeerStatus): boolean {
  return [IN_MEMPOOL, ANNOUNCED, IN_BLOCK, LACKS, REJECTED].some((start) =>
    status.startsWith(start)
  );
}

function describe(event: PeerEvent): string {
  switch (event.type) {
    case "connecting":
      return "connecting";
    case "connected":
      return `handshake done${formatPing(event.pingMs)}`;
    case "assigned":
      return ASSIGNED[event.role];
    case "skipped":
      return event.reason === "unreachable" ? "unreachable" : event.detail;
    case "announced":
      return "announced";
    case "requested":
      return "requested";
    case "sent":
      return `sent, ${event.bytes} bytes`;
    case "processed":
      return "processed";
    case "seen":
      return SEEN[event.evidence];
    case "missing_parent":
      return LACKS + (event.parents.length === 1 ? "a parent" : `${event.parents.length} parents`);
    case "rejected":
      return REJECTED + event.meaning;
    case "closed":
      return `gone: ${event.reason}`;
  }
}

function formatPing(pingMs: number | undefined): string {
  return pingMs === undefined ? "" : `, ping ${formatDuration(pingMs)}`;
}

function formatWatched({ watchersSeen, watchers }: SeenEvent): string {
  return watchers === 0 ? "" : `seen on ${watchersSeen} of ${watchers} watchers`;
}
