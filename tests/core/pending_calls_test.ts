import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type PendingCall, PendingCalls } from "../../core/pending_calls.ts";
import { RUNS } from "../support/arbitraries.ts";
import { FakeClock } from "../support/fake_clock.ts";

const LAST_ID = 2 ** 32 - 1;

/** A call that remembers what becomes of it. */
class Call implements PendingCall {
  readonly method = "f";
  dueMs: number;
  expiredMs: number | undefined;
  #onExpire: (() => void) | undefined;

  constructor(dueMs = Infinity, onExpire?: () => void) {
    this.dueMs = dueMs;
    this.#onExpire = onExpire;
  }

  settle(): void {}
  fail(): void {}
  item(): void {}
  expire(): void {
    this.expiredMs = this.dueMs;
    this.#onExpire?.();
  }
}

/** One step: a call is added, or the n-th of those waiting, or of those gone, is taken. */
type Step = { readonly add: true } | { readonly take: number } | { readonly late: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<Step>({ add: true }) },
    { weight: 4, arbitrary: fc.record({ take: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ late: fc.nat() }) },
  ),
  { maxLength: 400, size: "max" },
);

Deno.test("PendingCalls does as a Map does, over the wrap of ids too", () => {
  const firstIds = fc.oneof(
    fc.constant(1),
    fc.integer({ min: LAST_ID - 300, max: LAST_ID }),
    fc.integer({ min: 2 ** 31 - 200, max: 2 ** 31 + 200 }),
  );
  fc.assert(
    fc.property(firstIds, steps, (firstId, steps) => {
      const calls = new PendingCalls(new FakeClock(), firstId);
      const model = new Map<number, Call>();
      const gone: number[] = [];
      for (const step of steps) {
        if ("add" in step) {
          const call = new Call();
          const id = calls.add(call);
          assert(Number.isInteger(id) && id >= 1 && id <= LAST_ID, `id ${id}`);
          assert(!model.has(id), `id ${id} is in use`);
          model.set(id, call);
        } else if ("take" in step && model.size > 0) {
          const [id, call] = [...model][step.take % model.size];
          assert(calls.get(id) === call);
          assert(calls.take(id) === call);
          model.delete(id);
          gone.push(id);
        } else if ("late" in step && gone.length > 0) {
          const id = gone[step.late % gone.length];
          if (model.has(id)) continue;
          assertEquals([calls.get(id), calls.take(id)], [undefined, undefined]);
        }
        assertEquals(calls.size, model.size);
      }
      for (const [id, call] of model) assert(calls.get(id) === call);
      assertEquals(new Set(calls.takeAll()), new Set(model.values()));
      assertEquals(calls.size, 0);
      for (const id of model.keys()) assertEquals(calls.take(id), undefined);
    }),
    RUNS,
  );
});

Deno.test("PendingCalls gives ids in sequence, from the last one on to 1", () => {
  const calls = new PendingCalls(new FakeClock(), LAST_ID - 1);
  const ids = [1, 2, 3, 4].map(() => calls.add(new Call()));
  assertEquals(ids, [LAST_ID - 1, LAST_ID, 1, 2]);
});

Deno.test("PendingCalls keeps a hundred thousand calls apart while it grows", () => {
  const calls = new PendingCalls(new FakeClock(), LAST_ID - 50_000);
  const kept = new Map<number, Call>();
  for (let i = 0; i < 100_000; i++) {
    const call = new Call();
    kept.set(calls.add(call), call);
  }
  assertEquals(kept.size, 100_000);
  for (const [id, call] of kept) assert(calls.take(id) === call);
  assertEquals(calls.size, 0);
});

Deno.test("PendingCalls passes over a slot whose call never ends", () => {
  const calls = new PendingCalls(new FakeClock());
  const forever = calls.add(new Call());
  const seen = new Set<number>();
  for (let i = 0; i < 1_000; i++) {
    const id = calls.add(new Call());
    assert(id !== forever && !seen.has(id));
    seen.add(id);
    assert(calls.take(id) !== undefined);
  }
  assert(calls.get(forever) !== undefined);
});

Deno.test("PendingCalls has nothing under ids that nobody has got", () => {
  const calls = new PendingCalls(new FakeClock());
  for (let i = 0; i < 40; i++) calls.add(new Call());
  for (const id of [0, 41, 64, 128 + 1, -1, 1.5, NaN, Infinity, 2 ** 32 + 1, 2 ** 53, -(2 ** 32)]) {
    assertEquals([calls.get(id), calls.take(id)], [undefined, undefined], `${id}`);
  }
  assertEquals(calls.size, 40);
});

Deno.test("PendingCalls expires each call when it is due, on one timer", async () => {
  const clock = new FakeClock();
  const calls = new PendingCalls(clock);
  const dues = [500, 100, Infinity, 100, 300, 50];
  const added = dues.map((dueMs) => new Call(dueMs));
  const ids = added.map((call) => calls.add(call));
  assertEquals(clock.pendingTimers, 1);
  // One that has been answered is not expired.
  calls.take(ids[4]);
  for (const nowMs of [49, 50, 99, 100, 499, 500]) {
    await clock.advance(nowMs - clock.now());
    const expired = added.filter(({ expiredMs }) => expiredMs !== undefined).map((c) => c.dueMs);
    const expected = dues.filter((dueMs) => dueMs <= nowMs && dueMs !== 300);
    assertEquals(expired.toSorted(), expected.toSorted(), `at ${nowMs}`);
    for (const [i, call] of added.entries()) if (call.expiredMs !== undefined) calls.take(ids[i]);
  }
  assertEquals(clock.pendingTimers, 0);
  assertEquals(calls.size, 1);
});

Deno.test("PendingCalls.watch() notices a deadline that has come nearer", async () => {
  const clock = new FakeClock();
  const calls = new PendingCalls(clock);
  const call = new Call();
  calls.add(call);
  assertEquals(clock.pendingTimers, 0);
  call.dueMs = 1_000;
  calls.watch(1_000);
  call.dueMs = 200;
  calls.watch(200);
  assertEquals(clock.pendingTimers, 1);
  await clock.advance(200);
  assertEquals(call.expiredMs, 200);
});

Deno.test("PendingCalls expires a deadline that had passed before the call was made", async () => {
  const clock = new FakeClock();
  await clock.advance(1_000);
  const calls = new PendingCalls(clock);
  const call = new Call(500);
  calls.add(call);
  assertEquals(call.expiredMs, undefined);
  await clock.advance(0);
  assertEquals(call.expiredMs, 500);
});

Deno.test("PendingCalls.takeAll() leaves no timer, and may be followed by more", async () => {
  const clock = new FakeClock();
  const calls = new PendingCalls(clock);
  const first = new Call(100);
  calls.add(first);
  assertEquals(calls.takeAll(), [first]);
  assertEquals(clock.pendingTimers, 0);
  const second = new Call(200);
  calls.add(second);
  await clock.advance(200);
  assertEquals([first.expiredMs, second.expiredMs], [undefined, 200]);
});

Deno.test("PendingCalls bears calls that are taken, and made, while it expires others", async () => {
  const clock = new FakeClock();
  const calls = new PendingCalls(clock);
  const made: Call[] = [];
  const ids: number[] = [];
  const others = Array.from({ length: 60 }, () => new Call(100, () => made.length));
  const first = new Call(100, () => {
    for (const id of ids) calls.take(id);
    // So many that the slots are moved.
    for (let i = 0; i < 500; i++) {
      const call = new Call(100 + i);
      made.push(call);
      calls.add(call);
    }
  });
  ids.push(calls.add(first));
  for (const call of others) ids.push(calls.add(call));
  await clock.advance(99);
  assertEquals(made.length, 0);
  await clock.advance(0);
  await clock.advance(1);
  assertEquals(first.expiredMs, 100);
  assert(others.every(({ expiredMs }) => expiredMs === undefined));
  assertEquals(calls.size, 500);
  await clock.advance(10_000);
  assert(made.every(({ expiredMs }) => expiredMs !== undefined));
});

Deno.test("PendingCalls sets no timer where all calls went while it expired one", async () => {
  const clock = new FakeClock();
  const calls = new PendingCalls(clock);
  calls.add(new Call(500));
  calls.add(new Call(100, () => calls.takeAll()));
  await clock.advance(100);
  assertEquals([calls.size, clock.pendingTimers], [0, 0]);
});
