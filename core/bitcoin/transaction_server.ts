/**
 * Answers what one peer asks for: transactions that are on offer, and of all others that they are not here.
 *
 * At once: a peer that waits for an answer asks nobody else for a minute.
 *
 * @module
 */
import { formatHash } from "../codecs/bitcoin/hash.ts";
import { INVENTORY_TYPES, type InventoryItem } from "../codecs/bitcoin/inventory.ts";
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";

/** Somebody who offers transactions to a peer. */
export interface TransactionSource {
  /**
   * Looks whether this one is on offer, to this peer.
   *
   * @param hash Either of its ids, in hex.
   * @returns The transaction, with its witnesses.
   */
  give(hash: string): Uint8Array | undefined;
  /** Nobody offers this one. */
  lacks(hash: string): void;
  /** The peer has looked at what it was given. */
  processed(hashes: readonly string[]): void;
}

/** What is needed of the peer. */
export interface ServedPeer {
  send(message: BitcoinMessage): void;
  sendPayload(command: string, payload: Uint8Array): void;
  ping(): Promise<number>;
}

/** Core asks for at most that many at once. */
const MAX_ITEMS = 1_000;

/** `MSG_TX` in every form that peers ask in. */
const TRANSACTION_TYPES: ReadonlySet<number> = new Set([
  INVENTORY_TYPES.transaction,
  INVENTORY_TYPES.witnessTransaction,
  INVENTORY_TYPES.witnessTransactionId,
]);

/** Whether an item is of a transaction. */
export function isOfTransaction({ type }: InventoryItem): boolean {
  return TRANSACTION_TYPES.has(type);
}

/** What one peer is served with. */
export class TransactionServer {
  readonly #peer: ServedPeer;
  readonly #sources = new Set<TransactionSource>();

  /** @param peer Whom it serves. */
  constructor(peer: ServedPeer) {
    this.#peer = peer;
  }

  /** Offers more. @returns Takes it back. */
  add(source: TransactionSource): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** Answers a `getdata`. Of more than a thousand items the rest is passed over, as of what is no transaction. */
  answer(items: readonly InventoryItem[]): void {
    const missing: InventoryItem[] = [];
    const given = new Map<TransactionSource, string[]>();
    for (const item of items.slice(0, MAX_ITEMS)) {
      if (!isOfTransaction(item)) continue;
      const hash = formatHash(item.hash);
      const giver = this.#give(hash);
      if (giver === undefined) missing.push(item);
      else given.set(giver, [...given.get(giver) ?? [], hash]);
    }
    if (missing.length > 0) this.#peer.send({ command: "notfound", items: missing });
    if (given.size === 0) return;
    // It works off in order what it gets: with the pong it has looked at all of them.
    this.#peer.ping().then(() => {
      for (const [giver, hashes] of given) giver.processed(hashes);
    }, () => {});
  }

  #give(hash: string): TransactionSource | undefined {
    for (const source of this.#sources) {
      const bytes = source.give(hash);
      if (bytes === undefined) continue;
      this.#peer.sendPayload("tx", bytes);
      return source;
    }
    for (const source of this.#sources) source.lacks(hash);
    return undefined;
  }
}
