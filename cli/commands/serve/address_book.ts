/**
 * Peers that a node has found, in a file, so that a restart doesn't forget them.
 *
 * @module
 */
import { readFile, rename } from "node:fs/promises";
import type { PeerEvents, PeerTable } from "../../../mod.ts";
import { explainError } from "../../explain_error.ts";
import { explainFileError, saveFile } from "../../save_file.ts";
import { UsageError } from "../../usage_error.ts";
import type { EventLog } from "./event_log.ts";

/** At most so often: a crowd that comes and goes must not keep a disk busy. */
const SAVE_MS = 2_000;

const CHANGES: readonly (keyof PeerEvents)[] = [
  "peerJoined",
  "peerUpdated",
  "peerOffline",
  "peerLeft",
];

/** Keeps a file in step with a peer table. */
export class AddressBook {
  readonly #path: string;
  readonly #table: PeerTable;
  readonly #log: EventLog;
  readonly #unsubscribe: readonly (() => void)[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #hasFailed = false;

  /**
   * @param path The file's.
   * @param table Is watched from now on.
   * @param log Is told when the file can't be written.
   */
  constructor(path: string, table: PeerTable, log: EventLog) {
    this.#path = path;
    this.#table = table;
    this.#log = log;
    this.#unsubscribe = CHANGES.map((name) => table.on(name, () => this.#saveSoon()));
  }

  /**
   * Puts what a file holds into a table, and writes what happens to the table into the file.
   *
   * @param path The file's. One that is broken is kept aside.
   * @param table The peers.
   * @param log Is told what goes wrong.
   * @throws {UsageError} When the file can't be read or written at all.
   */
  static async open(path: string, table: PeerTable, log: EventLog): Promise<AddressBook> {
    try {
      await restore(path, table, log);
      await saveFile(path, format(table));
    } catch (error) {
      throw new UsageError(`Cannot keep peers in ${path} as ${explainFileError(error)}`);
    }
    return new AddressBook(path, table, log);
  }

  /** Writes what is known in the end. */
  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#save();
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#save();
    }, SAVE_MS);
  }

  /** One after the other: an older state never replaces a newer one. */
  #save(): Promise<void> {
    return this.#saving = this.#saving.then(async () => {
      try {
        await saveFile(this.#path, format(this.#table));
        this.#hasFailed = false;
      } catch (error) {
        if (!this.#hasFailed) await this.#report(error);
        this.#hasFailed = true;
      }
    });
  }

  #report(error: unknown): Promise<void> {
    const message = `warning: cannot keep peers in ${this.#path}: ${explainFileError(error)}`;
    return this.#log.report({ event: "address_book_failed", message });
  }
}

async function restore(path: string, table: PeerTable, log: EventLog): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    table.restore(JSON.parse(text));
  } catch (error) {
    const aside = `${path}.broken`;
    await rename(path, aside);
    const message = `warning: forgot the peers in ${path}, now ${aside}: ${explainError(error)}`;
    await log.report({ event: "address_book_failed", message });
  }
}

function format(table: PeerTable): string {
  return `${JSON.stringify(table.snapshot())}\n`;
}
