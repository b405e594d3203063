/**
 * A folder that takes files from others, on `node:fs`.
 *
 * @module
 */
import { lstat, readdir, realpath, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { SynapseError } from "../core/errors.ts";
import type { FileStore, FileToStore, PartialFile } from "../core/file_transfer/storage.ts";
import { fileExists, PartialFileOnDisk } from "./partial_file.ts";
import { storageError, storageErrorCode } from "./storage_error.ts";

/** What {@linkcode DirectoryStore.open} takes. */
export interface DirectoryStoreOptions {
  /** Whether a file gives way to one of the same name. Not by default. */
  readonly overwrite?: boolean;
  /** Partial files that may lie around; 256 by default. */
  readonly maxPartials?: number;
  /** After so many days nobody will go on with a partial file, and it is removed; 7 by default. */
  readonly keepPartialsDays?: number;
}

const DEFAULT_MAX_PARTIALS = 256;
const DEFAULT_KEEP_PARTIALS_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Of a name, in the temporary one: 40 characters have at most 160 bytes. */
const STEM_LENGTH = 40;
const PARTIAL = /^\..*\.[0-9a-f]{32}\.part$/s;

/** Puts files into one folder, and nowhere else. */
export class DirectoryStore implements FileStore {
  /** The folder, links resolved: what happens to them later leads nowhere else. */
  readonly path: string;
  readonly #options: DirectoryStoreOptions;

  /** As {@linkcode DirectoryStore.open} does it. */
  constructor(path: string, options: DirectoryStoreOptions) {
    this.path = path;
    this.#options = options;
  }

  /**
   * Opens a folder.
   *
   * @param path Where it is.
   * @param options Whether files are replaced; what may lie around.
   * @throws {SynapseError} `storage_failed` when it is no folder.
   */
  static async open(path: string, options: DirectoryStoreOptions = {}): Promise<DirectoryStore> {
    try {
      if ((await stat(path)).isDirectory()) {
        return new DirectoryStore(await realpath(path), options);
      }
    } catch (error) {
      throw storageError(`receive into ${path}`, error);
    }
    throw new SynapseError("storage_failed", `Cannot receive into ${path} as it is no folder`);
  }

  /** @inheritdoc */
  async open(file: FileToStore): Promise<PartialFile> {
    const { overwrite = false } = this.#options;
    const { name, key } = file;
    const path = join(this.path, name);
    const stem = [...name].slice(0, STEM_LENGTH).join("");
    const partialPath = join(this.path, `.${stem}.${key}.part`);
    try {
      const there = await look(path);
      if (there !== undefined && (!overwrite || there.isDirectory())) throw fileExists(name);
      if (await look(partialPath) === undefined) await this.#makeRoom();
    } catch (error) {
      throw storageError(`write ${name}`, error);
    }
    return PartialFileOnDisk.open({ name, partialPath, path, overwrite });
  }

  /** Only those old enough are removed: a stranger's attempts must not end other people's. */
  async #makeRoom(): Promise<void> {
    const {
      maxPartials = DEFAULT_MAX_PARTIALS,
      keepPartialsDays = DEFAULT_KEEP_PARTIALS_DAYS,
    } = this.#options;
    const oldestMs = Date.now() - keepPartialsDays * DAY_MS;
    let count = 0;
    for (const name of await readdir(this.path)) {
      if (!PARTIAL.test(name)) continue;
      const path = join(this.path, name);
      const there = await look(path);
      if (there === undefined) continue;
      if (there.mtimeMs < oldestMs) await unlink(path).catch(() => count++);
      else count++;
    }
    if (count < maxPartials) return;
    throw new SynapseError(
      "limit_exceeded",
      `Cannot begin another file as ${count} are begun and not finished`,
    );
  }
}

/** What is there, links not followed; undefined when nothing is. */
async function look(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (storageErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
