/**
 * Every bound that a node of python-p2p-network keeps, each with its reason.
 *
 * @module
 */

/** What others can make a node hold, and for how long. */
export interface P2pLimits {
  /**
   * Bytes of one message, compressed and not. A real node takes 4,096 bytes every 10 ms and gives up sending after
   * 10 s, so that no larger one gets through between two of them.
   */
  readonly maxMessageBytes: number;
  /** How deep the JSON of a message may be. Python itself gives up at about a thousand. */
  readonly maxDepth: number;
  /** Values in the JSON of a message: an empty list is two bytes on the wire and some forty in memory. */
  readonly maxItems: number;
  /** Bytes of an id. Those that nodes draw have 128. */
  readonly maxIdBytes: number;
  /** Milliseconds for a peer to say who it is. A real node would wait for ever, and serve nobody meanwhile. */
  readonly handshakeMs: number;
  /**
   * Milliseconds of silence after which an id, or a port of fewer than five digits, is taken to be whole: they have no
   * end. More than a network takes between two parts of one small write, and hardly noticed.
   */
  readonly quietMs: number;
  /** The same for the first id of an old node, which sends it without a port. They are rare, and cut ids aren't. */
  readonly quietWithoutPortMs: number;
  /**
   * Milliseconds for which nothing is sent behind our own id, unless the peer speaks first: a real node takes whatever
   * its first read gives it for the id.
   */
  readonly settleMs: number;
  /** Connections that haven't said who they are. Above it the oldest is closed: it has had its time. */
  readonly maxHandshakes: number;
  /** Unsent output to one peer above which sending fails instead of waiting in memory. Above half, reading stops. */
  readonly maxBufferedBytes: number;
  /** Milliseconds for which a peer may go without taking any of what waits for it. */
  readonly stallMs: number;
  /** Messages of one peer that listeners haven't finished with, where they return promises; above, reading stops. */
  readonly maxHandling: number;
  /** Milliseconds between attempts to reconnect. A real node tries whenever it has accepted nobody for 10 s. */
  readonly reconnectMs: number;
}

/** What holds where nothing else is said. */
export const DEFAULT_P2P_LIMITS: P2pLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxDepth: 128,
  maxItems: 100_000,
  maxIdBytes: 512,
  handshakeMs: 5_000,
  quietMs: 100,
  quietWithoutPortMs: 1_000,
  settleMs: 200,
  maxHandshakes: 256,
  maxBufferedBytes: 16 * 1024 * 1024,
  stallMs: 30_000,
  maxHandling: 64,
  reconnectMs: 10_000,
};
