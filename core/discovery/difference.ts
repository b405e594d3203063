/**
 * Finds what two nodes know differently without telling each other everything.
 *
 * Each advert is put into one of many buckets by a hash of its `id`; a bucket's digest is one byte, of the XOR of
 * the hashes of its adverts' ids and times. Where the digests of two nodes differ, their lists of ids and times
 * are compared. All hashes are salted afresh for every pair of nodes: nobody can prepare adverts that
 * cancel each other out, and a difference that one pair overlooks is found by the next.
 *
 * @module
 */
import type { Advert } from "../advert.ts";
import type { Random } from "../channel.ts";
import { type AdvertColumns, SCOPE } from "./advert_store.ts";
import { advertHash, ID_BITS, isLater, type Salt, saltedId } from "./salted_hash.ts";

/** Fewest buckets of a digest, as a power of two. */
export const MIN_BUCKET_BITS: number = 4;
/** Most buckets of a digest, as a power of two: 512 bytes fit into a datagram. */
export const MAX_BUCKET_BITS: number = 9;
/** Adverts in one bucket: fewer make digests long, more make lists long. */
const ADVERTS_PER_BUCKET = 4;

/** On the wire, a list begins with its bucket (2 bytes, the first bit says whether it is partial) and a count. */
export const LIST_HEADER_BYTES: number = 3;
/** On the wire, a listed advert is its salted id (3 bytes) and its time (2). */
export const LISTED_ADVERT_BYTES: number = 5;
const MAX_LISTED_ADVERTS = 255;

/** An advert in a list: its salted id of 24 bits, and 16 bits of its time. */
export interface ListedAdvert {
  readonly id: number;
  readonly time: number;
}

/** One bucket's list. */
export interface BucketList {
  readonly bucket: number;
  /** Whether there was no room for all: nothing follows from what is missing. */
  readonly isPartial: boolean;
  readonly adverts: readonly ListedAdvert[];
}

/** What {@linkcode SaltedAdverts.list} goes by. */
export interface ListOptions {
  /** There are `2 ** bits` buckets. */
  readonly bits: number;
  /** Bytes that a page of lists may take on the wire. */
  readonly pageBytes: number;
  /** How many pages there may be. */
  readonly maxPages: number;
  /** Draws which buckets come first. */
  readonly random: Random;
}

/** What comes of comparing a list with what is known. */
export interface Difference {
  /** Salted ids of what the other has, or has newer. */
  readonly wanted: readonly number[];
  /** What the other lacks, or has older. */
  readonly offered: readonly Advert[];
}

/** Says how many buckets suit a number of adverts, as a power of two. */
export function bucketBitsFor(count: number): number {
  const bits = Math.ceil(Math.log2(Math.max(1, count / ADVERTS_PER_BUCKET)));
  return Math.min(MAX_BUCKET_BITS, Math.max(MIN_BUCKET_BITS, bits));
}

/** What one node may tell another, as that pair of nodes sees it. Good until the columns change. */
export class SaltedAdverts {
  readonly #columns: AdvertColumns;
  readonly #ids: Uint32Array;
  /** The rows that may be told. */
  readonly #rows: Uint32Array;

  /**
   * @param columns What is known.
   * @param salt Of this pair.
   * @param isHere Whether the other is on this machine.
   */
  constructor(columns: AdvertColumns, salt: Salt, isHere: boolean) {
    this.#columns = columns;
    const { rows, highs, lows, scopes } = columns;
    const scope = isHere ? SCOPE.thisMachine : SCOPE.anybody;
    this.#ids = new Uint32Array(rows);
    const told = new Uint32Array(rows);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      if (scopes[row] < scope) continue;
      this.#ids[count] = saltedId(highs[row], lows[row], salt);
      told[count++] = row;
    }
    this.#rows = told.subarray(0, count);
  }

  /** How many there are. */
  get count(): number {
    return this.#rows.length;
  }

  /** @returns The digest of each of `2 ** bits` buckets. */
  digests(bits: number): Uint8Array {
    const { times } = this.#columns;
    const digests = new Uint8Array(1 << bits);
    for (let i = 0; i < this.#rows.length; i++) {
      const id = this.#ids[i];
      digests[id >>> (ID_BITS - bits)] ^= advertHash(id, times[this.#rows[i]]);
    }
    return digests;
  }

  /**
   * Lists buckets, beginning with any, as many as there is room for.
   *
   * @param buckets Those whose digests differ.
   * @param options How many buckets there are in all, and how much room.
   * @returns At least one page of lists, and whether all buckets are in them whole.
   */
  list(buckets: readonly number[], options: ListOptions): {
    readonly pages: readonly (readonly BucketList[])[];
    readonly isComplete: boolean;
  } {
    const { bits, pageBytes, maxPages, random } = options;
    const contents = this.#contents(buckets, bits);
    const pages: BucketList[][] = [[]];
    let room = pageBytes;
    for (const bucket of rotate(buckets, random)) {
      const adverts = contents.get(bucket) ?? [];
      if (adverts.length > roomFor(room) && pages.at(-1)!.length > 0) {
        if (pages.length === maxPages) return { pages, isComplete: false };
        pages.push([]);
        room = pageBytes;
      }
      const fitting = roomFor(room);
      const isPartial = adverts.length > fitting;
      const listed = isPartial ? rotate(adverts, random).slice(0, fitting) : adverts;
      pages.at(-1)!.push({ bucket, isPartial, adverts: listed });
      if (isPartial) return { pages, isComplete: false };
      room -= LIST_HEADER_BYTES + listed.length * LISTED_ADVERT_BYTES;
    }
    return { pages, isComplete: true };
  }

  /** Compares another node's lists with what is known. */
  compare(lists: readonly BucketList[], bits: number): Difference {
    const isListed = new Uint8Array(1 << bits);
    for (const { bucket, isPartial } of lists) isListed[bucket] = isPartial ? PARTLY : WHOLLY;
    const listed = new Map<number, number>();
    for (const { adverts } of lists) for (const { id, time } of adverts) listed.set(id, time);
    const wanted = new Set(listed.keys());
    const offered: Advert[] = [];
    for (let i = 0; i < this.#rows.length; i++) {
      const id = this.#ids[i];
      const bucket = id >>> (ID_BITS - bits);
      if (isListed[bucket] === 0) continue;
      const row = this.#rows[i];
      const theirs = listed.get(id);
      if (theirs === undefined) {
        if (isListed[bucket] === WHOLLY) offered.push(this.#columns.adverts[row]);
        continue;
      }
      const ours = this.#columns.times[row];
      if (!isLater(theirs, ours)) wanted.delete(id);
      if (isLater(ours, theirs)) offered.push(this.#columns.adverts[row]);
    }
    return { wanted: [...wanted], offered };
  }

  /** @returns The adverts of these salted ids. */
  select(ids: readonly number[]): Advert[] {
    const wanted = new Set(ids);
    const selected: Advert[] = [];
    for (let i = 0; i < this.#rows.length; i++) {
      if (wanted.has(this.#ids[i])) selected.push(this.#columns.adverts[this.#rows[i]]);
    }
    return selected;
  }

  #contents(buckets: readonly number[], bits: number): ReadonlyMap<number, ListedAdvert[]> {
    const isWanted = new Uint8Array(1 << bits);
    for (const bucket of buckets) isWanted[bucket] = 1;
    const contents = new Map<number, ListedAdvert[]>();
    for (let i = 0; i < this.#rows.length; i++) {
      const id = this.#ids[i];
      const bucket = id >>> (ID_BITS - bits);
      if (isWanted[bucket] === 0) continue;
      const listed = { id, time: this.#columns.times[this.#rows[i]] };
      const adverts = contents.get(bucket);
      if (adverts === undefined) contents.set(bucket, [listed]);
      else adverts.push(listed);
    }
    return contents;
  }
}

const PARTLY = 1;
const WHOLLY = 2;

/** How many adverts a list can hold in so many bytes; below zero when there is no room for a list. */
function roomFor(bytes: number): number {
  const fitting = Math.floor((bytes - LIST_HEADER_BYTES) / LISTED_ADVERT_BYTES);
  return Math.min(MAX_LISTED_ADVERTS, bytes < LIST_HEADER_BYTES ? -1 : fitting);
}

/** The same items from any one of them on. */
function rotate<T>(items: readonly T[], random: Random): T[] {
  const first = Math.floor(random() * items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}
