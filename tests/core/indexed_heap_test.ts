import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { IndexedHeap } from "../../core/indexed_heap.ts";
import { RUNS } from "../support/arbitraries.ts";

interface Item {
  heapIndex: number;
  rank: number;
}

function createHeap(): IndexedHeap<Item> {
  return new IndexedHeap<Item>((a, b) => a.rank - b.rank);
}

Deno.test("IndexedHeap.peek() gives nothing when it is empty", () => {
  const heap = createHeap();
  assertEquals(heap.peek(), undefined);
  const only = { heapIndex: -1, rank: 1 };
  heap.add(only);
  heap.remove(only);
  assertEquals(heap.peek(), undefined);
});

Deno.test("IndexedHeap.peek() gives the lowest rank, whatever came, changed and went", () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(50) }),
    fc.record({ update: fc.nat(), rank: fc.nat(50) }),
    fc.record({ remove: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const heap = createHeap();
      const items: Item[] = [];
      for (const step of steps) {
        if ("add" in step) {
          const item = { heapIndex: -1, rank: step.add };
          items.push(item);
          heap.add(item);
        } else if (items.length === 0) {
          continue;
        } else if ("update" in step) {
          const item = items[step.update % items.length];
          item.rank = step.rank;
          heap.update(item);
        } else {
          heap.remove(items.splice(step.remove % items.length, 1)[0]);
        }
        assertEquals(heap.peek()?.rank ?? Infinity, Math.min(...items.map(({ rank }) => rank)));
      }
    }),
    RUNS,
  );
});

Deno.test("IndexedHeap gives items back in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (ranks) => {
      const heap = createHeap();
      for (const rank of ranks) heap.add({ heapIndex: -1, rank });
      const taken: number[] = [];
      for (let item = heap.peek(); item !== undefined; item = heap.peek()) {
        taken.push(item.rank);
        heap.remove(item);
      }
      assertEquals(taken, ranks.toSorted((a, b) => a - b));
    }),
    RUNS,
  );
});

Deno.test("IndexedHeap compares about as often as its depth, not its size", () => {
  let comparisons = 0;
  const heap = new IndexedHeap<Item>((a, b) => {
    comparisons++;
    return a.rank - b.rank;
  });
  for (let i = 0; i < 10_000; i++) heap.add({ heapIndex: -1, rank: 10_000 - i });
  comparisons = 0;
  const first = heap.peek()!;
  heap.remove(first);
  heap.add({ heapIndex: -1, rank: 0 });
  assertEquals(comparisons < 60, true, `${comparisons}`);
});
