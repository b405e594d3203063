/**
 * A priority queue whose items may change their rank or leave at any time, each in O(log n).
 *
 * @module
 */

/** What an item must have: the heap keeps its place there, so that it is found without a search. */
export interface HeapItem {
  /** Written by the heap alone. */
  heapIndex: number;
}

/** A binary heap. An item may be in one heap at a time. */
export class IndexedHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  /** @param compare Negative when `a` comes before `b`. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  /** @returns The item that comes before all others, if there is any. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** @param item One that isn't in there. */
  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** @param item One that is in there. */
  remove(item: T): void {
    const last = this.#items.pop()!;
    if (last === item) return;
    last.heapIndex = item.heapIndex;
    this.#items[last.heapIndex] = last;
    this.update(last);
  }

  /** @param item One that is in there and has changed its rank. */
  update(item: T): void {
    this.#rise(item, item.heapIndex);
    this.#sink(item, item.heapIndex);
  }

  #rise(item: T, index: number): void {
    const items = this.#items;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex];
      if (this.#compare(item, parent) >= 0) break;
      items[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }

  #sink(item: T, index: number): void {
    const items = this.#items;
    for (;;) {
      let childIndex = index * 2 + 1;
      if (childIndex >= items.length) break;
      const right = childIndex + 1;
      if (right < items.length && this.#compare(items[right], items[childIndex]) < 0) {
        childIndex = right;
      }
      const child = items[childIndex];
      if (this.#compare(child, item) >= 0) break;
      items[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }
}
