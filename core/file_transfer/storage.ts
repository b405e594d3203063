/**
 * What a file transfer needs of the world: something to read from, somewhere to put it, and a hash.
 *
 * @module
 */

/** A SHA-256 that is fed piece by piece. */
export interface Sha256 {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): unknown;
  /** The hash of all of them, 32 bytes. The last call. */
  digest(): Uint8Array;
}

/** A file to be sent. */
export interface FileSource {
  /** Without any folder. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** When it was last changed, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /**
   * Reads a part.
   *
   * @param from The first byte.
   * @param to Where to stop: this byte isn't read.
   * @returns Pieces of at most {@linkcode FILE_PIECE_BYTES}, none of them changed afterwards.
   * @throws {SynapseError} `file_changed` when it isn't what it was when it was opened.
   */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/** Which file is to be put away, as it was checked. */
export interface FileToStore {
  /** A name that leads nowhere else. */
  readonly name: string;
  /** How many bytes it will have. */
  readonly size: number;
  /** The same for every attempt to send this file, and no other file's: hexadecimal. */
  readonly key: string;
}

/** Where files are put away. */
export interface FileStore {
  /**
   * Begins a file, or goes on with one that was begun.
   *
   * @param file Which.
   * @throws {SynapseError} `file_exists` when there is one of that name that must stay, `limit_exceeded` when
   * too many are begun, `storage_failed` when it can't be written.
   */
  open(file: FileToStore): Promise<PartialFile>;
}

/** A file that isn't whole yet. Nobody finds it under its name before {@linkcode PartialFile.commit}. */
export interface PartialFile {
  /** Bytes that an earlier attempt has left, and what was appended since. */
  readonly bytes: number;
  /** Reads what is there. */
  read(): AsyncIterable<Uint8Array>;
  /**
   * Adds bytes at the end. May settle before they are written.
   *
   * @param bytes Must not change any more.
   * @throws {SynapseError} `storage_failed`, for these bytes or earlier ones.
   */
  append(bytes: Uint8Array): Promise<void>;
  /**
   * Makes it a file under its name, at once and as a whole.
   *
   * @throws {SynapseError} `file_exists`, `storage_failed`.
   */
  commit(): Promise<void>;
  /** Throws it away. */
  discard(): Promise<void>;
  /** Lets go of it. What has neither become a file nor been thrown away stays for another attempt. */
  close(): Promise<void>;
}

/**
 * Bytes of one piece. Over loopback, streams of 64 KiB pieces came to 640 MB/s, of 256 KiB to 1,000, of 1 MiB to no
 * more; 64 of these in flight are 16 MiB.
 */
export const FILE_PIECE_BYTES: number = 256 * 1024;
