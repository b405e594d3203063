import { assert, assertEquals } from "@std/assert";
import { systemClock, systemRandom } from "../../transports/system.ts";

const LONGEST_TIMER_MS = 0x7fffffff;

function passed(delayMs: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(delayMs, resolve));
}

Deno.test("systemClock.now() never goes back", () => {
  let last = systemClock.now();
  for (let i = 0; i < 10_000; i++) {
    const now = systemClock.now();
    assert(now >= last);
    last = now;
  }
});

Deno.test("systemClock.unixMs() is the wall's", () => {
  const before = Date.now();
  const between = systemClock.unixMs();
  assert(before <= between && between <= Date.now());
});

Deno.test("systemClock.after() calls back on a later turn, in order of delay", async () => {
  const calls: string[] = [];
  systemClock.after(20, () => calls.push("later"));
  systemClock.after(0, () => calls.push("soon"));
  queueMicrotask(() => calls.push("now"));
  assertEquals(calls, []);
  await passed(20);
  assertEquals(calls, ["now", "soon", "later"]);
});

Deno.test("systemClock.after() can be taken back, twice and too late", async () => {
  let calls = 0;
  const cancel = systemClock.after(0, () => calls++);
  cancel();
  cancel();
  const tooLate = systemClock.after(0, () => calls++);
  await passed(1);
  tooLate();
  assertEquals(calls, 1);
});

Deno.test("systemClock.after() doesn't go off at once for delays longer than a timer holds", async () => {
  let calls = 0;
  const cancels = [LONGEST_TIMER_MS + 1, 2 ** 40, Infinity].map((delayMs) =>
    systemClock.after(delayMs, () => calls++)
  );
  await passed(5);
  assertEquals(calls, 0);
  for (const cancel of cancels) cancel();
});

Deno.test("systemClock.after() puts long delays together from short ones", () => {
  const delays: number[] = [];
  let calls = 0;
  withTimers((callback, delayMs) => {
    delays.push(delayMs);
    callback();
  }, () => systemClock.after(2 * LONGEST_TIMER_MS + 5, () => calls++));
  assertEquals(delays, [LONGEST_TIMER_MS, LONGEST_TIMER_MS, 5]);
  assertEquals(calls, 1);
});

Deno.test("systemRandom() is in [0, 1)", () => {
  for (let i = 0; i < 1000; i++) {
    const number = systemRandom();
    assert(number >= 0 && number < 1);
  }
});

function withTimers(set: (callback: () => void, delayMs: number) => void, run: () => void): void {
  const original = globalThis.setTimeout;
  globalThis.setTimeout = set as unknown as typeof setTimeout;
  try {
    run();
  } finally {
    globalThis.setTimeout = original;
  }
}
