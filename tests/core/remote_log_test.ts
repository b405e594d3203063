import { assertEquals, assertRejects } from "@std/assert";
import type { Caller } from "../../core/caller.ts";
import { RemoteError } from "../../core/errors.ts";
import {
  type CollectedRecord,
  collectLogs,
  type RemoteLogRecord,
  RemoteLogWriter,
} from "../../core/remote_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Pair } from "../support/pair.ts";

function record(n: number): RemoteLogRecord {
  return { level: "info", category: ["app"], message: `message ${n}`, timeMs: n };
}

/** A collector that answers when the test says so. */
class Collector {
  readonly batches: (readonly [messages: string[], dropped: number])[] = [];
  readonly answers: { resolve(): void; reject(error: Error): void }[] = [];

  readonly call: Caller["call"] = (_method, args) => {
    const [records, dropped] = args as [RemoteLogRecord[], number];
    this.batches.push([records.map(({ message }) => message), dropped]);
    return new Promise((resolve, reject) =>
      this.answers.push({ resolve: () => resolve(null), reject })
    );
  };
}

Deno.test("RemoteLogWriter sends what comes together together", async () => {
  const clock = new FakeClock();
  const collector = new Collector();
  const writer = new RemoteLogWriter({ collector, clock });
  writer.write(record(1));
  writer.write(record(2));
  await clock.advance(99);
  assertEquals(collector.batches, []);
  await clock.advance(1);
  assertEquals(collector.batches, [[["message 1", "message 2"], 0]]);
});

Deno.test("RemoteLogWriter never has two batches under way", async () => {
  const clock = new FakeClock();
  const collector = new Collector();
  const writer = new RemoteLogWriter({ collector, clock });
  writer.write(record(1));
  await clock.advance(100);
  writer.write(record(2));
  await clock.advance(1_000);
  assertEquals(collector.batches.length, 1);
  collector.answers[0].resolve();
  await clock.advance(100);
  assertEquals(collector.batches[1], [["message 2"], 0]);
});

Deno.test("RemoteLogWriter drops the oldest, and tells how many, once", async () => {
  const clock = new FakeClock();
  const collector = new Collector();
  const writer = new RemoteLogWriter({ collector, clock, maxWaiting: 2 });
  for (let n = 1; n <= 5; n++) writer.write(record(n));
  await clock.advance(100);
  assertEquals(collector.batches, [[["message 4", "message 5"], 3]]);
  collector.answers[0].resolve();
  writer.write(record(6));
  await clock.advance(200);
  assertEquals([collector.batches[1], writer.dropped], [[["message 6"], 0], 3]);
});

Deno.test("RemoteLogWriter counts what a collector that is away didn't get", async () => {
  const clock = new FakeClock();
  const collector = new Collector();
  const writer = new RemoteLogWriter({ collector, clock });
  writer.write(record(1));
  await clock.advance(100);
  collector.answers[0].reject(new Error("away"));
  await clock.advance(0);
  writer.write(record(2));
  await clock.advance(100);
  assertEquals([collector.batches[1], writer.dropped], [[["message 2"], 1], 1]);
});

Deno.test("RemoteLogWriter.close() sends what is left, and takes no more", async () => {
  const collector = new Collector();
  const writer = new RemoteLogWriter({ collector, clock: new FakeClock() });
  for (let n = 0; n < 150; n++) writer.write(record(n));
  const closed = writer.close();
  for (let i = 0; i < 2; i++) {
    await Promise.resolve();
    while (collector.answers.length <= i) await Promise.resolve();
    collector.answers[i].resolve();
  }
  await closed;
  writer.write(record(999));
  assertEquals(collector.batches.map(([messages]) => messages.length), [100, 50]);
});

Deno.test("collectLogs() gets records with who has sent them, within bounds", async () => {
  await using pair = await Pair.connect();
  const records: CollectedRecord[] = [];
  const dropped: number[] = [];
  collectLogs(pair.server, {
    onRecord: (record) => void records.push(record),
    onDropped: (count) => void dropped.push(count),
  });
  const writer = new RemoteLogWriter({ collector: pair.remote as Caller, clock: pair.clock });
  writer.write({ ...record(1), message: "x".repeat(100_000) });
  await pair.clock.advance(100);
  const [{ message, from, category }] = records;
  assertEquals([message.length, from.info?.name, category], [8_192, "client", ["app"]]);
  await pair.remote.call("_synapse.log", [[], 7]);
  assertEquals(dropped, [7]);
  for (const bad of [null, [null], [{ ...record(1), level: 1 }], new Array(101).fill(record(1))]) {
    const error = await assertRejects(
      () => pair.remote.call("_synapse.log", [bad, 0]),
      RemoteError,
    );
    assertEquals(error.code, "invalid_params");
  }
});
