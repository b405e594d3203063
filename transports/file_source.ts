/**
 * Files to be sent, on `node:fs`.
 *
 * @module
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { SynapseError } from "../core/errors.ts";
import type { FileSource } from "../core/file_transfer/storage.ts";
import { readPieces } from "./file_pieces.ts";
import { storageError } from "./storage_error.ts";

/** A file that is open for reading. */
export class OpenFile implements FileSource {
  /** @inheritdoc */
  readonly name: string;
  /** @inheritdoc */
  readonly size: number;
  /** @inheritdoc */
  readonly modifiedMs: number;
  readonly #handle: FileHandle;

  /** As {@linkcode OpenFile.open} does it. */
  constructor(name: string, handle: FileHandle, stats: { size: number; mtimeMs: number }) {
    this.name = name;
    this.size = stats.size;
    this.modifiedMs = stats.mtimeMs;
    this.#handle = handle;
  }

  /**
   * Opens a file.
   *
   * @param path Where it is. A symbolic link is followed.
   * @throws {SynapseError} `storage_failed`, also when it is a folder or a device.
   */
  static async open(path: string): Promise<OpenFile> {
    let handle: FileHandle | undefined;
    try {
      // Before opening: that would wait for somebody who writes, where it is a named pipe.
      const isFile = (await stat(path)).isFile();
      if (!isFile) throw new SynapseError("storage_failed", `Cannot send ${path} as it is no file`);
      handle = await open(path, "r");
      return new OpenFile(basename(path), handle, await handle.stat());
    } catch (error) {
      await handle?.close();
      throw storageError(`send ${path}`, error);
    }
  }

  /** @inheritdoc */
  async *read(from: number, to: number): AsyncGenerator<Uint8Array> {
    await this.#checkUnchanged();
    let at = from;
    try {
      for await (const bytes of readPieces(this.#handle, from, to)) {
        at += bytes.length;
        yield bytes;
      }
    } catch (error) {
      throw storageError(`read ${this.name}`, error);
    }
    if (at < to) throw this.#changed();
    await this.#checkUnchanged();
  }

  /** Closes it, after what is being read. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #checkUnchanged(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat();
    if (size !== this.size || mtimeMs !== this.modifiedMs) throw this.#changed();
  }

  #changed(): SynapseError {
    return new SynapseError(
      "file_changed",
      `Cannot send ${this.name} as it was changed meanwhile: send it again`,
    );
  }
}
