import { assertEquals } from "@std/assert";
import { BoundedQueue } from "../../../core/bitcoin/bounded_queue.ts";

async function drain<T>(queue: BoundedQueue<T>): Promise<T[]> {
  queue.end();
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

Deno.test("BoundedQueue gives items in the order in which they came, and ends", async () => {
  const queue = new BoundedQueue<number>({ maxItems: 3 });
  for (const item of [1, 2, 3]) queue.push(item);
  assertEquals(queue.size, 3);
  assertEquals(await drain(queue), [1, 2, 3]);
  queue.push(4);
  assertEquals(await drain(queue), []);
});

Deno.test("BoundedQueue above its bound drops the oldest expendable item, and counts", async () => {
  const queue = new BoundedQueue<string>({
    maxItems: 3,
    isExpendable: (item) => item.startsWith("inv"),
  });
  for (const item of ["tx", "inv 1", "inv 2", "block"]) queue.push(item);
  assertEquals(queue.dropped, 1);
  assertEquals(await drain(queue), ["tx", "inv 2", "block"]);
});

Deno.test("BoundedQueue drops the oldest item where none is expendable", async () => {
  const queue = new BoundedQueue<number>({ maxItems: 2 });
  for (const item of [1, 2, 3, 4]) queue.push(item);
  assertEquals(queue.dropped, 2);
  assertEquals(await drain(queue), [3, 4]);
});

Deno.test("BoundedQueue hands an item to whoever waits, and tells them of the end", async () => {
  const queue = new BoundedQueue<number>({ maxItems: 1 });
  const reader = queue[Symbol.asyncIterator]();
  const [first, second] = [reader.next(), reader.next()];
  queue.push(1);
  queue.end();
  assertEquals(await first, { done: false, value: 1 });
  assertEquals(await second, { done: true, value: undefined });
  assertEquals(queue.dropped, 0);
});

Deno.test("BoundedQueue keeps what a reader that stops has left", async () => {
  const queue = new BoundedQueue<number>({ maxItems: 9 });
  for (const item of [1, 2, 3]) queue.push(item);
  for await (const item of queue) if (item === 2) break;
  assertEquals(await drain(queue), [3]);
});

Deno.test("BoundedQueue bounds what its items weigh, but always holds one", async () => {
  const queue = new BoundedQueue<number>({
    maxItems: 9,
    maxWeight: 10,
    weigh: (item) => item,
  });
  for (const item of [4, 5, 3]) queue.push(item);
  assertEquals([queue.size, queue.dropped], [2, 1]);
  queue.push(99);
  assertEquals([queue.size, queue.dropped], [1, 3]);
  assertEquals(await drain(queue), [99]);
});

Deno.test("BoundedQueue gives everything in order, however reading and writing alternate", async () => {
  const queue = new BoundedQueue<number>({ maxItems: 1_000 });
  const reader = queue[Symbol.asyncIterator]();
  const read: unknown[] = [];
  for (let i = 0; i < 300; i++) {
    queue.push(2 * i);
    queue.push(2 * i + 1);
    if (i % 3 > 0) read.push((await reader.next()).value);
  }
  read.push(...await drain(queue));
  assertEquals(read, Array.from({ length: 600 }, (_, i) => i));
});
