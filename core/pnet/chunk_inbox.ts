/**
 * Input that arrives in chunks: kept until it is whole and its checksum right.
 *
 * @module
 */
import { DecodeError, SynapseError } from "../errors.ts";
import type { PnetSender } from "./connection.ts";
import type { PnetSpool, PnetSpools } from "./spool.ts";
import { decodePart, type PnetPart, TransferDigest } from "./transfer_data.ts";
import { TransferTable, type TransferTableOptions } from "./transfers.ts";

/** Input for a function. */
export interface PnetInput {
  /** The function. */
  readonly functionName: string;
  /** The name that the sender gives itself. */
  readonly originator: string;
  /** The data. Whoever takes it closes it. */
  readonly spool: PnetSpool;
}

/** What {@linkcode ChunkInbox} is made with. */
export interface ChunkInboxOptions extends Omit<TransferTableOptions<never>, "abandon"> {
  readonly spools: PnetSpools;
  readonly maxTransferBytes: number;
}

interface Incoming extends PnetInput {
  readonly digest: TransferDigest;
  isBusy: boolean;
}

/** What others are sending. */
export class ChunkInbox {
  readonly #options: ChunkInboxOptions;
  readonly #table: TransferTable<Incoming>;

  /** @param options Bounds, time, room. */
  constructor(options: ChunkInboxOptions) {
    this.#options = options;
    this.#table = new TransferTable({
      ...options,
      abandon: ({ spool }) => spool.close().catch(() => {}),
    });
  }

  /** Transfers that are not whole. */
  get size(): number {
    return this.#table.size;
  }

  /**
   * Begins a transfer.
   *
   * @throws {SynapseError} `limit_exceeded`, `protocol_error` when the id is in use.
   */
  open(id: string, sender: PnetSender, input: Omit<PnetInput, "spool">): void {
    const spool = this.#options.spools.create();
    this.#table.open(id, sender, {
      ...input,
      spool,
      digest: new TransferDigest(),
      isBusy: false,
    });
  }

  /**
   * Takes the next part. Its number is not looked at, as in real nodes: parts come one after another.
   *
   * @throws {DecodeError} `malformed` when its checksum is wrong, `limit` when the transfer is too long.
   * @throws {SynapseError} `protocol_error` when there is no such transfer.
   */
  async part(id: string, sender: PnetSender, part: PnetPart): Promise<void> {
    const transfer = this.#idle(id, sender);
    transfer.isBusy = true;
    try {
      const bytes = decodePart(part);
      const { maxTransferBytes } = this.#options;
      if (transfer.spool.size + bytes.length > maxTransferBytes) {
        throw new DecodeError(
          "limit",
          `Cannot take pnet transfer as it is longer than ${maxTransferBytes} bytes`,
        );
      }
      transfer.digest.add(part.checksum);
      await transfer.spool.append(bytes);
    } catch (error) {
      this.#table.abandon(id, sender);
      throw error;
    } finally {
      transfer.isBusy = false;
    }
  }

  /**
   * Ends a transfer.
   *
   * @returns What has come.
   * @throws {DecodeError} `malformed` when the checksum is wrong.
   * @throws {SynapseError} `protocol_error` when there is no such transfer.
   */
  finish(id: string, sender: PnetSender, checksum: string): PnetInput {
    const transfer = this.#idle(id, sender);
    if (transfer.digest.finish() !== checksum) {
      this.#table.abandon(id, sender);
      throw new DecodeError("malformed", "Cannot take pnet transfer as its checksum is wrong");
    }
    this.#table.close(id, sender);
    return transfer;
  }

  /** Forgets all. */
  close(): void {
    this.#table.clear();
  }

  #idle(id: string, sender: PnetSender): Incoming {
    const transfer = this.#table.get(id, sender);
    if (transfer !== undefined && !transfer.isBusy) return transfer;
    throw new SynapseError(
      "protocol_error",
      "Cannot go on with pnet transfer as there is none of that id, or its last part is being written",
    );
  }
}
