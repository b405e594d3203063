import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { type SynapseError, TimeoutError, TransportError } from "../../core/errors.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { RawPeer } from "../support/raw_peer.ts";

/** A handler that never answers, and the signals of its calls. */
function createHanging(): { signals: AbortSignal[]; hang: (context: CallContext) => unknown } {
  const signals: AbortSignal[] = [];
  const hang = ({ signal }: CallContext): Promise<never> => {
    signals.push(signal);
    return new Promise(() => {});
  };
  return { signals, hang };
}

/** A signal that knows who listens. */
class CountingSignal extends EventTarget {
  readonly aborted = false;
  readonly reason = undefined;
  listeners = 0;

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }
}

Deno.test("A call's signal rejects it with its own reason, and aborts the handler's signal", async () => {
  const { signals, hang } = createHanging();
  await using pair = await Pair.connect({ serves: { hang: [{ context: true }, hang] } });
  for (const reason of [new Error("enough"), "text", 0, null, { a: 1 }]) {
    const controller = new AbortController();
    const call = pair.remote.call("hang", [], { signal: controller.signal });
    await pair.clock.runMicrotasks();
    const signal = signals.at(-1)!;
    assertEquals(signal.aborted, false);
    controller.abort(reason);
    const thrown = await call.then(() => assert(false), (error) => error);
    assert(thrown === reason);
    await pair.clock.runMicrotasks();
    assert(signal.aborted);
    assertEquals((signal.reason as SynapseError).code, "cancelled");
  }
});

Deno.test("A signal aborted beforehand sends nothing", async () => {
  await using raw = await RawNode.serve();
  const peer = raw.connect().hello();
  const before = peer.receivedBytes;
  const reason = new Error("no");
  const signal = AbortSignal.abort(reason);
  const thrown = await raw.node.connections[0].call("f", [], { signal }).catch((error) => error);
  assert(thrown === reason);
  assertEquals(peer.receivedBytes, before);
});

Deno.test("A handler that heeds its signal may still say what it likes: nobody hears it", async () => {
  await using pair = await Pair.connect({
    serves: {
      heeds: [
        { context: true },
        ({ signal }: CallContext) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      ],
      ignores: () => pair.clock.runMicrotasks().then(() => "late"),
    },
  });
  for (const name of ["heeds", "ignores"]) {
    const controller = new AbortController();
    const call = pair.remote.call(name, [], { signal: controller.signal });
    await Promise.resolve();
    controller.abort(new Error("gone"));
    await assertRejects(() => call, Error, "gone");
  }
  await pair.clock.runMicrotasks();
  assertEquals(await pair.remote.call("_synapse.ping"), "pong");
});

Deno.test("A cancelled request is answered once, with cancelled", async () => {
  const finish: ((value: unknown) => void)[] = [];
  await using raw = await RawNode.serve({ wait: () => new Promise((end) => finish.push(end)) });
  const peer = raw.connect().hello().send([0, 5, "wait", []]);
  peer.send([2, "$/cancel", [5]], [2, "$/cancel", [5]]);
  finish[0]("late");
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses, [{
    type: "response",
    id: 5,
    error: { code: "cancelled", message: "Cannot finish call as its caller has cancelled it" },
    result: null,
  }]);
});

Deno.test("Cancelling what is answered already, or was never asked, is harmless", async () => {
  await using raw = await RawNode.serve({ sum: (a: number, b: number) => a + b });
  const peer = raw.connect().hello();
  peer.send([0, 1, "sum", [1, 2]], [2, "$/cancel", [1]], [2, "$/cancel", [77]]);
  peer.send([2, "$/cancel", [-1]], [0, 1, "sum", [3, 4]]);
  assertEquals(peer.responses.map(({ error, result }) => [error, result]), [[null, 3], [null, 7]]);
});

Deno.test("A peer can't cancel notifications, whatever number it guesses", async () => {
  const { signals, hang } = createHanging();
  await using raw = await RawNode.serve({ hang: [{ context: true }, hang] });
  const peer = raw.connect().hello().send([2, "hang", []]);
  for (const id of [-1, 0, 1]) peer.send([2, "$/cancel", [id]]);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
});

Deno.test("Aborting after the answer does nothing", async () => {
  await using raw = await RawNode.serve();
  const peer = raw.connect().hello();
  const controller = new AbortController();
  const call = raw.node.connections[0].call("f", [], { signal: controller.signal });
  peer.send([1, 1, null, "answer"]);
  controller.abort(new Error("too late"));
  assertEquals(await call, "answer");
  assertEquals(peer.notified("$/cancel"), []);
});

Deno.test("Late answers are nobody's", async () => {
  await using raw = await RawNode.serve();
  const peer = raw.connect().hello();
  const [caller] = raw.node.connections;
  const controller = new AbortController();
  const first = caller.call("f", [], { signal: controller.signal });
  controller.abort(new Error("stop"));
  await assertRejects(() => first, Error, "stop");
  // The next ones take the slots that have become free.
  const others = Array.from({ length: 64 }, () => caller.call("g"));
  peer.send([1, 1, null, "late"], [1, 1, "late", null], [2, "$/item", [1, "late"]]);
  for (let id = 2; id <= 65; id++) peer.send([1, id, null, id]);
  assertEquals(await Promise.all(others), Array.from({ length: 64 }, (_, i) => i + 2));
});

Deno.test("A call given up before the peer has said hello is cancelled when it has", async () => {
  const { signals, hang } = createHanging();
  await using raw = await RawNode.serve({ hang: [{ context: true }, hang] });
  const peer = raw.connect();
  const [caller] = raw.node.connections;
  const controller = new AbortController();
  const calls = [1, 2, 3].map(() => caller.call("f", [], { signal: controller.signal }));
  const kept = caller.call("f");
  controller.abort(new Error("stop"));
  for (const call of calls) await assertRejects(() => call, Error, "stop");
  assertEquals(peer.notified("$/cancel"), []);
  // One of them has been answered meanwhile: to cancel it too is harmless.
  peer.send([1, 2, null, 0]).hello();
  assertEquals(peer.notified("$/cancel"), [[1], [2], [3]]);
  peer.send([1, 4, null, "kept"]).hello();
  assertEquals(await kept, "kept");
  assertEquals(peer.notified("$/cancel").length, 3);
  assertEquals(signals, []);
});

Deno.test("A plain peer is never told, and given-up calls are not kept for ever", async () => {
  await using raw = await RawNode.serve({}, { limits: { maxPendingCalls: 10 } });
  const peer = raw.connect();
  const [caller] = raw.node.connections;
  for (let i = 0; i < 100; i++) {
    const call = caller.call("f", [], { timeoutMs: 1 });
    const late = assertRejects(() => call, TimeoutError);
    await raw.clock.advance(1);
    await late;
  }
  assertEquals(peer.messages.length, 100);
  peer.hello();
  assertEquals(peer.notified("$/cancel").length, 10);
});

Deno.test("Every way for a call to end takes its listener off the signal", async () => {
  await using raw = await RawNode.serve({}, { limits: { maxPendingCalls: 3 } });
  const peer = raw.connect().hello();
  const [caller] = raw.node.connections;
  const counting = new CountingSignal();
  const signal = counting as unknown as AbortSignal;
  const settled = async (call: Promise<unknown>): Promise<void> => {
    await call.catch(() => {});
    assertEquals(counting.listeners, 0);
  };
  const answered = caller.call("f", [], { signal });
  assertEquals(counting.listeners, 1);
  peer.send([1, 1, null, "answer"]);
  await settled(answered);
  const failed = caller.call("f", [], { signal });
  peer.send([1, 2, "error", null]);
  await settled(failed);
  const streamed = caller.call("f", [], { signal });
  peer.send([2, "$/item", [3, 1]]);
  await settled(streamed);
  const late = caller.call("f", [], { signal, timeoutMs: 5 });
  await Promise.all([raw.clock.advance(5), settled(late)]);
  await settled(caller.call("f", [() => {}], { signal }));
  const stream = caller.stream("f", [], { signal });
  assertEquals(counting.listeners, 1);
  await stream.return!();
  assertEquals(counting.listeners, 0);
  const cut = [caller.call("f", [], { signal }), caller.stream("f", [], { signal }).next()];
  assertEquals(counting.listeners, 2);
  peer.cut();
  await Promise.all(cut.map(settled));
  await settled(caller.call("f", [], { signal }));
});

Deno.test("A deadline is kept to the millisecond, and the peer is told", async () => {
  const { signals, hang } = createHanging();
  await using pair = await Pair.connect({ serves: { hang: [{ context: true }, hang] } });
  let settledMs: number | undefined;
  const call = pair.remote.call("hang", [], { timeoutMs: 1_234 });
  call.catch(() => settledMs = pair.clock.now());
  await pair.clock.advance(1_233);
  assertEquals([settledMs, signals[0].aborted], [undefined, false]);
  await pair.clock.advance(1);
  assertEquals([settledMs, signals[0].aborted], [1_234, true]);
  const error = await assertRejects(() => call, TimeoutError);
  assertEquals(error.code, "deadline_exceeded");
  assertEquals([error.operation, error.timeoutMs], ["call hang", 1_234]);
});

Deno.test("A call takes thirty seconds at most where nothing else is said, and for ever on demand", async () => {
  const { hang } = createHanging();
  await using pair = await Pair.connect({ serves: { hang: [{ context: true }, hang] } });
  let isSettled = false;
  const usual = pair.remote.call("hang");
  usual.catch(() => {});
  const patient = pair.remote.call("hang", [], { timeoutMs: Infinity });
  patient.catch(() => isSettled = true);
  await pair.clock.advance(29_999);
  const late = assertRejects(() => usual, TimeoutError);
  await pair.clock.advance(1);
  await late;
  await pair.clock.advance(365 * 24 * 3_600_000 / 100);
  assertEquals(isSettled, false);
});

Deno.test("One timer serves the deadlines of a thousand calls, each to its millisecond", async () => {
  const { hang } = createHanging();
  await using pair = await Pair.connect({ serves: { hang: [{ context: true }, hang] } });
  const timers = pair.clock.pendingTimers;
  const settled: [number, number][] = [];
  for (let i = 0; i < 1_000; i++) {
    const timeoutMs = 1 + (i * 7919) % 2_000;
    pair.remote.call("hang", [], { timeoutMs })
      .catch(() => settled.push([timeoutMs, pair.clock.now()]));
  }
  assertEquals(pair.clock.pendingTimers, timers + 1);
  await pair.clock.advance(2_000);
  assertEquals(settled.length, 1_000);
  for (const [timeoutMs, atMs] of settled) assertEquals(atMs, timeoutMs);
  assertEquals(pair.clock.pendingTimers, timers);
});

Deno.test("An answer and a deadline in the same millisecond: the first one counts, alone", async () => {
  for (const isAnswerFirst of [true, false]) {
    await using raw = await RawNode.serve();
    const peer = raw.connect().hello();
    const answer = () => raw.clock.after(10, () => peer.send([1, 1, null, "in time"]));
    if (isAnswerFirst) answer();
    const call = raw.node.connections[0].call("f", [], { timeoutMs: 10 });
    if (!isAnswerFirst) answer();
    const outcome = call.catch((error) => error.code);
    await raw.clock.advance(10);
    assertEquals(await outcome, isAnswerFirst ? "in time" : "deadline_exceeded");
    assertEquals(peer.notified("$/cancel").length, isAnswerFirst ? 0 : 1);
  }
});

Deno.test("A deadline that can't be told, as too much waits, ends the session and leaves no timer", async () => {
  await using raw = await RawNode.serve({}, {
    limits: { maxBufferedBytes: 1_000, highWaterBytes: 1_000, maxMessageBytes: 10_000 },
  });
  const peer = raw.connect().hello().stopReading();
  const [caller] = raw.node.connections;
  const calls = [1, 2, 3].map((timeoutMs) =>
    caller.call("f", [new Uint8Array(timeoutMs === 3 ? 2_000 : 10)], { timeoutMs: timeoutMs * 100 })
  );
  const lost = Promise.allSettled(calls);
  await raw.clock.advance(100);
  const reasons = (await lost).map((settled) => (settled as PromiseRejectedResult).reason.code);
  assertEquals(reasons, ["deadline_exceeded", "limit_exceeded", "limit_exceeded"]);
  assert(peer.hungUp !== undefined);
  assertEquals(raw.clock.pendingTimers, 0);
});

Deno.test("When the connection breaks, calls reject and handlers' signals are aborted", async () => {
  const { signals, hang } = createHanging();
  await using raw = await RawNode.serve({ hang: [{ context: true }, hang] });
  const peer = raw.connect().hello().send([0, 1, "hang", []], [2, "hang", []]);
  const [caller] = raw.node.connections;
  const calls = [caller.call("f"), caller.call("g", [], { timeoutMs: Infinity })];
  peer.cut(new Error("cable"));
  for (const call of calls) {
    const error = await assertRejects(() => call, TransportError);
    assertEquals(error.code, "connection_lost");
    assertEquals(error.url, "raw://peer:2");
    assertEquals(error.message, "Connection with raw://peer:2 is lost as cable");
  }
  assertEquals(signals.map(({ aborted }) => aborted), [true, true]);
  assertEquals((signals[0].reason as SynapseError).code, "connection_lost");
  const refused = await assertRejects(() => caller.call("f"), TransportError);
  assertEquals(refused.code, "connection_lost");
});

Deno.test("Whoever is told of the end may call again at once: it is refused, not lost", async () => {
  const codes: unknown[] = [];
  await using raw = await RawNode.serve({
    hang: [{ context: true }, ({ signal, peer }: CallContext) => {
      signal.addEventListener("abort", () => {
        peer.call("f").catch((error) => codes.push(error.code));
      });
      return new Promise(() => {});
    }],
  });
  raw.node.on("released", ({ peer }) => {
    peer.call("f").catch((error) => codes.push(error.code));
    void peer.stream("f").next().catch((error) => codes.push(error.code));
  });
  const peer = raw.connect().hello().send([0, 1, "hang", []]);
  raw.node.connections[0].call("f").catch(() =>
    raw.node.connections[0]?.call("f").catch((error) => codes.push(error.code))
  );
  peer.cut();
  await raw.clock.runMicrotasks();
  assertEquals(new Set(codes), new Set(["connection_lost"]));
  assert(codes.length >= 3);
});

Deno.test("node.call() has one deadline for dialling and the answer", async () => {
  await using raw = await RawNode.serve();
  const dialled = Promise.withResolvers<RawPeer>();
  raw.transport.dialled.push(dialled.promise);
  let settledMs: number | undefined;
  const call = raw.node.call("raw://peer:1", "f", [], { timeoutMs: 1_000 });
  call.catch(() => settledMs = raw.clock.now());
  await raw.clock.advance(700);
  const peer = new RawPeer();
  dialled.resolve(peer);
  await raw.clock.runMicrotasks();
  assertEquals(peer.answers.length, 1);
  await raw.clock.advance(299);
  assertEquals(settledMs, undefined);
  await raw.clock.advance(1);
  assertEquals(settledMs, 1_000);
  await assertRejects(() => call, TimeoutError, "Cannot call f in time");
  await raw.clock.advance(10_000);
  assert(peer.hungUp !== undefined);
});

Deno.test("node.call() gives up dialling at its deadline, and hangs up on whom it reaches later", async () => {
  await using raw = await RawNode.serve();
  const dialled = Promise.withResolvers<RawPeer>();
  raw.transport.dialled.push(dialled.promise);
  const call = raw.node.call("raw://peer:1", "f", [], { timeoutMs: 1_000 });
  const late = assertRejects(() => call, TimeoutError, "Cannot connect to raw://peer:1 in time");
  await raw.clock.advance(1_000);
  await late;
  const peer = new RawPeer();
  dialled.resolve(peer);
  await raw.clock.runMicrotasks();
  assert(peer.hungUp !== undefined);
  assertEquals(peer.answers, []);
  assertEquals(raw.node.connections, []);
});

Deno.test("node.call() rejects in time also where the peer doesn't take the goodbye", async () => {
  await using raw = await RawNode.serve();
  const peer = new RawPeer();
  raw.transport.dialled.push(peer.stopReading());
  const call = raw.node.call("raw://peer:1", "f", [], { timeoutMs: 1_000 });
  let settledMs: number | undefined;
  call.catch(() => settledMs = raw.clock.now());
  await raw.clock.advance(1_000);
  assertEquals(settledMs, 1_000);
});

Deno.test("node.call() ends with its signal's reason while it dials and while it waits", async () => {
  await using raw = await RawNode.serve();
  for (const dialled of [new Promise<RawPeer>(() => {}), new RawPeer()]) {
    raw.transport.dialled.push(dialled);
    const controller = new AbortController();
    const call = raw.node.call("raw://peer:1", "f", [], { signal: controller.signal });
    await raw.clock.runMicrotasks();
    const reason = { mine: true };
    controller.abort(reason);
    assert(await call.catch((error) => error) === reason);
  }
});
