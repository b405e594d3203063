/**
 * `headers`: block headers, each with a count of transactions that is always 0.
 *
 * @module
 */
import {
  BLOCK_HEADER_BYTES,
  type BlockHeader,
  readBlockHeader,
  writeBlockHeader,
} from "./block_header.ts";
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** The message. */
export interface HeadersMessage {
  readonly command: "headers";
  /** From low to high. Whether they follow each other, and their work, is for the reader to check. */
  readonly headers: readonly BlockHeader[];
}

/** The most headers that nodes send; fewer mean that there are no more. */
export const MAX_HEADERS: number = 2_000;

const ITEM_BYTES = BLOCK_HEADER_BYTES + 1;

/** The most that a payload may have. */
export const MAX_HEADERS_BYTES: number = 3 + MAX_HEADERS * ITEM_BYTES;

/**
 * Reads `headers`.
 *
 * @param payload All of it.
 * @throws {DecodeError} `limit` over 2,000 headers; `malformed` when one is followed by transactions, or
 * anything follows the last; `truncated`.
 */
export function decodeHeaders(payload: Uint8Array): HeadersMessage {
  const reader = new ByteReader(payload, { what: "headers" });
  const headers: BlockHeader[] = new Array(reader.count(ITEM_BYTES, MAX_HEADERS));
  for (let i = 0; i < headers.length; i++) {
    reader.enter("header", i);
    headers[i] = readBlockHeader(reader);
    const transactions = reader.compactSize();
    if (transactions !== 0) {
      throw reader.fault("malformed", "transactions are announced", transactions);
    }
  }
  reader.end();
  return { command: "headers", headers };
}

/**
 * Writes `headers`.
 *
 * @param message What to say.
 * @throws {RangeError} Over 2,000 headers.
 */
export function encodeHeaders({ headers }: HeadersMessage): Uint8Array {
  const { length } = headers;
  if (length > MAX_HEADERS) {
    throw new RangeError(
      `Cannot encode headers as there are more than ${MAX_HEADERS}: got ${length}`,
    );
  }
  const builder = new ByteBuilder(3 + length * ITEM_BYTES).compactSize(length);
  for (const header of headers) {
    writeBlockHeader(builder, header);
    builder.compactSize(0);
  }
  return builder.finish();
}
