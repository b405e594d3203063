/**
 * Gives transactions to some peers, and finds out from them and from others what became of it.
 *
 * Some are told, some are only watched: a node never announces a transaction to whoever it has it from, so that one
 * that was never told shows best that it travels.
 *
 * @module
 */
import type { Clock, Random } from "../channel.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { BlockWatch } from "./block_watch.ts";
import { BoundedQueue } from "./bounded_queue.ts";
import { BroadcastBoard } from "./broadcast_board.ts";
import type { BroadcastEvent } from "./broadcast_events.ts";
import type { ResolvedBroadcastOptions } from "./broadcast_options.ts";
import type { BroadcastReport } from "./broadcast_report.ts";
import type { BitcoinPeer } from "./peer.ts";
import type { Pool } from "./pool.ts";
import { participate, Recruiter, type Recruits } from "./recruiting.ts";
import { Teller } from "./teller.ts";
import { createOffer, type TransactionOffer } from "./transaction_offer.ts";
import type { TransactionProgress } from "./transaction_progress.ts";
import { Watcher } from "./watcher.ts";

/** A transaction as bytes or in hex. */
export type RawTransaction = Uint8Array | string;

/** What a {@linkcode Broadcast} is made of. */
export interface BroadcastParts {
  readonly pool: Pool;
  readonly network: BitcoinNetwork;
  readonly clock: Clock;
  readonly random: Random;
  /** Parents that come along. */
  readonly parents: readonly TransactionOffer[];
  /** Read as fast as peers take them. */
  readonly transactions:
    | AsyncIterable<RawTransaction>
    | Iterable<RawTransaction | TransactionOffer>;
  readonly options: ResolvedBroadcastOptions;
}

/** Nobody who reads events needs that many; the oldest go. */
const MAX_EVENTS = 100_000;
/** How often it is looked whether time is up. */
const CHECK_MS = 250;
const REBROADCAST_MS = 60_000;
/** What is on its way at a time; Core drops what goes beyond 5,000 announcements of one peer. */
const MAX_UNSETTLED = 2_000;

/**
 * A broadcast that is under way: `for await` gives its events, `await` its report.
 *
 * It goes on whether anybody reads its events or not.
 */
export class Broadcast implements AsyncIterable<BroadcastEvent>, PromiseLike<BroadcastReport> {
  readonly #parts: BroadcastParts;
  readonly #events = new BoundedQueue<BroadcastEvent>({ maxItems: MAX_EVENTS });
  readonly #board: BroadcastBoard;
  readonly #recruiter: Recruiter;
  readonly #blocks: BlockWatch;
  readonly #employed = new Map<BitcoinPeer, Teller | Watcher>();
  /** How many it has begun with: as many are kept. */
  #wanted = { told: 0, watched: 0 };
  /** A connection of its own. */
  #second: BitcoinPeer | undefined;
  readonly #report: Deferred<BroadcastReport> = createDeferred();
  #room: Deferred<void> = createDeferred();
  #isFed = false;
  #hasEnded = false;
  #rounds = 0;
  #cancelCheck: () => void = () => {};
  #cancelRebroadcast: () => void = () => {};
  readonly #abort = (): void => this.#fail(this.#parts.options.signal?.reason);

  /** @param parts What it is made of. */
  constructor(parts: BroadcastParts) {
    this.#parts = parts;
    const { pool, clock, options } = parts;
    const { nodes, watchers, timeoutMs, enoughWatchers, signal } = options;
    this.#board = new BroadcastBoard({
      clock,
      timeoutMs,
      enoughWatchers,
      onEvent: (event) => this.#events.push(event),
    });
    this.#board.emit({ type: "started", nodes, watchers });
    for (const parent of parts.parents) this.#board.add(parent, true);
    this.#board.onSettled = () => this.#goOn();
    this.#blocks = new BlockWatch({ board: this.#board, network: parts.network, clock });
    this.#recruiter = new Recruiter({ pool, board: this.#board, clock, nodes, watchers });
    this.#recruiter.onLate = () => this.#replace();
    // Nobody may be waiting for it.
    this.#report.promise.catch(() => {});
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted) this.#abort();
    else this.#run().catch((error) => this.#fail(error));
  }

  /** Settles as the broadcast ends. */
  then<Result = BroadcastReport, Failure = never>(
    onReport?: ((report: BroadcastReport) => Result | PromiseLike<Result>) | null,
    onError?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    return this.#report.promise.then(onReport, onError);
  }

  /** What happens, until it ends. For one reader. */
  [Symbol.asyncIterator](): AsyncIterator<BroadcastEvent, undefined> {
    return this.#events[Symbol.asyncIterator]();
  }

  async #run(): Promise<void> {
    this.#check();
    const feeding = this.#feed();
    // Awaited below, but it may fail before.
    feeding.catch(() => {});
    const recruits = await this.#recruiter.gather();
    if (this.#hasEnded) return;
    if (recruits.told.length === 0) return this.#finish();
    await this.#employ(recruits);
    await feeding;
  }

  /** Reads transactions, as fast as they settle. */
  async #feed(): Promise<void> {
    const { transactions, network } = this.#parts;
    for await (const transaction of transactions) {
      if (this.#hasEnded) return;
      const offer = isRaw(transaction) ? createOffer(transaction, network) : transaction;
      const progress = this.#board.add(offer, false);
      if (progress === undefined) continue;
      for (const teller of this.#tellers()) teller.tell([progress]);
      while (this.#board.unsettledCount >= MAX_UNSETTLED && !this.#hasEnded) {
        await this.#room.promise;
      }
    }
    this.#isFed = true;
    this.#goOn();
  }

  async #employ({ told, watched }: Recruits): Promise<void> {
    this.#wanted = { told: told.length, watched: watched.length };
    for (const peer of watched) this.#watch(peer);
    // Before the transaction is there: what a node has already, it doesn't announce to whoever comes.
    if (watched.length === 0 && this.#parts.options.watchers > 0) await this.#watchAgain(told[0]);
    if (this.#hasEnded) return;
    for (const peer of told) this.#tell(peer);
    this.#cancelRebroadcast = this.#parts.options.rebroadcast
      ? this.#parts.clock.after(REBROADCAST_MS, () => this.#rebroadcast())
      : () => {};
  }

  #tell(peer: BitcoinPeer): void {
    if (peer.isClosed) return;
    const { clock, random } = this.#parts;
    const board = this.#board;
    const participant = participate(peer, "told", board);
    const isDelayed = this.#tellers().length > 0;
    const teller = new Teller({ peer, participant, board, clock, random, isDelayed });
    this.#keep(peer, teller);
    teller.tell([...board.companions, ...board.unsettled]);
  }

  #watch(peer: BitcoinPeer): void {
    if (peer.isClosed) return;
    this.#keep(peer, new Watcher(peer, participate(peer, "watcher", this.#board), this.#board));
  }

  /** Watches a node that is told, on a connection where it is not. */
  async #watchAgain(peer: BitcoinPeer): Promise<void> {
    try {
      const second = await this.#parts.pool.connectAgain(peer.endpoint);
      if (this.#hasEnded) return void second.close();
      this.#second = second;
      const participant = participate(second, "second_connection", this.#board);
      this.#keep(second, new Watcher(second, participant, this.#board));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#board.emit({ type: "skipped", peer: peer.name, reason: "unreachable", detail });
    }
  }

  #keep(peer: BitcoinPeer, member: Teller | Watcher): void {
    this.#employed.set(peer, member);
    this.#blocks.add(peer, member.participant);
    peer.closed.then(() => {
      this.#employed.delete(peer);
      this.#replace();
    });
  }

  /** Puts others in the place of those that are gone. */
  #replace(): void {
    if (this.#hasEnded) return;
    for (const peer of this.#recruiter.fit) {
      if (this.#employed.has(peer)) continue;
      const told = this.#tellers().length;
      const watched = this.#employed.size - told;
      if (told < this.#wanted.told) this.#tell(peer);
      else if (watched < this.#wanted.watched) this.#watch(peer);
    }
  }

  #rebroadcast(): void {
    this.#cancelRebroadcast = this.#parts.clock.after(REBROADCAST_MS, () => this.#rebroadcast());
    this.#board.emit({ type: "rebroadcast", round: ++this.#rounds });
    for (const teller of this.#tellers()) {
      const isLacking = (progress: TransactionProgress) =>
        !progress.with(teller.participant).isSeen;
      teller.tell([...this.#board.companions, ...this.#board.unsettled].filter(isLacking));
    }
  }

  #check(): void {
    this.#cancelCheck = this.#parts.clock.after(CHECK_MS, () => this.#check());
    this.#board.checkAll();
  }

  /** Something has settled, or there is nothing more to read. */
  #goOn(): void {
    this.#room.resolve();
    this.#room = createDeferred();
    if (this.#isFed && this.#board.unsettledCount === 0) this.#finish();
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const report = this.#board.finish();
    this.#stop();
    this.#report.resolve(report);
  }

  #fail(reason: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stop();
    this.#report.reject(reason);
  }

  #stop(): void {
    this.#cancelCheck();
    this.#cancelRebroadcast();
    this.#parts.options.signal?.removeEventListener("abort", this.#abort);
    this.#recruiter.stop();
    this.#blocks.stop();
    this.#room.resolve();
    for (const member of this.#employed.values()) {
      if (member instanceof Teller) member.retire();
      else member.stop();
    }
    this.#second?.close();
    this.#events.end();
  }

  #tellers(): Teller[] {
    return [...this.#employed.values()].filter((member) => member instanceof Teller);
  }
}

function isRaw(transaction: RawTransaction | TransactionOffer): transaction is RawTransaction {
  return typeof transaction === "string" || transaction instanceof Uint8Array;
}
