/**
 * The receiving side of a file transfer: takes offers, reads the files from whoever offers them, and puts
 * them away when their hashes are right.
 *
 * It reads, instead of being sent to: so the stream's own credit keeps a fast sender from filling
 * memory, and only the receiver has to know from where to go on.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { CallContext, Caller } from "../caller.ts";
import { SynapseError } from "../errors.ts";
import {
  fileId,
  type FileOffer,
  type FileReceipt,
  readEnd,
  readFunction,
  readOffer,
} from "./messages.ts";
import type { FileStore, PartialFile, Sha256 } from "./storage.ts";

/** What a {@linkcode FileReceiver} is made of. */
export interface FileReceiverOptions {
  /** Where files go. */
  readonly store: FileStore;
  /** Makes a hash. */
  createSha256(): Sha256;
  /** Transfers under way in all; each may hold a stream's window in memory. 64 by default. */
  readonly maxTransfers?: number;
  /** Transfers under way from one connection. 8 by default. */
  readonly maxTransfersPerPeer?: number;
  /** A file is there. */
  onReceived?(file: ReceivedFile): void;
}

/** A file that has come. */
export interface ReceivedFile extends FileReceipt {
  /** Its name. */
  readonly name: string;
  /** Who has sent it. */
  readonly peer: Caller;
}

interface Transfer {
  readonly peer: Caller;
  readonly stopping: AbortController;
  /** Settles when its file is closed, however it went. */
  readonly done: Promise<unknown>;
}

const DEFAULT_MAX_TRANSFERS = 64;
const DEFAULT_MAX_TRANSFERS_PER_PEER = 8;

/** Takes files. */
export class FileReceiver {
  readonly #options: FileReceiverOptions;
  /** By the file's key. */
  readonly #transfers = new Map<string, Transfer>();
  #isClosed = false;

  /** @param options Where they go, and how many at once. */
  constructor(options: FileReceiverOptions) {
    this.#options = options;
  }

  /**
   * Takes one in, or goes on with it. An offer of a file that is coming already takes its place: most
   * likely that connection has broken, and only this side doesn't know yet.
   *
   * @param value What the peer has offered.
   * @param context Who the peer is.
   * @returns What is there now.
   * @throws {SynapseError} Why not.
   */
  async accept(value: unknown, context: CallContext): Promise<FileReceipt> {
    const offer = readOffer(value);
    const key = fileId(offer.id, offer.name, offer.size);
    for (let other = this.#transfers.get(key); other !== undefined;) {
      other.stopping.abort(cancelled("it is offered once more"));
      await other.done;
      other = this.#transfers.get(key);
    }
    this.#checkRoom(context.peer);
    const stopping = new AbortController();
    const signal = AbortSignal.any([context.signal, stopping.signal]);
    const received = this.#receive(offer, key, context.peer, signal)
      .finally(() => this.#transfers.delete(key));
    const done = received.catch(() => {});
    this.#transfers.set(key, { peer: context.peer, stopping, done });
    const receipt = await received;
    this.#options.onReceived?.({ ...receipt, name: offer.name, peer: context.peer });
    return receipt;
  }

  /** Stops those under way, and waits until their files are closed. More are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const transfers = [...this.#transfers.values()];
    for (const { stopping } of transfers) stopping.abort(cancelled("no more files are taken"));
    await Promise.all(transfers.map(({ done }) => done));
  }

  async #receive(
    offer: FileOffer,
    key: string,
    peer: Caller,
    signal: AbortSignal,
  ): Promise<FileReceipt> {
    signal.throwIfAborted();
    const { name, size } = offer;
    const partial = await this.#open({ name, size, key });
    try {
      const resumedAt = partial.bytes;
      const hash = this.#options.createSha256();
      for await (const bytes of partial.read()) {
        signal.throwIfAborted();
        hash.update(bytes);
      }
      const items = peer.stream(readFunction(offer.token), [resumedAt], { signal });
      const stated = await this.#pull(items, { offer, partial, hash });
      const sha256 = bytesToHex(hash.digest());
      if (sha256 !== stated) {
        await partial.discard();
        throw new SynapseError(
          "hash_mismatch",
          `Cannot take ${name} as its SHA-256 is another than was stated: got ${sha256}`,
          { data: { resumedAt } },
        );
      }
      await partial.commit();
      return { bytes: size, sha256, resumedAt };
    } finally {
      await partial.close();
    }
  }

  /** @returns The hash that the sender states. */
  async #pull(
    items: AsyncIterable<unknown>,
    { offer, partial, hash }: { offer: FileOffer; partial: PartialFile; hash: Sha256 },
  ): Promise<string> {
    let stated: string | undefined;
    for await (const item of items) {
      const isPiece = item instanceof Uint8Array && item.length > 0;
      if (isPiece && stated === undefined && partial.bytes + item.length <= offer.size) {
        hash.update(item);
        await partial.append(item);
        continue;
      }
      const end = readEnd(item);
      if (end === undefined || stated !== undefined || partial.bytes !== offer.size) {
        throw badStream(offer, `it isn't ${offer.size} bytes and their hash`);
      }
      stated = end.sha256;
    }
    if (stated === undefined) throw badStream(offer, "it ends without a hash");
    return stated;
  }

  /** One that is longer than the file was tampered with: it is begun anew. */
  async #open(file: { name: string; size: number; key: string }): Promise<PartialFile> {
    const { store } = this.#options;
    const partial = await store.open(file);
    if (partial.bytes <= file.size) return partial;
    await partial.discard();
    return store.open(file);
  }

  #checkRoom(peer: Caller): void {
    const {
      maxTransfers = DEFAULT_MAX_TRANSFERS,
      maxTransfersPerPeer = DEFAULT_MAX_TRANSFERS_PER_PEER,
    } = this.#options;
    if (this.#isClosed) throw cancelled("no more files are taken");
    const transfers = [...this.#transfers.values()];
    const ofPeer = transfers.filter((transfer) => transfer.peer === peer).length;
    if (transfers.length < maxTransfers && ofPeer < maxTransfersPerPeer) return;
    throw new SynapseError(
      "limit_exceeded",
      `Cannot take file as ${transfers.length} are coming already, ${ofPeer} of them from this peer`,
    );
  }
}

function cancelled(reason: string): SynapseError {
  return new SynapseError("cancelled", `Cannot take file as ${reason}`);
}

function badStream({ name }: FileOffer, reason: string): SynapseError {
  return new SynapseError(
    "protocol_error",
    `Cannot take ${name} as what comes is wrong: ${reason}`,
  );
}
