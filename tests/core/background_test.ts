import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { BackgroundTasks } from "../../core/background.ts";
import type { Clock } from "../../core/channel.ts";
import { SynapseError } from "../../core/errors.ts";
import { cron, every, type Schedule } from "../../core/schedule.ts";
import { FakeClock } from "../support/fake_clock.ts";

const DAY_MS = 86_400_000;

interface Bench {
  readonly clock: FakeClock;
  readonly tasks: BackgroundTasks;
  readonly errors: unknown[];
}

function createTasks(clock: FakeClock = new FakeClock(0), as: Clock = clock): Bench {
  const errors: unknown[] = [];
  const onError = (name: string, error: unknown) => void errors.push([name, error]);
  return { clock, tasks: new BackgroundTasks({ clock: as, onError }), errors };
}

Deno.test("BackgroundTasks runs a task on its schedule, from start() on", async () => {
  const { clock, tasks } = createTasks();
  const times: number[] = [];
  const handle = tasks.add(every("5s"), () => times.push(clock.now()));
  await clock.advance(60_000);
  assertEquals(times, []);
  tasks.start();
  tasks.start();
  await clock.advance(15_000);
  assertEquals(times, [65_000, 70_000, 75_000]);
  assertEquals(handle.runs, 3);
  await tasks.stop();
});

Deno.test("BackgroundTasks runs a task at once where its schedule says so", async () => {
  const { clock, tasks } = createTasks();
  const times: number[] = [];
  tasks.add(every("5s", { immediately: true }), () => times.push(clock.now()));
  tasks.start();
  await clock.advance(5_000);
  assertEquals(times, [0, 5_000]);
  await tasks.stop();
});

Deno.test("BackgroundTasks.add() begins right away when started before", async () => {
  const { clock, tasks } = createTasks();
  const times: number[] = [];
  tasks.start();
  await clock.advance(1_000);
  tasks.add(every("5s"), () => times.push(clock.now()));
  await clock.advance(5_000);
  assertEquals(times, [6_000]);
  await tasks.stop();
});

Deno.test("BackgroundTasks.add() names a task after its function", () => {
  const { tasks } = createTasks();
  assertEquals(tasks.add(every("5s"), function tidy() {}).name, "tidy");
  assertEquals(tasks.add(every("5s"), function tidy() {}, { name: "sweep" }).name, "sweep");
  assertEquals(tasks.add(every("5s"), () => {}).name, "anonymous");
  assertEquals(tasks.tasks.map(({ name }) => name), ["tidy", "sweep", "anonymous"]);
  assertEquals(tasks.tasks[0].schedule.text, "every 5 s");
});

Deno.test("BackgroundTasks measures from start to start and skips what passes while a task runs", async () => {
  const { clock, tasks } = createTasks();
  const starts: number[] = [];
  const durationsMs = [3_000, 12_000, 5_000, 0];
  tasks.add(every("5s"), () => {
    starts.push(clock.now());
    const durationMs = durationsMs.shift() ?? 0;
    return new Promise<void>((resolve) => void clock.after(durationMs, resolve));
  });
  tasks.start();
  await clock.advance(40_000);
  assertEquals(starts, [5_000, 10_000, 25_000, 35_000, 40_000]);
  await clock.advance(0);
  await tasks.stop();
});

Deno.test("BackgroundTasks does not drift when timers are late", async () => {
  const clock = new FakeClock(0);
  const late: Clock = {
    now: () => clock.now(),
    unixMs: () => clock.unixMs(),
    after: (delayMs, callback) => clock.after(delayMs + 300, callback),
  };
  const { tasks } = createTasks(clock, late);
  const starts: number[] = [];
  tasks.add(every("1s"), () => starts.push(clock.now()));
  tasks.start();
  await clock.advance(4_500);
  assertEquals(starts, [1_300, 2_300, 3_300, 4_300]);
  await tasks.stop();
});

Deno.test("BackgroundTasks runs nothing twice when timers are early", async () => {
  const clock = new FakeClock(0);
  const early: Clock = {
    now: () => clock.now(),
    unixMs: () => clock.unixMs(),
    after: (delayMs, callback) => clock.after(delayMs > 1 ? delayMs - 1 : delayMs, callback),
  };
  const { tasks } = createTasks(clock, early);
  const starts: number[] = [];
  tasks.add(cron("* * * * *", { timezone: "UTC" }), () => starts.push(clock.now()));
  tasks.start();
  await clock.advance(130_000);
  assertEquals(starts, [0, 60_000, 120_000]);
  await tasks.stop();
});

Deno.test("BackgroundTasks reports a task that throws and goes on", async () => {
  const { clock, tasks, errors } = createTasks();
  const mistakes = [new Error("thrown"), "rejected"];
  const handle = tasks.add(every("5s"), function fragile() {
    if (mistakes.length === 2) throw mistakes.shift();
    if (mistakes.length === 1) return Promise.reject(mistakes.shift());
  });
  const [thrown] = mistakes;
  tasks.start();
  await clock.advance(15_000);
  assertEquals(errors, [["fragile", thrown], ["fragile", "rejected"]]);
  assertEquals([handle.runs, handle.failures, handle.lastError], [3, 2, "rejected"]);
  await tasks.stop();
});

Deno.test("BackgroundTasks.stop() aborts what runs, waits for it, and starts nothing more", async () => {
  const { clock, tasks, errors } = createTasks();
  const finish = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const handle = tasks.add(every("5s"), (signal) => {
    signals.push(signal);
    return finish.promise;
  });
  tasks.start();
  await clock.advance(5_000);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);

  let isStopped = false;
  const stopped = tasks.stop().then(() => isStopped = true);
  await clock.runMicrotasks();
  assertEquals(isStopped, false);
  assertInstanceOf(signals[0].reason, SynapseError);
  assertEquals(signals[0].reason.code, "cancelled");

  finish.resolve();
  await stopped;
  assertEquals([clock.pendingTimers, tasks.tasks], [0, []]);
  await clock.advance(60_000);
  assertEquals([handle.runs, handle.failures, errors], [1, 0, []]);
});

Deno.test("BackgroundTasks.stop() does not count giving up on the signal as a failure", async () => {
  const { clock, tasks, errors } = createTasks();
  const handle = tasks.add(every("5s"), (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }));
  tasks.start();
  await clock.advance(5_000);
  await tasks.stop();
  assertEquals([handle.failures, errors], [0, []]);
});

Deno.test("BackgroundTasks.stop() reports another error of a task that it aborts", async () => {
  const { clock, tasks, errors } = createTasks();
  const mistake = new Error("cannot tidy up");
  tasks.add(every("5s"), (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(mistake));
    }), { name: "fragile" });
  tasks.start();
  await clock.advance(5_000);
  await tasks.stop();
  assertEquals(errors, [["fragile", mistake]]);
});

Deno.test("BackgroundTaskHandle.stop() ends one task, also from within", async () => {
  const { clock, tasks } = createTasks();
  let others = 0;
  const handle = tasks.add(every("5s"), () => void handle.stop());
  tasks.add(every("5s"), () => others++, { name: "other" });
  tasks.start();
  await clock.advance(15_000);
  assertEquals([handle.runs, others], [1, 3]);
  assertEquals(tasks.tasks.map(({ name }) => name), ["other"]);
  assertEquals(clock.pendingTimers, 1);
  await handle.stop();
  await tasks.stop();
});

Deno.test("BackgroundTasks.stop() waits for a task that was stopped before and still runs", async () => {
  const { clock, tasks } = createTasks();
  const finish = Promise.withResolvers<void>();
  const handle = tasks.add(every("5s"), () => finish.promise);
  tasks.start();
  await clock.advance(5_000);
  const seen: string[] = [];
  const stopped = Promise.all([
    handle.stop().then(() => seen.push("task")),
    tasks.stop().then(() => seen.push("all")),
  ]);
  await clock.runMicrotasks();
  assertEquals(seen, []);
  finish.resolve();
  await stopped;
  assertEquals([seen, tasks.tasks], [["task", "all"], []]);
});

Deno.test("BackgroundTasks gives each run a signal of its own", async () => {
  const { clock, tasks } = createTasks();
  const signals: AbortSignal[] = [];
  tasks.add(every("5s"), (signal) => signals.push(signal));
  tasks.start();
  await clock.advance(10_000);
  await tasks.stop();
  assert(signals[0] !== signals[1]);
  assertEquals(signals[0].aborted, false);
});

Deno.test("BackgroundTasks never asks for a longer delay than timers can keep", async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  let longestMs = 0;
  const { tasks } = createTasks(clock, {
    now: () => clock.now(),
    unixMs: () => clock.unixMs(),
    after: (delayMs, callback) => {
      longestMs = Math.max(longestMs, delayMs);
      return clock.after(delayMs, callback);
    },
  });
  const times: string[] = [];
  tasks.add(
    cron("0 12 29 3 *", { timezone: "UTC" }),
    () => times.push(new Date(clock.unixMs()).toISOString()),
  );
  tasks.start();
  await clock.advance(120 * DAY_MS);
  assertEquals(times, ["2026-03-29T12:00:00.000Z"]);
  assert(longestMs < 2 ** 31, `${longestMs} ms`);
  await tasks.stop();
});

Deno.test("BackgroundTasks lets a schedule end", async () => {
  const { clock, tasks } = createTasks();
  const twice: Schedule = {
    text: "twice",
    next: (afterUnixMs) => [1_000, 2_000].find((due) => due > afterUnixMs),
  };
  const handle = tasks.add(twice, () => {});
  tasks.start();
  await clock.advance(60_000);
  assertEquals([handle.runs, clock.pendingTimers], [2, 0]);
  await tasks.stop();
});

/** A clock whose wall time can be set, as by hand or after a suspend. */
class SettableClock extends FakeClock {
  offsetMs = 0;

  override unixMs(): number {
    return super.unixMs() + this.offsetMs;
  }
}

Deno.test("BackgroundTasks finds its way when the clock is put back by an hour", async () => {
  const clock = new SettableClock(10 * DAY_MS);
  const { tasks } = createTasks(clock);
  const ticks: number[] = [];
  const hours: number[] = [];
  tasks.add(every("10s"), () => ticks.push(clock.now()));
  tasks.add(cron("0 * * * *", { timezone: "UTC" }), () => hours.push(clock.unixMs()));
  tasks.start();
  await clock.advance(15_000);
  clock.offsetMs = -3_600_000;
  await clock.advance(45_000);
  assertEquals(ticks, [10_000, 30_000, 40_000, 50_000, 60_000]);
  await clock.advance(7_200_000);
  const start = 10 * DAY_MS;
  assertEquals(hours, [start, start, start + 3_600_000]);
  await tasks.stop();
});

Deno.test("BackgroundTasks finds its way when the clock is put back while a task runs", async () => {
  const clock = new SettableClock(10 * DAY_MS);
  const { tasks } = createTasks(clock);
  const ticks: number[] = [];
  tasks.add(every("10s"), () => {
    ticks.push(clock.now());
    clock.offsetMs -= 3_600_000;
  });
  tasks.start();
  await clock.advance(30_000);
  assertEquals(ticks, [10_000, 20_000, 30_000]);
  await tasks.stop();
});

Deno.test("BackgroundTasks waits for a clock that is put back a little, and runs nothing twice", async () => {
  const clock = new SettableClock(0);
  const { tasks } = createTasks(clock);
  const times: number[] = [];
  tasks.add(cron("* * * * *", { timezone: "UTC" }), () => {
    times.push(clock.unixMs());
    clock.offsetMs -= 2_000;
  });
  tasks.start();
  await clock.advance(130_000);
  assertEquals(times, [0, 60_000, 120_000]);
  await tasks.stop();
});

Deno.test("BackgroundTasks catches up once after the machine slept", async () => {
  const clock = new SettableClock(0);
  const { tasks } = createTasks(clock);
  const times: number[] = [];
  tasks.add(cron("0 3 * * *", { timezone: "UTC" }), () => times.push(clock.unixMs()));
  tasks.start();
  await clock.advance(3_600_000);
  clock.offsetMs = 3 * DAY_MS;
  await clock.advance(60_000);
  assertEquals(times, [3 * DAY_MS + 3_660_000]);
  await tasks.stop();
});
