import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ChannelSink } from "../../core/channel.ts";
import { BufferedChannel } from "../../transports/buffered_channel.ts";

const NOWHERE = { scheme: "test", host: "", port: 0, path: "" };

/** A channel whose network is two lists. */
class TestChannel extends BufferedChannel {
  readonly kind = "stream";
  readonly local = NOWHERE;
  readonly remote = NOWHERE;
  readonly transmitted: number[] = [];
  readonly calls: string[] = [];
  queued = 0;

  protected get queuedBytes(): number {
    return this.queued;
  }
  protected transmit(part: Uint8Array): void {
    this.transmitted.push(part.length);
  }
  protected startReading(): void {
    this.calls.push("startReading");
  }
  protected stopReading(): void {
    this.calls.push("stopReading");
  }
  protected finish(): void {
    this.calls.push("finish");
  }
  protected abort(): void {
    this.calls.push("abort");
  }

  receive(bytes: number): void {
    this.received(new Uint8Array(bytes));
  }
  drainTo(bytes: number): void {
    this.queued = bytes;
    this.drained();
  }
  end(): void {
    this.ended();
  }
  vanish(error?: Error): void {
    this.gone(error);
  }
}

function write(channel: TestChannel, bytes: number): boolean {
  channel.writer.bytes(new Uint8Array(bytes));
  return channel.flush();
}

function sink(said: string[], data: (chunk: Uint8Array) => void = () => {}): ChannelSink {
  return {
    data,
    drain: () => said.push("drain"),
    end: () => said.push("end"),
    close: (error) => said.push(`close ${error?.message}`),
  };
}

Deno.test("BufferedChannel transmits small output once a tick", async () => {
  const channel = new TestChannel();
  write(channel, 10);
  write(channel, 20);
  assertEquals(channel.transmitted, []);
  assertEquals(channel.bufferedBytes, 30);
  await Promise.resolve();
  assertEquals(channel.transmitted, [30]);
  write(channel, 5);
  await Promise.resolve();
  assertEquals(channel.transmitted, [30, 5]);
});

Deno.test("BufferedChannel transmits from 1 KiB on within the tick, and the rest at its end", async () => {
  const channel = new TestChannel();
  write(channel, 1000);
  write(channel, 24);
  assertEquals(channel.transmitted, [1024]);
  write(channel, 7);
  assertEquals(channel.transmitted, [1024]);
  await Promise.resolve();
  assertEquals(channel.transmitted, [1024, 7]);
});

Deno.test("BufferedChannel transmits answers to a chunk as soon as the sink returns, all together", async () => {
  const channel = new TestChannel();
  channel.open(sink([], () => {
    write(channel, 10);
    write(channel, 20);
    assertEquals(channel.transmitted, []);
  }));
  channel.receive(1);
  assertEquals(channel.transmitted, [30]);
  await Promise.resolve();
  assertEquals(channel.transmitted, [30]);
});

Deno.test("BufferedChannel still flushes after a sink that threw", async () => {
  const channel = new TestChannel();
  channel.open(sink([], () => {
    write(channel, 10);
    throw new Error("Bug");
  }));
  assertThrows(() => channel.receive(1), Error, "Bug");
  assertEquals(channel.transmitted, [10]);
  write(channel, 20);
  await Promise.resolve();
  assertEquals(channel.transmitted, [10, 20]);
});

Deno.test("BufferedChannel.flush() is false from the high-water mark until below it", () => {
  const channel = new TestChannel();
  const said: string[] = [];
  channel.open(sink(said), 5000);
  channel.queued = 4999;
  assert(write(channel, 2000));
  channel.queued = 5000;
  assert(!write(channel, 2000));
  channel.drainTo(5000);
  assertEquals(said, []);
  assert(!channel.flush());
  channel.drainTo(4999);
  channel.drainTo(0);
  assertEquals(said, ["drain"]);
  assert(channel.flush());
});

Deno.test("BufferedChannel reads only while open, opened and not paused", () => {
  const channel = new TestChannel();
  channel.resume();
  channel.pause();
  channel.open(sink([]));
  assertEquals(channel.calls, ["stopReading"]);
  channel.resume();
  assertEquals(channel.calls, ["stopReading", "startReading"]);
  channel.close();
  channel.pause();
  channel.resume();
  assertEquals(channel.calls, ["stopReading", "startReading", "finish"]);
});

Deno.test("BufferedChannel says nothing between close() and the end but the end", async () => {
  const channel = new TestChannel();
  const said: string[] = [];
  channel.open(sink(said, () => said.push("data")), 1);
  channel.queued = 1;
  write(channel, 2000);
  const closed = channel.close();
  channel.receive(1);
  channel.drainTo(0);
  channel.end();
  assertEquals(said, []);
  channel.vanish();
  channel.vanish(new Error("Again"));
  channel.receive(1);
  channel.end();
  await closed;
  assertEquals(said, ["close undefined"]);
});

Deno.test("BufferedChannel.close() sends what is pending, close(reason) doesn't", () => {
  const polite = new TestChannel();
  write(polite, 10);
  polite.close();
  assertEquals([polite.transmitted, polite.calls], [[10], ["finish"]]);
  const rude = new TestChannel();
  write(rude, 10);
  rude.close(new Error("Enough"));
  assertEquals([rude.transmitted, rude.calls], [[], ["abort"]]);
});

Deno.test("BufferedChannel.close(reason) after close() hurries it", async () => {
  const channel = new TestChannel();
  const said: string[] = [];
  channel.open(sink(said));
  const closed = channel.close();
  channel.close(new Error("Now"));
  channel.close();
  assertEquals(channel.calls, ["startReading", "finish", "abort"]);
  channel.vanish(new Error("Broken"));
  await closed;
  assertEquals(said, ["close Now"]);
});

Deno.test("BufferedChannel drops what is written after close()", async () => {
  const channel = new TestChannel();
  channel.close();
  write(channel, 10);
  write(channel, 2000);
  await Promise.resolve();
  assertEquals([channel.transmitted, channel.bufferedBytes], [[], 0]);
});

Deno.test("BufferedChannel stays gone", async () => {
  const channel = new TestChannel();
  const said: string[] = [];
  channel.vanish();
  channel.vanish(new Error("Broken"));
  await channel.close(new Error("Too late"));
  await channel.close();
  assertEquals(channel.calls, []);
  channel.open(sink(said));
  assertEquals(said, []);
  await Promise.resolve();
  assertEquals(said, ["close undefined"]);
});

Deno.test("BufferedChannel settles close() even when the sink throws", async () => {
  const channel = new TestChannel();
  channel.open({
    ...sink([]),
    close: () => {
      throw new Error("Bug");
    },
  });
  const closed = channel.close();
  assertThrows(() => channel.vanish(), Error, "Bug");
  await closed;
});
