/**
 * The list of parts with figures of their own.
 *
 * @module
 */
import type { Part } from "./part.ts";
import { BITCOIN_BROADCAST_PART } from "./parts/bitcoin_broadcast.ts";
import { BITCOIN_DECODE_PART } from "./parts/bitcoin_decode.ts";
import { BITCOIN_FRAMES_PART } from "./parts/bitcoin_frames.ts";
import { BITCOIN_PEERS_PART } from "./parts/bitcoin_peers.ts";
import { BROADCAST_PART } from "./parts/broadcast.ts";
import { DISCOVERY_PART } from "./parts/discovery.ts";
import { METRICS_PART } from "./parts/metrics.ts";
import { ONE_CALL_PART } from "./parts/one_call.ts";
import { PEER_TABLE_PART } from "./parts/peer_table.ts";
import { TRANSFER_PART } from "./parts/transfer.ts";
import { WEBSOCKET_PART } from "./parts/websocket.ts";

/** In the order in which they run. */
export const PARTS: readonly Part[] = [
  TRANSFER_PART,
  DISCOVERY_PART,
  BROADCAST_PART,
  PEER_TABLE_PART,
  ONE_CALL_PART,
  WEBSOCKET_PART,
  METRICS_PART,
  BITCOIN_DECODE_PART,
  BITCOIN_FRAMES_PART,
  BITCOIN_PEERS_PART,
  BITCOIN_BROADCAST_PART,
];
