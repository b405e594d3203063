/**
 * Keeps what a Bitcoin client knows of other nodes in a file, never half written.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Nobody else has to know whom we talk to. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** 4,096 addresses take about a megabyte. */
const MAX_BYTES = 16 * 1024 * 1024;

/** One file, for JSON. */
export class AddressBookFile {
  /** The file's path. */
  readonly path: string;
  #saving: Promise<void> = Promise.resolve();

  /** @param path Where. Its folder is made where there is none. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Reads it.
   *
   * @returns What is in it; undefined when there is none, or when it is no JSON: that one is kept aside
   * as `.broken`, as it says nothing that can't be found again.
   * @throws The system's error, when it can't be read.
   */
  async load(): Promise<unknown> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    try {
      if (text.length > MAX_BYTES) throw new RangeError(`Cannot read ${this.path}`);
      return JSON.parse(text);
    } catch {
      await this.setAside();
      return undefined;
    }
  }

  /** Keeps a file that means nothing out of the way. */
  async setAside(): Promise<void> {
    await rename(this.path, `${this.path}.broken`);
  }

  /**
   * Puts a new file in place of the one that there may be: others see the old one or the new one, also when the
   * machine stops in between. One after the other: an older state never replaces a newer one.
   *
   * @param json What. As it is now.
   * @throws The system's error, when it can't be written.
   */
  save(json: unknown): Promise<void> {
    const text = `${JSON.stringify(json)}\n`;
    const saved = this.#saving.then(() => this.#write(text));
    this.#saving = saved.catch(() => {});
    return saved;
  }

  async #write(text: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: FOLDER_MODE });
    const draft = `${this.path}.${randomUUID()}.tmp`;
    try {
      const file = await open(draft, "wx", FILE_MODE);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}
