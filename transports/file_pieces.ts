/**
 * Reading a file in pieces, the next ones while the last are being used.
 *
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import { FILE_PIECE_BYTES } from "../core/file_transfer/storage.ts";

/** Bytes of one read: each costs a hop to another thread and back. */
const BLOCK_BYTES = 4 * FILE_PIECE_BYTES;

/**
 * Reads a part of a file.
 *
 * @param handle The file. Must stay open until the generator is done.
 * @param from The first byte.
 * @param to Where to stop.
 * @returns Pieces of at most {@linkcode FILE_PIECE_BYTES}; it ends early where the file does.
 */
export async function* readPieces(
  handle: FileHandle,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let at = from;
  let next = readAhead(handle, at, to);
  try {
    while (at < to) {
      const block = await next;
      if (block.length === 0) return;
      at += block.length;
      next = readAhead(handle, at, to);
      for (let start = 0; start < block.length; start += FILE_PIECE_BYTES) {
        yield block.subarray(start, start + FILE_PIECE_BYTES);
      }
    }
  } finally {
    // Whoever leaves early may close the file as soon as this is done.
    await next.catch(() => {});
  }
}

/** Nobody may be waiting when it fails: whoever uses the last pieces may take long, or not come back. */
function readAhead(handle: FileHandle, at: number, to: number): Promise<Uint8Array> {
  const block = readBlock(handle, at, to);
  block.catch(() => {});
  return block;
}

async function readBlock(handle: FileHandle, at: number, to: number): Promise<Uint8Array> {
  const length = Math.min(BLOCK_BYTES, to - at);
  if (length <= 0) return new Uint8Array(0);
  const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
