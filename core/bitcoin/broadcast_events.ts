/**
 * What happens while a transaction is broadcast: one discriminated union, for `for await`.
 *
 * Every event says how many milliseconds after the start it came; hashes are as people write them, in
 * hex and reversed; a peer goes by its `host:port`. Everything here is plain JSON, and every text that a
 * stranger chose (agents, reasons) has been made printable.
 *
 * @module
 */
import type {
  BroadcastReport,
  EvidenceKind,
  PeerRole,
  SkipReason,
  TransactionReport,
} from "./broadcast_report.ts";

/** What every event tells. */
export interface BroadcastMoment {
  /** Milliseconds since the broadcast began. */
  readonly ms: number;
}

/** What every event that is about one peer tells. */
export interface PeerMoment extends BroadcastMoment {
  /** Its `host:port`. */
  readonly peer: string;
}

/** What every event that is about one transaction and one peer tells. */
export interface TransactionMoment extends PeerMoment {
  readonly role: PeerRole;
  readonly txid: string;
}

/** It begins. Always the first event. */
export interface StartedEvent extends BroadcastMoment {
  readonly type: "started";
  /** How many peers are to be told. */
  readonly nodes: number;
  /** How many are to be left untold and watched. */
  readonly watchers: number;
}

/** A transaction has been read, and is on offer from now on. */
export interface OfferedEvent extends BroadcastMoment {
  readonly type: "offered";
  readonly txid: string;
  readonly wtxid: string;
  readonly vsize: number;
  /** Whether it only comes along, as a parent that peers may lack: there is no report on it. */
  readonly isParent: boolean;
}

/** A peer is being dialled. */
export interface ConnectingEvent extends PeerMoment {
  readonly type: "connecting";
}

/** A peer has shaken hands, and takes transactions. */
export interface ConnectedEvent extends PeerMoment {
  readonly type: "connected";
  /** What it calls itself, made printable. */
  readonly agent: string;
  /** The protocol version that it speaks. */
  readonly version: number;
  /** What it takes as a fee at least, in satoshi per 1000 virtual bytes; undefined where it didn't say. */
  readonly feeFilterSat: number | undefined;
  /** The shortest round trip so far in milliseconds, once one was measured. */
  readonly pingMs: number | undefined;
}

/** It has been settled what a peer is there for. */
export interface AssignedEvent extends PeerMoment {
  readonly type: "assigned";
  readonly role: PeerRole;
}

/** A peer is no use for this broadcast. */
export interface SkippedEvent extends PeerMoment {
  readonly type: "skipped";
  readonly reason: SkipReason;
  /** The same in a sentence. */
  readonly detail: string;
}

/** A peer has been told that the transaction is to be had. */
export interface AnnouncedEvent extends TransactionMoment {
  readonly type: "announced";
  /** Which of the two ids it was told by, as negotiated. */
  readonly by: "txid" | "wtxid";
}

/** A peer has asked for the transaction. */
export interface RequestedEvent extends TransactionMoment {
  readonly type: "requested";
}

/** The transaction is on its way to a peer. */
export interface SentEvent extends TransactionMoment {
  readonly type: "sent";
  readonly bytes: number;
}

/** A peer has answered a ping that followed the transaction: it has looked at it. That is not yet acceptance. */
export interface ProcessedEvent extends TransactionMoment {
  readonly type: "processed";
}

/** Somebody shows that they have the transaction: evidence. */
export interface SeenEvent extends TransactionMoment {
  readonly type: "seen";
  readonly evidence: EvidenceKind;
  /** How many of the watchers have it by now, and how many there are. */
  readonly watchersSeen: number;
  readonly watchers: number;
}

/** A peer asks for a transaction that ours spends: to it ours is an orphan. */
export interface MissingParentEvent extends TransactionMoment {
  readonly type: "missing_parent";
  /** Those that it has asked for by now. */
  readonly parents: readonly string[];
}

/** A peer says that it refuses. A hint, for anybody can say that. */
export interface RejectedEvent extends TransactionMoment {
  readonly type: "rejected";
  /** As on the wire, such as 0x42. */
  readonly code: number;
  /** What the code means, such as `insufficient fee`. */
  readonly meaning: string;
  /** The peer's own words, made printable. */
  readonly reason: string;
}

/** The connection with a peer that was told or watched is over. */
export interface ClosedEvent extends PeerMoment {
  readonly type: "closed";
  readonly role: PeerRole;
  /** Why, in a sentence. */
  readonly reason: string;
}

/** Peers that have not shown the transaction by now are told again. */
export interface RebroadcastEvent extends BroadcastMoment {
  readonly type: "rebroadcast";
  /** 1 for the first time. */
  readonly round: number;
}

/** There is nothing more to wait for with one of the transactions. */
export interface SettledEvent extends BroadcastMoment {
  readonly type: "settled";
  readonly report: TransactionReport;
}

/** It is over. Always the last event. */
export interface FinishedEvent extends BroadcastMoment {
  readonly type: "finished";
  readonly report: BroadcastReport;
}

/** Anything that happens while transactions are broadcast. */
export type BroadcastEvent =
  | StartedEvent
  | OfferedEvent
  | ConnectingEvent
  | ConnectedEvent
  | AssignedEvent
  | SkippedEvent
  | AnnouncedEvent
  | RequestedEvent
  | SentEvent
  | ProcessedEvent
  | SeenEvent
  | MissingParentEvent
  | RejectedEvent
  | ClosedEvent
  | RebroadcastEvent
  | SettledEvent
  | FinishedEvent;
