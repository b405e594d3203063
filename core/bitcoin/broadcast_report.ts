/**
 * What is known when a broadcast ends: per peer, per transaction, and over all.
 *
 * @module
 */

/**
 * What a peer is there for.
 *
 * `told`: gets the transaction from us. `watcher`: never does, so that when it announces the transaction, the
 * transaction has travelled. `second_connection`: a silent connection to a peer that is told on
 * another; what it announces is in that very node's mempool.
 */
export type PeerRole = "told" | "watcher" | "second_connection";

/**
 * Why it is believed that the transaction was taken, the best first.
 *
 * `watcher`: a peer that was never told announced it. `second_connection`: the node announced it on a connection
 * where it was never told. `mined`: it is in a block. `probe`: a peer that was told gives it when asked.
 */
export type EvidenceKind = "watcher" | "second_connection" | "mined" | "probe";

/** One proof that a transaction was taken. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** Whose word it is: `host:port`. */
  readonly peer: string;
  /** Milliseconds since the broadcast began. */
  readonly ms: number;
}

/**
 * Why a peer was no use.
 *
 * `unreachable`: no connection, or no handshake. `blocks_only`: it wants no transactions, and would hang
 * up. `initial_download`: it is still catching up with the chain, and ignores transactions. `unsuited`: it is of
 * another chain, or not to be had for a reason that the detail gives.
 */
export type SkipReason = "unreachable" | "blocks_only" | "initial_download" | "unsuited";

/**
 * How far a transaction came with one peer that was told.
 *
 * `announced`: it was told, and has not asked: it knows the transaction already, or refused it before.
 * `requested`: it asked. `sent`: it was given. `processed`: it has answered a ping since: it has looked at it.
 * `in_mempool`: it has it. `orphan`: it lacks a transaction that this one spends. `rejected`: it says that it
 * refuses. `closed`: it hung up after it was given. `unknown`: nothing came of it.
 */
export type TellVerdict =
  | "announced"
  | "requested"
  | "sent"
  | "processed"
  | "in_mempool"
  | "orphan"
  | "rejected"
  | "closed"
  | "unknown";

/** How far it came with one that was watched: `seen` when it announced the transaction. */
export type WatchVerdict = "watching" | "seen";

/** Where one transaction stands with one peer. */
export interface PeerReport {
  /** Its `host:port`. */
  readonly peer: string;
  readonly role: PeerRole;
  /** What it calls itself, made printable; undefined when it never said. */
  readonly agent: string | undefined;
  readonly verdict: SkipReason | TellVerdict | WatchVerdict;
  /** When the verdict was reached, in milliseconds since the broadcast began. */
  readonly ms: number;
  /** How it is known, where the verdict is `in_mempool` or `seen`. */
  readonly evidence: EvidenceKind | undefined;
  /** Transactions that it asked for because ours spends them. */
  readonly missingParents: readonly string[];
  /** What it said, where it said that it refuses. */
  readonly rejection: Rejection | undefined;
  /** More to say, such as why it could not be reached. */
  readonly detail: string | undefined;
  /** When each step was reached, in milliseconds since the broadcast began. */
  readonly steps: PeerSteps;
}

/** When things happened with one peer, in milliseconds since the broadcast began. */
export interface PeerSteps {
  readonly connectedMs?: number;
  readonly announcedMs?: number;
  readonly requestedMs?: number;
  readonly sentMs?: number;
  readonly processedMs?: number;
  readonly seenMs?: number;
}

/** What a peer said when it refused. */
export interface Rejection {
  /** As on the wire, such as 0x42. */
  readonly code: number;
  /** What the code means, such as `insufficient fee`. */
  readonly meaning: string;
  /** The peer's own words, made printable. */
  readonly reason: string;
}

/**
 * What came of a transaction.
 *
 * `propagated`: a peer that was never told announced it, or it is in a block. `in_mempool`: a node that was
 * told has it. `refused`: nobody has it, and somebody says why not. `unconfirmed`: it was given, and nothing
 * is known of what became of it. `not_taken`: nobody asked for it. `no_peers`: there was nobody to tell.
 */
export type BroadcastOutcome =
  | "propagated"
  | "in_mempool"
  | "refused"
  | "unconfirmed"
  | "not_taken"
  | "no_peers";

/** What came of one transaction. */
export interface TransactionReport {
  readonly txid: string;
  readonly wtxid: string;
  readonly vsize: number;
  readonly outcome: BroadcastOutcome;
  /** The proofs, in the order in which they came. Not empty where it was propagated or is in a mempool. */
  readonly evidence: readonly Evidence[];
  /** How many peers were told, and how many of those were given it. */
  readonly told: number;
  readonly sent: number;
  /** How many were watched, and how many of those have announced it. */
  readonly watchers: number;
  readonly watchersSeen: number;
  /** Transactions that it spends and that peers asked for. */
  readonly missingParents: readonly string[];
  readonly peers: readonly PeerReport[];
}

/** What came of a broadcast. */
export interface BroadcastReport {
  /** The worst of the transactions' outcomes. */
  readonly outcome: BroadcastOutcome;
  /** In the order in which they were given. Of very many only the last are kept: see `total`. */
  readonly transactions: readonly TransactionReport[];
  /** How many transactions there were, by what came of them. */
  readonly total: Readonly<Record<BroadcastOutcome, number>>;
  /** How long it took in milliseconds. */
  readonly ms: number;
}
