/**
 * Nodes with a mempool that pass transactions on, as three kinds of real ones were measured to do.
 *
 * @module
 */
import { formatHash, parseHash } from "../../../core/codecs/bitcoin/hash.ts";
import { INVENTORY_TYPES, type InventoryItem } from "../../../core/codecs/bitcoin/inventory.ts";
import type { BitcoinMessage } from "../../../core/codecs/bitcoin/messages.ts";
import {
  type Transaction,
  transactionId,
  witnessTransactionId,
} from "../../../core/codecs/bitcoin/transaction.ts";
import {
  type Conversation,
  type NodeTraits,
  ScriptedNode,
  type Surroundings,
} from "./scripted_node.ts";

/** What a node makes of a transaction. */
export type Judgement =
  | "accept"
  /** Without a word, where its kind doesn't say. */
  | { readonly code: number; readonly reason: string }
  /** Txids of transactions that it lacks. */
  | { readonly missing: readonly string[] };

/** How a kind of node goes about it. */
export interface Manner {
  /** From `inv` to `getdata`, for one told by wtxid and by txid. */
  readonly askAfterMs: readonly [byWtxid: number, byTxid: number];
  /** From acceptance to `inv` on other connections. */
  readonly trickleMs: number;
  /** From acceptance to the nodes behind it. */
  readonly hopMs: number;
  /** Whether it says that it refuses. */
  readonly rejects: boolean;
  /** What it answers, when asked on the connection that a transaction came from. */
  readonly probe: "at once" | "after trickle" | "notfound";
  /** From an orphan to the `getdata` for its parents. */
  readonly parentsAfterMs: number;
}

/** Options of one node. */
export interface RelayingOptions {
  readonly traits?: NodeTraits;
  readonly manner?: Partial<Manner>;
  /** What it says once the handshake is through. */
  readonly greeting?: readonly BitcoinMessage[];
  /** How it judges; it accepts everything where left out. */
  readonly judge?: (txid: string) => Judgement;
  /** Whether it never asks for anything. */
  readonly isDeaf?: boolean;
  /** Whether it ignores transactions: in initial download. */
  readonly ignores?: boolean;
}

interface Held {
  readonly transaction: Transaction;
  readonly from: Conversation | undefined;
  readonly atMs: number;
}

/** One such node. */
export class RelayingNode extends ScriptedNode {
  /** Nodes that it passes transactions on to, out of the client's sight. */
  readonly neighbours: RelayingNode[] = [];
  /** By txid. */
  readonly mempool = new Map<string, Held>();
  /** Transactions that the client sent, by txid, as often as they came. */
  readonly received: string[] = [];
  readonly #options: RelayingOptions;
  readonly #manner: Manner;
  readonly #byWtxid = new Map<string, Held>();
  readonly #refused = new Set<string>();
  readonly #orphans = new Map<string, Transaction>();

  constructor(
    surroundings: Surroundings,
    name: string,
    manner: Manner,
    options: RelayingOptions = {},
  ) {
    super(surroundings, name, options.traits);
    this.#options = options;
    this.#manner = { ...manner, ...options.manner };
  }

  override ready(conversation: Conversation): void {
    for (const message of this.#options.greeting ?? []) conversation.send(message);
  }

  override heard(conversation: Conversation, message: BitcoinMessage): void {
    super.heard(conversation, message);
    switch (message.command) {
      case "inv":
        return this.#told(conversation, message.items);
      case "tx":
        return this.#given(conversation, message.transaction);
      case "getdata":
        return this.#asked(conversation, message.items);
    }
  }

  /** Has a transaction, from whomever. */
  accept(transaction: Transaction, from?: Conversation): void {
    const txid = formatHash(transactionId(transaction));
    if (this.mempool.has(txid)) return;
    const held: Held = { transaction, from, atMs: this.clock.now() };
    this.mempool.set(txid, held);
    this.#byWtxid.set(formatHash(witnessTransactionId(transaction)), held);
    this.clock.after(this.#manner.trickleMs, () => {
      for (const conversation of this.open) {
        if (conversation === from || !conversation.isReady) continue;
        conversation.send({ command: "inv", items: [this.#item(conversation, transaction)] });
      }
    });
    this.clock.after(this.#manner.hopMs, () => {
      for (const neighbour of this.neighbours) neighbour.accept(transaction);
    });
    for (const [orphan, child] of this.#orphans) {
      if (!child.inputs.some(({ previousHash }) => formatHash(previousHash) === txid)) continue;
      this.#orphans.delete(orphan);
      this.accept(child, from);
    }
  }

  #told(conversation: Conversation, items: readonly InventoryItem[]): void {
    if (this.traits.relay === false) return conversation.close();
    if (this.#options.isDeaf || this.#options.ignores) return;
    const wanted = items.filter(({ hash }) => {
      const id = formatHash(hash);
      return !this.#refused.has(id) && !this.#has(id);
    });
    if (wanted.length === 0) return;
    const [byWtxid, byTxid] = this.#manner.askAfterMs;
    this.clock.after(conversation.usesWtxid ? byWtxid : byTxid, () => {
      conversation.send({ command: "getdata", items: wanted.map((item) => this.#asking(item)) });
    });
  }

  #given(conversation: Conversation, transaction: Transaction): void {
    if (this.traits.relay === false) return conversation.close();
    const txid = formatHash(transactionId(transaction));
    this.received.push(txid);
    if (this.#options.ignores) return;
    const judgement = this.#options.judge?.(txid) ?? "accept";
    if (judgement === "accept") return this.accept(transaction, conversation);
    if ("missing" in judgement) {
      const missing = judgement.missing.filter((parent) => !this.mempool.has(parent));
      if (missing.length === 0) return this.accept(transaction, conversation);
      this.#orphans.set(txid, transaction);
      this.clock.after(this.#manner.parentsAfterMs, () => {
        const items = missing.map((parent) => ({
          type: INVENTORY_TYPES.transaction,
          hash: parseHash(parent),
        }));
        conversation.send({ command: "getdata", items });
      });
      return;
    }
    this.#refused.add(txid).add(formatHash(witnessTransactionId(transaction)));
    if (!this.#manner.rejects) return;
    const hash = transactionId(transaction);
    conversation.send({ command: "reject", rejected: "tx", ...judgement, hash });
  }

  #asked(conversation: Conversation, items: readonly InventoryItem[]): void {
    const missing: InventoryItem[] = [];
    for (const item of items) {
      const held = this.#find(formatHash(item.hash));
      const ageMs = held === undefined ? 0 : this.clock.now() - held.atMs;
      const { probe, trickleMs } = this.#manner;
      const isShown = probe === "at once" || (probe === "after trickle" && ageMs >= trickleMs);
      if (held === undefined || !isShown) missing.push(item);
      else conversation.send({ command: "tx", transaction: held.transaction });
    }
    if (missing.length > 0) conversation.send({ command: "notfound", items: missing });
  }

  #has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  #find(id: string): Held | undefined {
    return this.mempool.get(id) ?? this.#byWtxid.get(id);
  }

  #item(conversation: Conversation, transaction: Transaction): InventoryItem {
    return conversation.usesWtxid
      ? { type: INVENTORY_TYPES.witnessTransactionId, hash: witnessTransactionId(transaction) }
      : { type: INVENTORY_TYPES.transaction, hash: transactionId(transaction) };
  }

  #asking({ type, hash }: InventoryItem): InventoryItem {
    const isByTxid = type === INVENTORY_TYPES.transaction;
    return isByTxid && this.network.hasSegwit
      ? { type: INVENTORY_TYPES.witnessTransaction, hash }
      : { type, hash };
  }
}

/** Bitcoin Core 26 to master: asks after 2 s, trickles, says nothing when it refuses. */
export class CoreNode extends RelayingNode {
  constructor(surroundings: Surroundings, name: string, options: RelayingOptions = {}) {
    const traits: NodeTraits = {
      agent: "/Satoshi:30.3.0/",
      services: 0xc09n,
      features: [{ command: "wtxidrelay" }, { command: "sendaddrv2" }],
      ...options.traits,
    };
    const greeting = options.greeting ??
      [{ command: "feefilter", feeRateSat: 100n } as const];
    super(surroundings, name, CORE, { ...options, traits, greeting });
  }

  override ready(conversation: Conversation): void {
    conversation.send({ command: "sendcmpct", highBandwidth: false, version: 2n });
    conversation.send({ command: "ping", nonce: 0xc03en });
    super.ready(conversation);
  }
}

/** BSV's node: asks at once, says why it refuses, and bans whoever speaks of witnesses. */
export class BsvNode extends RelayingNode {
  constructor(surroundings: Surroundings, name: string, options: RelayingOptions = {}) {
    const traits: NodeTraits = { agent: "/Bitcoin SV:1.2.2/", services: 33n, ...options.traits };
    super(surroundings, name, BSV, { ...options, traits });
  }

  override ready(conversation: Conversation): void {
    conversation.send({
      command: "protoconf",
      maxPayloadBytes: 2_097_152,
      streamPolicies: "Default",
    });
    conversation.sendPayload("authch", new Uint8Array(40));
    conversation.send({ command: "sendheaders" });
    conversation.send({ command: "sendcmpct", highBandwidth: false, version: 1n });
    conversation.send({ command: "ping", nonce: 0xb50n });
    super.ready(conversation);
  }

  override heard(conversation: Conversation, message: BitcoinMessage): void {
    if (message.command === "inv") {
      const isForeign = message.items.some(({ type }) =>
        type === INVENTORY_TYPES.witnessTransactionId || type === INVENTORY_TYPES.witnessTransaction
      );
      if (isForeign) return conversation.close();
    }
    super.heard(conversation, message);
  }
}

const CORE: Manner = {
  askAfterMs: [2_000, 4_000],
  trickleMs: 5_000,
  hopMs: 7_000,
  rejects: false,
  probe: "after trickle",
  parentsAfterMs: 4_000,
};

const BSV: Manner = {
  askAfterMs: [1, 1],
  trickleMs: 300,
  hopMs: 500,
  rejects: true,
  probe: "at once",
  parentsAfterMs: 1,
};
