import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { formatAddress } from "../../core/address.ts";
import type { Channel } from "../../core/channel.ts";
import { TransportError } from "../../core/errors.ts";
import { Connection, letPass, send, type TransportUnderTest } from "./connection.ts";
import { RecordingSink } from "./recording_sink.ts";
import { testBounded } from "./test_bounded.ts";

/** Making connections: dialling, listening, giving up. */
export function testDialling(subject: TransportUnderTest): void {
  const { name, transport, kind = "stream" } = subject;

  testBounded(
    `${name}: dial() reaches the listener, and both ends know where they are`,
    async () => {
      await using connection = await Connection.make(subject);
      const { listener, near, far } = connection;
      assertEquals(near.remote, listener.address);
      assertEquals(far.local, listener.address);
      if (kind === "stream") assertEquals(far.remote, near.local);
      assert(transport.schemes.includes(near.local.scheme));
      assertEquals([near.kind, far.kind], [kind, kind]);
    },
  );

  testBounded(`${name}: dial() where nothing listens is unreachable`, async () => {
    const listener = await transport.listen(subject.freshAddress(), refuse);
    await listener.close();
    const url = formatAddress(listener.address);
    const error = await assertRejects(() => transport.dial(listener.address), TransportError);
    assertEquals([error.code, error.url], ["unreachable", url]);
    assertMatch(error.message, /^Cannot connect to \S+ as (nothing listens there|there is no .+)$/);
  });

  testBounded(
    `${name}: dial() with an aborted signal rejects with its reason and connects to nobody`,
    async () => {
      const accepted: Channel[] = [];
      await using listener = await transport.listen(subject.freshAddress(), (channel) => {
        accepted.push(channel);
      });
      const reason = { why: "no time" };
      const signal = AbortSignal.abort(reason);
      assert(await failure(transport.dial(listener.address, { signal })) === reason);
      await letPass(subject);
      assertEquals(accepted, []);
    },
  );

  testBounded(
    `${name}: dial() aborted on the way rejects with the reason and leaves nothing open`,
    async () => {
      const accepted: RecordingSink[] = [];
      await using listener = await transport.listen(subject.freshAddress(), (channel) => {
        const sink = new RecordingSink({ end: () => void channel.close() });
        accepted.push(sink);
        channel.open(sink);
      });
      const reason = { why: "changed my mind" };
      const controller = new AbortController();
      const dialling = transport.dial(listener.address, { signal: controller.signal });
      controller.abort(reason);
      assert(await failure(dialling) === reason);
      const next = await transport.dial(listener.address);
      await letPass(subject);
      for (const sink of accepted.slice(0, -1)) await sink.untilSaid("close");
      await next.close(new Error("The test is over"));
      await accepted.at(-1)?.untilSaid("close");
    },
  );

  testBounded(`${name}: dial() forgets its signal once connected`, async () => {
    await using listener = await transport.listen(subject.freshAddress(), (channel) => {
      channel.open(
        new RecordingSink({
          data: (chunk) => send(channel, chunk),
          end: () => void channel.close(),
        }),
      );
    });
    const controller = new AbortController();
    const channel = await transport.dial(listener.address, { signal: controller.signal });
    const sink = new RecordingSink();
    channel.open(sink);
    controller.abort();
    send(channel, "still here");
    await sink.untilReceived(10);
    await channel.close();
  });

  testBounded(`${name}: listen() on a taken address is unreachable`, async () => {
    await using listener = await transport.listen(subject.freshAddress(), refuse);
    const error = await assertRejects(
      () => transport.listen(listener.address, refuse),
      TransportError,
    );
    assertEquals([error.code, error.url], ["unreachable", formatAddress(listener.address)]);
    assertMatch(error.message, /^Cannot listen on \S+ as the (name|address) is taken.*$/);
  });

  testBounded(
    `${name}: Listener.close() refuses new connections and keeps those it has`,
    async () => {
      await using connection = await Connection.make(subject);
      const { listener, near, far } = connection;
      const sink = new RecordingSink();
      far.open(sink);
      near.open(new RecordingSink());
      await listener.close();
      const error = await assertRejects(() => transport.dial(listener.address));
      assertInstanceOf(error, TransportError);
      send(near, "still here");
      await sink.untilReceived(10);
    },
  );

  testBounded(`${name}: Listener.close() frees the address, and may be called again`, async () => {
    const at = subject.freshAddress();
    const first = await transport.listen(at, refuse);
    {
      await using _disposed = first;
    }
    await using second = await transport.listen(first.address, refuse);
    await first.close();
    assertEquals(second.address, first.address);
    await assertRejects(() => transport.listen(first.address, refuse), TransportError);
  });

  testBounded(`${name}: a listener outlives connections that are cut at once`, async () => {
    const accepted: RecordingSink[] = [];
    await using listener = await transport.listen(subject.freshAddress(), (channel) => {
      const sink = new RecordingSink({
        data: (chunk) => send(channel, chunk),
        end: () => void channel.close(),
      });
      accepted.push(sink);
      channel.open(sink);
    });
    for (let i = 0; i < 20; i++) {
      const channel = await transport.dial(listener.address);
      send(channel, "hello?");
      channel.open(new RecordingSink());
      await channel.close(new Error("Never mind"));
    }
    const channel = await transport.dial(listener.address);
    const sink = new RecordingSink();
    channel.open(sink);
    send(channel, "anybody there?");
    await sink.untilReceived(14);
    await channel.close();
    for (const sink of accepted) await sink.untilSaid("close");
    assertEquals(accepted.length, 21);
  });
}

function refuse(channel: Channel): void {
  channel.close(new Error("Nobody was expected"));
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => {
    throw new Error("It should have been rejected");
  }, (reason) => reason);
}
