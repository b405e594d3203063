/**
 * Chunked transfers that are under way: who may go on with which, how many there may be, and when one that
 * doesn't go on is forgotten.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { encodeBase64Url } from "../codecs/pnet_base64.ts";
import { SynapseError } from "../errors.ts";
import type { PnetSender } from "./connection.ts";
import type { Tally } from "./tally.ts";

/** What {@linkcode TransferTable} is made with. */
export interface TransferTableOptions<T> {
  readonly clock: Clock;
  /** Counts them, together with those of other tables. */
  readonly tally: Tally;
  /** Milliseconds. */
  readonly idleMs: number;
  /** Called with one that is forgotten before it was over. */
  readonly abandon: (transfer: T) => void;
}

/** As many as real nodes draw. */
const ID_BYTES = 8;

interface Entry<T> {
  readonly transfer: T;
  readonly owners: readonly string[];
  cancelTimer: () => void;
}

/** Ids to transfers. An id is good only together with the key that it was given to. */
export class TransferTable<T> {
  readonly #options: TransferTableOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();

  /** @param options Bounds, time. */
  constructor(options: TransferTableOptions<T>) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes one in.
   *
   * @throws {SynapseError} `limit_exceeded` when there are too many, `protocol_error` when the id is in use.
   */
  open(id: string, owner: PnetSender, transfer: T): void {
    const key = keyOf(id, owner);
    if (this.#entries.has(key)) {
      throw new SynapseError("protocol_error", "Cannot open pnet transfer as its id is in use");
    }
    const owners = [`key ${owner.publicKeyPem}`, `host ${owner.address.host}`];
    if (!this.#options.tally.add(...owners)) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot open pnet transfer as there are too many: got ${this.#options.tally.total} in all`,
      );
    }
    this.#entries.set(key, { transfer, owners, cancelTimer: this.#forgetLater(key) });
  }

  /** Finds one that goes on. */
  get(id: string, owner: PnetSender): T | undefined {
    const key = keyOf(id, owner);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.cancelTimer();
    entry.cancelTimer = this.#forgetLater(key);
    return entry.transfer;
  }

  /** Takes one out that is over. */
  close(id: string, owner: PnetSender): void {
    this.#remove(keyOf(id, owner));
  }

  /** Forgets one, or all of them, before they are over. */
  abandon(id: string, owner: PnetSender): void {
    this.#abandon(keyOf(id, owner));
  }

  /** Forgets all. */
  clear(): void {
    for (const key of [...this.#entries.keys()]) this.#abandon(key);
  }

  #forgetLater(key: string): () => void {
    return this.#options.clock.after(this.#options.idleMs, () => this.#abandon(key));
  }

  #abandon(key: string): void {
    const transfer = this.#remove(key);
    if (transfer !== undefined) this.#options.abandon(transfer);
  }

  #remove(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.cancelTimer();
    this.#options.tally.remove(...entry.owners);
    this.#entries.delete(key);
    return entry.transfer;
  }
}

/**
 * Makes an id that nobody can guess.
 *
 * @param randomBytes Draws them.
 * @returns Base64 without its padding, which would break an id in two.
 */
export function createTransferId(randomBytes: (length: number) => Uint8Array): string {
  return encodeBase64Url(randomBytes(ID_BYTES)).replaceAll("=", "");
}

function keyOf(id: string, owner: PnetSender): string {
  return `${id}\n${owner.publicKeyPem}`;
}
