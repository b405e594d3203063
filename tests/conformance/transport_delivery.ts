import { assert, assertEquals, assertLess, assertStrictEquals } from "@std/assert";
import type { Channel } from "../../core/channel.ts";
import { Connection, letPass, noise, send, type TransportUnderTest } from "./connection.ts";
import { concat, RecordingSink } from "./recording_sink.ts";
import { testBounded } from "./test_bounded.ts";

/** More than the system buffers for a connection whose reader sleeps. */
const FLOOD_BYTES = 24 * 1024 * 1024;

/** Moving bytes: order, coalescing, backpressure, ownership. */
export function testDelivery(subject: TransportUnderTest): void {
  const { name } = subject;

  testBounded(`${name}: bytes go both ways`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const [nearSink, farSink] = [new RecordingSink(), new RecordingSink()];
    near.open(nearSink);
    far.open(farSink);
    send(near, "ping");
    await farSink.untilReceived(4);
    send(far, "pong!");
    await nearSink.untilReceived(5);
    assertEquals([farSink.text, nearSink.text], ["ping", "pong!"]);
  });

  testBounded(
    `${name}: writes of all sizes arrive whole and in order, both ways at once`,
    async () => {
      await using connection = await Connection.make(subject);
      const { near, far } = connection;
      const [nearSink, farSink] = [new RecordingSink(), new RecordingSink()];
      near.open(nearSink);
      far.open(farSink);
      const parts = sizes().map((size, i) => noise(size, i + 1));
      const whole = concat(parts);
      await Promise.all([
        sendAll(near, nearSink, parts),
        sendAll(far, farSink, parts.toReversed()),
        farSink.untilReceived(whole.length),
        nearSink.untilReceived(whole.length),
      ]);
      assertSame(farSink.bytes, whole);
      assertSame(nearSink.bytes, concat(parts.toReversed()));
    },
  );

  testBounded(`${name}: flush() sends once a tick`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const sink = new RecordingSink();
    far.open(sink);
    send(near, "one ");
    send(near, "two ");
    send(near, "three");
    assertEquals(near.writer.pendingBytes, 13);
    await sink.untilReceived(13);
    assertEquals(sink.chunks.length, 1);
  });

  testBounded(`${name}: flush() sends at once from 1 KiB on`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const sink = new RecordingSink();
    far.open(sink);
    send(near, noise(1023));
    assertEquals(near.writer.pendingBytes, 1023);
    send(near, "!");
    assertEquals(near.writer.pendingBytes, 0);
    await sink.untilReceived(1024);
  });

  testBounded(`${name}: nothing is read before open(), and nothing of it is lost`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const flood = noise(FLOOD_BYTES);
    near.open(new RecordingSink());
    far.resume();
    send(near, flood);
    await letPass(subject);
    assert(near.bufferedBytes > 0);
    const sink = new RecordingSink();
    far.open(sink);
    await sink.untilReceived(FLOOD_BYTES);
    assertSame(sink.bytes, flood);
  });

  testBounded(`${name}: pause() before open() holds until resume()`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const sink = new RecordingSink();
    far.pause();
    far.open(sink);
    send(near, "hello");
    await letPass(subject);
    assertEquals(sink.receivedBytes, 0);
    far.resume();
    await sink.untilReceived(5);
  });

  testBounded(`${name}: open() again hands over to another sink`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const second = new RecordingSink();
    const first = new RecordingSink({ data: () => far.open(second) });
    far.open(first);
    near.open(new RecordingSink());
    send(near, "first");
    await first.untilReceived(5);
    send(near, "second");
    await second.untilReceived(6);
    await near.close(new Error("The test is over"));
    await far.close();
    assertEquals([first.events, first.text], [["data"], "first"]);
    assertEquals([second.events.at(-1), second.text], ["close", "second"]);
  });

  testBounded(`${name}: pause() stops delivery and resume() takes it up again`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const flood = noise(FLOOD_BYTES);
    const sink = new RecordingSink({
      data: () => {
        if (sink.receivedBytes < FLOOD_BYTES / 2) far.pause();
      },
    });
    near.open(new RecordingSink());
    far.open(sink);
    for (let at = 0; at < FLOOD_BYTES; at += 65536) send(near, flood.subarray(at, at + 65536));
    await sink.untilReceived(1);
    await letPass(subject);
    assertLess(sink.receivedBytes, 1024 * 1024);
    assert(near.bufferedBytes > 0);
    while (sink.receivedBytes < FLOOD_BYTES) {
      const seen = sink.receivedBytes;
      far.resume();
      await sink.untilReceived(seen + 1);
    }
    assertSame(sink.bytes, flood);
  });

  for (const highWaterBytes of [1, 100_000, undefined]) {
    testBounded(
      `${name}: flush() is false above ${highWaterBytes ?? "the default"} bytes, until drain()`,
      async () => {
        await using connection = await Connection.make(subject);
        const { near, far } = connection;
        const nearSink = new RecordingSink();
        near.open(nearSink, highWaterBytes);
        assert(send(near, "."));
        let sentBytes = 1;
        const part = noise(50_000);
        while (send(near, part)) sentBytes += part.length;
        sentBytes += part.length;
        assert(near.bufferedBytes >= (highWaterBytes ?? 1024 * 1024));
        assert(!near.flush());
        assert(!nearSink.has("drain"));
        const farSink = new RecordingSink();
        far.open(farSink);
        await nearSink.untilSaid("drain");
        assert(near.flush());
        await farSink.untilReceived(sentBytes);
        await letPass(subject);
        assertEquals(nearSink.events, ["drain"]);
        assertEquals(near.bufferedBytes, 0);
      },
    );
  }

  testBounded(`${name}: chunks belong to the sink, and what was sent to the sender`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const seen: Uint8Array[] = [];
    const sink = new RecordingSink({
      data: (chunk) => {
        seen.push(chunk.slice());
        chunk.fill(0xff);
      },
    });
    far.open(sink);
    const small = noise(100, 1);
    const large = noise(3_000_000, 2);
    for (let i = 0; i < 3; i++) {
      send(near, small);
      send(near, large);
      await sink.untilReceived((i + 1) * 3_000_100);
    }
    assertSame(concat(seen), concat([small, large, small, large, small, large]));
    assert(sink.chunks.every((chunk) => chunk.every((byte) => byte === 0xff)));
    assertSame(large, noise(3_000_000, 2));
    for (const chunk of sink.chunks) assertStrictEquals(chunk.constructor, Uint8Array);
  });
}

/** From one byte to some MiB: copied, by reference, and right at the border between the two. */
function sizes(): number[] {
  const result = [1, 16_383, 16_384, 16_385, 5_000_000];
  for (let i = 1; i <= 300; i++) result.push(1 + (i * 7919) % 2000, 1 + (i * 104_729) % 70_000);
  return [...result, 3_000_000, 1];
}

/** Heeds the high-water mark, and lets a tick go by now and then. */
async function sendAll(
  channel: Channel,
  sink: RecordingSink,
  parts: readonly Uint8Array[],
): Promise<void> {
  for (const [i, part] of parts.entries()) {
    const drains = sink.drains;
    if (!send(channel, part)) await sink.until(() => sink.drains > drains);
    else if (i % 3 === 0) await Promise.resolve();
  }
}

/** `assertEquals` compares element by element, which takes seconds for some MiB. */
function assertSame(actual: Uint8Array, expected: Uint8Array): void {
  assertEquals(actual.length, expected.length);
  const different = actual.findIndex((byte, i) => byte !== expected[i]);
  assertEquals(different, -1, `differs from byte ${different} on`);
}
