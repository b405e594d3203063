import { assertEquals, assertRejects } from "@std/assert";
import { GENERATOR_IDLE_MS, OpenGenerators } from "../../../core/easyrpc/open_generators.ts";
import { SynapseError } from "../../../core/errors.ts";
import { RunningCall } from "../../../core/running_call.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { Counter } from "../../support/streams.ts";

const DONE = { done: true, value: undefined };

function open(max = 4) {
  const clock = new FakeClock();
  return { clock, generators: new OpenGenerators(clock, max) };
}

Deno.test("OpenGenerators reads each kind of stream to its end", async () => {
  const { clock, generators } = open();
  const sources = {
    sync: (function* () {
      yield 1;
    })(),
    async: (async function* () {
      yield 1;
    })(),
    stream: ReadableStream.from([1]),
  };
  for (const [id, source] of Object.entries(sources)) {
    generators.add(id, source, new RunningCall());
    assertEquals((await generators.next(id)).value, 1);
    assertEquals((await generators.next(id)).done, true);
  }
  assertEquals([generators.size, clock.pendingTimers], [0, 0]);
});

Deno.test("OpenGenerators asks for one item after the other, also when all are asked for at once", async () => {
  const { generators } = open();
  let asked = 0;
  let most = 0;
  const iterator = {
    async next() {
      most = Math.max(most, ++asked);
      await Promise.resolve();
      asked--;
      return { done: false, value: most };
    },
  };
  generators.add("a", { [Symbol.asyncIterator]: () => iterator }, new RunningCall());
  const items = await Promise.all([1, 2, 3].map(() => generators.next("a")));
  assertEquals(items.map(({ value }) => value), [1, 1, 1]);
  generators.clear();
});

Deno.test("OpenGenerators follows what a generator throws with its end", async () => {
  const { clock, generators } = open();
  const failing = (async function* () {
    yield 1;
    throw new RangeError("kaboom");
  })();
  generators.add("a", failing, new RunningCall());
  await generators.next("a");
  await assertRejects(() => generators.next("a"), RangeError, "kaboom");
  assertEquals(await generators.next("a"), DONE);
  assertEquals([generators.size, clock.pendingTimers], [0, 0]);
});

Deno.test("OpenGenerators says once of an unknown generator that it is unknown, then that it has ended", async () => {
  const { generators } = open();
  await assertRejects(() => generators.next("x"), SynapseError, "not open");
  assertEquals(await generators.next("x"), DONE);
  await assertRejects(() => generators.next("x"), SynapseError, "not open");
});

Deno.test("OpenGenerators ends a generator that nobody reads", async () => {
  const { clock, generators } = open();
  const counter = new Counter();
  const call = new RunningCall();
  generators.add("a", counter.count(), call);
  await clock.advance(GENERATOR_IDLE_MS - 1);
  await generators.next("a");
  await clock.advance(GENERATOR_IDLE_MS - 1);
  assertEquals([generators.size, counter.isDone, call.isCancelled], [1, false, false]);
  await clock.advance(1);
  assertEquals([generators.size, counter.isDone, call.isCancelled], [0, true, true]);
});

Deno.test("OpenGenerators ends the one that was unread for longest when there are too many", async () => {
  const { clock, generators } = open(2);
  const [first, second, third] = [new Counter(), new Counter(), new Counter()];
  generators.add("first", first.count(), new RunningCall());
  generators.add("second", second.count(), new RunningCall());
  await generators.next("second");
  await generators.next("first");
  generators.add("third", third.count(), new RunningCall());
  await clock.runMicrotasks();
  assertEquals([first.isDone, second.isDone, generators.size], [false, true, 2]);
  generators.clear();
  await clock.runMicrotasks();
  assertEquals([first.isDone, generators.size, clock.pendingTimers], [true, 0, 0]);
});

Deno.test("OpenGenerators ends a generator whose id is used again", async () => {
  const { clock, generators } = open();
  const counter = new Counter();
  generators.add("a", counter.count(), new RunningCall());
  await generators.next("a");
  generators.add("a", [7].values(), new RunningCall());
  await clock.runMicrotasks();
  assertEquals([counter.isDone, (await generators.next("a")).value, generators.size], [true, 7, 1]);
  generators.clear();
  assertEquals(clock.pendingTimers, 0);
});
