/**
 * Tells one peer of transactions, gives it those that it asks for, and finds out what became of them.
 *
 * Nothing is sent that wasn't asked for: some nodes hang up on whoever does.
 *
 * @module
 */
import type { Clock, Random } from "../channel.ts";
import { formatHash } from "../codecs/bitcoin/hash.ts";
import { INVENTORY_TYPES, type InventoryItem } from "../codecs/bitcoin/inventory.ts";
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";
import type { RejectMessage } from "../codecs/bitcoin/reject.ts";
import { transactionId } from "../codecs/bitcoin/transaction.ts";
import type { BroadcastBoard } from "./broadcast_board.ts";
import type { BitcoinPeer } from "./peer.ts";
import type { Participant } from "./peer_progress.ts";
import { printable } from "./printable.ts";
import { describeRejectCode, isAlreadyKnown } from "./reject_reason.ts";
import type { TransactionProgress } from "./transaction_progress.ts";
import { isOfTransaction, type TransactionSource } from "./transaction_server.ts";

/** What a {@linkcode Teller} takes. */
export interface TellerOptions {
  readonly peer: BitcoinPeer;
  readonly participant: Participant;
  readonly board: BroadcastBoard;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether it is told a little later: all peers at once would tell whoever listens where it came from. */
  readonly isDelayed: boolean;
}

/** Core asks for at most that many at once, and takes far more in one `inv`. */
const MAX_PER_INV = 1_000;
/** Transactions that come within that are told together. */
const GATHER_MS = 10;
/** The most that somebody is told later than others. */
const JITTER_MS = 300;
/** Core answers behind its next trickle, 5 s on average; bcoin and BSV at once. */
const PROBE_MS = 2_000;
/** bcoin and BSV can be asked at once; of more transactions than that, they had better take the next ones first. */
const PROMPT_PROBE_MS = 50;
const MAX_PROMPT = 10;
/** An answer is the whole transaction. */
const MAX_PER_PROBE = 1_000;
const MAX_PROBE_BYTES = 1024 * 1024;
/** Lost ones come again; whoever asks more often wastes what we can send. */
const MAX_SENDS = 3;
/** What is on offer to one peer at most; the oldest go. */
const MAX_OFFERS = 10_000;
/** Core may ask so late for what it was told, when others are asked first; unanswered, it would wait as long. */
const LINGER_MS = 60_000;

/** One peer that is told. */
export class Teller implements TransactionSource {
  readonly #options: TellerOptions;
  /** What it was told of, the oldest first. */
  readonly #told = new Set<TransactionProgress>();
  /** The same by either id. */
  readonly #byHash = new Map<string, TransactionProgress>();
  readonly #queue = new Set<TransactionProgress>();
  readonly #unsubscribe: readonly (() => void)[];
  #cancelFlush: (() => void) | undefined;
  #cancelProbe: () => void = () => {};
  #state: "telling" | "retired" | "stopped" = "telling";

  /** @param options Who, and what of it is noted where. */
  constructor(options: TellerOptions) {
    this.#options = options;
    const { peer, participant, board } = options;
    this.#unsubscribe = [
      peer.offers.add(this),
      peer.events.on("message", ({ message }) => this.#take(message)),
      peer.events.on("closed", ({ reason }) => {
        this.stop();
        board.closed(participant, reason);
      }),
    ];
    this.#probeIn(PROBE_MS / 2);
  }

  /** Whom it tells. */
  get participant(): Participant {
    return this.#options.participant;
  }

  /** Tells the peer of transactions, parents before children; also again. */
  tell(transactions: readonly TransactionProgress[]): void {
    const { clock, random, isDelayed, peer } = this.#options;
    if (peer.isClosed) return;
    for (const progress of transactions) this.#queue.add(progress);
    const delayMs = isDelayed && this.#told.size === 0 ? random() * JITTER_MS : GATHER_MS;
    this.#cancelFlush ??= clock.after(delayMs, () => this.#flush());
  }

  /** Asks nothing more of the peer, but still answers for a while. */
  retire(): void {
    if (this.#state !== "telling") return;
    this.#state = "retired";
    this.#cancelFlush?.();
    this.#cancelProbe();
    this.#cancelProbe = this.#options.clock.after(LINGER_MS, () => this.stop());
  }

  /** Leaves the peer alone from now on. */
  stop(): void {
    this.#state = "stopped";
    this.#cancelFlush?.();
    this.#cancelProbe();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** @inheritdoc */
  give(hash: string): Uint8Array | undefined {
    const progress = this.#byHash.get(hash);
    if (progress === undefined) return undefined;
    const { participant, board } = this.#options;
    board.requested(participant, progress);
    if (progress.with(participant).timesSent >= MAX_SENDS) return undefined;
    board.sent(participant, progress);
    return progress.offer.bytes;
  }

  /** @inheritdoc */
  lacks(hash: string): void {
    this.#options.board.wanted(this.#options.participant, hash);
  }

  /** @inheritdoc */
  processed(hashes: readonly string[]): void {
    const { participant, board } = this.#options;
    for (const hash of hashes) {
      const progress = this.#byHash.get(hash);
      if (progress !== undefined) board.processed(participant, progress);
    }
    if (hashes.length <= MAX_PROMPT) this.#probeIn(PROMPT_PROBE_MS);
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const { peer, participant, board } = this.#options;
    const waiting = [...this.#queue];
    this.#queue.clear();
    for (let start = 0; start < waiting.length; start += MAX_PER_INV) {
      const batch = waiting.slice(start, start + MAX_PER_INV);
      peer.send({ command: "inv", items: batch.map((progress) => this.#item(progress)) });
      for (const progress of batch) {
        this.#offer(progress);
        board.announced(participant, progress, this.#usesWtxid ? "wtxid" : "txid");
      }
    }
  }

  get #usesWtxid(): boolean {
    return this.#options.peer.info!.wtxidRelay;
  }

  #item({ offer }: TransactionProgress): InventoryItem {
    return this.#usesWtxid
      ? { type: INVENTORY_TYPES.witnessTransactionId, hash: offer.wtxidBytes }
      : { type: INVENTORY_TYPES.transaction, hash: offer.txidBytes };
  }

  #offer(progress: TransactionProgress): void {
    const { txid, wtxid } = progress.offer;
    this.#told.add(progress);
    this.#byHash.set(txid, progress).set(wtxid, progress);
    if (this.#told.size <= MAX_OFFERS) return;
    const [oldest] = this.#told;
    this.#told.delete(oldest);
    this.#byHash.delete(oldest.offer.txid);
    this.#byHash.delete(oldest.offer.wtxid);
  }

  #take(message: BitcoinMessage): void {
    switch (message.command) {
      case "tx":
        return this.#show(formatHash(transactionId(message.transaction)));
      case "inv":
        // It has been told of it, and can repeat that without having it.
        if (message.items.some((item) => this.#isTold(item))) this.#probeIn(PROMPT_PROBE_MS);
        return;
      case "reject":
        return this.#reject(message);
    }
  }

  #isTold(item: InventoryItem): boolean {
    return isOfTransaction(item) && this.#byHash.has(formatHash(item.hash));
  }

  /** The peer has shown a transaction, because it was asked to or by itself. */
  #show(hash: string): void {
    const { participant, board } = this.#options;
    const progress = board.find(hash);
    if (progress !== undefined) board.seen(participant, progress, "probe");
  }

  #reject({ rejected, hash, code, reason }: RejectMessage): void {
    if (rejected !== "tx" || hash === undefined || isAlreadyKnown(reason)) return;
    const { participant, board } = this.#options;
    const progress = this.#byHash.get(formatHash(hash));
    if (progress === undefined) return;
    const meaning = describeRejectCode(code);
    board.rejected(participant, progress, { code, meaning, reason: printable(reason) });
  }

  #probeIn(delayMs: number): void {
    if (this.#state !== "telling") return;
    this.#cancelProbe();
    this.#cancelProbe = this.#options.clock.after(delayMs, () => this.#probe());
  }

  /** Asks for what it should have. That it hasn't got it yet says nothing. */
  #probe(): void {
    this.#probeIn(PROBE_MS);
    const { peer, participant, board } = this.#options;
    const items: InventoryItem[] = [];
    let bytes = 0;
    for (const progress of this.#told) {
      const { isSeen, isRejected } = progress.with(participant);
      if (isSeen || isRejected || !board.isOpen(progress)) continue;
      items.push(this.#item(progress));
      bytes += progress.offer.bytes.length;
      if (items.length >= MAX_PER_PROBE || bytes >= MAX_PROBE_BYTES) break;
    }
    if (items.length > 0) peer.send({ command: "getdata", items });
  }
}
