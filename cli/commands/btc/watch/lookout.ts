/**
 * Looks for transactions and blocks among all that a node announces.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  type Block,
  blockSizeOf,
  type Conduit,
  formatHash,
  INVENTORY_TYPES,
  type InventoryItem,
  type Transaction,
  transactionId,
} from "../../../../bitcoin.ts";

/** What is looked for. */
export interface LookoutOptions {
  /** Txids in lower-case hex. */
  readonly txids: ReadonlySet<string>;
  /** Addresses by what pays to them, in hex. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Whether every block is news. */
  readonly hasBlocks: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onNews: (news: News) => void;
}

/** What an output pays to an address that is looked for. */
export interface Payment {
  readonly address: string;
  readonly index: number;
  readonly valueSat: bigint;
}

/** What has been found. */
export type News =
  | {
    readonly event: "transaction";
    readonly txid: string;
    readonly payments: readonly Payment[];
    /** Hash of the block that it is in; undefined while it waits in a mempool. */
    readonly block: string | undefined;
  }
  | {
    readonly event: "block";
    readonly hash: string;
    /** undefined where it could not be had whole. */
    readonly contents: BlockContents | undefined;
  };

/** What is told of a block. */
export interface BlockContents {
  readonly timeSec: number;
  readonly transactions: number;
  readonly size: number;
}

/** A node repeats itself within minutes, not within hours. */
const MAX_REMEMBERED = 50_000;
/** Nodes announce at most a few dozen at once; who announces more isn't followed in all of it. */
const MAX_ASKED = 1_000;
/** Questions about announcements that wait for their answers; who leaves more open isn't asked. */
const MAX_ASKING = 64;
/** Each may be megabytes. */
const MAX_OPENING = 8;
/** Blocks come one at a time, or some hundreds after a pause; whoever announces more has made them up. */
const MAX_WAITING = 1_000;

/** The lookout. */
export class Lookout {
  readonly #conduit: Conduit;
  readonly #options: LookoutOptions;
  readonly #heard = new Set<string>();
  readonly #told = new Set<string>();
  /** Hashes of blocks that were announced, and are not asked for yet. */
  readonly #waiting: string[] = [];
  #opening = 0;
  #asking = 0;

  /**
   * @param conduit Leads to nodes.
   * @param options What is looked for.
   */
  constructor(conduit: Conduit, options: LookoutOptions) {
    this.#conduit = conduit;
    this.#options = options;
  }

  /** Begins. @returns Ends it. */
  begin(): () => void {
    const unsubscribe = [
      this.#conduit.on("inv", ({ peer, message }) => {
        // One node is enough, and requests go to the first: it has what it announces.
        if (peer === this.#conduit.getPeers()[0]?.peer) this.#hear(message.items);
      }),
      this.#conduit.on("tx", ({ message }) => this.#look(message.transaction)),
    ];
    for (const txid of this.#options.txids) void this.#ask(txid);
    return () => {
      for (const stop of unsubscribe) stop();
    };
  }

  #hear(items: readonly InventoryItem[]): void {
    const { txids, scripts, signal } = this.#options;
    const isLooking = txids.size > 0 || scripts.size > 0;
    const fresh = items.slice(0, MAX_ASKED)
      .filter(({ hash }) => remember(this.#heard, formatHash(hash)));
    const transactions = fresh.filter(({ type }) => isTransaction(type));
    if (isLooking && transactions.length > 0 && this.#asking < MAX_ASKING) {
      this.#asking++;
      const items = transactions.map((item) => this.#wanted(item));
      // The answers come as messages of their own.
      this.#conduit.sendRequest("getdata", { items }, { signal }).catch(() => {})
        .finally(() => this.#asking--);
    }
    for (const { type, hash } of fresh) {
      const isTooMuch = this.#waiting.length >= MAX_WAITING;
      if (type === INVENTORY_TYPES.block && !isTooMuch) this.#waiting.push(formatHash(hash));
    }
    this.#openNext();
  }

  #openNext(): void {
    while (this.#opening < MAX_OPENING && !this.#options.signal.aborted) {
      const hash = this.#waiting.shift();
      if (hash === undefined) return;
      this.#opening++;
      void this.#open(hash).finally(() => {
        this.#opening--;
        this.#openNext();
      });
    }
  }

  #wanted({ type, hash }: InventoryItem): InventoryItem {
    const isById = type === INVENTORY_TYPES.transaction && this.#conduit.network.hasSegwit;
    return { type: isById ? INVENTORY_TYPES.witnessTransaction : type, hash };
  }

  /** It may be waiting already. */
  async #ask(txid: string): Promise<void> {
    const { signal } = this.#options;
    const transaction = await this.#conduit.getTransaction(txid, { signal }).catch(() => undefined);
    if (transaction !== undefined) this.#look(transaction);
  }

  #look(transaction: Transaction, block?: string): void {
    const { txids, scripts, onNews } = this.#options;
    const payments = transaction.outputs.flatMap(({ script, valueSat }, index): Payment[] => {
      const address = scripts.size > 0
        ? scripts.get(Buffer.from(script).toString("hex"))
        : undefined;
      return address === undefined ? [] : [{ address, index, valueSat }];
    });
    if (payments.length === 0 && txids.size === 0) return;
    const txid = formatHash(transactionId(transaction));
    if (payments.length === 0 && !txids.has(txid)) return;
    if (!remember(this.#told, `${txid} ${block}`)) return;
    onNews({ event: "transaction", txid, payments, block });
  }

  async #open(hash: string): Promise<void> {
    const { hasBlocks, signal, onNews } = this.#options;
    const block = await this.#conduit.getBlock(hash, { signal })
      .then(({ block }) => block, () => undefined);
    if (signal.aborted) return;
    if (hasBlocks) onNews({ event: "block", hash, contents: block && contentsOf(block) });
    for (const transaction of block?.transactions ?? []) this.#look(transaction, hash);
  }
}

function contentsOf(block: Block): BlockContents {
  const { header, transactions } = block;
  return {
    timeSec: header.timeSec,
    transactions: transactions.length,
    size: blockSizeOf(block),
  };
}

function isTransaction(type: number): boolean {
  return type === INVENTORY_TYPES.transaction || type === INVENTORY_TYPES.witnessTransactionId;
}

/** The oldest go. @returns Whether it is new. */
function remember(known: Set<string>, item: string): boolean {
  if (known.has(item)) return false;
  known.add(item);
  if (known.size > MAX_REMEMBERED) known.delete(known.values().next().value!);
  return true;
}
