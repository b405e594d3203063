import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SynapseError, TimeoutError, TransportError } from "../../core/errors.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { LinkBench } from "../support/link_bench.ts";

const refused = new TransportError("unreachable", "raw://peer:1", "refused");

Deno.test("Link ends with the first break where it isn't told to come back", async () => {
  const bench = new LinkBench();
  const peer = await bench.connect();
  const call = bench.remote.call("f");
  peer.cut(new Error("cable"));
  await assertRejects(() => call, TransportError);
  await bench.clock.runMicrotasks();
  assertEquals(bench.log, ["0 connected 0", "0 disconnected cable", "0 closed cable"]);
  const error = await assertRejects(() => bench.remote.call("f"), TransportError);
  assertEquals(error.code, "connection_lost");
  assertThrows(() => bench.remote.notify("f"), TransportError);
  await assertRejects(() => bench.remote.stream("f").next(), TransportError);
  assertEquals([bench.clock.pendingTimers, bench.dials.length], [0, 1]);
});

Deno.test("Link comes back, and each step is an event", async () => {
  const bench = new LinkBench({ floorMs: 100, baseMs: 200, capMs: 1_000 });
  const peer = await bench.connect();
  const next = new RawPeer();
  bench.answers.push(refused, new Error("no route"), next);
  await bench.clock.advance(1_000);
  peer.cut();
  await bench.clock.advance(10_000);
  assertEquals(bench.log, [
    "0 connected 0",
    "1000 disconnected in good order",
    "1000 reconnecting 1 in 200",
    "1200 attemptFailed 1: refused",
    "1200 reconnecting 2 in 300",
    "1500 attemptFailed 2: no route",
    "1500 reconnecting 3 in 500",
    "2000 connected 3",
  ]);
  assertEquals(bench.remote.isConnected, true);
  const call = bench.remote.call("f");
  next.send([1, 1, null, "from the new one"]);
  assertEquals(await call, "from the new one");
  await bench.link.close(0);
});

/** Connects, and is hung up on five times, each time after `lastedMs`. Gives the delays. */
async function delaysBetween(lastedMs: number): Promise<string[]> {
  const bench = new LinkBench({ floorMs: 0, baseMs: 100, stableMs: 1_000 });
  let peer = await bench.connect();
  for (let i = 0; i < 5; i++) {
    const next = new RawPeer();
    bench.answers.push(next);
    await bench.clock.advance(lastedMs);
    peer.cut();
    await bench.clock.advance(50 * 2 ** i);
    peer = next;
  }
  await bench.link.close(0);
  return bench.log.filter((line) => line.includes("reconnecting"))
    .map((line) => line.split(" ").slice(2).join(" "));
}

Deno.test("Link counts attempts anew after a connection that lasted", async () => {
  assertEquals(await delaysBetween(1_000), Array(5).fill("1 in 50"));
});

Deno.test("Link goes on counting after a connection that was hung up on soon", async () => {
  const delays = ["1 in 50", "2 in 100", "3 in 200", "4 in 400", "5 in 800"];
  assertEquals(await delaysBetween(0), delays);
});

Deno.test("Link waits the floor and a random part that doubles up to its cap", async () => {
  for (const dice of [0, 0.25, 0.999_999]) {
    const bench = new LinkBench({ floorMs: 100, baseMs: 200, capMs: 5_000, maxAttempts: 1_100 }, {
      random: () => dice,
    });
    const delays: number[] = [];
    bench.link.events.on("reconnecting", ({ delayMs }) => delays.push(delayMs));
    const peer = await bench.connect();
    bench.answers.push(...Array(1_100).fill(refused));
    peer.cut();
    await bench.clock.advance(1_200 * 5_100);
    assertEquals(delays.length, 1_100);
    for (const [i, delayMs] of delays.entries()) {
      assertEquals(delayMs, 100 + dice * Math.min(5_000, 200 * 2 ** i));
    }
  }
});

Deno.test("Link draws the dice anew for each delay", async () => {
  const thrown = [0.1, 0.9, 0.3];
  const bench = new LinkBench({ floorMs: 10, baseMs: 100, capMs: 100, maxAttempts: 3 }, {
    random: () => thrown.shift()!,
  });
  const delays: number[] = [];
  bench.link.events.on("reconnecting", ({ delayMs }) => delays.push(delayMs));
  const peer = await bench.connect();
  bench.answers.push(refused, refused, refused);
  peer.cut();
  await bench.clock.advance(1_000);
  assertEquals(delays, [20, 100, 40]);
});

Deno.test("Link gives up after maxAttempts, and says why", async () => {
  const bench = new LinkBench({ maxAttempts: 2 });
  const peer = await bench.connect();
  bench.answers.push(new Error("first"), refused);
  peer.cut();
  await bench.clock.runMicrotasks();
  const waiting = bench.remote.call("f");
  const failed = assertRejects(() => waiting, TransportError);
  await bench.clock.advance(60_000);
  assertEquals(await failed, refused);
  assertEquals(bench.log.at(-1)?.replace(/^\d+ /, ""), "closed refused");
  assertEquals(bench.dials.length, 3);
  await assertRejects(() => bench.remote.call("f"), TransportError);
  assertEquals(bench.clock.pendingTimers, 0);
});

Deno.test("A call in flight fails and is never sent again; calls made meanwhile wait, then go", async () => {
  const bench = new LinkBench({ floorMs: 100, baseMs: 1 });
  const peer = await bench.connect();
  const inFlight = bench.remote.call("pay", ["once"]);
  const lost = assertRejects(() => inFlight, TransportError);
  peer.cut();
  await bench.clock.runMicrotasks();
  const later = [bench.remote.call("a", [1]), bench.remote.call("b", [], { kwargs: { x: 2 } })];
  const items = bench.remote.stream("c");
  const firstItem = items.next();
  const next = new RawPeer();
  bench.answers.push(refused, next);
  await bench.clock.advance(1_000);
  assertEquals((await lost).code, "connection_lost");
  const requests = next.messages.filter((message) => message.type === "request")
    .map(({ method, args }) => [method, args]);
  assertEquals(requests, [["a", [1]], ["b", [{ $kw: { x: 2 } }]], ["c", []]]);
  next.send([1, 1, null, "A"], [1, 2, null, "B"], [2, "$/item", [3, "C"]]);
  assertEquals(await Promise.all(later), ["A", "B"]);
  assertEquals(await firstItem, { done: false, value: "C" });
  await bench.link.close(0);
});

Deno.test("A call made by whom the break has just told waits for the next connection", async () => {
  const bench = new LinkBench({ floorMs: 100, baseMs: 1 });
  const peer = await bench.connect();
  const next = new RawPeer();
  bench.answers.push(next);
  // The habit of those who retry what is safe to retry.
  const insistent = bench.remote.call("f").catch(() => bench.remote.call("f"));
  peer.cut(new Error("cable"));
  await bench.clock.advance(1_000);
  next.send([1, 1, null, "second try"]);
  assertEquals(await insistent, "second try");
  await bench.link.close(0);
});

Deno.test("A call made between the end of a session and that of its channel waits as well", async () => {
  const bench = new LinkBench({ floorMs: 100, baseMs: 1 });
  const peer = await bench.connect();
  // The peer breaks the protocol, and doesn't take what is left for it: hanging up takes its time.
  peer.stopReading();
  bench.remote.notify("f");
  peer.sendBytes(Uint8Array.of(0xc1));
  assertEquals(bench.remote.isConnected, false);
  const call = bench.remote.call("f");
  const next = new RawPeer();
  bench.answers.push(next);
  await bench.clock.runMicrotasks();
  peer.readOn();
  await bench.clock.advance(200);
  next.send([1, 1, null, "answer"]);
  assertEquals(await call, "answer");
  await bench.link.close(0);
});

Deno.test("A call that waits for a connection keeps its deadline and its signal", async () => {
  const bench = new LinkBench({ floorMs: 1_000, baseMs: 1 });
  const peer = await bench.connect();
  peer.cut();
  await bench.clock.runMicrotasks();
  const controller = new AbortController();
  const late = bench.remote.call("f", [], { timeoutMs: 300 });
  const given = bench.remote.call("f", [], { signal: controller.signal });
  const spent = bench.remote.call("f", [], { timeoutMs: 1_500 });
  const outcomes = Promise.allSettled([late, given, spent]);
  await bench.clock.advance(299);
  const reason = { mine: true };
  controller.abort(reason);
  assert(await given.catch((error) => error) === reason);
  await bench.clock.advance(1);
  const error = await late.catch((error) => error) as TimeoutError;
  assertEquals([error.code, error.operation], ["deadline_exceeded", "reconnect to raw://peer:1"]);
  const next = new RawPeer();
  bench.answers.push(next);
  await bench.clock.advance(800);
  // Only what still wants it is sent, with what is left of its time.
  assertEquals(next.answers.map((m) => "method" in m && m.method), ["f"]);
  const before = bench.clock.now();
  await bench.clock.advance(400);
  assertEquals(before, 1_100);
  const last = (await outcomes)[2] as PromiseRejectedResult;
  assertEquals([last.reason.code, bench.clock.now()], ["deadline_exceeded", 1_500]);
  await bench.link.close(0);
});

Deno.test("notify() doesn't wait: without a connection it throws", async () => {
  const bench = new LinkBench({});
  const peer = await bench.connect();
  peer.cut();
  await bench.clock.runMicrotasks();
  const error = assertThrows(() => bench.remote.notify("f"), TransportError);
  assertEquals(error.code, "connection_lost");
  await bench.link.close(0);
});

Deno.test("close() while it waits to dial again ends it at once", async () => {
  const bench = new LinkBench({ floorMs: 1_000 });
  const peer = await bench.connect();
  peer.cut();
  await bench.clock.runMicrotasks();
  const waiting = bench.remote.call("f");
  const failed = assertRejects(() => waiting, TransportError);
  await bench.link.close();
  await failed;
  await bench.clock.runMicrotasks();
  assertEquals(bench.log.slice(-2), ["0 reconnecting 1 in 1100", "0 closed in good order"]);
  assertEquals([bench.clock.pendingTimers, bench.dials.length], [0, 1]);
});

Deno.test("close() while it dials gives the dial up, and hangs up on whom it reaches", async () => {
  const bench = new LinkBench({ floorMs: 10, baseMs: 1 });
  const peer = await bench.connect();
  const dialled = Promise.withResolvers<RawPeer>();
  bench.answers.push(dialled.promise);
  peer.cut();
  await bench.clock.advance(20);
  assertEquals(bench.dials.length, 2);
  const waiting = bench.remote.call("f");
  const failed = assertRejects(() => waiting, TransportError);
  await bench.link.close();
  await failed;
  assert(bench.dials[1].aborted);
  const late = new RawPeer();
  dialled.resolve(late);
  await bench.clock.advance(10_000);
  assert(late.hungUp !== undefined);
  assertEquals(bench.log.at(-1), "20 closed in good order");
  assertEquals([bench.clock.pendingTimers, bench.dials.length], [0, 2]);
});

Deno.test("close() in the very turn in which a dial succeeds still closes", async () => {
  for (let turns = 0; turns < 12; turns++) {
    const bench = new LinkBench({ floorMs: 10, baseMs: 1 });
    const peer = await bench.connect();
    const dialled = Promise.withResolvers<RawPeer>();
    bench.answers.push(dialled.promise);
    peer.cut();
    await bench.clock.advance(20);
    const next = new RawPeer();
    dialled.resolve(next);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    await bench.link.close();
    await bench.clock.advance(10_000);
    assert(next.hungUp !== undefined, `after ${turns} turns`);
    const closed = bench.log.filter((line) => line.includes(" closed "));
    assertEquals(closed, ["20 closed in good order"], `after ${turns} turns`);
    assertEquals(bench.clock.pendingTimers, 0);
  }
});

Deno.test("A dial that takes too long is given up, and the next one made", async () => {
  const bench = new LinkBench({ floorMs: 10, baseMs: 1 }, { dialTimeoutMs: 500 });
  const peer = await bench.connect();
  const slow = Promise.withResolvers<RawPeer>();
  const next = new RawPeer();
  bench.answers.push(slow.promise, next);
  peer.cut();
  await bench.clock.advance(510 + 1);
  assert(bench.dials[1].aborted);
  assertEquals(
    bench.log.at(-2),
    "510.5 attemptFailed 1: Cannot connect to raw://peer:1 in time: no answer within 500 ms",
  );
  await bench.clock.advance(100);
  assertEquals(bench.remote.isConnected, true);
  const late = new RawPeer();
  slow.resolve(late);
  await bench.clock.runMicrotasks();
  assert(late.hungUp !== undefined);
  assertEquals(next.hungUp, undefined);
  await bench.link.close(0);
});

Deno.test("Link.connect() makes one attempt, with a deadline and a signal", async () => {
  const failing = new LinkBench({});
  failing.answers.push(refused);
  assertEquals(await failing.link.connect().catch((error) => error), refused);
  const slow = new LinkBench({});
  const late = assertRejects(() => slow.link.connect(), TimeoutError);
  await slow.clock.advance(1_000);
  assertEquals(
    (await late).message,
    "Cannot connect to raw://peer:1 in time: no answer within 1000 ms",
  );
  const given = new LinkBench({});
  const controller = new AbortController();
  const reason = new Error("never mind");
  const connecting = given.link.connect(controller.signal);
  controller.abort(reason);
  assert(await connecting.catch((error) => error) === reason);
  assert(given.dials[0].aborted);
  const closed = new LinkBench({});
  const pending = assertRejects(() => closed.link.connect(), SynapseError);
  await closed.clock.runMicrotasks();
  await closed.link.close();
  assertEquals((await pending).code, "connection_lost");
  for (const { clock } of [failing, slow, given, closed]) assertEquals(clock.pendingTimers, 0);
});

Deno.test("A listener that throws, or closes, is no hindrance", async () => {
  const bench = new LinkBench({ floorMs: 10, baseMs: 1 });
  bench.link.events.on("disconnected", () => {
    throw new Error("listener");
  });
  const peer = await bench.connect();
  bench.answers.push(new RawPeer());
  peer.cut();
  await bench.clock.advance(100);
  assertEquals(bench.remote.isConnected, true);
  bench.link.events.on("disconnected", () => void bench.link.close());
  bench.link.session!.close(0);
  await bench.clock.advance(10_000);
  assertEquals(bench.log.at(-1)?.replace(/^\d+ /, ""), "closed in good order");
  assertEquals(bench.clock.pendingTimers, 0);
});

Deno.test("close() finishes the calls under way, and refuses more", async () => {
  const bench = new LinkBench({});
  const peer = await bench.connect();
  const call = bench.remote.call("f");
  const closing = bench.link.close();
  await bench.clock.runMicrotasks();
  const error = await assertRejects(() => bench.remote.call("g"), TransportError);
  assertEquals(error.code, "connection_lost");
  peer.send([1, 1, null, "done"]);
  assertEquals(await call, "done");
  await closing;
  assertEquals(bench.log.at(-1), "0 closed in good order");
  assertEquals(bench.clock.pendingTimers, 0);
});
