/**
 * Sending files to other nodes, and taking files from them.
 *
 * @module
 */
import type { CallContext, Caller } from "../core/caller.ts";
import { type FileReceipt, OFFER_FUNCTION } from "../core/file_transfer/messages.ts";
import { FileReceiver, type ReceivedFile } from "../core/file_transfer/receiver.ts";
import { type FunctionHost, offerFile } from "../core/file_transfer/sender.ts";
import type { Sha256 } from "../core/file_transfer/storage.ts";
import { DirectoryStore } from "./directory_store.ts";
import { OpenFile } from "./file_source.ts";
import { systemRandomBytes } from "./system.ts";

/** What {@linkcode sendFile} takes. */
export interface SendFileOptions {
  /** Gives up. What has come over stays there for a week, for another attempt. */
  readonly signal?: AbortSignal;
  /** Says how far it has come with each piece, and of how many bytes. */
  onProgress?(bytes: number, size: number): void;
}

/** What {@linkcode receiveFiles} takes. */
export interface ReceiveFilesOptions {
  /** Whether a file gives way to one of the same name. Not by default. */
  readonly overwrite?: boolean;
  /** A file is there. */
  onReceived?(file: ReceivedFile): void;
}

const TOKEN_BYTES = 16;

/** A folder that takes files. */
export interface FileReception {
  /** The folder, links resolved. */
  readonly path: string;
  /** Stops those under way, takes no more, and waits until all files are closed. */
  close(): Promise<void>;
}

/**
 * Sends a file. It goes on after a break, where the connection comes back; and where an earlier attempt ended.
 *
 * @param node The node that has the connection.
 * @param peer The other node, which must take files.
 * @param path The file.
 * @param options Signal, progress.
 * @returns What the other side has now: how many bytes, their SHA-256, and how many it had already.
 * @throws {SynapseError} `storage_failed` when it can't be read here; `connection_lost`.
 * @throws {RemoteError} What the other side says against it.
 */
export async function sendFile(
  node: FunctionHost,
  peer: Caller,
  path: string,
  options: SendFileOptions = {},
): Promise<FileReceipt> {
  const file = await OpenFile.open(path);
  try {
    return await offerFile(peer, file, {
      host: node,
      createSha256: await loadSha256(),
      token: systemRandomBytes(TOKEN_BYTES),
      signal: options.signal,
      onProgress: (bytes) => options.onProgress?.(bytes, file.size),
    });
  } finally {
    await file.close();
  }
}

/**
 * Takes files from whoever sends them, into one folder.
 *
 * @param node The node that they are sent to.
 * @param directory The folder. Names lead nowhere else.
 * @param options Whether to replace files; who is told.
 * @returns To stop it.
 * @throws {SynapseError} `storage_failed` when it is no folder.
 */
export async function receiveFiles(
  node: FunctionHost,
  directory: string,
  options: ReceiveFilesOptions = {},
): Promise<FileReception> {
  const { overwrite, onReceived } = options;
  const store = await DirectoryStore.open(directory, { overwrite });
  const receiver = new FileReceiver({ store, createSha256: await loadSha256(), onReceived });
  node.endpoint(
    OFFER_FUNCTION,
    { context: true, hidden: true },
    (offer: unknown, context: CallContext) => receiver.accept(offer, context),
  );
  return {
    path: store.path,
    async close() {
      node.removeEndpoint(OFFER_FUNCTION);
      await receiver.close();
    },
  };
}

/** Several times as fast as one in JavaScript. Loaded when it is needed: that takes longer than starting a node. */
async function loadSha256(): Promise<() => Sha256> {
  const { createHash } = await import("node:crypto");
  return () => createHash("sha256");
}
