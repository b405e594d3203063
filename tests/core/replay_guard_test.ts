import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ReplayGuard } from "../../core/replay_guard.ts";
import { RUNS } from "../support/arbitraries.ts";
import { StillClock } from "../support/still_clock.ts";

Deno.test("ReplayGuard.admit() takes a message once", () => {
  const clock = new StillClock();
  const guard = new ReplayGuard({ clock });
  const time = clock.unixMs();
  assertEquals(guard.admit("a", time), "fresh");
  assertEquals(guard.admit("a", time), "replayed");
  assertEquals(guard.admit("b", time), "fresh");
  assertEquals(guard.size, 2);
});

Deno.test("ReplayGuard.admit() keeps its window at n and n + 1, both ways", () => {
  const clock = new StillClock();
  const guard = new ReplayGuard({ clock, windowMs: 1000 });
  const now = clock.unixMs();
  assertEquals(guard.admit("a", now - 1000), "fresh");
  assertEquals(guard.admit("b", now - 1001), "expired");
  assertEquals(guard.admit("c", now + 1000), "fresh");
  assertEquals(guard.admit("d", now + 1001), "expired");
  assertEquals(guard.size, 2);
});

Deno.test("ReplayGuard.admit() remembers a message until its time is outside the window", () => {
  const clock = new StillClock();
  const guard = new ReplayGuard({ clock, windowMs: 1000 });
  const time = clock.unixMs() + 1000;
  assertEquals(guard.admit("a", time), "fresh");
  clock.pass(2000);
  assertEquals(guard.admit("a", time), "replayed");
  clock.pass(1);
  assertEquals(guard.admit("a", time), "expired");
});

Deno.test("ReplayGuard forgets what is outside the window", () => {
  const clock = new StillClock();
  const guard = new ReplayGuard({ clock, windowMs: 1000 });
  for (let i = 0; i < 100; i++) guard.admit(`${i}`, clock.unixMs() + i);
  clock.pass(1200);
  assertEquals(guard.admit("late", clock.unixMs()), "fresh");
  assertEquals(guard.size, 1);
});

Deno.test("ReplayGuard keeps maxEntries at n and n + 1", () => {
  const clock = new StillClock();
  const guard = new ReplayGuard({ clock, windowMs: 32_000, maxEntries: 3 });
  const start = clock.unixMs();
  for (const second of [0, 1, 2]) {
    assertEquals(guard.admit(`${second}`, start + second * 1000), "fresh");
  }
  assertEquals(guard.size, 3);
  assertEquals(guard.admit("3", start + 3000), "fresh");
  assertEquals(guard.size, 3);
  assertEquals(guard.admit("0", start), "expired", "forgotten, and not let in again");
  assertEquals(guard.admit("new", start), "expired", "as old as what was forgotten");
  assertEquals(guard.admit("1", start + 1000), "replayed");
});

Deno.test("ReplayGuard refuses a message that is older than all it can hold", () => {
  const clock = new StillClock();
  const guard = new ReplayGuard({ clock, windowMs: 32_000, maxEntries: 2 });
  const now = clock.unixMs();
  guard.admit("a", now);
  guard.admit("b", now + 1000);
  assertEquals(guard.admit("c", now), "expired");
  assertEquals(guard.admit("d", now + 1000), "fresh");
  assertEquals(guard.size, 2);
});

Deno.test("ReplayGuard never takes anything twice, and never holds too much", () => {
  const step = fc.oneof(
    fc.record({ id: fc.nat(20), offsetMs: fc.integer({ min: -1200, max: 1200 }) }),
    fc.record({ passMs: fc.nat(700) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, max) => {
      const clock = new StillClock();
      const guard = new ReplayGuard({ clock, windowMs: 1000, maxEntries: max });
      const taken = new Set<string>();
      const times = new Map<number, number>();
      for (const step of steps) {
        if ("passMs" in step) {
          clock.pass(step.passMs);
          continue;
        }
        // A message bears one time, whenever it is sent again.
        const time = times.get(step.id) ?? clock.unixMs() + step.offsetMs;
        times.set(step.id, time);
        const admission = guard.admit(`${step.id}`, time);
        if (admission === "fresh") {
          assertEquals(taken.has(`${step.id}`), false);
          taken.add(`${step.id}`);
        }
        if (Math.abs(clock.unixMs() - time) > 1000) assertEquals(admission, "expired");
        assertEquals(guard.size <= max, true);
      }
    }),
    RUNS,
  );
});

Deno.test("ReplayGuard refuses bounds that are none", () => {
  const clock = new StillClock();
  for (const bad of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new ReplayGuard({ clock, windowMs: bad }), RangeError, "windowMs");
    assertThrows(() => new ReplayGuard({ clock, maxEntries: bad }), RangeError, "maxEntries");
  }
});
