/**
 * Where a transfer waits until it is whole: pnet runs a function when all of its input is there, and says
 * how long a result is before it sends any of it.
 *
 * @module
 */
import { SynapseError } from "../errors.ts";
import { Budget } from "../budget.ts";

/** Bytes put away, to be read again from anywhere. */
export interface PnetSpool {
  /** How many. */
  readonly size: number;
  /**
   * Adds bytes at the end.
   *
   * @param bytes Not changed until it is done.
   * @throws {SynapseError} `limit_exceeded` when there is no room left.
   */
  append(bytes: Uint8Array): Promise<void>;
  /**
   * Reads.
   *
   * @param offset From where.
   * @param length How many bytes, where there are so many.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Gives the room back; reading and adding fail from now on. Safe to call twice. */
  close(): Promise<void>;
}

/** Makes spools. */
export interface PnetSpools {
  /** A new one, empty. */
  create(): PnetSpool;
}

const PAGE_BYTES = 16 * 1024;
const DEFAULT_MEMORY_BYTES = 64 * 1024 * 1024;

/** Spools in memory, which all of them share. Those in files are `transports/file_spool.ts`. */
export class MemorySpools implements PnetSpools {
  readonly #budget: Budget;

  /** @param maxBytes In all, 64 MiB by default. */
  constructor(maxBytes: number = DEFAULT_MEMORY_BYTES) {
    this.#budget = new Budget(maxBytes);
  }

  /** Bytes that spools hold. */
  get usedBytes(): number {
    return this.#budget.used;
  }

  /** @inheritdoc */
  create(): PnetSpool {
    return new MemorySpool(this.#budget);
  }
}

class MemorySpool implements PnetSpool {
  readonly #budget: Budget;
  #pages: Uint8Array[] = [];
  #size = 0;
  #isClosed = false;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedSpool());
    for (let taken = 0; taken < bytes.length;) {
      const at = this.#size % PAGE_BYTES;
      if (at === 0 && !this.#addPage()) return Promise.reject(noRoom());
      const part = bytes.subarray(taken, taken + PAGE_BYTES - at);
      this.#pages.at(-1)!.set(part, at);
      this.#size += part.length;
      taken += part.length;
    }
    return Promise.resolve();
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    if (this.#isClosed) return Promise.reject(closedSpool());
    const end = Math.min(offset + length, this.#size);
    const result = new Uint8Array(Math.max(0, end - offset));
    for (let at = offset; at < end;) {
      const start = at % PAGE_BYTES;
      const part = this.#pages[Math.floor(at / PAGE_BYTES)].subarray(start, start + end - at);
      result.set(part, at - offset);
      at += part.length;
    }
    return Promise.resolve(result);
  }

  close(): Promise<void> {
    this.#budget.give(this.#pages.length * PAGE_BYTES);
    this.#pages = [];
    this.#isClosed = true;
    return Promise.resolve();
  }

  #addPage(): boolean {
    if (!this.#budget.take(PAGE_BYTES)) return false;
    this.#pages.push(new Uint8Array(PAGE_BYTES));
    return true;
  }
}

/** What a closed spool says, so that nobody takes it for one that ends there. */
export function closedSpool(): SynapseError {
  return new SynapseError("cancelled", "Cannot use pnet transfer as it is over");
}

/** What a spool says when it is full. */
export function noRoom(): SynapseError {
  return new SynapseError("limit_exceeded", "Cannot keep pnet transfer as there is no room left");
}
