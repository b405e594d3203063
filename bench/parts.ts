/**
 * The list of parts that compare no systems.
 *
 * @module
 */
import type { Part } from "./part.ts";
import { BROADCAST_PART } from "./parts/broadcast.ts";
import { DISCOVERY_PART } from "./parts/discovery.ts";
import { PEER_TABLE_PART } from "./parts/peer_table.ts";
import { TRANSFER_PART } from "./parts/transfer.ts";

/** In the order in which they run. */
export const PARTS: readonly Part[] = [
  TRANSFER_PART,
  DISCOVERY_PART,
  BROADCAST_PART,
  PEER_TABLE_PART,
];
