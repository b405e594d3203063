import { assert, assertEquals, assertRejects } from "@std/assert";
import { RemoteError, SynapseError, TransportError } from "../../core/errors.ts";
import { createProxy, type Invocation, type TypedRemote } from "../../core/proxy.ts";
import type { ArgumentsOf, ItemOf, Remote, ResultOf } from "../../core/remote.ts";
import { assertType, type Equals } from "../support/assert_type.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { RawPeer } from "../support/raw_peer.ts";

interface Api {
  sum(a: number, b: number): number;
  later(text: string): Promise<string[]>;
  greet(name: string, greeting?: string): string;
  all(...numbers: number[]): number;
  ticks(n: number): AsyncGenerator<number, void>;
  rows(): Generator<{ id: number }>;
  laterTicks(): Promise<AsyncIterable<Uint8Array>>;
  nothing(): void;
  version: string;
}

const serves = {
  sum: (a: number, b: number) => a + b,
  later: (text: string) => Promise.resolve([...text]),
  greet: (name: string, greeting = "Hello") => `${greeting} ${name}`,
  all: (...numbers: number[]) => numbers.reduce((a, b) => a + b, 0),
  async *ticks(n: number) {
    for (let i = 0; i < n; i++) yield i;
  },
  *rows() {
    yield { id: 1 };
  },
  laterTicks: async function () {
    await null;
    return serves.ticks(2);
  },
  nothing: () => {},
};

/** A connection to a raw peer that has published `endpoints`, or nothing at all. */
async function dialRaw(raw: RawNode, endpoints?: unknown): Promise<[Remote, RawPeer]> {
  const peer = new RawPeer();
  raw.transport.dialled.push(peer);
  const remote = await raw.node.connect("raw://peer:1");
  const call = remote.fn.warm_up().catch(() => {});
  await raw.clock.runMicrotasks();
  assertEquals(peer.answers.length, 1);
  if (endpoints === undefined) peer.send([1, 1, "unknown method", null]);
  else peer.send([1, 1, null, endpoints]);
  await raw.clock.runMicrotasks();
  peer.send([1, 2, null, null]);
  await call;
  peer.messages.length = 0;
  return [remote, peer];
}

Deno.test("remote.fn has the types of the interface", async () => {
  type Fn = TypedRemote<Api>;
  assertType<Equals<Fn["sum"], (a: number, b: number) => Promise<number>>>();
  assertType<Equals<Fn["later"], (text: string) => Promise<string[]>>>();
  assertType<Equals<Fn["greet"], (name: string, greeting?: string) => Promise<string>>>();
  assertType<Equals<Fn["all"], (...numbers: number[]) => Promise<number>>>();
  assertType<Equals<Fn["ticks"], (n: number) => AsyncIterableIterator<number>>>();
  assertType<Equals<Fn["rows"], () => AsyncIterableIterator<{ id: number }>>>();
  assertType<Equals<Fn["laterTicks"], () => AsyncIterableIterator<Uint8Array>>>();
  assertType<Equals<Fn["nothing"], () => Promise<void>>>();
  assertType<Equals<Fn["version"], never>>();
  assertType<Equals<keyof Fn, keyof Api>>();
  assertType<
    Equals<TypedRemote<unknown>, Readonly<Record<string, (...args: unknown[]) => Invocation>>>
  >();
  assertType<Equals<ArgumentsOf<Api, "sum">, [a: number, b: number]>>();
  assertType<Equals<ArgumentsOf<Api, "other">, readonly unknown[]>>();
  assertType<Equals<ResultOf<Api, "later">, string[]>>();
  assertType<Equals<ResultOf<Api, "other">, unknown>>();
  assertType<Equals<ItemOf<Api, "ticks">, number>>();
  assertType<Equals<ItemOf<Api, "rows">, { id: number }>>();
  assertType<Equals<ItemOf<Api, "laterTicks">, Uint8Array>>();

  await using pair = await Pair.connect<Api>({ serves });
  const { fn } = pair.remote;
  const three: number = await fn.sum(1, 2);
  assertEquals(three, 3);
  const calls = () => {
    // @ts-expect-error -- an argument is missing
    fn.sum(1);
    // @ts-expect-error -- an argument is of the wrong type
    fn.sum("1", 2);
    // @ts-expect-error -- there is no such function
    fn.difference(1, 2);
    // @ts-expect-error -- the result is no text
    fn.sum(1, 2) satisfies Promise<string>;
    // @ts-expect-error -- an argument of call() is of the wrong type
    pair.remote.call("sum", ["1", 2]);
    // @ts-expect-error -- so is one of stream()
    pair.remote.stream("ticks", ["1"]);
  };
  assertEquals(typeof calls, "function");
  const result: number = await pair.remote.call("sum", [1, 2]);
  const other: unknown = await pair.remote.call("_synapse.ping");
  assertEquals([result, other], [3, "pong"]);
  for await (const tick of pair.remote.stream("ticks", [1])) tick satisfies number;
});

Deno.test("remote.fn calls functions by name", async () => {
  await using pair = await Pair.connect<Api>({ serves });
  const { fn } = pair.remote;
  assertEquals(await fn.sum(1, 2), 3);
  assertEquals(await fn.later("ab"), ["a", "b"]);
  assertEquals(await fn.greet("Jo"), "Hello Jo");
  assertEquals(await fn.greet("Jo", "Bye"), "Bye Jo");
  assertEquals(await fn.all(), 0);
  assertEquals(await fn.all(1, 2, 3), 6);
  assertEquals(await fn.nothing() as unknown, null);
  assertEquals(await Promise.all([fn.sum(1, 1), fn.sum(2, 2)]), [2, 4]);
  assert(fn.sum === fn.sum);
});

Deno.test("remote.fn streams where it is looped over", async () => {
  await using pair = await Pair.connect<Api>({ serves });
  const got: unknown[] = [];
  for await (const tick of pair.remote.fn.ticks(3)) got.push(tick);
  for await (const row of pair.remote.fn.rows()) got.push(row);
  for await (const tick of pair.remote.fn.laterTicks()) got.push(tick);
  assertEquals(got, [0, 1, 2, { id: 1 }, 0, 1]);
  // A function that doesn't stream gives its one result.
  const untyped = pair.remote.fn as unknown as TypedRemote<unknown>;
  for await (const item of untyped.sum(1, 2)) assertEquals(item, 3);
});

Deno.test("remote.fn streams also where the loop begins later", async () => {
  await using pair = await Pair.connect<Api>({ serves });
  const ticks = pair.remote.fn.ticks(2);
  await pair.clock.runMicrotasks();
  const got: number[] = [];
  for await (const tick of ticks) got.push(tick);
  assertEquals(got, [0, 1]);
});

Deno.test("Leaving a loop over remote.fn runs the generator's finally", async () => {
  let isDone = false;
  await using pair = await Pair.connect({
    serves: {
      async *endless() {
        try {
          for (;;) yield 1;
        } finally {
          isDone = true;
        }
      },
    },
  });
  for await (const _ of pair.remote.fn.endless()) break;
  await pair.clock.runMicrotasks();
  assert(isDone);
});

Deno.test("remote.fn refuses a wrong call before anything is sent", async () => {
  await using raw = await RawNode.serve();
  const [{ fn }, peer] = await dialRaw(raw, [{
    name: "sum",
    parameters: [
      { name: "a", kind: "positional", optional: false },
      { name: "b", kind: "positional", optional: false },
    ],
    stream: false,
  }, { name: "ticks", parameters: [], stream: true }]);
  const before = peer.receivedBytes;
  const wrong: [() => PromiseLike<unknown>, string][] = [
    [() => fn.sum(1), "Cannot call sum(a, b) as argument b is missing"],
    [() => fn.sum(1, 2, 3), "Cannot call sum(a, b) as it takes at most 2 arguments: got 3"],
  ];
  for (const [call, message] of wrong) {
    const error = await assertRejects(async () => await call(), SynapseError);
    assertEquals([error.code, error.message], ["invalid_params", message]);
    assert(!(error instanceof RemoteError));
  }
  const streaming = await assertRejects(async () => await fn.ticks(), SynapseError);
  assertEquals(streaming.code, "not_supported");
  assertEquals(
    streaming.message,
    "Cannot await ticks as it streams its results: loop over it with for await",
  );
  await assertRejects(
    async () => {
      for await (const _ of fn.ticks(1));
    },
    SynapseError,
    "it takes no arguments: got 1",
  );
  assertEquals([peer.receivedBytes - before, peer.messages], [0, []]);
  // A function that isn't listed may exist all the same.
  const hidden = fn.hidden(1, 2, 3);
  await raw.clock.runMicrotasks();
  peer.send([1, 3, null, "called"]);
  assertEquals(await hidden, "called");
});

Deno.test("remote.fn fetches the signatures once, also for calls made at once", async () => {
  await using raw = await RawNode.serve();
  const peer = new RawPeer();
  raw.transport.dialled.push(peer);
  const { fn } = await raw.node.connect("raw://peer:1");
  const calls = [fn.a(), fn.b(), fn.c()];
  await raw.clock.runMicrotasks();
  const asked = (): (string | false)[] => peer.answers.map((m) => "method" in m && m.method);
  assertEquals(asked(), ["_synapse.methods"]);
  peer.send([1, 1, null, []]);
  await raw.clock.runMicrotasks();
  assertEquals(asked(), ["_synapse.methods", "a", "b", "c"]);
  for (const id of [2, 3, 4]) peer.send([1, id, null, id]);
  assertEquals(await Promise.all(calls), [2, 3, 4]);
  const last = fn.d();
  await raw.clock.runMicrotasks();
  peer.send([1, 5, null, 5]);
  assertEquals(await last, 5);
  assertEquals(asked().length, 5);
});

Deno.test("remote.fn asks again after a failure, and after another peer has come", async () => {
  await using raw = await RawNode.serve();
  const [first, second] = [new RawPeer(), new RawPeer()];
  raw.transport.dialled.push(first, second);
  const { fn } = await raw.node.connect("raw://peer:1", { reconnect: { floorMs: 1, baseMs: 1 } });
  const failing = fn.f(1);
  const failed = assertRejects(async () => await failing, TransportError);
  await raw.clock.runMicrotasks();
  first.cut();
  await failed;
  await raw.clock.advance(10);
  const endpoint = (parameters: unknown[]) => [{ name: "f", parameters, stream: false }];
  const one = { name: "a", kind: "positional", optional: true };
  const call = fn.f(1);
  await raw.clock.runMicrotasks();
  second.send([1, 1, null, endpoint([one])]);
  await raw.clock.runMicrotasks();
  second.send([1, 2, null, "one"]);
  assertEquals(await call, "one");
  // The next release of the server takes no arguments any more.
  const third = new RawPeer();
  raw.transport.dialled.push(third);
  second.cut();
  await raw.clock.advance(10);
  const refused = assertRejects(async () => await fn.f(1), SynapseError, "takes no arguments");
  await raw.clock.runMicrotasks();
  third.send([1, 1, null, endpoint([])]);
  await refused;
});

Deno.test("remote.fn calls a plain peer unchecked", async () => {
  await using raw = await RawNode.serve();
  const [{ fn }, peer] = await dialRaw(raw);
  const call = fn.nvim_eval("6*7", { any: "thing" });
  await raw.clock.runMicrotasks();
  assertEquals(peer.messages.map((m) => "args" in m && m.args), [["6*7", { any: "thing" }]]);
  peer.send([1, 3, null, 42]);
  assertEquals(await call, 42);
});

Deno.test("remote.fn refuses a list of functions that is none, and asks again", async () => {
  await using raw = await RawNode.serve();
  const peer = new RawPeer();
  raw.transport.dialled.push(peer);
  const { fn } = await raw.node.connect("raw://peer:1");
  for (const id of [1, 2]) {
    const call = assertRejects(async () => await fn.f(), SynapseError, "they are not a list");
    await raw.clock.runMicrotasks();
    peer.send([1, id, null, { not: "a list" }]);
    await call;
  }
});

Deno.test("remote.fn makes a call that nobody awaits, once", async () => {
  const heard: unknown[] = [];
  await using pair = await Pair.connect({ serves: { log: (line: unknown) => heard.push(line) } });
  pair.remote.fn.log("not awaited");
  const awaited = pair.remote.fn.log("awaited twice");
  await awaited;
  await awaited;
  awaited.then(() => {});
  await pair.clock.runMicrotasks();
  assertEquals(heard, ["not awaited", "awaited twice"]);
});

Deno.test("remote.fn makes calls in the order in which they were written, awaited or not", async () => {
  const heard: unknown[] = [];
  await using pair = await Pair.connect({ serves: { log: (line: unknown) => heard.push(line) } });
  const { fn } = pair.remote;
  for (let i = 0; i < 20; i += 4) {
    fn.log(i);
    const second = fn.log(i + 1);
    const third = fn.log(i + 2).then(() => {});
    await fn.log(i + 3);
    await Promise.all([second, third]);
  }
  assertEquals(heard, [...Array(20).keys()]);
});

Deno.test("A loop whose peer is gone fails once, in the loop", async () => {
  await using raw = await RawNode.serve();
  const peer = new RawPeer();
  raw.transport.dialled.push(peer);
  const { fn } = await raw.node.connect("raw://peer:1");
  const looping = assertRejects(async () => {
    for await (const _ of fn.ticks());
  }, TransportError);
  const awaiting = assertRejects(async () => await fn.sum(), TransportError);
  await raw.clock.runMicrotasks();
  peer.cut();
  await Promise.all([looping, awaiting]);
});

Deno.test("An invocation is as good as a promise", async () => {
  await using pair = await Pair.connect({
    serves: { one: () => 1, fail: () => Promise.reject(new Error("no")) },
  });
  const { fn } = pair.remote;
  let done = 0;
  assertEquals(await fn.one().then((n) => (n as number) + 1), 2);
  assertEquals(await fn.one().finally(() => done++), 1);
  assertEquals(await fn.fail().catch((error) => error.message), "no");
  assertEquals(await fn.fail().then(null, (error) => error.message), "no");
  await assertRejects(() => Promise.race([fn.fail()]), RemoteError);
  const printed = fn.one();
  assertEquals([done, `${printed}`, await printed], [1, "[object Invocation]", 1]);
});

Deno.test("Awaiting, printing and comparing remote.fn calls nobody", async () => {
  await using raw = await RawNode.serve();
  const [remote, peer] = await dialRaw(raw);
  const { fn } = remote;
  assert(await Promise.resolve(fn) === fn);
  assertEquals(`${fn}`, "[object Object]");
  assertEquals(JSON.stringify(fn), "{}");
  assertEquals(Deno.inspect(fn), "{}");
  assertEquals(Object.keys(fn), []);
  assertEquals(fn.constructor as unknown, Object);
  assertEquals(Object.hasOwn(fn, "sum"), false);
  assertEquals([Reflect.get(fn, Symbol.iterator), Reflect.get(fn, "then")], [undefined, undefined]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.messages, []);
});

Deno.test("createProxy() works on any caller, such as the one that calls a handler", async () => {
  await using pair = await Pair.connect({
    calledBack: { name: (greeting: string) => `${greeting}, it's me` },
  });
  const fn = createProxy<{ name(greeting: string): string }>(pair.caller);
  assertEquals(await fn.name("Hi"), "Hi, it's me");
  const untyped = createProxy(pair.caller);
  await assertRejects(async () => await untyped.name(), SynapseError, "greeting is missing");
});
