import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("FakeClock.advance() moves both clocks", async () => {
  const clock = new FakeClock(1_000_000);
  assertEquals([clock.now(), clock.unixMs()], [0, 1_000_000]);
  await clock.advance(1_500);
  assertEquals([clock.now(), clock.unixMs()], [1_500, 1_001_500]);
});

Deno.test("FakeClock.advance() fires what is due, in order, each at its own time", async () => {
  const clock = new FakeClock();
  const fired: string[] = [];
  for (const [name, delayMs] of [["c", 30], ["a", 10], ["b", 20], ["b too", 20]] as const) {
    clock.after(delayMs, () => fired.push(`${name} at ${clock.now()}`));
  }
  await clock.advance(20);
  assertEquals(fired, ["a at 10", "b at 20", "b too at 20"]);
  assertEquals(clock.pendingTimers, 1);
  await clock.advance(9);
  assertEquals(fired.length, 3);
  await clock.advance(1);
  assertEquals(fired.length, 4);
});

Deno.test("FakeClock.advance() lets promises settle between timers", async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.after(10, async () => {
    for (let step = 0; step < 1_000; step++) await null;
    seen.push("settled");
    clock.after(5, () => seen.push(`set meanwhile, at ${clock.now()}`));
  });
  clock.after(20, () => seen.push("next timer"));
  await clock.advance(20);
  assertEquals(seen, ["settled", "set meanwhile, at 15", "next timer"]);
});

Deno.test("FakeClock.after() fires on a later turn, also without delay", async () => {
  const clock = new FakeClock();
  let fired = 0;
  clock.after(0, () => fired++);
  clock.after(-5, () => fired++);
  await clock.runMicrotasks();
  assertEquals(fired, 0);
  await clock.advance(0);
  assertEquals([fired, clock.now()], [2, 0]);
});

Deno.test("FakeClock.after() can be taken back, twice and too late", async () => {
  const clock = new FakeClock();
  const fired: string[] = [];
  const cancel = clock.after(10, () => fired.push("first"));
  const cancelLate = clock.after(10, () => fired.push("second"));
  cancel();
  cancel();
  assertEquals(clock.pendingTimers, 1);
  await clock.advance(10);
  cancelLate();
  assertEquals(fired, ["second"]);
});

Deno.test("FakeClock.advance() passes on what a timer throws", async () => {
  const clock = new FakeClock();
  clock.after(1, () => {
    throw new Error("in the timer");
  });
  await assertRejects(() => clock.advance(1), Error, "in the timer");
});

Deno.test("FakeClock.advance() gives up on timers that need no time", async () => {
  const clock = new FakeClock();
  const again = () => void clock.after(0, again);
  again();
  await assertRejects(() => clock.advance(1), Error, "keep firing at 0 ms");
});

Deno.test("FakeClock.advance() fires in order of time, then of setting", async () => {
  const delays = fc.array(fc.nat(20), { maxLength: 30 });
  await fc.assert(fc.asyncProperty(delays, async (delaysMs) => {
    const clock = new FakeClock();
    const fired: number[] = [];
    for (const [index, delayMs] of delaysMs.entries()) {
      clock.after(delayMs, () => fired.push(index));
    }
    await clock.advance(20);
    const expected = [...delaysMs.keys()].sort((a, b) => delaysMs[a] - delaysMs[b] || a - b);
    assertEquals(fired, expected);
  }));
});
