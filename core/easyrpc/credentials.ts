/**
 * What a caller of an easyrpc server shows.
 *
 * @module
 */

/** Who may call what, and how. */
export interface EasyrpcCredentials {
  /** What the server wants its callers to know. */
  readonly secret?: string;
  /** The functions that are wanted; `DEFAULT` by default. */
  readonly namespace?: string;
  /**
   * Whether to sign each request: what easyrpc calls `encryption_enabled`. Nothing is encrypted, and both sides
   * have to agree on it. Off by default.
   */
  readonly signed?: boolean;
}
