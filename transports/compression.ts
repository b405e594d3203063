/**
 * Compression for python-p2p-network: zlib both ways, bzip2 and xz read.
 *
 * zlib is `node:zlib`, which works off the main thread; xz is `xz-decompress`, Lasse Collin's decoder for embedded
 * systems in WebAssembly, whose dictionaries are bounded at 64 MiB; bzip2 is our own reader. No library writes
 * the latter two in all places where Synapse runs.
 *
 * @module
 */
import { deflate, inflate, type InputType } from "node:zlib";
import { decodeBzip2 } from "../core/codecs/p2p_bzip2.ts";
import { DecodeError, EncodeError } from "../core/errors.ts";
import type { P2pCompression } from "../core/p2p_network/compression.ts";

/** The original's. */
const ZLIB_LEVEL = 6;

/** zlib both ways, bzip2 and xz (`lzma`) read only. */
export const nodeP2pCompression: P2pCompression = {
  async compress(method, bytes) {
    if (method === "zlib") return await compressZlib(bytes);
    throw new EncodeError(
      "not_supported",
      `Cannot compress message with ${method} as only zlib can be written here`,
    );
  },
  async decompress(method, bytes, maxBytes) {
    if (method === "zlib") return await decompressZlib(bytes, maxBytes);
    if (method === "bzip2") return decodeBzip2(bytes, maxBytes);
    return await decompressXz(bytes, maxBytes);
  },
};

function compressZlib(bytes: InputType): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    deflate(bytes, { level: ZLIB_LEVEL }, (error, compressed) => {
      if (error) reject(error);
      else resolve(toBytes(compressed));
    });
  });
}

function decompressZlib(bytes: InputType, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    inflate(bytes, { maxOutputLength: maxBytes }, (error, plain) => {
      if (!error) return resolve(toBytes(plain));
      const isTooLarge = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
      reject(isTooLarge ? tooLarge("zlib", maxBytes) : malformed("zlib", error));
    });
  });
}

async function decompressXz(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  if (bytes.length === 0) throw malformed("xz", "nothing");
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  // 100 KB that hardly anybody needs.
  const { default: xz } = await import("xz-decompress");
  const reader = new xz.XzReadableStream(source).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return join(parts, length);
      length += value.length;
      if (length > maxBytes) throw tooLarge("xz", maxBytes);
      parts.push(value);
    }
  } catch (error) {
    throw error instanceof DecodeError ? error : malformed("xz", error);
  } finally {
    // One decoder serves all, in turn: who is not at its end has to give it back.
    await reader.cancel().catch(() => {});
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A plain array: what a node Buffer is a part of may be large, and `slice` of one doesn't copy. */
function toBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function tooLarge(method: string, maxBytes: number): DecodeError {
  return new DecodeError(
    "limit",
    `Cannot decompress ${method} as it holds more than ${maxBytes} bytes`,
  );
}

function malformed(method: string, cause: unknown): DecodeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DecodeError("malformed", `Cannot decompress ${method} as it is damaged: ${reason}`);
}
