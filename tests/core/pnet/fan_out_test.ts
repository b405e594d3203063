import { assertEquals } from "@std/assert";
import { askEach } from "../../../core/pnet/fan_out.ts";

Deno.test("askEach() asks no more at once than it may, and each name once", async () => {
  let running = 0;
  let most = 0;
  const asked: string[] = [];
  const outcomes = await askEach(["a", "b", "c", "a", "d"], 2, async (name) => {
    asked.push(name);
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (name === "c") throw new Error("no");
    return name.toUpperCase();
  });
  assertEquals([most, asked], [2, ["a", "b", "c", "d"]]);
  assertEquals([...outcomes.keys()], ["a", "b", "c", "d"]);
  assertEquals(outcomes.get("d"), { status: "fulfilled", value: "D" });
  assertEquals(outcomes.get("c")?.status, "rejected");
});

Deno.test("askEach() is not held up by one that hangs while others can be asked", async () => {
  const hanging = Promise.withResolvers<string>();
  const asked: string[] = [];
  const all = askEach(["slow", "a", "b", "c"], 2, (name) => {
    asked.push(name);
    return name === "slow" ? hanging.promise : Promise.resolve(name);
  });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assertEquals(asked, ["slow", "a", "b", "c"]);
  hanging.resolve("done");
  assertEquals((await all).size, 4);
});

Deno.test("askEach() asks nobody where there is nobody", async () => {
  assertEquals((await askEach([], 2, () => Promise.resolve(1))).size, 0);
});
