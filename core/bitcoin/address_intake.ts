/**
 * Addresses that peers tell of, on their way into the book: only public ones, and not too many.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";
import { hostOf } from "../codecs/bitcoin/net_address.ts";
import { TokenBucket } from "../discovery/token_buckets.ts";
import type { AddressBook } from "./address_book.ts";
import { isRoutable } from "./endpoint.ts";

/** One answer to `getaddr`, and then what an honest peer may happen to tell: as Core has it. */
const ADDRESS_RATE = { perSecond: 0.1, burst: 1_000 };

/** Below it other services listen, which strangers might want us to knock at. */
const MIN_PORT = 1_024;

/** Takes in what one peer tells. */
export class AddressIntake {
  readonly #book: AddressBook;
  readonly #clock: Clock;
  readonly #budget = new TokenBucket(ADDRESS_RATE);

  /**
   * @param book Where addresses go.
   * @param clock The time.
   */
  constructor(book: AddressBook, clock: Clock) {
    this.#book = book;
    this.#clock = clock;
  }

  /** Takes in a message, where it is of addresses. */
  take(message: BitcoinMessage): void {
    if (message.command !== "addr" && message.command !== "addrv2") return;
    for (const { address, port, services, timeSec } of message.nodes) {
      if (!this.#budget.take(this.#clock.now())) return;
      const host = hostOf(address);
      if (host === undefined || !isRoutable(host) || port < MIN_PORT) continue;
      this.#book.add(
        { host, port, services, seenMs: timeSec * 1_000 },
        this.#clock.unixMs(),
      );
    }
  }
}
