/**
 * Watches one peer that is never told of a transaction: when it announces it, it has travelled.
 *
 * @module
 */
import { formatHash } from "../codecs/bitcoin/hash.ts";
import type { BroadcastBoard } from "./broadcast_board.ts";
import type { BitcoinPeer } from "./peer.ts";
import type { Participant } from "./peer_progress.ts";

/** One peer that is watched. */
export class Watcher {
  /** Whom it watches. */
  readonly participant: Participant;
  readonly #unsubscribe: readonly (() => void)[];

  /**
   * @param peer Whom it watches.
   * @param participant What it is there for.
   * @param board Where it is noted.
   */
  constructor(peer: BitcoinPeer, participant: Participant, board: BroadcastBoard) {
    this.participant = participant;
    const kind = participant.role === "second_connection" ? "second_connection" : "watcher";
    this.#unsubscribe = [
      peer.events.on("message", ({ message }) => {
        if (message.command !== "inv") return;
        for (const { hash } of message.items) {
          const progress = board.find(formatHash(hash));
          if (progress !== undefined) board.seen(participant, progress, kind);
        }
      }),
      peer.events.on("closed", ({ reason }) => {
        this.stop();
        board.closed(participant, reason);
      }),
    ];
  }

  /** Looks away from now on. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
