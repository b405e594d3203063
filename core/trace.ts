/**
 * A line for every message, for who wants to see what a node says and hears. Never what is in a message: arguments
 * and results may be secrets.
 *
 * @module
 */

/** One message. */
export interface MessageEntry {
  /** Whether it came or went. */
  readonly direction: "in" | "out";
  /** What was spoken, as in `serve --dialect`. */
  readonly dialect: string;
  /** The other side's address. */
  readonly peer: string;
  /** What kind of message, such as `request`. */
  readonly type: string;
  /** The function that it is about, where it is about one. */
  readonly method?: string;
  /** Its size on the wire, where that is known. */
  readonly bytes?: number;
  /** Of an answer: milliseconds since its question. */
  readonly ms?: number;
}

/** Takes entries. */
export type Trace = (entry: MessageEntry) => void;

/** Says whether anybody looks, and where entries go; asked once for each connection. */
export type OpenTrace = () => Trace | undefined;
