/**
 * The newest advert of every node that is known, whoever passed it on, and our own.
 *
 * Goodbyes are kept like any other advert, so that an older one, passed on late, revives nobody. What the
 * application sees is the peer table; this is what nodes reconcile among themselves.
 *
 * Kept in columns of numbers, as reconciling goes through all of it several times a second.
 *
 * @module
 */
import { type Advert, isLoopback } from "../advert.ts";
import type { DatagramAddress, Random } from "../channel.ts";
import { timeWord } from "./salted_hash.ts";

/** An advert after which nothing newer came is forgotten. */
export const MAX_ADVERT_AGE_MS: number = 600_000;
/** Not passed on in the last seconds before that, as the clocks of others may be ahead. */
const MAX_PASSED_ON_AGE_MS = MAX_ADVERT_AGE_MS - 10_000;
/** From a node's advert to when the last ones hear of it from others, in a small crowd. */
const PASSED_ON_LATE_MS = 20_000;
const FIRST_CAPACITY = 64;

/** An advert, and how it was come by. */
export interface KnownAdvert {
  /** The newest. */
  readonly advert: Advert;
  /** When it was true, in milliseconds since 1970: on arrival where it came from the sender, else its own time. */
  readonly heardMs: number;
  /** Where the sender's datagrams come from, where it was ever heard itself. */
  readonly source: DatagramAddress | undefined;
  /** Whether its sender was there when it was last looked at. */
  readonly isLive: boolean;
}

/** What {@linkcode AdvertStore.sweep} goes by. */
export interface SweepOptions {
  /** Now, in milliseconds since 1970. */
  readonly unixMs: number;
  /** Silence after which nobody is there any more. */
  readonly offlineAfterMs: number;
}

/** Whom an advert may be passed on to. */
export const SCOPE = { nobody: 0, thisMachine: 1, anybody: 2 } as const;

/** Columns, row by row an advert. To be read at once, and not to be changed. */
export interface AdvertColumns {
  readonly rows: number;
  readonly adverts: readonly Advert[];
  /** Both halves of `idWords`. */
  readonly highs: Uint32Array;
  readonly lows: Uint32Array;
  /** `timeMs` as {@linkcode timeWord} cuts it. */
  readonly times: Uint16Array;
  /** One of {@linkcode SCOPE} each. */
  readonly scopes: Uint8Array;
}

/** Everything that one node has heard in one namespace. */
export class AdvertStore implements AdvertColumns {
  readonly #maxRows: number;
  readonly #rowOf = new Map<string, number>();
  readonly #adverts: Advert[] = [];
  readonly #sources: (DatagramAddress | undefined)[] = [];
  #heardMs = new Float64Array(FIRST_CAPACITY);
  #isLive = new Uint8Array(FIRST_CAPACITY);
  #highs = new Uint32Array(FIRST_CAPACITY);
  #lows = new Uint32Array(FIRST_CAPACITY);
  #times = new Uint16Array(FIRST_CAPACITY);
  #scopes = new Uint8Array(FIRST_CAPACITY);
  #ownIds: readonly string[] = [];
  #liveCount = 0;

  /** @param maxAdverts How many to remember. When all are live, newcomers are refused. */
  constructor(maxAdverts: number) {
    this.#maxRows = maxAdverts;
  }

  /** @inheritdoc */
  get rows(): number {
    return this.#adverts.length;
  }

  /** @inheritdoc */
  get adverts(): readonly Advert[] {
    return this.#adverts;
  }

  /** @inheritdoc */
  get highs(): Uint32Array {
    return this.#highs;
  }

  /** @inheritdoc */
  get lows(): Uint32Array {
    return this.#lows;
  }

  /** @inheritdoc */
  get times(): Uint16Array {
    return this.#times;
  }

  /** @inheritdoc */
  get scopes(): Uint8Array {
    return this.#scopes;
  }

  /** How many others have been heard, silent and gone ones included. */
  get othersCount(): number {
    return this.rows - this.#ownIds.length;
  }

  /** How many others are there. */
  get liveCount(): number {
    return this.#liveCount;
  }

  /** How many adverts there are to be sent by all who are there. */
  get crowd(): number {
    return this.#liveCount + Math.max(1, this.#ownIds.length);
  }

  /** Looks an advert up by its `id`. */
  get(id: string): KnownAdvert | undefined {
    const row = this.#rowOf.get(id);
    return row === undefined ? undefined : this.#at(row);
  }

  /** @returns Whether an advert of this `id` can be kept. */
  hasRoomFor(id: string): boolean {
    return this.rows < this.#maxRows || this.#rowOf.has(id);
  }

  /** Keeps an advert in place of an earlier one. */
  put({ advert, heardMs, source, isLive }: KnownAdvert): void {
    const row = this.#rowOf.get(advert.id) ?? this.#addRow(advert.id);
    this.#liveCount += Number(isLive) - this.#isLive[row];
    this.#adverts[row] = advert;
    this.#sources[row] = source;
    this.#heardMs[row] = heardMs;
    this.#isLive[row] = Number(isLive);
    this.#highs[row] = advert.idWords[0];
    this.#lows[row] = advert.idWords[1];
    this.#times[row] = timeWord(advert.timeMs);
    this.#scopes[row] = isLoopback(advert.host) ? SCOPE.thisMachine : SCOPE.anybody;
  }

  /** Keeps our own adverts, in place of all earlier ones. They never count as live. */
  putOwn(adverts: readonly Advert[]): void {
    for (const id of this.#ownIds) this.#removeRow(this.#rowOf.get(id)!);
    for (const advert of adverts) {
      this.put({ advert, heardMs: Infinity, source: undefined, isLive: false });
    }
    this.#ownIds = adverts.map((advert) => advert.id);
  }

  /** Notes who has fallen silent, and forgets who has been for long, or sooner when there are too many. */
  sweep({ unixMs, offlineAfterMs }: SweepOptions): void {
    const isFull = this.rows >= this.#maxRows;
    for (let row = this.rows - 1; row >= 0; row--) {
      const heardMs = this.#heardMs[row];
      if (heardMs === Infinity) continue;
      const patience = patienceMs(offlineAfterMs, this.#sources[row]);
      if (this.#isLive[row] === 1 && unixMs - heardMs > patience) {
        this.#isLive[row] = 0;
        this.#liveCount--;
      }
      const ageMs = unixMs - this.#adverts[row].timeMs;
      if (ageMs > MAX_PASSED_ON_AGE_MS) this.#scopes[row] = SCOPE.nobody;
      if (ageMs > MAX_ADVERT_AGE_MS || (isFull && this.#isLive[row] === 0)) this.#removeRow(row);
    }
  }

  /** @returns Any one of those who are there. */
  pickLive(random: Random): KnownAdvert | undefined {
    let left = Math.floor(random() * this.#liveCount);
    for (let row = 0; row < this.rows; row++) {
      if (this.#isLive[row] === 1 && left-- === 0) return this.#at(row);
    }
    return undefined;
  }

  /** @returns Whoever is there under a name. */
  holderOf(name: string): Advert | undefined {
    return this.#adverts.find((advert, row) => this.#isLive[row] === 1 && advert.name === name);
  }

  /** @returns Everybody who is there. */
  live(): KnownAdvert[] {
    const live: KnownAdvert[] = [];
    for (let row = 0; row < this.rows; row++) if (this.#isLive[row] === 1) live.push(this.#at(row));
    return live;
  }

  #at(row: number): KnownAdvert {
    return {
      advert: this.#adverts[row],
      heardMs: this.#heardMs[row],
      source: this.#sources[row],
      isLive: this.#isLive[row] === 1,
    };
  }

  #addRow(id: string): number {
    const row = this.rows;
    if (row === this.#isLive.length) this.#grow(2 * row);
    this.#rowOf.set(id, row);
    this.#isLive[row] = 0;
    return row;
  }

  /** The last row takes its place. */
  #removeRow(row: number): void {
    this.#liveCount -= this.#isLive[row];
    this.#rowOf.delete(this.#adverts[row].id);
    const advert = this.#adverts.pop()!;
    const source = this.#sources.pop();
    const last = this.rows;
    if (row === last) return;
    this.#rowOf.set(advert.id, row);
    this.#adverts[row] = advert;
    this.#sources[row] = source;
    for (const column of this.#numbers) column[row] = column[last];
  }

  #grow(capacity: number): void {
    this.#heardMs = grown(this.#heardMs, new Float64Array(capacity));
    this.#isLive = grown(this.#isLive, new Uint8Array(capacity));
    this.#highs = grown(this.#highs, new Uint32Array(capacity));
    this.#lows = grown(this.#lows, new Uint32Array(capacity));
    this.#times = grown(this.#times, new Uint16Array(capacity));
    this.#scopes = grown(this.#scopes, new Uint8Array(capacity));
  }

  get #numbers(): Column[] {
    return [this.#heardMs, this.#isLive, this.#highs, this.#lows, this.#times, this.#scopes];
  }
}

/**
 * Says how long somebody may be silent.
 *
 * @param offlineAfterMs Where they are heard themselves.
 * @param source Where they are, or undefined where only others have told of them: that takes longer.
 * @returns Milliseconds.
 */
export function patienceMs(offlineAfterMs: number, source: DatagramAddress | undefined): number {
  return source === undefined ? offlineAfterMs + PASSED_ON_LATE_MS : offlineAfterMs;
}

type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array;

function grown<T extends Column>(from: T, to: T): T {
  to.set(from);
  return to;
}
