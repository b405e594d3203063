/**
 * A file that is being received: written under a temporary name, and given its own when it is whole.
 *
 * @module
 */
import { type FileHandle, link, lstat, open, rename, unlink } from "node:fs/promises";
import { SynapseError } from "../core/errors.ts";
import type { PartialFile } from "../core/file_transfer/storage.ts";
import { readPieces } from "./file_pieces.ts";
import { storageError, storageErrorCode } from "./storage_error.ts";

/**
 * After so many bytes the disk is told to begin, so that little is left to wait for when all have come: 0.02 instead
 * of 0.25 s a GiB.
 */
const SYNC_BYTES = 64 * 1024 * 1024;
/** Nobody else on this machine may read what strangers have sent. */
const MODE = 0o600;
/** What file systems without hard links say to one. */
const NO_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/** What a {@linkcode PartialFileOnDisk} takes. */
export interface PartialFilePlace {
  /** For errors. */
  readonly name: string;
  /** The temporary one. */
  readonly partialPath: string;
  /** The one in the end. */
  readonly path: string;
  /** Whether a file that is there gives way. */
  readonly overwrite: boolean;
}

/** See {@linkcode PartialFile}. */
export class PartialFileOnDisk implements PartialFile {
  readonly #place: PartialFilePlace;
  readonly #handle: FileHandle;
  #bytes: number;
  #writing: Promise<void> = Promise.resolve();
  /** Up to where the disk has been told to begin. */
  #syncedBytes: number;
  #syncing: Promise<void> = Promise.resolve();
  #isSyncing = false;
  #isClosed = false;

  /** As {@linkcode PartialFileOnDisk.open} does it. */
  constructor(place: PartialFilePlace, handle: FileHandle, bytes: number) {
    this.#place = place;
    this.#handle = handle;
    this.#bytes = this.#syncedBytes = bytes;
  }

  /** Opens one, with what an earlier attempt has left. */
  static async open(place: PartialFilePlace): Promise<PartialFileOnDisk> {
    const { name, partialPath } = place;
    try {
      const handle = await openRegular(partialPath);
      return new PartialFileOnDisk(place, handle, (await handle.stat()).size);
    } catch (error) {
      throw storageError(`write ${name}`, error);
    }
  }

  /** @inheritdoc */
  get bytes(): number {
    return this.#bytes;
  }

  /** @inheritdoc */
  async *read(): AsyncGenerator<Uint8Array> {
    try {
      yield* readPieces(this.#handle, 0, this.#bytes);
    } catch (error) {
      throw storageError(`read ${this.#place.name}`, error);
    }
  }

  /** @inheritdoc */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#writing;
    // As they are: gathering them into larger writes costs a copy, and those are no faster.
    this.#writing = this.#inBackground(writeAll(this.#handle, bytes, this.#bytes));
    this.#bytes += bytes.length;
    if (this.#bytes - this.#syncedBytes >= SYNC_BYTES && !this.#isSyncing) this.#syncAhead();
  }

  /** @inheritdoc */
  async commit(): Promise<void> {
    const { name } = this.#place;
    try {
      await this.#writing;
      // The system tells of a failure once: what this one has heard, the next may not.
      await this.#syncing;
      await this.#handle.sync();
      // Windows renames no file that is open.
      await this.#release();
      await this.#rename();
    } catch (error) {
      throw storageError(`write ${name}`, error);
    }
  }

  /** @inheritdoc */
  async discard(): Promise<void> {
    await this.close();
    try {
      await unlink(this.#place.partialPath);
    } catch (error) {
      if (storageErrorCode(error) === "ENOENT") return;
      throw storageError(`remove what has come of ${this.#place.name}`, error);
    }
  }

  /** @inheritdoc */
  async close(): Promise<void> {
    // Whatever is wrong with the disk, there is a handle to be given back.
    await Promise.allSettled([this.#writing, this.#syncing]);
    await this.#release();
  }

  #syncAhead(): void {
    this.#syncedBytes = this.#bytes;
    this.#isSyncing = true;
    const synced = this.#syncing.then(() => this.#handle.datasync());
    this.#syncing = this.#inBackground(synced.finally(() => this.#isSyncing = false));
  }

  /** Nobody may be waiting when it fails. */
  #inBackground(work: Promise<void>): Promise<void> {
    const done = work.catch((error) => {
      throw storageError(`write ${this.#place.name}`, error);
    });
    done.catch(() => {});
    return done;
  }

  async #release(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#handle.close();
  }

  async #rename(): Promise<void> {
    const { partialPath, path, overwrite, name } = this.#place;
    if (overwrite) return rename(partialPath, path);
    try {
      // Unlike renaming, this never replaces anything.
      await link(partialPath, path);
    } catch (error) {
      if (storageErrorCode(error) === "EEXIST") throw fileExists(name);
      if (!NO_LINKS.includes(storageErrorCode(error))) throw error;
      return this.#reserveAndRename();
    }
    await unlink(partialPath);
  }

  /** The second best: for a moment there is an empty file of that name. */
  async #reserveAndRename(): Promise<void> {
    const { partialPath, path, name } = this.#place;
    try {
      await (await open(path, "wx", MODE)).close();
    } catch (error) {
      throw storageErrorCode(error) === "EEXIST" ? fileExists(name) : error;
    }
    await rename(partialPath, path);
  }
}

/** The error for a file that must stay. */
export function fileExists(name: string): SynapseError {
  return new SynapseError(
    "file_exists",
    `Cannot take ${name} as there is one of that name already`,
  );
}

/** Opens a file of our own, or makes it: never through a link that somebody has put there. */
async function openRegular(path: string): Promise<FileHandle> {
  const before = await lstat(path).catch((error) => {
    if (storageErrorCode(error) === "ENOENT") return undefined;
    throw error;
  });
  // Making it fails when there is one by now, be it a link.
  if (before === undefined) return open(path, "wx+", MODE);
  const handle = before.isFile() && before.nlink === 1 ? await open(path, "r+") : undefined;
  const opened = await handle?.stat();
  if (handle !== undefined && opened?.ino === before.ino && opened.dev === before.dev) {
    return handle;
  }
  await handle?.close();
  throw new SynapseError(
    "storage_failed",
    "Cannot write file as something else has its temporary name",
  );
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
