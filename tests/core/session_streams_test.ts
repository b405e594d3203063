import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { RemoteError, SynapseError } from "../../core/errors.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { createSchema } from "../support/schema.ts";
import { collect, Counter } from "../support/streams.ts";

Deno.test("stream() gives the items of every kind of generator, in order", async () => {
  const numbers = [0, 1, 2, 3, 4];
  await using pair = await Pair.connect({
    serves: {
      async *asynchronous(n: number) {
        for (let i = 0; i < n; i++) yield i;
      },
      *synchronous(n: number) {
        for (let i = 0; i < n; i++) yield i;
      },
      later: async (n: number) => {
        await pair.clock.runMicrotasks();
        return numbers.slice(0, n).values();
      },
      by_hand: (n: number) => {
        let next = 0;
        const step = () =>
          Promise.resolve(next < n ? { done: false, value: next++ } : { done: true });
        return { [Symbol.asyncIterator]: () => ({ next: step }) };
      },
      readable: (n: number) => ReadableStream.from(numbers.slice(0, n)),
    },
  });
  for (const name of ["asynchronous", "synchronous", "later", "by_hand", "readable"]) {
    assertEquals(await collect(pair.remote.stream(name, [5])), numbers, name);
    assertEquals(await collect(pair.remote.stream(name, [0])), [], name);
  }
});

Deno.test("stream() brings large and odd items across, more than the window holds", async () => {
  const items = [null, undefined, [], [[]], { $kw: {} }, new Uint8Array(50_000).fill(3), "x"];
  await using pair = await Pair.connect({
    client: { limits: { streamWindow: 2 } },
    serves: {
      *odd() {
        for (let i = 0; i < 20; i++) yield* items;
      },
    },
  });
  const expected = items.map((item) => item ?? null);
  assertEquals(await collect(pair.remote.stream("odd")), Array(20).fill(expected).flat());
});

Deno.test("An array, a map and a text are values, not streams", async () => {
  await using pair = await Pair.connect({
    serves: { list: () => [1, 2], map: () => new Map([[1, 2]]), text: () => "ab" },
  });
  assertEquals(await pair.remote.call("list"), [1, 2]);
  assertEquals(await pair.remote.call("map"), new Map([[1, 2]]));
  assertEquals(await collect(pair.remote.stream("list")), [[1, 2]]);
  assertEquals(await collect(pair.remote.stream("text")), ["ab"]);
});

Deno.test("A generator goes no further than its reader's window", async () => {
  const counter = new Counter();
  await using pair = await Pair.connect({
    client: { limits: { streamWindow: 8 } },
    serves: { count: counter.count },
  });
  const items = pair.remote.stream("count");
  await pair.clock.runMicrotasks();
  assertEquals(counter.yields, 8);
  const yields: number[] = [];
  for (let read = 0; read < 9; read++) {
    assertEquals((await items.next()).value, read);
    await pair.clock.runMicrotasks();
    yields.push(counter.yields);
  }
  assertEquals(yields, [8, 8, 8, 12, 12, 12, 12, 16, 16]);
  await items.return!();
});

Deno.test("A reader that waits gives its credit back just the same", async () => {
  await using pair = await Pair.connect({
    client: { limits: { streamWindow: 3 } },
    serves: {
      async *slow() {
        for (let i = 0; i < 20; i++) {
          await pair.clock.runMicrotasks();
          yield i;
        }
      },
    },
  });
  assertEquals((await collect(pair.remote.stream("slow"))).length, 20);
});

Deno.test("Credit goes back in halves of the window", async () => {
  await using raw = await RawNode.serve({}, { limits: { streamWindow: 6 } });
  const peer = raw.connect().hello();
  const items = raw.node.connections[0].stream("count");
  const send = (count: number) => peer.send(...Array(count).fill([2, "$/item", [1, "item"]]));
  send(6);
  for (let i = 0; i < 7; i++) {
    if (i === 6) send(3);
    await items.next();
  }
  assertEquals(peer.notified("$/credit"), [[1, 3], [1, 3]]);
  peer.send([1, 1, null, null]);
  assertEquals((await collect(items)).length, 2);
  assertEquals(peer.notified("$/credit").length, 2);
});

Deno.test("A window larger than peers believe is cut, and doesn't stall the stream", async () => {
  const raw = await RawNode.serve({}, { limits: { streamWindow: 1_000_000 } });
  const peer = raw.connect().hello();
  assertEquals(peer.notified("$/hello"), [[{ name: "", namespace: "", window: 65_536 }]]);
  await raw[Symbol.asyncDispose]();
  await using pair = await Pair.connect({
    client: { limits: { streamWindow: 1_000_000 } },
    serves: {
      *count() {
        for (let i = 0; i < 100_000; i++) yield i;
      },
    },
  });
  let sum = 0;
  for await (const item of pair.remote.stream("count")) sum += item as number;
  assertEquals(sum, 4_999_950_000);
});

Deno.test("An empty stream is not a function that returns null", async () => {
  await using pair = await Pair.connect({ serves: { *empty() {}, nothing: () => null } });
  const empty = pair.remote.stream("empty");
  assertEquals(await collect(empty), []);
  assertEquals((empty as unknown as { isStream: boolean }).isStream, true);
  const nothing = pair.remote.stream("nothing");
  assertEquals(await collect(nothing), [null]);
  assertEquals((nothing as unknown as { isStream: boolean }).isStream, false);
});

Deno.test("stream() of what doesn't stream gives the result, or the error", async () => {
  await using pair = await Pair.connect({
    serves: {
      sum: (a: number, b: number) => Promise.resolve(a + b),
      fail: () => Promise.reject(new SynapseError("no", "Not today")),
    },
  });
  const { remote } = pair;
  assertEquals(await collect(remote.stream("sum", [1], { kwargs: { b: 2 } })), [3]);
  assertEquals((await assertRejects(() => collect(remote.stream("fail")), RemoteError)).code, "no");
  await assertRejects(() => collect(remote.stream("missing")), RemoteError, "no such function");
  await assertRejects(
    () => collect(remote.stream("sum")),
    RemoteError,
    "arguments a, b are missing",
  );
});

Deno.test("call() of a streaming function says so, and stops the generator", async () => {
  const counter = new Counter();
  await using pair = await Pair.connect({ serves: { count: counter.count, *empty() {} } });
  for (const name of ["count", "empty"]) {
    const error = await assertRejects(() => pair.remote.call(name), SynapseError);
    assertEquals(error.code, "not_supported");
    assertEquals(
      error.message,
      `Cannot call ${name} as it streams its results: use stream()`,
    );
  }
  await pair.clock.runMicrotasks();
  assert(counter.isDone);
});

Deno.test("A caller that hasn't said hello gets not_supported, and nothing is started", async () => {
  const counter = new Counter();
  let cancelled: unknown;
  const source = () => new ReadableStream({ cancel: (reason) => void (cancelled = [reason]) });
  await using raw = await RawNode.serve({
    count: counter.count,
    later: () => Promise.resolve(counter.count()),
    readable: source,
  });
  const peer = raw.connect();
  peer.send([0, 1, "count", []], [0, 2, "later", []], [0, 3, "readable", []]);
  await raw.clock.runMicrotasks();
  const refusal = (name: string): string =>
    `not_supported: Cannot call ${name} as it streams its results, and the caller takes no streams`;
  assertEquals(
    new Map(peer.responses.map(({ id, error }) => [id, error])),
    new Map([[1, refusal("count")], [2, refusal("later")], [3, refusal("readable")]]),
  );
  assertEquals(counter.yields, 0);
  assertEquals(cancelled, [undefined]);
});

Deno.test("maxStreams holds for what this side reads", async () => {
  const counter = new Counter();
  await using pair = await Pair.connect({
    client: { limits: { maxStreams: 2 } },
    serves: { count: counter.count, plain: () => 1 },
  });
  const open = [pair.remote.stream("count"), pair.remote.stream("count")];
  const third = pair.remote.stream("count");
  const error = await assertRejects(() => third.next(), SynapseError);
  assertEquals(error.code, "limit_exceeded");
  assertEquals(error.message, "Cannot stream count as 2 streams are open already");
  assertEquals(await third.next(), { done: true, value: undefined });
  await open[0].return!();
  assertEquals((await pair.remote.stream("count").next()).value, 0);
  // A stream that is over, however it ended, doesn't count any more.
  await open[1].return!();
  for (let i = 0; i < 5; i++) {
    assertEquals(await collect(pair.remote.stream("plain")), [1]);
    await assertRejects(() => collect(pair.remote.stream("missing")));
    await assertRejects(() => collect(pair.remote.stream("plain", [() => {}])));
    const aborted = pair.remote.stream("count", [], { signal: AbortSignal.abort(new Error("no")) });
    await assertRejects(() => collect(aborted), Error, "no");
  }
});

Deno.test("maxStreams holds for what this side sends", async () => {
  const counter = new Counter();
  await using raw = await RawNode.serve({ count: counter.count }, { limits: { maxStreams: 2 } });
  const peer = raw.connect().hello(4);
  for (const id of [1, 2, 3]) peer.send([0, id, "count", []]);
  await raw.clock.runMicrotasks();
  const refused = {
    code: "limit_exceeded",
    message: "Cannot call count as 2 streams are open already",
  };
  assertEquals(peer.responses.map(({ id, error }) => [id, error]), [[3, refused]]);
  assertEquals(counter.yields, 8);
  peer.send([2, "$/cancel", [1]]);
  await raw.clock.runMicrotasks();
  peer.send([0, 4, "count", []]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses.map(({ id }) => id), [3, 1]);
  assertEquals(counter.yields, 12);
});

Deno.test("A generator that ignores its caller's leaving still counts as a stream", async () => {
  await using raw = await RawNode.serve({
    async *stuck() {
      yield 1;
      await new Promise(() => {});
    },
  }, { limits: { maxStreams: 3 } });
  const peer = raw.connect().hello();
  for (let id = 1; id <= 5; id++) {
    peer.send([0, id, "stuck", []]);
    await raw.clock.runMicrotasks();
    peer.send([2, "$/cancel", [id]]);
  }
  const codes = peer.responses.map(({ error }) => (error as { code: string }).code);
  assertEquals(codes, [...Array(3).fill("cancelled"), "limit_exceeded", "limit_exceeded"]);
});

Deno.test("A result schema checks and converts each item of a stream", async () => {
  const even = createSchema((value) => (value as number) % 2 === 0 ? { even: value } : "odd");
  let isDone = false;
  async function* numbers(...items: number[]) {
    try {
      yield* items;
    } finally {
      isDone = true;
    }
  }
  await using pair = await Pair.connect({
    serves: {
      numbers: [{ result: even }, numbers],
      later: [{ result: even }, (...items: number[]) => Promise.resolve(numbers(...items))],
    },
  });
  for (const name of ["numbers", "later"]) {
    isDone = false;
    const items = await collect(pair.remote.stream(name, [2, 4]));
    assertEquals(items, [{ even: 2 }, { even: 4 }]);
    const got: unknown[] = [];
    const error = await assertRejects(async () => {
      for await (const item of pair.remote.stream(name, [2, 3, 4])) got.push(item);
    }, RemoteError);
    assertEquals(got, [{ even: 2 }]);
    assertEquals(error.message, `Cannot accept item of ${name} as the schema refuses: odd`);
    assert(isDone);
  }
});

Deno.test("A peer that sends more than its credit is stopped, and holds no memory", async () => {
  await using raw = await RawNode.serve({}, { limits: { streamWindow: 4 } });
  const peer = raw.connect().hello();
  const items = raw.node.connections[0].stream("flood");
  for (let i = 1; i <= 100; i++) peer.send([2, "$/item", [1, i]]);
  assertEquals(peer.notified("$/cancel"), [[1]]);
  const got: unknown[] = [];
  const error = await assertRejects(async () => {
    for await (const item of items) got.push(item);
  }, RemoteError);
  assertEquals(got, [1, 2, 3, 4]);
  assertEquals(error.code, "protocol_error");
  assertEquals(
    error.message,
    "Cannot read stream flood as the peer sends more than its credit",
  );
});

Deno.test("A stream waits while its output is stuck, however much credit it has", async () => {
  const counter = new Counter();
  const bytes = new Uint8Array(1_000);
  await using raw = await RawNode.serve({
    async *blobs() {
      for await (const _ of counter.count()) yield bytes;
    },
  }, { limits: { highWaterBytes: 10_000 } });
  const peer = raw.connect().hello(60_000).stopReading();
  peer.send([0, 1, "blobs", []], [0, 2, "blobs", []]);
  await raw.clock.runMicrotasks();
  const { yields } = counter;
  assert(yields <= 12, `${yields} items of 1,000 bytes`);
  peer.readOnce();
  await raw.clock.runMicrotasks();
  assert(counter.yields > yields);
  assert(counter.yields <= yields + 12, `${counter.yields}`);
});

Deno.test("Several next() at once get the items in order, and then the end", async () => {
  await using pair = await Pair.connect({
    serves: {
      *two() {
        yield* [1, 2];
      },
    },
  });
  const items = pair.remote.stream("two");
  const results = await Promise.all([items.next(), items.next(), items.next(), items.next()]);
  const end = { done: true, value: undefined };
  assertEquals(results, [{ done: false, value: 1 }, { done: false, value: 2 }, end, end]);
});

Deno.test("A hundred streams side by side stay apart", async () => {
  await using pair = await Pair.connect({
    client: { limits: { streamWindow: 3 } },
    serves: {
      async *tagged(tag: number) {
        for (let i = 0; i < 50; i++) yield [tag, i];
      },
    },
  });
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, tag) => collect(pair.remote.stream("tagged", [tag]))),
  );
  for (const [tag, items] of all.entries()) {
    assertEquals(items, Array.from({ length: 50 }, (_, i) => [tag, i]));
  }
});

Deno.test("A handler streams from its caller, both ways at once", async () => {
  await using pair = await Pair.connect({
    serves: {
      doubled: [{ context: true }, async function* ({ peer }: CallContext) {
        for await (const n of peer.stream("numbers")) yield (n as number) * 2;
      }],
    },
    calledBack: {
      *numbers() {
        for (let i = 0; i < 500; i++) yield i;
      },
    },
  });
  const items = await collect(pair.remote.stream("doubled"));
  assertEquals(items, Array.from({ length: 500 }, (_, i) => i * 2));
});

Deno.test("Credit and items for what is no stream are nothing", async () => {
  const ends: ((value: unknown) => void)[] = [];
  await using raw = await RawNode.serve({
    wait: () => new Promise((resolve) => ends.push(resolve)),
  });
  const peer = new RawPeer();
  raw.transport.dialled.push(peer);
  const remote = await raw.node.connect("raw://peer:1");
  const call = remote.call("f");
  peer.hello();
  peer.send([0, 5, "wait", []], [2, "$/credit", [5, 10]], [2, "$/credit", [6, 10]]);
  peer.send([2, "$/item", [7, "x"]], [2, "$/cancel", [8]]);
  ends[0]("done");
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses.map(({ result }) => result), ["done"]);
  peer.send([1, 1, null, "mine"]);
  assertEquals(await call, "mine");
});
