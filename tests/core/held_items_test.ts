import { assert, assertEquals } from "@std/assert";
import { HeldItems } from "../../core/held_items.ts";

/** What a queue says it holds when all of `items` wait in it. */
function held(...items: readonly unknown[]): number {
  const queue = new HeldItems();
  for (const item of items) queue.push(item);
  return queue.bytes;
}

Deno.test("HeldItems gives items back in order, and forgets what they held", () => {
  const queue = new HeldItems();
  const items = [1, "two", [3], { four: 4 }, new Uint8Array(5), null, undefined, 8n, new Map()];
  for (const item of items) queue.push(item);
  assertEquals(queue.length, items.length);
  for (const item of items) assertEquals(queue.shift(), item);
  assertEquals([queue.length, queue.bytes], [0, 0]);
});

Deno.test("HeldItems forgets everything when it is cleared", () => {
  const queue = new HeldItems();
  const { buffer } = new Uint8Array(1_000);
  queue.push(new Uint8Array(buffer, 0, 10));
  queue.clear();
  assertEquals([queue.length, queue.bytes], [0, 0]);
  queue.push(new Uint8Array(buffer, 0, 10));
  assert(queue.bytes >= 1_000);
});

const LARGE: Readonly<Record<string, unknown>> = {
  "bytes": new Uint8Array(100_000),
  "a few bytes of a large message": new Uint8Array(100_000).subarray(0, 10),
  "text": "x".repeat(100_000),
  "many numbers": new Array(10_000).fill(1),
  "many empty maps": Array.from({ length: 2_000 }, () => ({})),
  "many empty lists in lists": Array.from({ length: 1_000 }, () => [[]]),
  "a map of long keys": { ["k".repeat(100_000)]: 1 },
  "a Map of long keys": new Map([["k".repeat(100_000), 1]]),
  "a Map of maps": new Map(Array.from({ length: 2_000 }, (_, key) => [key, {}])),
  "text deep inside": [[{ a: new Map([[1, ["x".repeat(100_000)]]]) }]],
};

for (const [what, item] of Object.entries(LARGE)) {
  Deno.test(`HeldItems counts ${what}`, () => {
    const bytes = held(item);
    assert(bytes >= 100_000 && bytes < 400_000, `${bytes}`);
  });
}

Deno.test("HeldItems counts a buffer once that several items, or several bytes of one, are views into", () => {
  const chunk = new Uint8Array(64 * 1024);
  const views = Array.from({ length: 16 }, (_, i) => chunk.subarray(i * 4096, (i + 1) * 4096));
  for (const bytes of [held(...views), held(views)]) {
    assert(bytes >= chunk.length && bytes < chunk.length + 4096, `${bytes}`);
  }
});

Deno.test("HeldItems goes on counting a buffer for the items that are left", () => {
  const queue = new HeldItems();
  const chunks = [new Uint8Array(10_000), new Uint8Array(10_000)];
  for (const chunk of chunks) {
    queue.push(chunk.subarray(0, 5_000));
    queue.push(chunk.subarray(5_000));
  }
  queue.shift();
  assert(queue.bytes >= 10_000, `${queue.bytes}`);
  queue.shift();
  assert(queue.bytes >= 10_000, `${queue.bytes}`);
});
