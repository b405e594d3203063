import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { connectEasyrpc, EasyrpcProxy, REFRESH_MS } from "../../../core/easyrpc/proxy.ts";
import {
  EncodeError,
  RemoteError,
  SynapseError,
  TimeoutError,
  TransportError,
} from "../../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { createProxy } from "../../../core/proxy.ts";
import { EasyrpcLab, nested } from "../../support/easyrpc_lab.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryTexts } from "../../support/memory_texts.ts";
import { collect, Counter } from "../../support/streams.ts";

/** A proxy, and the server's end of its connection, which says what the test says. */
class Scripted {
  readonly clock = new FakeClock();
  readonly near: MemoryTexts;
  readonly far: MemoryTexts;
  readonly proxy: EasyrpcProxy;
  readonly received: string[] = [];

  constructor(options: { maxBufferedBytes?: number; maxPendingCalls?: number } = {}) {
    const [near, far] = MemoryTexts.pair();
    this.near = near;
    this.far = far;
    far.open({ receive: (text) => this.received.push(text as string), drain() {}, close() {} });
    const limits = { ...DEFAULT_LIMITS, ...options };
    this.proxy = new EasyrpcProxy(near, { secret: "s", id: "p", clock: this.clock, limits });
  }

  /** One that has got to know some functions. */
  static async connect(functions: Record<string, unknown> = { f: {}, g: {} }, options = {}) {
    const scripted = new Scripted(options);
    const ready = scripted.proxy.ready();
    await scripted.say('{"auth": "ok", "server_id": "s"}');
    await scripted.answer({ funcs: [functions] });
    await ready;
    return scripted;
  }

  async say(...messages: readonly string[]): Promise<void> {
    for (const message of messages) this.far.send(message);
    await this.clock.runMicrotasks();
  }

  /** Answers the last request. */
  async answer(response: unknown): Promise<void> {
    await this.clock.runMicrotasks();
    const { request_id } = JSON.parse(this.received.at(-1)!).ws_action;
    await this.say(JSON.stringify({ ws_action: { type: "response", response, request_id } }));
  }

  get requests(): unknown[] {
    return this.received.map((text) => JSON.parse(text).ws_action?.request).filter(Boolean);
  }
}

const lab = () =>
  new EasyrpcLab({
    sum: (a: number, b = 1) => a + b,
    count: (n: number) => Array.from({ length: n }, (_, i) => i).values(),
    fail: () => {
      throw new SynapseError("out_of_stock", "no apples left");
    },
  });

async function connected(options: { signed?: boolean } = {}) {
  const world = lab();
  return { server: world.server, clock: world.clock, proxy: await world.proxy(options) };
}

for (const signed of [false, true]) {
  Deno.test(`EasyrpcProxy calls our own server, ${signed ? "signed" : "plain"}`, async () => {
    const { server, clock, proxy } = await connected({ signed });
    assertEquals(await proxy.call("sum", [1, 2]), 3);
    assertEquals(await proxy.call("sum", [1]), 2);
    assertEquals(await proxy.call("sum", [], { kwargs: { b: 5, a: 1 } }), 6);
    assertEquals(await collect(proxy.stream("count", [3])), [0, 1, 2]);
    assertEquals(await collect(proxy.stream("count", [0])), []);
    assertEquals(await collect(proxy.stream("sum", [1])), [2]);
    const error = await assertRejects(() => proxy.call("fail"), RemoteError, "no apples left");
    assertEquals(error.code, "out_of_stock");
    await proxy.ping();
    await proxy.close();
    assertEquals([proxy.isOpen, proxy.error, server.connections, clock.pendingTimers], [
      false,
      undefined,
      0,
      0,
    ]);
  });
}

Deno.test("EasyrpcProxy refuses a wrong call without sending anything", async () => {
  const { proxy, received } = await Scripted.connect({
    f: { sig: { version: 1, parameters: [] } },
  });
  const before = received.length;
  const error = await assertRejects(() => proxy.call("f", [1]), SynapseError, "takes 0");
  assertEquals(error.code, "invalid_params");
  await assertRejects(() => proxy.stream("f", [1]).next(), SynapseError, "takes 0");
  assertThrows(() => proxy.notify("f", [1]), SynapseError, "takes 0");
  assertEquals(received.length, before);
});

Deno.test("EasyrpcProxy asks again for functions that it doesn't know, then says what was meant", async () => {
  const world = lab();
  const proxy = await world.proxy();
  const error = await assertRejects(() => proxy.call("sun", [1]), RemoteError, "did you mean sum?");
  assertEquals(error.code, "method_not_found");
  world.registry.register("sun", () => "new");
  world.registry.register("moons", () => ["new"].values());
  assertEquals(await proxy.call("sun"), "new");
  assertEquals(await collect(proxy.stream("moons")), ["new"]);
  assertEquals((await proxy.methods()).map(({ name }) => name), [
    "count",
    "fail",
    "moons",
    "sum",
    "sun",
  ]);
  await proxy.close();
});

Deno.test("EasyrpcProxy asks for the functions every half minute, and keeps them where that fails", async () => {
  const scripted = await Scripted.connect();
  const asked = () =>
    scripted.requests.filter((request) =>
      (request as { action: string }).action === "get_registered_functions"
    ).length;
  await scripted.clock.advance(REFRESH_MS);
  assertEquals(asked(), 2);
  await scripted.answer({ funcs: [{ f: {}, h: {} }] });
  await scripted.clock.advance(REFRESH_MS);
  await scripted.answer("RuntimeError('busy')");
  assertEquals(asked(), 3);
  const call = scripted.proxy.call("h");
  await scripted.answer(5);
  assertEquals(await call, 5);
  await scripted.clock.advance(2 * REFRESH_MS);
  assert(asked() >= 4);
  scripted.proxy.close(0);
});

Deno.test("EasyrpcProxy pings when nothing comes, and gives up on a server that is gone", async () => {
  const scripted = await Scripted.connect();
  await scripted.clock.advance(20_000);
  assertEquals(scripted.received.at(-1), '{"ping": "ping"}');
  await scripted.clock.advance(60_000);
  await scripted.proxy.closed;
  assert(scripted.proxy.error instanceof TransportError);
  assertEquals(scripted.clock.pendingTimers, 0);
});

Deno.test("EasyrpcProxy waits for a server that is busy with its call, until the call's deadline", async () => {
  const scripted = await Scripted.connect();
  const call = scripted.proxy.call("f", [], { timeoutMs: 600_000 });
  await scripted.clock.advance(599_999);
  assertEquals(scripted.proxy.isOpen, true);
  const failed = assertRejects(() => call, TimeoutError, "600000");
  await scripted.clock.advance(1);
  await failed;
  scripted.proxy.close(0);
});

Deno.test("EasyrpcProxy obeys a signal before, during and after a call", async () => {
  const { proxy, requests, clock } = await Scripted.connect();
  const reason = new Error("enough");
  const early = AbortSignal.abort(reason);
  await assertRejects(() => proxy.call("f", [], { signal: early }), Error, "enough");
  await assertRejects(() => proxy.stream("f", [], { signal: early }).next(), Error, "enough");
  assertEquals(requests.length, 1);
  const controller = new AbortController();
  const { signal } = controller;
  const outcomes = [
    assertRejects(() => proxy.call("f", [], { signal }), Error, "enough"),
    assertRejects(() => proxy.stream("f", [], { signal }).next(), Error, "enough"),
    assertRejects(() => proxy.call("unknown", [], { signal }), Error, "enough"),
  ];
  await clock.runMicrotasks();
  controller.abort(reason);
  await Promise.all(outcomes);
  proxy.close(0);
});

Deno.test("EasyrpcProxy fails its calls when the connection breaks, and refuses others", async () => {
  const { proxy, far } = await Scripted.connect();
  const outcomes = [
    assertRejects(() => proxy.call("f"), TransportError),
    assertRejects(() => proxy.stream("f").next(), TransportError),
  ];
  far.cut();
  await Promise.all(outcomes);
  await proxy.closed;
  assertEquals([proxy.isOpen, proxy.error?.message], [false, "cut"]);
  const error = await assertRejects(() => proxy.call("f"), TransportError);
  assertEquals(error.code, "connection_lost");
  assertThrows(() => proxy.notify("f"), TransportError);
});

Deno.test("EasyrpcProxy fails its calls when the server says that something is wrong", async () => {
  const { proxy, say } = await bound();
  const outcome = assertRejects(() => proxy.call("f"), TransportError, "out of paper");
  await say('{"error": "out of paper"}');
  await outcome;
  await proxy.closed;
});

async function bound() {
  const scripted = await Scripted.connect();
  return { proxy: scripted.proxy, say: (text: string) => scripted.say(text) };
}

Deno.test("EasyrpcProxy fails its calls when a message is too large to say whose it is", async () => {
  const { proxy, say } = await bound();
  const outcome = assertRejects(() => proxy.call("f"), SynapseError, "deeper than 128");
  await say(nested(100_000));
  await outcome;
  await proxy.closed;
});

Deno.test("EasyrpcProxy passes over what is nobody's", async () => {
  const scripted = await Scripted.connect();
  const call = scripted.proxy.call("f");
  await scripted.clock.runMicrotasks();
  const { request_id: id } = JSON.parse(scripted.received.at(-1)!).ws_action;
  const response = (id: unknown, response: unknown) =>
    JSON.stringify({ ws_action: { type: "response", response, request_id: id } });
  await scripted.say(
    ...["nope", "{}", "5", '{"pong": "pong"}', '{"ws_action": 5}', '{"ws_action": {"type": "x"}}'],
    ...[`${id}0`, `q${id.slice(1)}`, "p-", "p-x", "p--1", "p-1.5", "other-2", 2, null, [id]].map((
      id,
    ) => response(id, "wrong")),
    response(id, "right"),
    response(id, "late"),
  );
  assertEquals(await call, "right");
  assertEquals(scripted.proxy.isOpen, true);
  scripted.proxy.close(0);
});

Deno.test("EasyrpcProxy says that a function streams when it is called for one result", async () => {
  const proxy = await lab().proxy();
  const error = await assertRejects(() => proxy.call("count", [1]), SynapseError, "use stream()");
  assertEquals(error.code, "not_supported");
  await proxy.close();
});

Deno.test("EasyrpcProxy reads one item ahead, and no more", async () => {
  const counter = new Counter();
  const world = new EasyrpcLab({ count: counter.count });
  const proxy = await world.proxy();
  const items = proxy.stream("count");
  assertEquals((await items.next()).value, 0);
  await world.clock.runMicrotasks();
  assertEquals(counter.yields, 2);
  await items.return?.();
  await proxy.close();
  await world.clock.runMicrotasks();
  assertEquals([counter.isDone, world.clock.pendingTimers], [true, 0]);
});

Deno.test("EasyrpcProxy ends a stream with the error that its generator has thrown", async () => {
  const failing = function* () {
    yield 1;
    throw new RangeError("kaboom");
  };
  const proxy = await new EasyrpcLab({ failing }).proxy();
  const items = proxy.stream("failing");
  assertEquals((await items.next()).value, 1);
  await assertRejects(() => items.next(), RemoteError, "kaboom");
  assertEquals((await items.next()).done, true);
  await proxy.close();
});

Deno.test("EasyrpcProxy gives each item of a stream its deadline", async () => {
  const scripted = await Scripted.connect();
  const items = scripted.proxy.stream("f", [], { timeoutMs: 1_000 });
  const first = items.next();
  await scripted.answer({ GENERATOR_START: "g" });
  await scripted.answer("one");
  assertEquals((await first).value, "one");
  const second = assertRejects(() => items.next(), TimeoutError, "1000 ms");
  await scripted.clock.advance(1_000);
  await second;
  scripted.proxy.close(0);
});

Deno.test("EasyrpcProxy refuses what can't be sent", async () => {
  const { proxy } = await Scripted.connect();
  await assertRejects(() => proxy.call("f", [new Uint8Array(1)]), EncodeError, "no bytes");
  await assertRejects(() => proxy.stream("f", [() => {}]).next(), EncodeError, "no functions");
  assertThrows(() => proxy.notify("f", [new Set()]), EncodeError, "no sets");
  proxy.close(0);
});

Deno.test("EasyrpcProxy bounds the calls that wait, and what waits to go out", async () => {
  const { proxy, far } = await Scripted.connect(undefined, { maxPendingCalls: 2 });
  const waiting = [proxy.call("f"), proxy.call("f")];
  await assertRejects(() => proxy.call("f"), SynapseError, "2 calls are waiting");
  far.cut();
  await Promise.allSettled(waiting);

  const stuck = await Scripted.connect(undefined, { maxBufferedBytes: 1_000 });
  stuck.near.isTaken = false;
  stuck.proxy.notify("f", ["x".repeat(1_000)]);
  await assertRejects(() => stuck.proxy.call("f"), SynapseError, "more than 1000 bytes wait");
  stuck.near.cut();
});

Deno.test("EasyrpcProxy sends no answers to a server that asks faster than it reads", async () => {
  const [near, far] = MemoryTexts.pair();
  const clock = new FakeClock();
  const limits = { ...DEFAULT_LIMITS, highWaterBytes: 1_000 };
  new EasyrpcProxy(near, { secret: "s", id: "p", clock, limits });
  near.isTaken = false;
  const request = '{"ws_action": {"type": "request", "request_id": 1, "request": {}}}';
  for (let i = 0; i < 1_000; i++) far.send(request);
  await clock.runMicrotasks();
  assert(near.sent.length < 20);
  near.cut();
});

Deno.test("EasyrpcProxy calls without wanting an answer", async () => {
  const called: unknown[] = [];
  const world = new EasyrpcLab({ note: (text: string) => called.push(text) });
  const proxy = await world.proxy();
  proxy.notify("note", ["x"]);
  proxy.notify("note", [], { text: "y" });
  await world.clock.runMicrotasks();
  assertEquals(called, ["x", "y"]);
  await proxy.close();
});

Deno.test("EasyrpcProxy.close() waits for calls under way, as long as it may", async () => {
  const scripted = await Scripted.connect();
  const call = scripted.proxy.call("f");
  const closing = scripted.proxy.close();
  await assertRejects(() => scripted.proxy.call("f"), TransportError);
  await scripted.answer("done");
  assertEquals(await call, "done");
  await closing;
  const other = await Scripted.connect();
  const outcome = assertRejects(() => other.proxy.call("f"), TransportError);
  const cut = other.proxy.close(1_000);
  await other.clock.advance(1_000);
  await Promise.all([outcome, cut]);
  assertEquals([scripted.clock.pendingTimers, other.clock.pendingTimers], [0, 0]);
});

Deno.test("EasyrpcProxy.close() lets a stream be read to its end", async () => {
  const proxy = await lab().proxy();
  const items = proxy.stream("count", [3]);
  assertEquals((await items.next()).value, 0);
  const closing = proxy.close();
  assertEquals(await collect(items), [1, 2]);
  await closing;
});

Deno.test("EasyrpcProxy's functions are checked and called by createProxy()", async () => {
  const proxy = await lab().proxy();
  const fn = createProxy(proxy);
  assertEquals(await fn.sum(1, 2), 3);
  assertEquals(await collect(fn.count(2)), [0, 1]);
  await assertRejects(() => fn.sum() as Promise<unknown>, SynapseError, "argument a is missing");
  await proxy.close();
});

Deno.test("connectEasyrpc() gives up when its time is up, whatever the server has said", async () => {
  for (const said of [[], ['{"auth": "ok", "server_id": "s"}']]) {
    const world = new EasyrpcLab();
    const [near, far] = MemoryTexts.pair();
    far.open({ receive() {}, drain() {}, close() {} });
    const options = { secret: "s", id: "p", clock: world.clock, timeoutMs: 1_000 };
    const failed = assertRejects(
      () => connectEasyrpc(() => Promise.resolve(near), options),
      TimeoutError,
    );
    for (const text of said) far.send(text);
    await world.clock.advance(1_000);
    await failed;
    await world.clock.advance(2_000);
    assertEquals([near.isOver, world.clock.pendingTimers], [true, 0]);
  }
});

Deno.test("connectEasyrpc() fails when the server hangs up, or answers what is no list of functions", async () => {
  const world = new EasyrpcLab({}, { secretFor: () => "other" });
  const error = await assertRejects(() => world.proxy(), SynapseError, "unable to decode auth");
  assertEquals(error.code, "unauthorized");
  const scripted = new Scripted();
  const failed = assertRejects(() => scripted.proxy.ready(), SynapseError, "no list");
  await scripted.say('{"auth": "ok", "server_id": "s"}');
  await scripted.answer(5);
  await failed;
  scripted.proxy.close(0);
  const lost = new Scripted();
  const dropped = assertRejects(() => lost.proxy.ready(), TransportError);
  lost.far.close();
  await dropped;
});
