/**
 * Headers, blocks and transactions from whichever peer has them.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import type { Block } from "../codecs/bitcoin/block.ts";
import { blockHash, type BlockHeader } from "../codecs/bitcoin/block_header.ts";
import { parseHash } from "../codecs/bitcoin/hash.ts";
import { MAX_HEADERS } from "../codecs/bitcoin/headers.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import { SERVICES } from "../codecs/bitcoin/services.ts";
import type { Transaction } from "../codecs/bitcoin/transaction.ts";
import { withDeadline } from "../deadline.ts";
import { awaitPeer } from "./await_peer.ts";
import {
  type ChainRequest,
  requestBlock,
  requestHeaders,
  requestTransaction,
} from "./chain_requests.ts";
import type { BitcoinPeer } from "./peer.ts";
import type { Pool } from "./pool.ts";

/** What every question takes. */
export interface ChainOptions {
  /** How long it may take in all, in milliseconds. */
  readonly timeoutMs?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode ChainClient.getHeaders} takes. */
export interface GetHeadersOptions extends ChainOptions {
  /** Hash of the block that the first header follows; the network's first block by default. */
  readonly from?: string;
  /** How many, where there are so many. 2000 by default. */
  readonly count?: number;
}

/** A block that was checked. */
export interface CheckedBlock {
  readonly block: Block;
  /** The ids of its transactions, in order and in the order of the wire. */
  readonly txids: readonly Uint8Array[];
}

/** Peers that are asked one after the other before giving up. */
const MAX_ATTEMPTS = 4;
/** One peer's share. */
const HEADERS_MS = 15_000;
const BLOCK_MS = 60_000;
const TRANSACTION_MS = 10_000;

/** Asks for parts of the chain. */
export class ChainClient {
  readonly #pool: Pool;
  readonly #network: BitcoinNetwork;
  readonly #clock: Clock;

  /**
   * @param pool Whom it asks.
   * @param network Whose rules hold.
   * @param clock The time.
   */
  constructor(pool: Pool, network: BitcoinNetwork, clock: Clock) {
    this.#pool = pool;
    this.#network = network;
    this.#clock = clock;
  }

  /** Asks for headers; see {@linkcode requestHeaders}. */
  async getHeaders(options: GetHeadersOptions): Promise<BlockHeader[]> {
    const { from = this.#network.genesisHash, count = MAX_HEADERS, ...rest } = options;
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`Cannot get headers as count must be 1 or more: got ${count}`);
    }
    const headers: BlockHeader[] = [];
    let after = parseHash(from);
    while (headers.length < count) {
      const next = await this.#attempt(
        { ...rest, operation: "get headers", perPeerMs: HEADERS_MS, services: 0n },
        (peer, request) => requestHeaders(peer, after, request),
      );
      headers.push(...next);
      if (next.length < MAX_HEADERS) break;
      after = blockHash(next.at(-1)!);
    }
    return headers.slice(0, count);
  }

  /** Asks for a block; see {@linkcode requestBlock}. */
  getBlock(hash: string, options: ChainOptions): Promise<CheckedBlock> {
    const operation = `get block ${hash}`;
    const services = SERVICES.network;
    parseHash(hash);
    return this.#attempt(
      { ...options, operation, perPeerMs: BLOCK_MS, services },
      (peer, request) => requestBlock(peer, hash, request),
    );
  }

  /** Asks for a transaction of a mempool; see {@linkcode requestTransaction}. */
  getTransaction(txid: string, options: ChainOptions): Promise<Transaction> {
    const operation = `get transaction ${txid}`;
    parseHash(txid);
    return this.#attempt(
      { ...options, operation, perPeerMs: TRANSACTION_MS, services: 0n },
      (peer, request) => requestTransaction(peer, txid, request),
    );
  }

  /** Asks one peer after the other, until one has answered. */
  #attempt<T>(
    options: ChainOptions & { operation: string; perPeerMs: number; services: bigint },
    run: (peer: BitcoinPeer, request: ChainRequest) => Promise<T>,
  ): Promise<T> {
    const { operation, perPeerMs, services, timeoutMs = 2 * perPeerMs, signal } = options;
    const clock = this.#clock;
    return withDeadline({ clock, timeoutMs, signal, operation }, async (signal) => {
      const asked = new Set<BitcoinPeer>();
      const isNew = (peer: BitcoinPeer): boolean =>
        !asked.has(peer) && (peer.info!.services & services) === services &&
        !peer.isInInitialDownload;
      for (let failure: unknown;;) {
        if (asked.size > 0 && (asked.size >= MAX_ATTEMPTS || !this.#pool.peers.some(isNew))) {
          throw failure;
        }
        const peer = await awaitPeer(this.#pool, { clock, timeoutMs, signal, suits: isNew });
        asked.add(peer);
        try {
          return await run(peer, { network: this.#network, clock, timeoutMs: perPeerMs, signal });
        } catch (error) {
          signal.throwIfAborted();
          failure = error;
        }
      }
    });
  }
}
