/**
 * A wire protocol besides the native one, as a node takes it up: what it does with connections that come, and
 * how others are called by it.
 *
 * @module
 */
import type { Acceptor, AcceptorHost } from "./acceptor.ts";
import type { Address } from "./address.ts";
import type { LinkSession } from "./link.ts";
import type { ConnectOptions } from "./node_options.ts";

/** What a node can learn to speak. */
export interface Protocol {
  /** As in `serve --dialect`, in logs, and in a handler's context. */
  readonly name: string;
  /** URL schemes by which others are called; none where it can only be served. */
  readonly schemes?: readonly string[];
  /** Begins to serve; undefined where it can only be called. */
  serve?(host: AcceptorHost): Acceptor;
  /**
   * Connects to somebody who speaks it.
   *
   * @param to An address of one of its schemes.
   * @param host The node.
   * @param options What the caller of `connect` gave; its signal covers the deadline.
   */
  connect?(to: Address, host: AcceptorHost, options: ConnectOptions): Promise<LinkSession>;
}
