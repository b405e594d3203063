import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { type SynapseError, TransportError } from "../../core/errors.ts";
import { KeepAlive, type KeepAliveOptions } from "../../core/keep_alive.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { RawNode } from "../support/raw_node.ts";

class Bench {
  readonly clock = new FakeClock();
  readonly events: string[] = [];
  readonly output = { bufferedBytes: 0, takenBytes: 0 };
  canPing = true;
  readonly keepAlive: KeepAlive;

  constructor(options?: KeepAliveOptions) {
    this.keepAlive = new KeepAlive(this.clock, {
      ping: () => {
        if (this.canPing) this.#note("ping");
        return this.canPing;
      },
      dead: (reason) => this.#note(reason),
      output: this.output,
    }, options);
  }

  #note(what: string): void {
    this.events.push(`${this.clock.now()}: ${what}`);
  }
}

Deno.test("KeepAlive asks after silence, and gives up when nothing is heard after that", async () => {
  const { clock, events } = new Bench();
  await clock.advance(3_600_000);
  assertEquals(events, ["10000: ping", "20000: it has not answered a ping for 10000 ms"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("KeepAlive takes its times from its options", async () => {
  const { clock, events } = new Bench({ idleMs: 100, unansweredMs: 30 });
  await clock.advance(1_000);
  assertEquals(events, ["200: ping", "230: it has not answered a ping for 30 ms"]);
});

Deno.test("KeepAlive asks nobody who talks, and again whoever has answered", async () => {
  const { clock, events, keepAlive } = new Bench();
  for (let i = 0; i < 100; i++) {
    await clock.advance(4_900);
    keepAlive.heard();
  }
  assertEquals(events, []);
  for (let asked = 1; asked <= 10; asked++) {
    while (events.length < asked) await clock.advance(1_000);
    await clock.advance(9_000);
    keepAlive.heard();
    await clock.advance(1_000);
  }
  assertEquals(events.length, 10);
  assert(events.every((event) => event.endsWith("ping")));
});

Deno.test("KeepAlive leaves a silent peer alone that can't be asked", async () => {
  const bench = new Bench();
  bench.canPing = false;
  await bench.clock.advance(3_600_000);
  assertEquals(bench.events, []);
  bench.canPing = true;
  await bench.clock.advance(20_000);
  assertEquals(bench.events.length, 2);
});

Deno.test("KeepAlive doesn't ask while output waits, and gives up when none of it is taken", async () => {
  const { clock, events, output } = new Bench({ stalledMs: 60_000 });
  await clock.advance(4_000);
  output.bufferedBytes = 1_000;
  await clock.advance(60_999);
  assertEquals(events, []);
  await clock.advance(3_600_000);
  assertEquals(events, ["65000: it has taken nothing for 60000 ms"]);
});

Deno.test("KeepAlive counts what is taken, not what waits", async () => {
  const { clock, events, output } = new Bench({ stalledMs: 60_000 });
  // As much is added as is taken, and more: what waits never gets less.
  for (let i = 0; i < 1_000; i++) {
    await clock.advance(5_000);
    output.bufferedBytes = 1_000 + i;
    output.takenBytes += 10;
  }
  assertEquals(events, []);
  const stuckSinceMs = clock.now();
  // What waits grows, and yet nothing is taken.
  for (let i = 0; i < 14; i++) {
    await clock.advance(5_000);
    output.bufferedBytes += 1_000;
  }
  assertEquals(events, [`${stuckSinceMs + 65_000}: it has taken nothing for 60000 ms`]);
});

Deno.test("KeepAlive starts anew when all output has gone", async () => {
  const { clock, events, output, keepAlive } = new Bench({ stalledMs: 20_000 });
  for (let i = 0; i < 20; i++) {
    keepAlive.heard();
    output.bufferedBytes = 500;
    await clock.advance(15_000);
    output.bufferedBytes = 0;
    keepAlive.heard();
    await clock.advance(5_000);
  }
  assertEquals(events, []);
});

Deno.test("KeepAlive.stop() leaves no timer", () => {
  const { clock, keepAlive } = new Bench();
  keepAlive.stop();
  keepAlive.stop();
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("A peer that has gone silent is noticed: calls reject, handlers' signals are aborted", async () => {
  const signals: AbortSignal[] = [];
  await using raw = await RawNode.serve({
    hang: [{ context: true }, ({ signal }: CallContext) => {
      signals.push(signal);
      return new Promise(() => {});
    }],
  });
  const released: (Error | undefined)[] = [];
  raw.node.on("released", ({ error }) => released.push(error));
  const peer = raw.connect().hello().send([0, 1, "hang", []]);
  const [caller] = raw.node.connections;
  const calls = [caller.call("f"), caller.call("g"), caller.stream("h").next()];
  const failures = Promise.all(calls.map((call) => assertRejects(() => call, TransportError)));
  await raw.clock.advance(19_999);
  assertEquals(peer.notified("$/ping").length, 1);
  assertEquals(raw.node.connections.length, 1);
  await raw.clock.advance(1);
  const reason = "Connection with raw://peer:2 is lost as it has not answered a ping for 10000 ms";
  for (const error of await failures) {
    assertEquals([error.code, error.message], ["connection_lost", reason]);
  }
  assertEquals((signals[0].reason as SynapseError).message, reason);
  assertEquals(released.map((error) => error?.message), [reason]);
  assertEquals(peer.hungUp?.reason?.message, reason);
  assertEquals(raw.clock.pendingTimers, 0);
});

Deno.test("A peer that answers pings, or says anything else, is never given up", async () => {
  await using raw = await RawNode.serve();
  const peers = [raw.connect().hello(), raw.connect().hello()];
  let answered = 0;
  for (let i = 0; i < 200; i++) {
    await raw.clock.advance(1_000);
    const pings = peers[0].notified("$/ping").length;
    if (pings > answered) peers[0].send([2, "$/pong", []]);
    answered = pings;
    if (i % 9 === 8) peers[1].sendBytes(Uint8Array.of(0x94));
    if (i % 9 === 8) peers[1].sendBytes(Uint8Array.of(1, 7, 0xc0, 0xc0));
  }
  assert(answered >= 10);
  assertEquals(raw.node.connections.length, 2);
});

Deno.test("A ping is answered; a plain peer is not asked", async () => {
  await using raw = await RawNode.serve();
  const plain = raw.connect();
  plain.send([2, "$/ping", []]);
  assertEquals(plain.messages.map((message) => "method" in message && message.method), ["$/pong"]);
  await raw.clock.advance(3_600_000);
  assertEquals(plain.messages.length, 1);
  assertEquals(raw.node.connections.length, 1);
});

Deno.test("A slow reader is alive as long as it takes something, also when as much waits each time", async () => {
  const blob = new Uint8Array(1_000);
  await using raw = await RawNode.serve({
    async *blobs() {
      for (;;) yield blob;
    },
  }, { limits: { highWaterBytes: 10_000 } });
  const peer = raw.connect().hello(60_000).stopReading();
  peer.send([0, 1, "blobs", []]);
  await raw.clock.runMicrotasks();
  const waiting = peer.channel.bufferedBytes;
  for (let i = 0; i < 100; i++) {
    await raw.clock.advance(5_000);
    assertEquals(peer.channel.bufferedBytes, waiting);
    peer.readOnce();
    await raw.clock.runMicrotasks();
  }
  assertEquals(raw.node.connections.length, 1);
  // And no longer than that.
  await raw.clock.advance(65_000);
  assertEquals(raw.node.connections.length, 0);
  assertEquals(
    peer.hungUp?.reason?.message,
    "Connection with raw://peer:2 is lost as it has taken nothing for 60000 ms",
  );
});

Deno.test("Who doesn't read for being busy takes nobody for dead, and says that it is there", async () => {
  const ends: (() => void)[] = [];
  await using raw = await RawNode.serve({
    work: (_payload: unknown) => new Promise<void>((resolve) => ends.push(resolve)),
  }, { limits: { maxRunningCalls: 1, highWaterBytes: 1_000 } });
  const peer = raw.connect().hello();
  for (let id = 1; id <= 20; id++) peer.send([0, id, "work", [new Uint8Array(200)]]);
  assert(peer.channel.isPaused);
  await raw.clock.advance(600_000);
  assertEquals(raw.node.connections.length, 1);
  // No question whose answer could not be read, but a sign of life at least every ten seconds.
  assertEquals(peer.notified("$/ping"), []);
  assert(peer.notified("$/pong").length >= 60);
  for (let done = 0; done < 20; done++) {
    ends[done]();
    await raw.clock.runMicrotasks();
  }
  assertEquals(peer.responses.map(({ id }) => id), Array.from({ length: 20 }, (_, i) => i + 1));
  // Now it is listened to again, and must answer.
  await raw.clock.advance(25_000);
  assertEquals(raw.node.connections.length, 0);
});
