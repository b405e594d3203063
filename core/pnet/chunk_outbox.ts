/**
 * Results that are fetched in chunks. A result is complete before its length is told, since real callers are
 * told the number of parts first.
 *
 * @module
 */
import { EncodeError, SynapseError } from "../errors.ts";
import type { PnetSender } from "./connection.ts";
import type { PnetSpool, PnetSpools } from "./spool.ts";
import {
  chunksOf,
  encodePart,
  type PnetData,
  type PnetPart,
  TransferDigest,
} from "./transfer_data.ts";
import { createTransferId, TransferTable, type TransferTableOptions } from "./transfers.ts";

/** What {@linkcode ChunkOutbox} is made with. */
export interface ChunkOutboxOptions extends Omit<TransferTableOptions<never>, "abandon"> {
  readonly spools: PnetSpools;
  readonly maxTransferBytes: number;
  readonly chunkBytes: number;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** A result that waits to be fetched. */
export interface PnetReceipt {
  /** With which it is fetched. */
  readonly id: string;
  /** How many parts it has. */
  readonly parts: number;
}

interface Outgoing {
  readonly spool: PnetSpool;
  readonly checksum: string;
}

/** What others may fetch. */
export class ChunkOutbox {
  readonly #options: ChunkOutboxOptions;
  readonly #table: TransferTable<Outgoing>;

  /** @param options Bounds, time, room. */
  constructor(options: ChunkOutboxOptions) {
    this.#options = options;
    this.#table = new TransferTable({
      ...options,
      abandon: ({ spool }) => spool.close().catch(() => {}),
    });
  }

  /** Results that were not fetched to their end. */
  get size(): number {
    return this.#table.size;
  }

  /**
   * Takes a result in.
   *
   * @param data The result.
   * @param receiver Who may fetch it.
   * @param signal Stops, when nobody waits for it any more.
   * @throws {EncodeError} `limit_exceeded` when it is too long.
   * @throws {SynapseError} `limit_exceeded` when there is no room, or too many wait.
   */
  async put(data: PnetData, receiver: PnetSender, signal: AbortSignal): Promise<PnetReceipt> {
    const { spools, chunkBytes, maxTransferBytes, randomBytes } = this.#options;
    const spool = spools.create();
    const digest = new TransferDigest();
    let parts = 0;
    try {
      for await (const chunk of chunksOf(data, { chunkBytes, signal })) {
        if (spool.size + chunk.length > maxTransferBytes) {
          throw new EncodeError(
            "limit_exceeded",
            `Cannot send pnet result as it is longer than ${maxTransferBytes} bytes`,
          );
        }
        digest.add(encodePart(chunk).checksum);
        await spool.append(chunk);
        parts++;
      }
      const id = createTransferId(randomBytes);
      this.#table.open(id, receiver, { spool, checksum: digest.finish() });
      return { id, parts };
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  /**
   * Hands out one part, any of them and any number of times, until the end was asked for.
   *
   * @param id Which result.
   * @param receiver Who asks.
   * @param index Which part, from 0.
   * @returns The part, or behind the last one the checksum of all; then the result is forgotten.
   * @throws {SynapseError} `protocol_error` when there is no such result.
   */
  async part(id: string, receiver: PnetSender, index: number): Promise<PnetPart | string> {
    const result = this.#table.get(id, receiver);
    if (result === undefined) {
      throw new SynapseError(
        "protocol_error",
        "Cannot fetch pnet result as there is none of that id",
      );
    }
    const { chunkBytes } = this.#options;
    const chunk = await result.spool.read(index * chunkBytes, chunkBytes);
    if (chunk.length > 0) return encodePart(chunk);
    this.#table.abandon(id, receiver);
    return result.checksum;
  }

  /** Forgets all. */
  close(): void {
    this.#table.clear();
  }
}
