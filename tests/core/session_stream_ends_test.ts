import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { RemoteError, SynapseError, TimeoutError, TransportError } from "../../core/errors.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { collect, Counter } from "../support/streams.ts";

Deno.test("Leaving the loop early runs the generator's finally on the other side", async () => {
  const counter = new Counter();
  let signal: AbortSignal | undefined;
  await using pair = await Pair.connect({
    serves: {
      count: counter.count,
      watched: [{ context: true }, async function* (context: CallContext) {
        signal = context.signal;
        yield* counter.count();
      }],
    },
  });
  for await (const item of pair.remote.stream("count")) if (item === 100) break;
  await pair.clock.runMicrotasks();
  assert(counter.isDone);
  const { yields } = counter;
  counter.isDone = false;
  await assertRejects(
    async () => {
      for await (const _ of pair.remote.stream("watched")) throw new Error("out of the loop");
    },
    Error,
    "out of the loop",
  );
  await pair.clock.runMicrotasks();
  assert(counter.isDone);
  assert(counter.yields <= yields + 64, `${counter.yields - yields} more`);
  assertEquals((signal!.reason as SynapseError).code, "cancelled");
});

Deno.test("Leaving while the generator is in the middle of a step ends it after the step", async () => {
  const steps: string[] = [];
  const step = Promise.withResolvers<void>();
  await using pair = await Pair.connect({
    serves: {
      async *steps() {
        try {
          yield 1;
          await step.promise;
          steps.push("step done");
          yield 2;
          steps.push("went on");
        } finally {
          steps.push("finally");
        }
      },
    },
  });
  for await (const _ of pair.remote.stream("steps")) break;
  await pair.clock.runMicrotasks();
  assertEquals(steps, []);
  step.resolve();
  await pair.clock.runMicrotasks();
  assertEquals(steps, ["step done", "finally"]);
});

Deno.test("What a finally throws after its reader has left is nobody's business", async () => {
  await using pair = await Pair.connect({
    serves: {
      async *asynchronous() {
        try {
          for (;;) yield 1;
        } finally {
          await Promise.reject(new Error("late"));
        }
      },
      synchronous: () => ({
        [Symbol.iterator]() {
          return this;
        },
        next: () => ({ done: false, value: 1 }),
        return() {
          throw new Error("late");
        },
      }),
    },
  });
  for (const name of ["asynchronous", "synchronous"]) {
    for await (const _ of pair.remote.stream(name)) break;
    await pair.clock.runMicrotasks();
  }
  assertEquals(await pair.remote.call("_synapse.ping"), "pong");
});

Deno.test("A generator that throws gives its items first, then its error", async () => {
  await using pair = await Pair.connect({
    serves: {
      async *failing(n: number) {
        for (let i = 0; i < n; i++) yield i;
        throw new SynapseError("dry", "No more", { data: { after: n } });
      },
      async *nothing() {
        yield 1;
        throw undefined;
      },
      // deno-lint-ignore require-yield -- it fails before it has anything to yield
      *at_once() {
        throw new Error("at once");
      },
    },
  });
  for (const n of [0, 1, 5, 100]) {
    const got: unknown[] = [];
    const error = await assertRejects(async () => {
      for await (const item of pair.remote.stream("failing", [n])) got.push(item);
    }, RemoteError);
    assertEquals(got.length, n);
    assertEquals([error.code, error.message, error.data], ["dry", "No more", { after: n }]);
  }
  await assertRejects(() => collect(pair.remote.stream("nothing")), RemoteError, "threw no error");
  await assertRejects(() => collect(pair.remote.stream("at_once")), RemoteError, "at once");
});

Deno.test("A generator that is no generator fails like any handler", async () => {
  const broken = {
    [Symbol.asyncIterator]() {
      throw new Error("no iterator");
    },
  };
  const odd = { [Symbol.asyncIterator]: () => ({ next: () => undefined }) };
  await using pair = await Pair.connect({
    serves: { sync: () => broken, async: () => Promise.resolve(broken), odd: () => odd },
  });
  for (const name of ["sync", "async"]) {
    await assertRejects(() => collect(pair.remote.stream(name)), RemoteError, "no iterator");
  }
  await assertRejects(() => collect(pair.remote.stream("odd")), RemoteError);
  await pair.server.close();
});

Deno.test("An item that can't be sent ends the stream with an error, and runs the finally", async () => {
  let isDone = false;
  await using pair = await Pair.connect({
    serves: {
      async *mixed() {
        try {
          yield "fine";
          yield () => {};
          yield "never";
        } finally {
          isDone = true;
        }
      },
    },
  });
  const got: unknown[] = [];
  const error = await assertRejects(async () => {
    for await (const item of pair.remote.stream("mixed")) got.push(item);
  }, RemoteError);
  assertEquals(got, ["fine"]);
  assertEquals(error.code, "internal_error");
  assert(error.message.startsWith("Cannot send an item of mixed: "), error.message);
  assert(isDone);
});

Deno.test("A stream's deadline holds for each wait, not for the whole", async () => {
  const steps: (() => void)[] = [];
  let isDone = false;
  await using pair = await Pair.connect({
    serves: {
      async *slow() {
        try {
          for (let i = 0;; i++) {
            await new Promise<void>((resolve) => steps.push(resolve));
            yield i;
          }
        } finally {
          isDone = true;
        }
      },
    },
  });
  const items = pair.remote.stream("slow", [], { timeoutMs: 1_000 });
  // Nobody waits: no time runs.
  await pair.clock.advance(5_000);
  for (let i = 0; i < 5; i++) {
    const next = items.next();
    await pair.clock.advance(999);
    steps.shift()!();
    assertEquals(await next, { done: false, value: i });
    await pair.clock.advance(500);
  }
  const late = assertRejects(() => items.next(), TimeoutError);
  await pair.clock.advance(999);
  assertEquals(isDone, false);
  await pair.clock.advance(1);
  const error = await late;
  assertEquals([error.operation, error.timeoutMs], ["read stream slow", 1_000]);
  assertEquals(await items.next(), { done: true, value: undefined });
  steps.shift()!();
  await pair.clock.runMicrotasks();
  assert(isDone);
});

Deno.test("A stream without a deadline waits for ever", async () => {
  await using pair = await Pair.connect({
    serves: {
      // deno-lint-ignore require-yield -- that is what it is for
      async *never() {
        await new Promise(() => {});
      },
    },
  });
  let isSettled = false;
  const next = pair.remote.stream("never").next().finally(() => isSettled = true);
  await pair.clock.advance(24 * 3_600_000);
  assertEquals(isSettled, false);
  await pair.client.close(0);
  await assertRejects(() => next, TransportError);
});

Deno.test("A stream's signal ends it with the signal's own reason, whether or not items wait", async () => {
  const counter = new Counter();
  await using pair = await Pair.connect({
    serves: {
      count: counter.count,
      async *once() {
        yield 0;
        await new Promise(() => {});
      },
    },
  });
  for (const name of ["count", "once"]) {
    const reason = { my: "reason" };
    const controller = new AbortController();
    const items = pair.remote.stream(name, [], { signal: controller.signal });
    await items.next();
    await pair.clock.runMicrotasks();
    const next = name === "once" ? items.next() : undefined;
    controller.abort(reason);
    const thrown = await (next ?? items.next()).catch((error) => error);
    assert(thrown === reason, name);
    assertEquals((await items.next()).done, true);
  }
  await pair.clock.runMicrotasks();
  assert(counter.isDone);
});

Deno.test("A signal that fires before, or after, does what one expects", async () => {
  let runs = 0;
  await using pair = await Pair.connect({
    serves: {
      *two() {
        runs++;
        yield 1;
        yield 2;
      },
    },
  });
  const reason = new Error("before");
  const never = pair.remote.stream("two", [], { signal: AbortSignal.abort(reason) });
  assert(await never.next().catch((error) => error) === reason);
  await pair.clock.runMicrotasks();
  assertEquals(runs, 0);
  const controller = new AbortController();
  const items = pair.remote.stream("two", [], { signal: controller.signal });
  await pair.clock.runMicrotasks();
  // The stream is over on the wire; what has come may still be read.
  controller.abort(new Error("after"));
  assertEquals(await collect(items), [1, 2]);
});

Deno.test("When the connection breaks, items that have come are read first", async () => {
  await using raw = await RawNode.serve();
  const peer = raw.connect().hello();
  const items = raw.node.connections[0].stream("count");
  peer.send([2, "$/item", [1, "a"]], [2, "$/item", [1, "b"]]).cut();
  await raw.clock.runMicrotasks();
  assertEquals((await items.next()).value, "a");
  assertEquals((await items.next()).value, "b");
  const error = await assertRejects(() => items.next(), TransportError);
  assertEquals(error.code, "connection_lost");
  assertEquals((await items.next()).done, true);
});

Deno.test("return() ends whoever waits, and more than once", async () => {
  const counter = new Counter();
  await using pair = await Pair.connect({
    serves: {
      async *never() {
        yield* counter.count();
      },
    },
    client: { limits: { streamWindow: 1 } },
  });
  const items = pair.remote.stream("never");
  const nexts = [items.next(), items.next()];
  assertEquals(await items.return!("left"), { done: true, value: "left" });
  assertEquals(await items.return!(), { done: true, value: undefined });
  assertEquals(await items.next(), { done: true, value: undefined });
  assertEquals((await Promise.all(nexts)).map(({ done }) => done), [true, true]);
  await pair.clock.runMicrotasks();
  assert(counter.yields === 0 || counter.isDone);
});
