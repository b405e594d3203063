import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { formatAddress } from "../../core/address.ts";
import type { Channel } from "../../core/channel.ts";
import { TransportError } from "../../core/errors.ts";
import { Connection, letPass, noise, send, type TransportUnderTest } from "./connection.ts";
import { RecordingSink } from "./recording_sink.ts";
import { testBounded } from "./test_bounded.ts";

/** Endings: in good order, at once, by the other side. */
export function testClosing(subject: TransportUnderTest): void {
  const { name, kind = "stream" } = subject;

  testBounded(`${name}: close() delivers first what is buffered`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const [nearSink, farSink] = [new RecordingSink(), closingSink(far)];
    const flood = noise(24 * 1024 * 1024);
    near.open(nearSink);
    send(near, flood);
    send(near, "the end");
    const closed = near.close();
    await letPass(subject);
    assert(!nearSink.has("close"));
    far.open(farSink);
    await Promise.all([closed, farSink.untilSaid("close")]);
    assertEquals(farSink.receivedBytes, flood.length + 7);
    assertEquals(farSink.text.slice(-7), "the end");
    assertEquals(farSink.events, ["data", "end", "close"]);
    assertEquals(nearSink.events.filter((event) => event !== "drain"), ["close"]);
    assertEquals([nearSink.error, farSink.error], [undefined, undefined]);
  });

  for (const first of kind === "stream" ? ["near", "far"] as const : []) {
    testBounded(`${name}: close() of the ${first} end leaves the other half open`, async () => {
      await using connection = await Connection.make(subject);
      const [leaver, stayer] = first === "near"
        ? [connection.near, connection.far]
        : [connection.far, connection.near];
      const [leaverSink, stayerSink] = [new RecordingSink(), new RecordingSink()];
      leaver.open(leaverSink);
      stayer.open(stayerSink);
      const leaverClosed = leaver.close();
      await stayerSink.untilSaid("end");
      for (let i = 0; i < 10; i++) send(stayer, noise(100_000));
      await letPass(subject);
      assertEquals([leaverSink.events, stayerSink.events], [[], ["end"]]);
      await Promise.all([leaverClosed, stayer.close()]);
      assertEquals([leaverSink.events.at(-1), stayerSink.events.at(-1)], ["close", "close"]);
      assertEquals([leaverSink.error, stayerSink.error], [undefined, undefined]);
    });
  }

  testBounded(`${name}: close() by both at once is in good order`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const [nearSink, farSink] = [new RecordingSink(), new RecordingSink()];
    near.open(nearSink);
    far.open(farSink);
    send(near, "bye");
    send(far, "bye");
    await Promise.all([near.close(), far.close()]);
    assertEquals([nearSink.events, farSink.events], [["close"], ["close"]]);
    assertEquals([nearSink.error, farSink.error], [undefined, undefined]);
  });

  testBounded(
    `${name}: close() works before open(), and while paused with input waiting`,
    async () => {
      await using connection = await Connection.make(subject);
      const { near, far } = connection;
      const farSink = closingSink(far);
      near.pause();
      far.open(farSink);
      send(far, noise(1_000_000));
      await letPass(subject);
      await near.close();
      await farSink.untilSaid("close");
      assertEquals([farSink.events.at(-1), farSink.error], ["close", undefined]);
    },
  );

  testBounded(
    `${name}: close(reason) drops what is buffered and hands the reason to the sink`,
    async () => {
      await using connection = await Connection.make(subject);
      const { near, far } = connection;
      const [nearSink, farSink] = [new RecordingSink(), closingSink(far)];
      near.open(nearSink);
      far.open(farSink);
      const reason = new Error("Enough");
      send(near, "never sent");
      const closed = near.close(reason);
      assertEquals(nearSink.events, []);
      await closed;
      assertEquals(nearSink.events, ["close"]);
      assertStrictEquals(nearSink.error, reason);
      await farSink.untilSaid("close");
      await letPass(subject);
      assertEquals(farSink.receivedBytes, 0);
      assertEquals(farSink.events.filter((event) => event === "close").length, 1);
    },
  );

  testBounded(`${name}: close(reason) doesn't wait for a reader that sleeps`, async () => {
    await using connection = await Connection.make(subject);
    const { near } = connection;
    const sink = new RecordingSink();
    near.open(sink);
    send(near, noise(24 * 1024 * 1024));
    const reason = new Error("Too slow");
    const closed = near.close();
    await letPass(subject);
    near.close(reason);
    await closed;
    assertEquals(sink.events, ["close"]);
    assertStrictEquals(sink.error, reason);
  });

  testBounded(`${name}: close() may be called again, and the first reason counts`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const [nearSink, farSink] = [new RecordingSink(), closingSink(far)];
    near.open(nearSink);
    far.open(farSink);
    const first = new Error("First");
    await Promise.all([near.close(first), near.close(new Error("Second")), near.close()]);
    await near.close(new Error("Third"));
    await Promise.all([far.close(), far.close()]);
    await letPass(subject);
    assertEquals(nearSink.events, ["close"]);
    assertStrictEquals(nearSink.error, first);
    assertEquals(farSink.events.filter((event) => event === "close").length, 1);
  });

  testBounded(`${name}: nothing is said after close`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const farSink = closingSink(far);
    const nearSink = new RecordingSink({
      data: () => void near.close(new Error("One chunk is enough")),
    });
    near.open(nearSink, 1);
    far.open(farSink);
    send(near, noise(1_000_000));
    for (let i = 0; i < 50; i++) send(far, noise(100_000));
    await nearSink.untilSaid("close");
    await farSink.untilSaid("close");
    await letPass(subject);
    assertEquals(nearSink.chunks.length, 1);
    assertEquals(nearSink.events.at(-1), "close");
    assertEquals(nearSink.events.filter((event) => event === "close").length, 1);
    assertEquals(farSink.events.indexOf("close"), farSink.events.length - 1);
  });

  testBounded(
    `${name}: what is written after close() goes nowhere and doesn't pile up`,
    async () => {
      await using connection = await Connection.make(subject);
      const { near, far } = connection;
      const [nearSink, farSink] = [new RecordingSink(), closingSink(far)];
      near.open(nearSink);
      far.open(farSink);
      send(near, "before");
      const closed = near.close();
      send(near, "after");
      await closed;
      send(near, noise(100_000));
      await farSink.untilSaid("close");
      assertEquals([nearSink.error, farSink.error], [undefined, undefined]);
      assertEquals(farSink.text, "before");
      assertEquals(near.writer.pendingBytes, 0);
    },
  );

  testBounded(`${name}: a peer that vanishes is a lost connection`, async () => {
    await using connection = await Connection.make(subject);
    const { near, far } = connection;
    const sink = new RecordingSink();
    near.open(sink);
    send(near, noise(100_000));
    await letPass(subject);
    await far.close(new Error("Crash"));
    await sink.untilSaid("close");
    assertEquals(sink.events, ["close"]);
    assertInstanceOf(sink.error, TransportError);
    const { code, url } = sink.error as TransportError;
    assertEquals([code, url], ["connection_lost", formatAddress(near.remote)]);
    await near.close();
  });

  testBounded(`${name}: open() after the end says so`, async () => {
    await using connection = await Connection.make(subject);
    const { far } = connection;
    const reason = new Error("Too late");
    await far.close(reason);
    const sink = new RecordingSink();
    far.open(sink);
    assertEquals(sink.events, []);
    await sink.untilSaid("close");
    assertStrictEquals(sink.error, reason);
  });
}

/** Answers the other side's end with its own, as most do. */
function closingSink(channel: Channel): RecordingSink {
  return new RecordingSink({ end: () => void channel.close() });
}
