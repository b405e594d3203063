/**
 * Every bound that a pnet node keeps, each with its reason.
 *
 * @module
 */

/** What others can make a pnet node hold, and for how long. */
export interface PnetLimits {
  /**
   * Bytes of one packet, either way. A chunk of 16 KiB makes 94 KB of it; decrypting a megabyte takes some 20 ms,
   * for which everything else waits.
   */
  readonly maxPacketBytes: number;
  /** Connections being served at once. */
  readonly maxConnections: number;
  /** Of those, from one host, so that no host alone can fill them. */
  readonly maxConnectionsPerHost: number;
  /** Input of all connections that is not a whole packet yet. */
  readonly maxBufferedBytes: number;
  /** Milliseconds for a packet to arrive. A real node would wait for ever. */
  readonly requestMs: number;
  /** Milliseconds for a function to answer. */
  readonly answerMs: number;
  /** Chunked transfers, either way, that are not over. */
  readonly maxTransfers: number;
  /** Of those, of one key or one host. */
  readonly maxTransfersPerPeer: number;
  /** Milliseconds after which a transfer that doesn't go on is forgotten. A real node never does. */
  readonly transferIdleMs: number;
  /** Bytes of one transfer. */
  readonly maxTransferBytes: number;
  /** Bytes of one command, or of its result, as JSON. */
  readonly maxCommandBytes: number;
  /** Nodes known. */
  readonly maxPeers: number;
  /** Milliseconds for which a silent node keeps its place when there are too many. */
  readonly peerSilenceMs: number;
  /** Nodes asked at once when many are. */
  readonly maxTargetsAtOnce: number;
}

/** What holds where nothing else is said. */
export const DEFAULT_PNET_LIMITS: PnetLimits = {
  maxPacketBytes: 1024 * 1024,
  maxConnections: 1_024,
  maxConnectionsPerHost: 256,
  maxBufferedBytes: 64 * 1024 * 1024,
  requestMs: 10_000,
  answerMs: 60_000,
  maxTransfers: 1_024,
  maxTransfersPerPeer: 64,
  transferIdleMs: 60_000,
  maxTransferBytes: 4 * 1024 * 1024 * 1024,
  maxCommandBytes: 4 * 1024 * 1024,
  maxPeers: 10_000,
  peerSilenceMs: 60_000,
  maxTargetsAtOnce: 32,
};
