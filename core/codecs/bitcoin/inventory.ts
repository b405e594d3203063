/**
 * `inv`, `getdata` and `notfound`: have, want, and have not.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";

/** Their commands. */
export type InventoryCommand = "inv" | "getdata" | "notfound";

/** One of them. */
export type InventoryMessage = {
  readonly [C in InventoryCommand]: {
    readonly command: C;
    /** What it is about. */
    readonly items: readonly InventoryItem[];
  };
}[InventoryCommand];

/** Something that a node may have. */
export interface InventoryItem {
  /** One of {@linkcode INVENTORY_TYPES}, or a number that nobody knows yet. */
  readonly type: number;
  /** In the order of the wire. */
  readonly hash: Uint8Array;
}

/** What a hash may be of. */
export const INVENTORY_TYPES = {
  /** A transaction by its id. */
  transaction: 1,
  /** A block; asked for so, it comes without witnesses. */
  block: 2,
  /** A block as a `merkleblock` (BIP 37). */
  filteredBlock: 3,
  /** A block as a `cmpctblock` (BIP 152). */
  compactBlock: 4,
  /** A transaction by the hash that its witness is a part of (BIP 339). */
  witnessTransactionId: 5,
  /** A transaction by its id, to come with its witness (BIP 144): for `getdata` only. */
  witnessTransaction: 0x40000001,
  /** A block, to come with its witnesses: for `getdata` only. */
  witnessBlock: 0x40000002,
} as const;

/** The most items that nodes take; more close the connection. */
export const MAX_INVENTORY_ITEMS: number = 50_000;

const ITEM_BYTES = 36;

/** The most that a payload may have. */
export const MAX_INVENTORY_BYTES: number = 3 + MAX_INVENTORY_ITEMS * ITEM_BYTES;

/**
 * Reads one of the three.
 *
 * @param command Which.
 * @param payload All of it.
 * @throws {DecodeError} `limit` over 50,000 items, `truncated`, or `malformed` when anything follows.
 */
export function decodeInventory<C extends InventoryCommand>(
  command: C,
  payload: Uint8Array,
): { readonly command: C; readonly items: readonly InventoryItem[] } {
  const reader = new ByteReader(payload, { what: command });
  const items: InventoryItem[] = new Array(reader.count(ITEM_BYTES, MAX_INVENTORY_ITEMS));
  for (let i = 0; i < items.length; i++) items[i] = { type: reader.u32(), hash: reader.hash() };
  reader.end();
  return { command, items };
}

/**
 * Writes one of the three.
 *
 * @param message What to say.
 * @throws {RangeError} Over 50,000 items, which nodes would close the connection for.
 */
export function encodeInventory({ command, items }: InventoryMessage): Uint8Array {
  const { length } = items;
  if (length > MAX_INVENTORY_ITEMS) {
    throw new RangeError(
      `Cannot encode ${command} as it has more than ${MAX_INVENTORY_ITEMS} items: got ${length}`,
    );
  }
  const builder = new ByteBuilder(3 + length * ITEM_BYTES).compactSize(length);
  for (const { type, hash } of items) builder.u32(type).hash(hash);
  return builder.finish();
}
