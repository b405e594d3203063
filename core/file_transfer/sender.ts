/**
 * The sending side of a file transfer: offers a file, and lets the receiver read it.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Caller } from "../caller.ts";
import { RemoteError, SynapseError } from "../errors.ts";
import type { EndpointOptions, Handler } from "../endpoint.ts";
import {
  type FileEnd,
  fileId,
  type FileOffer,
  type FileReceipt,
  OFFER_FUNCTION,
  readFunction,
  readReceipt,
} from "./messages.ts";
import type { FileSource, Sha256 } from "./storage.ts";

/** What publishes functions, such as a node. */
export interface FunctionHost {
  /** Publishes a function. */
  endpoint(name: string, options: EndpointOptions, handler: Handler): unknown;
  /** Takes it back. */
  removeEndpoint(name: string): boolean;
}

/** What {@linkcode offerFile} takes. */
export interface OfferOptions {
  /** Where the receiver finds the file: the node that `peer` is connected to. */
  readonly host: FunctionHost;
  /** Makes a hash. */
  createSha256(): Sha256;
  /** 16 bytes that nobody can guess: whoever knows them may read the file while it is being sent. */
  readonly token: Uint8Array;
  /** Gives up. What has come over stays there, for another attempt. */
  readonly signal?: AbortSignal;
  /** How often to go on after a break that came before any further byte; 5 by default. */
  readonly maxAttempts?: number;
  /** Says how far it has come, in bytes of the whole file, with each piece. */
  onProgress?(bytes: number): void;
}

const DEFAULT_MAX_ATTEMPTS = 5;

/**
 * Sends a file. After a break it goes on where the receiver is, as far as `peer` reconnects.
 *
 * @param peer The receiver.
 * @param source The file.
 * @param options Hash, token, signal, progress.
 * @returns What the receiver has.
 * @throws {RemoteError} What the receiver says against it: `file_exists`, `bad_file_name`, `hash_mismatch`,
 * `storage_failed`, `limit_exceeded`; `method_not_found` when it takes no files.
 * @throws {SynapseError} `connection_lost`, `unreachable`; `file_changed` comes as the receiver's.
 */
export async function offerFile(
  peer: Caller,
  source: FileSource,
  options: OfferOptions,
): Promise<FileReceipt> {
  const { host, signal, maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  const token = bytesToHex(options.token);
  const { name, size, modifiedMs } = source;
  // Not every runtime tells fractions of a millisecond.
  const id = fileId(name, size, Math.floor(modifiedMs));
  const offer: FileOffer = { id, name, size, token };
  let furthest = -1;
  const read = (offset: unknown): AsyncIterable<Uint8Array | FileEnd> =>
    readFrom(source, checkOffset(offset, size), (bytes) => {
      furthest = Math.max(furthest, bytes);
      options.onProgress?.(bytes);
    }, options.createSha256());
  host.endpoint(readFunction(token), { hidden: true }, read);
  try {
    for (let attempt = 1, before = -1;; attempt++) {
      try {
        return readReceipt(
          await peer.call(OFFER_FUNCTION, [offer], { signal, timeoutMs: Infinity }),
        );
      } catch (error) {
        if (furthest > before) attempt = 1;
        before = furthest;
        if (!isBreak(error) || attempt >= maxAttempts) throw explain(error, name);
      }
    }
  } finally {
    host.removeEndpoint(readFunction(token));
  }
}

/** The hash is of the whole file: what isn't sent once more is read once more. */
async function* readFrom(
  source: FileSource,
  offset: number,
  progress: (bytes: number) => void,
  hash: Sha256,
): AsyncGenerator<Uint8Array | FileEnd> {
  for await (const bytes of source.read(0, offset)) hash.update(bytes);
  let at = offset;
  progress(at);
  for await (const bytes of source.read(offset, source.size)) {
    hash.update(bytes);
    yield bytes;
    at += bytes.length;
    progress(at);
  }
  yield { sha256: bytesToHex(hash.digest()) };
}

function checkOffset(offset: unknown, size: number): number {
  if (Number.isSafeInteger(offset) && (offset as number) >= 0 && (offset as number) <= size) {
    return offset as number;
  }
  throw new SynapseError(
    "invalid_params",
    `Cannot read file as the offset must be from 0 to ${size}: got ${String(offset)}`,
  );
}

function isBreak(error: unknown): boolean {
  return error instanceof SynapseError && error.code === "connection_lost";
}

function explain(error: unknown, name: string): unknown {
  if (!(error instanceof RemoteError) || error.code !== "method_not_found") return error;
  return new RemoteError(
    OFFER_FUNCTION,
    error.code,
    `Cannot send ${name} as the other side takes no files`,
    error.data,
  );
}
