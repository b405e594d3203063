/**
 * Blocks larger than memory allows: chunks in, the header and then one transaction after the other out.
 *
 * Whether the transactions are those that the header stands for is for the reader to check, with their ids.
 *
 * @module
 */
import type { Decoder } from "../../codec.ts";
import { DecodeError } from "../../errors.ts";
import { ByteCollector } from "../byte_collector.ts";
import { type BlockHeader, readBlockHeader } from "./block_header.ts";
import { ByteReader } from "./byte_reader.ts";
import { readTransaction, type Transaction } from "./transaction.ts";

/** What comes out of a block. */
export type BlockPart =
  /** Comes first. */
  | {
    readonly type: "header";
    readonly header: BlockHeader;
    /** How many transactions there will be. */
    readonly transactionCount: number;
  }
  /** Comes {@linkcode transactionCount} times. */
  | {
    readonly type: "transaction";
    readonly transaction: Transaction;
    /** Which it is, from 0: the coinbase. */
    readonly index: number;
  };

/** What a {@linkcode BlockStream} is made for. */
export interface BlockStreamOptions {
  /** How many bytes the block has, from its frame. */
  readonly payloadBytes: number;
  /** The most that one transaction may have, and about the most that is held. @default {4_000_000} */
  readonly maxTransactionBytes?: number;
}

/** The most that a transaction may have if nothing else is said: no valid one of Bitcoin is larger. */
export const MAX_TRANSACTION_BYTES: number = 4_000_000;

const MIN_READABLE_BYTES = 10;

/** Reads a block from chunks, however they were cut. */
export class BlockStream implements Decoder<BlockPart> {
  readonly #payloadBytes: number;
  readonly #maxTransactionBytes: number;
  /** Begins where the next part does. */
  readonly #held: ByteCollector = new ByteCollector();
  /** How much must be held before reading is tried again: a part in many chunks would else be tried with each. */
  #worthwhile = 0;
  #received = 0;
  #transactionCount: number | undefined;
  #index = 0;
  #fault: DecodeError | undefined;

  /** @param options The block's size and the limits. */
  constructor(options: BlockStreamOptions) {
    this.#payloadBytes = options.payloadBytes;
    this.#maxTransactionBytes = options.maxTransactionBytes ?? MAX_TRANSACTION_BYTES;
  }

  /** Why reading stopped, once it has. Every later {@linkcode push} returns nothing. */
  get fault(): DecodeError | undefined {
    return this.#fault;
  }

  /** Bytes held of a part that isn't whole yet. */
  get bufferedBytes(): number {
    return this.#held.length;
  }

  /** Whether the header and every transaction came, and nothing else. */
  get isWhole(): boolean {
    return this.#fault === undefined && this.#received === this.#payloadBytes &&
      this.#index === this.#transactionCount;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk Copied.
   * @returns The parts that became whole, those before a {@linkcode fault} included. Behind a part that came in many
   * chunks they may come later than they could, but with the block's last byte at the latest.
   */
  push(chunk: Uint8Array): readonly BlockPart[] {
    const parts: BlockPart[] = [];
    if (this.#fault !== undefined) return parts;
    try {
      this.#read(chunk, parts);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#stop(error);
    }
    return parts;
  }

  /**
   * Says that no more bytes come.
   *
   * @throws {DecodeError} The fault: `truncated` when the block isn't whole.
   */
  end(): void {
    if (this.#fault === undefined && !this.isWhole) {
      this.#stop(
        new DecodeError(
          "truncated",
          `Cannot decode block as it ends early: got ${this.#received} of ${this.#payloadBytes} bytes`,
        ),
      );
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  #stop(fault: DecodeError): void {
    this.#fault = fault;
    this.#held.take();
  }

  #read(chunk: Uint8Array, parts: BlockPart[]): void {
    this.#received += chunk.length;
    this.#held.append(chunk);
    const isLast = this.#received >= this.#payloadBytes;
    if (this.#held.length < this.#worthwhile && !isLast) return;
    const bytes = this.#held.take();
    const end = this.#readParts(bytes, parts, isLast);
    this.#held.append(bytes.subarray(end));
    this.#checkRest();
    this.#worthwhile = Math.min(2 * this.#held.length, this.#maxTransactionBytes + 1);
  }

  /** @returns Where the first part begins that isn't whole. */
  #readParts(bytes: Uint8Array, parts: BlockPart[], isLast: boolean): number {
    let end = 0;
    try {
      while (this.#index !== this.#transactionCount) {
        const rest = bytes.subarray(end);
        if (rest.length === 0) break;
        end += this.#transactionCount === undefined
          ? this.#readHeader(rest, parts)
          : this.#readTransaction(rest, parts);
      }
    } catch (error) {
      const isEarly = error instanceof DecodeError && error.reason === "truncated";
      if (!isEarly || isLast) throw error;
    }
    return end;
  }

  /** @returns How many bytes it has. */
  #readHeader(bytes: Uint8Array, parts: BlockPart[]): number {
    const reader = new ByteReader(bytes, { what: "block" });
    const header = readBlockHeader(reader);
    const transactionCount = reader.compactSize();
    if (transactionCount * MIN_READABLE_BYTES > this.#payloadBytes - reader.offset) {
      const problem = `its transactions can't be in ${this.#payloadBytes} bytes`;
      throw reader.fault("malformed", problem, transactionCount);
    }
    this.#transactionCount = transactionCount;
    parts.push({ type: "header", header, transactionCount });
    return reader.offset;
  }

  /** @returns How many bytes it has. */
  #readTransaction(bytes: Uint8Array, parts: BlockPart[]): number {
    const index = this.#index;
    const reader = new ByteReader(bytes, { what: `transaction ${index} of block` });
    const transaction = readTransaction(reader);
    if (reader.offset > this.#maxTransactionBytes) throw this.#tooLarge(reader.offset);
    this.#index++;
    parts.push({ type: "transaction", transaction, index });
    return reader.offset;
  }

  #checkRest(): void {
    const rest = this.#held.length;
    if (this.#index === this.#transactionCount && rest > 0) {
      throw new DecodeError(
        "malformed",
        `Cannot decode block as bytes follow its last transaction: got ${rest} more`,
      );
    }
    if (rest > this.#maxTransactionBytes) throw this.#tooLarge(rest);
  }

  #tooLarge(bytes: number): DecodeError {
    const most = this.#maxTransactionBytes;
    return new DecodeError(
      "limit",
      `Cannot decode transaction ${this.#index} of block as it is larger than ${most} bytes: got at least ${bytes}`,
    );
  }
}
