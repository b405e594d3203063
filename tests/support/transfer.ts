/**
 * A node that sends files and one that takes them, without network, disk or time.
 *
 * @module
 */
import { assert } from "@std/assert";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { CallContext } from "../../core/caller.ts";
import { OFFER_FUNCTION } from "../../core/file_transfer/messages.ts";
import { FileReceiver, type FileReceiverOptions } from "../../core/file_transfer/receiver.ts";
import type { OfferOptions } from "../../core/file_transfer/sender.ts";
import type { Session } from "../../core/session.ts";
import type { FakeClock } from "./fake_clock.ts";
import { createSha256, MemoryStore } from "./memory_files.ts";
import { type Endpoints, Pair } from "./pair.ts";

/** What the sender gives the receiver to read with. */
export const TOKEN: Uint8Array = new Uint8Array(16).fill(0xab);
/** The function that it reads with. */
export const READ: string = `_synapse.file.read.${bytesToHex(TOKEN)}`;

/** What {@linkcode Transfer.begin} takes. */
export interface TransferSetup {
  /** Limits. */
  readonly receiver?: Partial<FileReceiverOptions>;
  /** What the client publishes, for the server to call back. */
  readonly calledBack?: Endpoints;
}

/** A client, which sends, and a server, which receives. */
export class Transfer implements AsyncDisposable {
  readonly store: MemoryStore;
  readonly receiver: FileReceiver;
  readonly pair: Pair;

  constructor(store: MemoryStore, receiver: FileReceiver, pair: Pair) {
    this.store = store;
    this.receiver = receiver;
    this.pair = pair;
  }

  static async begin({ receiver: options, calledBack }: TransferSetup = {}): Promise<Transfer> {
    const store = new MemoryStore();
    const receiver = new FileReceiver({ store, createSha256, ...options });
    const accept = (offer: unknown, context: CallContext) => receiver.accept(offer, context);
    const pair = await Pair.connect({
      serves: { [OFFER_FUNCTION]: [{ context: true, hidden: true }, accept] },
      calledBack,
      connect: { reconnect: { maxAttempts: 3 } },
    });
    return new Transfer(store, receiver, pair);
  }

  /** What the client's node says to the server's. */
  options(change: Partial<OfferOptions> = {}): OfferOptions {
    return { host: this.pair.client, createSha256, token: TOKEN, ...change };
  }

  /** Breaks the connection, as seen from both ends. */
  cut(): void {
    for (const caller of this.pair.server.connections) void (caller as Session).close(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pair[Symbol.asyncDispose]();
  }
}

/** Lets time pass until something is done. */
export async function inTime<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = () => isDone = true;
  promise.then(done, done);
  for (let turns = 0; !isDone && turns < 1_000; turns++) await clock.advance(50);
  assert(isDone, "it isn't done after 50 s");
  return promise;
}
