/**
 * A node of a cluster next to this one.
 *
 * @module
 */
import type { Caller } from "../caller.ts";

/** A node that can be reached without another in between. */
export interface Neighbour {
  /** Its id in the cluster. */
  readonly id: string;
  /** The secret name of the connection: 16 random bytes, base64url. */
  readonly link: string;
  readonly caller: Caller;
  /** The namespace that is shared with it; undefined for all functions. */
  readonly namespace: string | undefined;
  /** Says whether a call could be sent now. */
  isOpen(): boolean;
}
