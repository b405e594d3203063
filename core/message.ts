/**
 * What peers say to each other, whatever the dialect: the messages between a dialect and a session.
 *
 * @module
 */
import type { Address } from "./address.ts";

/** Keyword arguments. */
export type Kwargs = Readonly<Record<string, unknown>>;

/** Asks for a function's result. */
export interface Request {
  readonly type: "request";
  /** Chosen by the caller; unique among its unanswered requests. */
  readonly id: number;
  readonly method: string;
  args: readonly unknown[];
  kwargs: Kwargs | undefined;
}

/** Answers a request, and ends its stream if it has one. */
export interface Response {
  readonly type: "response";
  readonly id: number;
  /** null where the call succeeded. */
  readonly error: unknown;
  readonly result: unknown;
}

/** Calls a function without wanting an answer. */
export interface Notify {
  readonly type: "notify";
  readonly method: string;
  args: readonly unknown[];
  kwargs: Kwargs | undefined;
}

/** One item of the stream that a request opened; without a value only the news that there is one. */
export interface Item {
  readonly type: "item";
  readonly id: number;
  readonly values: readonly unknown[];
}

/** Lets the other side send more items. */
export interface Credit {
  readonly type: "credit";
  readonly id: number;
  readonly count: number;
}

/** The caller has lost interest. */
export interface Cancel {
  readonly type: "cancel";
  readonly id: number;
}

/** Who is speaking, and that they know the extensions. */
export interface Hello {
  readonly type: "hello";
  readonly peer: PeerInfo;
}

/** Are you there? */
export interface Ping {
  readonly type: "ping";
}

/** I am. */
export interface Pong {
  readonly type: "pong";
}

/** Any of them. */
export type Message = Request | Response | Notify | Item | Credit | Cancel | Hello | Ping | Pong;

/** What a peer says of itself in its hello. Claims, not facts. */
export interface PeerInfo {
  /** Its name within the namespace; empty where it gave none. */
  readonly name: string;
  /** The crowd that it belongs to; empty where it gave none. */
  readonly namespace: string;
  /** How many stream items may be sent to it before its first credit. */
  readonly window: number;
}

/** What a peer has said that asks for nothing, in a protocol of messages instead of calls. */
export interface PeerMessage {
  /** Who has said it, to be answered. */
  readonly peer: {
    /** Its name for itself. */
    readonly id: string;
    readonly address: Address;
    send(data: unknown): Promise<void>;
  };
  readonly data: unknown;
}
