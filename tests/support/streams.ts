/**
 * Streams to serve, and to read.
 *
 * @module
 */

/** A generator that counts without end, and what is known of it. */
export class Counter {
  yields = 0;
  isDone = false;

  readonly count = async function* (this: Counter, start = 0): AsyncGenerator<number> {
    try {
      for (let n = start;; n++) {
        this.yields++;
        yield n;
      }
    } finally {
      this.isDone = true;
    }
  }.bind(this);
}

/** All items, in order. */
export async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}
