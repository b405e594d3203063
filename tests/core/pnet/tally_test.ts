import { assertEquals } from "@std/assert";
import { Budget } from "../../../core/budget.ts";
import { Tally } from "../../../core/pnet/tally.ts";

Deno.test("Tally holds what there may be in all, and of each owner", () => {
  const tally = new Tally(3, 2);
  assertEquals([tally.add("a"), tally.add("a"), tally.add("a")], [true, true, false]);
  assertEquals([tally.add("b"), tally.add("b")], [true, false]);
  tally.remove("a");
  assertEquals([tally.add("c"), tally.total], [true, 3]);
});

Deno.test("Tally counts for every owner of a thing, and for none of them where one has too many", () => {
  const tally = new Tally(10, 1);
  assertEquals(tally.add("key", "host"), true);
  assertEquals([tally.add("key", "other"), tally.add("other", "host")], [false, false]);
  assertEquals(tally.add("other"), true);
  tally.remove("key", "host");
  assertEquals([tally.add("key"), tally.add("host"), tally.total], [true, true, 3]);
});

Deno.test("Budget gives up to its limit", () => {
  const budget = new Budget(10);
  assertEquals([budget.take(4), budget.take(7), budget.take(6), budget.used], [
    true,
    false,
    true,
    10,
  ]);
  budget.give(6);
  assertEquals([budget.take(7), budget.take(6)], [false, true]);
});
