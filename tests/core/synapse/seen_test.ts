import { assertEquals } from "@std/assert";
import { Seen } from "../../../core/synapse/seen.ts";

Deno.test("Seen knows what it has seen, up to so many, the oldest forgotten first", () => {
  const seen = new Seen(2);
  assertEquals([seen.add("a"), seen.add("a"), seen.add("b")], [true, false, true]);
  assertEquals([seen.add("c"), seen.add("c"), seen.add("b")], [true, false, false]);
  assertEquals([seen.add("a"), seen.add("c")], [true, false]);
});
