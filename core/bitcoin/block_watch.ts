/**
 * Looks for transactions in blocks that are mined while they are broadcast.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { formatHash } from "../codecs/bitcoin/hash.ts";
import { INVENTORY_TYPES } from "../codecs/bitcoin/inventory.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import type { BroadcastBoard } from "./broadcast_board.ts";
import { requestBlock } from "./chain_requests.ts";
import type { BitcoinPeer } from "./peer.ts";
import type { Participant } from "./peer_progress.ts";

/** What a {@linkcode BlockWatch} takes. */
export interface BlockWatchOptions {
  readonly board: BroadcastBoard;
  readonly network: BitcoinNetwork;
  readonly clock: Clock;
}

/** More are not mined in the time that a broadcast takes, and each may be megabytes. */
const MAX_BLOCKS = 8;
const BLOCK_MS = 60_000;

/** The look-out. */
export class BlockWatch {
  readonly #options: BlockWatchOptions;
  readonly #asked = new Set<string>();
  readonly #stopping = new AbortController();

  /** @param options Which transactions, and where. */
  constructor(options: BlockWatchOptions) {
    this.#options = options;
  }

  /** Looks at the blocks that a peer announces. */
  add(peer: BitcoinPeer, participant: Participant): void {
    const unsubscribe = peer.events.on("message", ({ message }) => {
      if (message.command !== "inv") return;
      for (const { type, hash } of message.items) {
        if (type === INVENTORY_TYPES.block) void this.#look(peer, participant, formatHash(hash));
      }
    });
    this.#stopping.signal.addEventListener("abort", unsubscribe);
  }

  /** Looks no more. */
  stop(): void {
    this.#stopping.abort(new Error("the broadcast is over"));
  }

  async #look(peer: BitcoinPeer, participant: Participant, hash: string): Promise<void> {
    if (this.#asked.has(hash) || this.#asked.size >= MAX_BLOCKS) return;
    this.#asked.add(hash);
    const { board, network, clock } = this.#options;
    const { signal } = this.#stopping;
    try {
      const { txids } = await requestBlock(peer, hash, {
        network,
        clock,
        timeoutMs: BLOCK_MS,
        signal,
      });
      for (const txid of txids) {
        const progress = board.find(formatHash(txid));
        if (progress !== undefined) board.seen(participant, progress, "mined");
      }
    } catch {
      // Another peer may announce it too, and have it.
      this.#asked.delete(hash);
    }
  }
}
