import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { EncodeError, RemoteError, SynapseError, TransportError } from "../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import type { NodeEvents } from "../../core/node_options.ts";
import { nested } from "../support/nested.ts";
import { createNode, Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { type RawPeer, RawTransport } from "../support/raw_peer.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** What a peer gets to read before it is hung up on, and the session's end. */
async function verdict(peer: RawPeer, raw: RawNode): Promise<[unknown, boolean]> {
  await raw.clock.runMicrotasks();
  const last = peer.responses.at(-1);
  return [(last?.error as { code?: string } | null)?.code, peer.hungUp !== undefined];
}

/** Calls that run until the test lets them go. */
class Workshop {
  running = 0;
  most = 0;
  readonly #ends: (() => void)[] = [];

  readonly work = (): Promise<void> => {
    this.most = Math.max(this.most, ++this.running);
    return new Promise((resolve) =>
      this.#ends.push(() => {
        this.running--;
        resolve();
      })
    );
  };

  finish(count: number): void {
    for (const end of this.#ends.splice(0, count)) end();
  }
}

Deno.test("maxMessageBytes: a request of so many bytes is served, one byte more ends the session", async () => {
  for (const excess of [0, 1]) {
    await using raw = await RawNode.serve({ size: (bytes: Uint8Array) => bytes.length }, {
      limits: { maxMessageBytes: 1_000 },
    });
    const peer = raw.connect().hello();
    const request = [0, 1, "size", [new Uint8Array(988 + excess)]];
    assertEquals(encodeMessagePack(request).length, 1_000 + excess);
    peer.send(request);
    const expected = excess === 0 ? [undefined, false] : ["limit_exceeded", true];
    assertEquals(await verdict(peer, raw), expected);
  }
});

Deno.test("maxMessageBytes: a call of so many bytes is sent, one byte more is refused here", async () => {
  await using raw = await RawNode.serve({}, { limits: { maxMessageBytes: 1_000 } });
  const peer = raw.connect().hello();
  const [caller] = raw.node.connections;
  const pending = assertRejects(() => caller.call("f", [new Uint8Array(991)]), TransportError);
  caller.notify("f", [new Uint8Array(992)]);
  assertEquals(peer.answers.length, 2);
  const error = await assertRejects(() => caller.call("f", [new Uint8Array(992)]), EncodeError);
  assertEquals(error.code, "limit_exceeded");
  assertThrows(() => caller.notify("f", [new Uint8Array(993)]), EncodeError);
  assertEquals(peer.answers.length, 2);
  peer.cut();
  await pending;
});

Deno.test("maxMessageBytes: a result of so many bytes is sent, one more is the handler's failure", async () => {
  await using raw = await RawNode.serve({ blob: (size: number) => new Uint8Array(size) }, {
    limits: { maxMessageBytes: 1_000 },
  });
  const peer = raw.connect().hello();
  const largest = 1_000 - encodeMessagePack([1, 1, null, new Uint8Array(300)]).length + 300;
  peer.send([0, 1, "blob", [largest]], [0, 2, "blob", [largest + 1]]);
  assertEquals((peer.responses[0].result as Uint8Array).length, largest);
  assertEquals((peer.responses[1].error as SynapseError).code, "internal_error");
  assertEquals(
    (peer.responses[1].error as SynapseError).message,
    "Cannot send the result of blob: Cannot encode message as it is larger than 1000 bytes: got at least 1001",
  );
});

Deno.test("maxMessageBytes: an error that is too large goes without its data, its message cut", async () => {
  await using raw = await RawNode.serve({
    data: () => {
      throw new SynapseError("sold_out", "None left", { data: new Uint8Array(20_000) });
    },
    message: () => {
      throw new SynapseError("sold_out", "x".repeat(20_000));
    },
  }, { limits: { maxMessageBytes: 10_000 } });
  const peer = raw.connect().hello().send([0, 1, "data", []], [0, 2, "message", []]);
  assertEquals(peer.responses.map(({ error }) => error), [
    { code: "sold_out", message: "None left" },
    { code: "sold_out", message: "x".repeat(8_192) },
  ]);
});

Deno.test("maxDepth: arguments and results so deep pass, one deeper doesn't", async () => {
  await using raw = await RawNode.serve({
    echo: (value: unknown) => value,
    deep: (depth: number) => nested.array(depth, 1),
  }, { limits: { maxDepth: 10 } });
  // The message is one container, its params another.
  const peer = raw.connect().hello().send([0, 1, "echo", [nested.array(8, 1)]]);
  assertEquals(peer.responses[0].result, nested.array(8, 1));
  peer.send([0, 2, "deep", [10]], [0, 3, "deep", [11]]);
  assertEquals(peer.responses[1].result, nested.array(10, 1));
  assertEquals((peer.responses[2].error as SynapseError).code, "internal_error");
  const [caller] = raw.node.connections;
  await assertRejects(() => caller.call("f", [nested.object(10, 1)]), EncodeError, "too deeply");
  peer.send([0, 4, "echo", [nested.array(10, 1)]]);
  assertEquals(await verdict(peer, raw), ["limit_exceeded", true]);
});

Deno.test("maxItems: a message of so many values passes, one more ends the session", async () => {
  for (const excess of [0, 1]) {
    await using raw = await RawNode.serve({ count: (...all: unknown[]) => all.length }, {
      limits: { maxItems: 100 },
    });
    // The message's own four elements count.
    const peer = raw.connect().hello().send([0, 1, "count", Array(96 + excess).fill(0)]);
    assertEquals(
      await verdict(peer, raw),
      excess === 0 ? [undefined, false] : [
        "limit_exceeded",
        true,
      ],
    );
  }
});

Deno.test("maxRunningCalls: no more handlers than that run at once, and all are answered in turn", async () => {
  const shop = new Workshop();
  await using raw = await RawNode.serve({ work: shop.work, quick: () => "quick" }, {
    limits: { maxRunningCalls: 3 },
  });
  const peer = raw.connect().hello();
  for (let id = 1; id <= 10; id++) peer.send([0, id, "work", []]);
  peer.send([2, "work", []], [0, 11, "quick", []]);
  assertEquals([shop.running, shop.most], [3, 3]);
  // What can't run yet is held back, quick or not: nobody overtakes.
  assertEquals(peer.responses, []);
  for (let round = 0; round < 5; round++) {
    shop.finish(3);
    await raw.clock.runMicrotasks();
  }
  assertEquals(shop.most, 3);
  assertEquals(
    peer.responses.map(({ id }) => id).toSorted((a, b) => a - b),
    [
      ...Array(11).keys(),
    ].map((i) => i + 1),
  );
});

Deno.test("maxRunningCalls: streams don't count, and don't wait", async () => {
  const shop = new Workshop();
  await using raw = await RawNode.serve({
    work: shop.work,
    async *ticks() {
      for (let i = 0; i < 3; i++) yield i;
    },
  }, { limits: { maxRunningCalls: 1 } });
  const peer = raw.connect().hello();
  peer.send([0, 1, "ticks", []], [0, 2, "ticks", []], [0, 3, "work", []]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.notified("$/item").length, 6);
  assertEquals(shop.running, 1);
  shop.finish(1);
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses.length, 3);
});

Deno.test("maxRunningCalls: answers, credit and cancellation still come in while calls are held back", async () => {
  const shop = new Workshop();
  await using raw = await RawNode.serve({
    work: shop.work,
    ask: [
      { context: true },
      async ({ peer }: { peer: { call(name: string): Promise<unknown> } }) =>
        await peer.call("name"),
    ],
  }, { limits: { maxRunningCalls: 1 } });
  const peer = raw.connect().hello();
  peer.send([0, 1, "ask", []], [0, 2, "work", []], [0, 3, "work", []]);
  peer.send([1, 1, null, "joe"]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses[0].result, "joe");
  assertEquals(shop.running, 1);
});

Deno.test("maxRunningCalls: a cancelled call makes room once its handler is done, not before", async () => {
  const shop = new Workshop();
  await using raw = await RawNode.serve({ work: shop.work }, { limits: { maxRunningCalls: 2 } });
  const peer = raw.connect().hello();
  for (let id = 1; id <= 100; id++) peer.send([0, id, "work", []], [2, "$/cancel", [id]]);
  await raw.clock.runMicrotasks();
  // Or a peer could have any number of handlers at work.
  assertEquals([shop.running, shop.most], [2, 2]);
  peer.send([0, 101, "work", []]);
  shop.finish(2);
  await raw.clock.runMicrotasks();
  assertEquals(shop.running, 1);
  shop.finish(1);
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses.length, 101);
  assertEquals(peer.responses.at(-1)!.error, null);
});

Deno.test("A call that is cancelled while it is held back never runs", async () => {
  const shop = new Workshop();
  let runs = 0;
  await using raw = await RawNode.serve({ work: shop.work, count: () => ++runs }, {
    limits: { maxRunningCalls: 1 },
  });
  const peer = raw.connect().hello();
  peer.send([0, 1, "work", []], [0, 2, "count", []], [0, 3, "count", []]);
  peer.send([2, "$/cancel", [2]], [2, "$/cancel", [2]]);
  assertEquals(peer.responses.map(({ id, error }) => [id, (error as SynapseError).code]), [
    [2, "cancelled"],
  ]);
  shop.finish(1);
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses.map(({ id, result }) => [id, result]), [[2, null], [1, null], [
    3,
    1,
  ]]);
  // All is as at the beginning: the id may be used again.
  peer.send([0, 2, "count", []]);
  assertEquals(peer.responses.at(-1)!.result, 2);
});

Deno.test("maxPendingCalls: so many calls wait for answers, one more fails at once", async () => {
  await using raw = await RawNode.serve({}, { limits: { maxPendingCalls: 3 } });
  const peer = raw.connect().hello();
  const [caller] = raw.node.connections;
  const calls = [caller.call("f"), caller.call("f"), caller.stream("f").next()];
  const outcome = Promise.allSettled(calls);
  for (const refused of [() => caller.call("g"), () => caller.stream("g").next()]) {
    const error = await assertRejects(refused, SynapseError);
    assertEquals(error.code, "limit_exceeded");
    assertEquals(error.message, "Cannot call g as 3 calls are waiting for answers already");
  }
  assertEquals(peer.answers.length, 3);
  peer.send([1, 2, null, "answer"]);
  const fourth = caller.call("f");
  peer.send([1, 4, null, "fourth"]);
  assertEquals(await fourth, "fourth");
  peer.cut();
  await outcome;
});

Deno.test("highWaterBytes: who takes no answers is asked to wait, and then answered once each, in order", async () => {
  let runs = 0;
  await using raw = await RawNode.serve({
    blob: (id: number) => {
      runs++;
      return [id, new Uint8Array(100)];
    },
  }, { limits: { highWaterBytes: 10_000 } });
  const peer = raw.connect().hello().stopReading();
  let id = 0;
  while (!peer.channel.isPaused && id < 1_000_000) peer.send([0, ++id, "blob", [id]]);
  assert(peer.channel.isPaused);
  // About 100 answers wait to go out; requests for as many bytes wait to be served.
  assert(runs >= 80 && runs <= 100, `${runs} have run`);
  assert(peer.channel.bufferedBytes <= 10_500, `${peer.channel.bufferedBytes} bytes wait`);
  assert(id <= 100 + 10_000 / 10, `${id} requests were read`);
  // What comes now stays with the network.
  for (let more = 0; more < 1_000; more++) peer.send([0, ++id, "blob", [id]]);
  assertEquals(peer.unread.length, 1_000);
  const most = { bufferedBytes: 0 };
  while (peer.responses.length < id) {
    peer.readOnce();
    most.bufferedBytes = Math.max(most.bufferedBytes, peer.channel.bufferedBytes);
  }
  assert(most.bufferedBytes <= 10_500, `${most.bufferedBytes} bytes waited`);
  assertEquals(runs, id);
  assertEquals(
    peer.responses.map(({ result }) => (result as unknown[])[0]),
    Array.from({ length: id }, (_, i) => i + 1),
  );
  assert(peer.channel.pauses > 1);
});

Deno.test("maxBufferedBytes: a call and a notification fail, an answer that can't be given ends the session", async () => {
  await using raw = await RawNode.serve({ blob: () => Promise.resolve(new Uint8Array(500)) }, {
    limits: { maxBufferedBytes: 1_000 },
  });
  const peer = raw.connect().hello().stopReading();
  const [caller] = raw.node.connections;
  const pending = assertRejects(() => caller.call("f", [new Uint8Array(1_000)]), SynapseError);
  const error = await assertRejects(() => caller.call("f"), SynapseError);
  assertEquals(error.code, "limit_exceeded");
  assertEquals(
    assertThrows(() => caller.notify("f"), SynapseError).code,
    "limit_exceeded",
  );
  assertEquals(peer.hungUp, undefined);
  const released: NodeEvents["released"][] = [];
  raw.node.on("released", (event) => released.push(event));
  // Cancellation has to be told, and can't be.
  const controller = new AbortController();
  peer.send([2, "$/cancel", [1]]);
  controller.abort();
  peer.readOnce();
  assertEquals(await verdict(peer, raw), [undefined, false]);
  peer.send(...Array.from({ length: 10 }, (_, i) => [0, i + 1, "blob", []]));
  await raw.clock.runMicrotasks();
  assertEquals(released.map(({ error }) => (error as SynapseError).code), ["limit_exceeded"]);
  assert(peer.hungUp !== undefined);
  await pending;
});

Deno.test("maxBufferedBytes holds also where it is less than highWaterBytes", async () => {
  await using raw = await RawNode.serve({}, {
    limits: { maxBufferedBytes: 1_000, highWaterBytes: 1_000_000 },
  });
  const peer = raw.connect().hello().stopReading();
  const [caller] = raw.node.connections;
  let sent = 0;
  assertThrows(() => {
    for (; sent < 100; sent++) caller.notify("f", [new Uint8Array(90)]);
  }, SynapseError);
  assert(sent >= 9 && sent <= 12, `${sent} were sent`);
  assert(peer.channel.bufferedBytes < 1_200);
});

Deno.test("maxConnections: so many are kept, one more is refused and the others live", async () => {
  await using raw = await RawNode.serve({ f: () => 1 }, { limits: { maxConnections: 2 } });
  const refused: NodeEvents["refused"][] = [];
  raw.node.on("refused", (event) => refused.push(event));
  const peers = [raw.connect(), raw.connect(), raw.connect()];
  assertEquals(peers.map(({ hungUp }) => hungUp !== undefined), [false, false, true]);
  const error = peers[2].hungUp!.reason as SynapseError;
  assertEquals(error.code, "limit_exceeded");
  assertEquals(error.message, "Cannot accept connection as 2 are open already");
  assertEquals(refused.map(({ address, error }) => [address.host, error]), [["peer", error]]);
  peers[0].cut();
  await raw.clock.runMicrotasks();
  const next = raw.connect().send([0, 1, "f", []]);
  assertEquals(next.responses[0].result, 1);
  assertEquals(raw.node.connections.length, 2);
});

Deno.test("maxEndpoints: so many are published, one more is refused, and one may be replaced", () => {
  const builtins = 11;
  const node = createNode(new RawTransport(), new FakeClock(), {
    limits: { maxEndpoints: builtins + 2 },
  });
  node.endpoint("a", () => 1).endpoint("b", () => 1);
  const error = assertThrows(() => node.endpoint("c", () => 1), RangeError);
  assertEquals(error.message, `Cannot publish function c as there are ${builtins + 2} already`);
  node.endpoint("b", () => 2);
  assertEquals(node.removeEndpoint("a"), true);
  assertEquals(node.removeEndpoint("a"), false);
  node.endpoint("c", () => 1);
});

Deno.test("A limit that is no positive whole number is refused", () => {
  for (const value of [0, -1, 1.5, NaN, Infinity]) {
    for (const name of Object.keys(DEFAULT_LIMITS)) {
      assertThrows(
        () => createNode(new RawTransport(), new FakeClock(), { limits: { [name]: value } }),
        RangeError,
        name,
      );
    }
  }
});

Deno.test("Two nodes with tight limits still get everything done", async () => {
  const limits = {
    maxRunningCalls: 2,
    maxPendingCalls: 1_000,
    highWaterBytes: 2_000,
    streamWindow: 2,
    maxStreams: 2,
  };
  await using pair = await Pair.connect({
    server: { limits },
    client: { limits },
    serves: {
      later: async (n: number) => {
        await pair.clock.runMicrotasks();
        return [n, new Uint8Array(100)];
      },
      now: (n: number) => [n, new Uint8Array(100)],
    },
  });
  const calls = Array.from(
    { length: 500 },
    (_, n) => pair.remote.call(n % 2 === 0 ? "now" : "later", [n]),
  );
  const results = await Promise.all(calls) as [number, Uint8Array][];
  assertEquals(results.map(([n]) => n), [...Array(500).keys()]);
  await assertRejects(() => pair.remote.call("missing"), RemoteError);
});
