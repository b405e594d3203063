/**
 * Keeps an address book over restarts: reads it once, writes it now and then and in the end.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import type { AddressBook } from "./address_book.ts";
import type { AddressStorage } from "./conduit_options.ts";

/** What is found out in between can be found out again. */
const SAVE_MS = 60_000;

/** The keeper. */
export class AddressBookKeeper {
  readonly #book: AddressBook;
  readonly #storage: AddressStorage | undefined;
  readonly #clock: Clock;
  readonly #warn: (error: unknown) => void;
  #cancelTimer: () => void = () => {};
  #isOpen = false;

  /**
   * @param book The book.
   * @param storage Where it is kept; nowhere where left out.
   * @param clock The time.
   * @param warn Gets what goes wrong; it is done without.
   */
  constructor(
    book: AddressBook,
    storage: AddressStorage | undefined,
    clock: Clock,
    warn: (error: unknown) => void,
  ) {
    this.#book = book;
    this.#storage = storage;
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Reads it. Never rejects. */
  async open(): Promise<void> {
    if (this.#storage === undefined) return;
    await this.#attempt(async (storage) => {
      const json = await storage.load();
      if (json !== undefined) this.#book.restore(json);
    });
    this.#isOpen = true;
    this.#saveLater();
  }

  /** Writes it a last time. Never rejects. */
  async close(): Promise<void> {
    this.#cancelTimer();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#save();
  }

  #saveLater(): void {
    this.#cancelTimer = this.#clock.after(SAVE_MS, () => {
      this.#saveLater();
      void this.#save();
    });
  }

  #save(): Promise<void> {
    return this.#attempt((storage) => storage.save(this.#book.snapshot()));
  }

  async #attempt(action: (storage: AddressStorage) => Promise<void>): Promise<void> {
    try {
      await action(this.#storage!);
    } catch (error) {
      this.#warn(error);
    }
  }
}
