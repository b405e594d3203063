import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { RemoteError, type SynapseError, TransportError } from "../../core/errors.ts";
import type { Node } from "../../core/node.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { RawPeer } from "../support/raw_peer.ts";

/** Calls that are answered when the test says so. */
class Desk {
  readonly #open = new Map<number, (value: unknown) => void>();

  readonly wait = (n: number): Promise<unknown> =>
    new Promise((resolve) => this.#open.set(n, resolve));

  answer(n: number, value: unknown): void {
    this.#open.get(n)!(value);
  }
}

function watch(promise: Promise<unknown>): { isSettled: boolean } {
  const watched = { isSettled: false };
  promise.then(() => watched.isSettled = true, () => watched.isSettled = true);
  return watched;
}

Deno.test("close() on the serving side answers what runs, and refuses what comes", async () => {
  const desk = new Desk();
  await using pair = await Pair.connect({ serves: { wait: desk.wait, now: () => 1 } });
  const running = [pair.remote.call("wait", [1]), pair.remote.call("wait", [2])];
  await pair.clock.runMicrotasks();
  const closing = pair.server.close();
  const closed = watch(closing);
  const refused = await assertRejects(() => pair.remote.call("now"), RemoteError);
  assertEquals(refused.code, "connection_lost");
  assert(refused.message.endsWith("is lost as it is closing"), refused.message);
  desk.answer(1, "one");
  assertEquals(await running[0], "one");
  await pair.clock.runMicrotasks();
  assertEquals(closed.isSettled, false);
  desk.answer(2, "two");
  assertEquals(await running[1], "two");
  await closing;
  assertEquals(pair.clock.now(), 0);
});

Deno.test("close() on the calling side waits for answers, and refuses more calls", async () => {
  const desk = new Desk();
  await using pair = await Pair.connect({ serves: { wait: desk.wait } });
  const call = pair.remote.call("wait", [1]);
  await pair.clock.runMicrotasks();
  const closing = pair.remote.close();
  assertEquals(pair.remote.isConnected, false);
  for (const refused of [() => pair.remote.call("wait"), () => pair.remote.stream("wait").next()]) {
    const error = await assertRejects(refused, TransportError);
    assertEquals(error.code, "connection_lost");
  }
  assertThrows(() => pair.remote.notify("wait"), TransportError);
  desk.answer(1, "in the end");
  assertEquals(await call, "in the end");
  await closing;
  assertEquals(pair.clock.now(), 0);
});

Deno.test("close() cuts what is still running when its time is up", async () => {
  const signals: AbortSignal[] = [];
  await using pair = await Pair.connect({
    serves: {
      hang: [{ context: true }, ({ signal }: CallContext) => {
        signals.push(signal);
        return new Promise(() => {});
      }],
    },
  });
  const call = pair.remote.call("hang");
  const lost = assertRejects(() => call, TransportError);
  await pair.clock.runMicrotasks();
  const closing = watch(pair.server.close(3_000));
  await pair.clock.advance(2_999);
  assertEquals([closing.isSettled, signals[0].aborted], [false, false]);
  await pair.clock.advance(1);
  assertEquals([closing.isSettled, signals[0].aborted], [true, true]);
  assertEquals((await lost).code, "connection_lost");
});

Deno.test("close() takes five seconds at most where nothing else is said", async () => {
  await using pair = await Pair.connect({ serves: { hang: () => new Promise(() => {}) } });
  const call = assertRejects(() => pair.remote.call("hang"), TransportError);
  await pair.clock.runMicrotasks();
  const closing = watch(pair.remote.close());
  await pair.clock.advance(4_999);
  assertEquals(closing.isSettled, false);
  await pair.clock.advance(1);
  assertEquals(closing.isSettled, true);
  await call;
});

Deno.test("close(0) waits for nobody", async () => {
  await using pair = await Pair.connect({ serves: { hang: () => new Promise(() => {}) } });
  const call = assertRejects(() => pair.remote.call("hang"), TransportError);
  await pair.clock.runMicrotasks();
  await pair.server.close(0);
  await call;
  assertEquals(pair.clock.now(), 0);
});

Deno.test("close() twice is once; the one in a hurry decides", async () => {
  await using pair = await Pair.connect({ serves: { hang: () => new Promise(() => {}) } });
  const call = assertRejects(() => pair.remote.call("hang"), TransportError);
  await pair.clock.runMicrotasks();
  const patient = pair.server.close(60_000);
  const patientToo = pair.server.close(50_000);
  await pair.clock.advance(1_000);
  await pair.server.close(0);
  await Promise.all([patient, patientToo, call]);
  await pair.server.close();
  assertEquals(pair.clock.now(), 1_000);
});

Deno.test("close() lets nothing be lost that is buffered", async () => {
  const blob = new Uint8Array(300_000).fill(9);
  await using pair = await Pair.connect({
    serves: { blob: () => Promise.resolve(blob), log: (_blob: Uint8Array) => heard++ },
  });
  let heard = 0;
  const calls = Array.from({ length: 20 }, () => pair.remote.call("blob"));
  for (let i = 0; i < 20; i++) pair.remote.notify("log", [blob]);
  await pair.client.close();
  for (const result of await Promise.all(calls)) assertEquals(result, blob);
  await pair.clock.runMicrotasks();
  assertEquals(heard, 20);
});

Deno.test("close() gives up on a peer that takes nothing, two seconds after its time", async () => {
  await using raw = await RawNode.serve({ blob: () => new Uint8Array(10_000) });
  const peer = raw.connect().hello().stopReading().send([0, 1, "blob", []]);
  const closing = watch(raw.node.close(1_000));
  await raw.clock.advance(2_999);
  assertEquals(closing.isSettled, false);
  assertEquals(peer.hungUp, { reason: undefined });
  await raw.clock.advance(1);
  assertEquals(closing.isSettled, true);
  assert(peer.hungUp!.reason instanceof TransportError);
  assertEquals(raw.clock.pendingTimers, 0);
});

Deno.test("A peer that breaks the rules and then takes nothing is not kept for ever", async () => {
  await using raw = await RawNode.serve({ blob: () => new Uint8Array(10_000) });
  const peer = raw.connect().hello().stopReading().send([0, 1, "blob", []]);
  peer.sendBytes(Uint8Array.of(0xc1));
  assertEquals(peer.hungUp, { reason: undefined });
  await raw.clock.advance(70_000);
  assert(peer.hungUp!.reason instanceof TransportError);
  assertEquals(raw.node.connections, []);
  assertEquals(raw.clock.pendingTimers, 0);
});

Deno.test("A handler may close its own node: what it returns still arrives", async () => {
  const ways: ((node: () => Node) => (...args: never[]) => unknown)[] = [
    (node) => () => {
      void node().close();
      return "bye";
    },
    (node) => async () => {
      void node().close();
      await Promise.resolve();
      return "bye";
    },
    (node) =>
      function* () {
        void node().close();
        yield "bye";
      },
  ];
  for (const way of ways) {
    await using pair: Pair = await Pair.connect({
      serves: { quit: way((): Node => pair.server) },
    });
    const items: unknown[] = [];
    for await (const item of pair.remote.stream("quit")) items.push(item);
    assertEquals(items, ["bye"]);
    await pair.server.close();
    assertEquals(pair.clock.now(), 0);
  }
});

Deno.test("close() lets a stream that is open finish, also one that only now begins", async () => {
  const desk = new Desk();
  async function* numbers() {
    for (let i = 0; i < 100; i++) yield i;
  }
  await using pair = await Pair.connect({
    serves: { numbers, later: () => desk.wait(1).then(numbers) },
  });
  const open = pair.remote.stream("numbers");
  const later = pair.remote.stream("later");
  assertEquals((await open.next()).value, 0);
  const closing = pair.server.close();
  await pair.clock.runMicrotasks();
  let count = 0;
  for await (const _ of open) count++;
  assertEquals(count, 99);
  desk.answer(1, undefined);
  for await (const _ of later) count++;
  assertEquals(count, 199);
  await closing;
  assertEquals(pair.clock.now(), 0);
});

Deno.test("close() cuts a stream that has no end, and its finally runs", async () => {
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
  const items = pair.remote.stream("endless");
  await items.next();
  const closing = pair.server.close(1_000);
  await pair.clock.advance(1_000);
  await closing;
  assert(isDone);
  await assertRejects(async () => {
    for await (const _ of items);
  }, TransportError);
});

Deno.test("await using closes in good order", async () => {
  const desk = new Desk();
  const transportCalls: unknown[] = [];
  const pair = await Pair.connect({ serves: { wait: desk.wait } });
  {
    await using remote = pair.remote;
    remote.call("wait", [1]).then((value) => transportCalls.push(value));
    await pair.clock.runMicrotasks();
    queueMicrotask(() => desk.answer(1, "one"));
  }
  assertEquals(transportCalls, ["one"]);
  await pair[Symbol.asyncDispose]();
});

Deno.test("Both sides may close at once", async () => {
  const desk = new Desk();
  await using pair = await Pair.connect({
    serves: { wait: desk.wait },
    calledBack: { wait: desk.wait },
  });
  const calls = [pair.remote.call("wait", [1]), pair.caller.call("wait", [2])];
  await pair.clock.runMicrotasks();
  const closing = [pair.client.close(), pair.server.close()];
  await pair.clock.runMicrotasks();
  desk.answer(1, "a");
  desk.answer(2, "b");
  assertEquals(await Promise.all(calls), ["a", "b"]);
  await Promise.all(closing);
  assertEquals(pair.clock.now(), 0);
  assertEquals(pair.clock.pendingTimers, 0);
});

Deno.test("A plain peer that half-closes still gets its answers, however long they take", async () => {
  const desk = new Desk();
  await using raw = await RawNode.serve({ wait: desk.wait, sum: (a: number, b: number) => a + b });
  const peer = raw.connect();
  peer.send([0, 1, "sum", [1, 2]], [0, 2, "wait", [1]], [0, 3, "wait", [2]]).halfClose();
  const [caller] = raw.node.connections;
  const refused = await assertRejects(() => caller.call("f"), TransportError);
  assertEquals(refused.code, "connection_lost");
  await raw.clock.advance(600_000);
  desk.answer(2, "two");
  await raw.clock.runMicrotasks();
  assertEquals(peer.hungUp, undefined);
  desk.answer(1, "one");
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses.map(({ id, result }) => [id, result]), [[1, 3], [3, "two"], [
    2,
    "one",
  ]]);
  assertEquals(peer.hungUp, { reason: undefined });
  assertEquals(raw.clock.pendingTimers, 0);
});

Deno.test("A plain peer that half-closes takes its time to read the answers", async () => {
  await using raw = await RawNode.serve(
    { blob: () => Promise.resolve(new Uint8Array(2_000)) },
    { limits: { highWaterBytes: 1_000 } },
  );
  const peer = raw.connect().stopReading();
  for (let id = 1; id <= 20; id++) peer.send([0, id, "blob", []]);
  peer.halfClose();
  for (let i = 0; i < 20; i++) {
    await raw.clock.advance(40_000);
    peer.readOnce();
  }
  assertEquals(peer.responses.length, 20);
  await raw.clock.runMicrotasks();
  assertEquals(peer.hungUp, { reason: undefined });
});

Deno.test("A node that closes doesn't wait longer for a half-closed peer than for others", async () => {
  const desk = new Desk();
  await using raw = await RawNode.serve({ wait: desk.wait });
  const peer = raw.connect().send([0, 1, "wait", [1]]).halfClose();
  const closing = watch(raw.node.close(1_000));
  await raw.clock.advance(999);
  assertEquals(closing.isSettled, false);
  await raw.clock.advance(1);
  assertEquals(closing.isSettled, true);
  assertEquals(peer.hungUp, { reason: undefined });
});

Deno.test("A peer's half-close ends our calls to it, and those of peers that never half-close", async () => {
  for (const isExtended of [false, true]) {
    const desk = new Desk();
    await using raw = await RawNode.serve({ wait: desk.wait });
    const peer = raw.connect();
    if (isExtended) peer.hello();
    peer.send([0, 1, "wait", [1]]);
    const call = raw.node.connections[0].call("f");
    peer.halfClose();
    const error = await assertRejects(() => call, TransportError);
    assertEquals(error.code, "connection_lost");
    await raw.clock.runMicrotasks();
    assertEquals(peer.hungUp !== undefined, isExtended);
    assertEquals(raw.node.connections.length, isExtended ? 0 : 1);
  }
});

Deno.test("Requests that come while a session drains are refused one by one", async () => {
  const desk = new Desk();
  let runs = 0;
  await using raw = await RawNode.serve({ wait: desk.wait, count: () => runs++ });
  const peer = raw.connect().hello().send([0, 1, "wait", [1]]);
  const closing = raw.node.close();
  peer.send([0, 2, "count", []], [2, "count", []], [0, 3, "count", []]);
  assertEquals(
    peer.responses.map(({ id, error }) => [id, (error as SynapseError).code]),
    [[2, "connection_lost"], [3, "connection_lost"]],
  );
  desk.answer(1, "done");
  await closing;
  assertEquals(peer.responses[2].result, "done");
  assertEquals(runs, 0);
});

Deno.test("A handler that outlives its session says what it says to nobody", async () => {
  const desk = new Desk();
  await using raw = await RawNode.serve({
    wait: desk.wait,
    fail: () =>
      desk.wait(2).then(() => {
        throw new Error("late");
      }),
    stream: () =>
      desk.wait(3).then(async function* () {
        yield 1;
      }),
    back: [{ context: true }, async ({ peer }: CallContext) => {
      await desk.wait(4);
      await peer.call("f");
    }],
  });
  const peer = raw.connect().hello();
  peer.send([0, 1, "wait", [1]], [0, 2, "fail", []], [0, 3, "stream", []], [0, 4, "back", []]);
  await raw.clock.runMicrotasks();
  peer.cut();
  await raw.clock.runMicrotasks();
  for (let n = 1; n <= 4; n++) desk.answer(n, "late");
  await raw.clock.runMicrotasks();
  assertEquals(peer.answers, []);
});

Deno.test("node.close() waits for the goodbye that node.call() didn't wait for", async () => {
  await using raw = await RawNode.serve();
  const peer = new RawPeer();
  raw.transport.dialled.push(peer);
  const call = raw.node.call("raw://peer:1", "f");
  await raw.clock.runMicrotasks();
  peer.stopReading();
  raw.node.connections[0].notify("more");
  peer.send([1, 1, null, "answer"]);
  assertEquals(await call, "answer");
  const closing = watch(raw.node.close());
  await raw.clock.runMicrotasks();
  assertEquals(closing.isSettled, false);
  peer.readOn();
  await raw.clock.runMicrotasks();
  assertEquals(closing.isSettled, true);
});
