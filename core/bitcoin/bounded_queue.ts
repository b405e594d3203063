/**
 * A queue between something that never waits and somebody who reads when they like.
 *
 * @module
 */
import { createDeferred, type Deferred } from "../deferred.ts";

/** What a {@linkcode BoundedQueue} takes. */
export interface BoundedQueueOptions<T> {
  /** How many items it holds at most. */
  readonly maxItems: number;
  /** What their weights may come to; no bound where left out. One item is held whatever it weighs. */
  readonly maxWeight?: number;
  /** What an item weighs, such as its bytes. */
  readonly weigh?: (item: T) => number;
  /** What goes first when there is too much; the oldest item of all where none is. */
  readonly isExpendable?: (item: T) => boolean;
}

/** Items in the order in which they came. Above its bound it drops, and counts what it drops. */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #maxItems: number;
  readonly #maxWeight: number;
  readonly #weigh: (item: T) => number;
  readonly #isExpendable: (item: T) => boolean;
  /** Those before the head have been taken. */
  readonly #items: (T | undefined)[] = [];
  #head = 0;
  readonly #waiting: Deferred<IteratorResult<T, undefined>>[] = [];
  #weight = 0;
  #dropped = 0;
  #isEnded = false;

  /** @param options Its bound, and what goes first. */
  constructor(options: BoundedQueueOptions<T>) {
    this.#maxItems = options.maxItems;
    this.#maxWeight = options.maxWeight ?? Infinity;
    this.#weigh = options.weigh ?? (() => 0);
    this.#isExpendable = options.isExpendable ?? (() => false);
  }

  /** How many items wait. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** How many items nobody will ever read. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Appends an item. After {@linkcode end} it is ignored. */
  push(item: T): void {
    if (this.#isEnded) return;
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: item });
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    while (this.#isTooMuch()) this.#drop();
  }

  /** Says that no more items come. Those that wait can still be read. */
  end(): void {
    this.#isEnded = true;
    for (const reader of this.#waiting.splice(0)) reader.resolve({ done: true, value: undefined });
  }

  /** Reads item by item; several readers share them. One that stops reading leaves the rest where it is. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.#next() };
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    const reader = createDeferred<IteratorResult<T, undefined>>();
    this.#waiting.push(reader);
    return reader.promise;
  }

  #isTooMuch(): boolean {
    return this.size > this.#maxItems || (this.size > 1 && this.#weight > this.#maxWeight);
  }

  #drop(): void {
    this.#dropped++;
    const items = this.#items;
    const at = items.findIndex((item, i) => i >= this.#head && this.#isExpendable(item as T));
    if (at === -1) return void this.#take();
    const [item] = items.splice(at, 1);
    this.#weight -= this.#weigh(item as T);
  }

  #take(): T {
    const items = this.#items;
    const item = items[this.#head] as T;
    items[this.#head++] = undefined;
    this.#weight -= this.#weigh(item);
    if (2 * this.#head >= items.length) {
      items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }
}
