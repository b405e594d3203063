import { assert, assertEquals } from "@std/assert";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import type { SynapseError } from "../../core/errors.ts";
import { RawNode } from "../support/raw_node.ts";
import { join } from "../support/raw_peer.ts";

const echo = (...args: unknown[]): unknown[] => args;

Deno.test("Credit adds up, and never makes more wait than the high-water mark", async () => {
  await using raw = await RawNode.serve({
    async *blobs() {
      for (;;) yield new Uint8Array(1_000);
    },
  }, { limits: { highWaterBytes: 50_000 } });
  const peer = raw.connect().hello(1).stopReading().send([0, 1, "blobs", []]);
  for (let i = 0; i < 1_000; i++) peer.send([2, "$/credit", [1, 65_536]]);
  await raw.clock.runMicrotasks();
  assert(peer.channel.bufferedBytes < 60_000, `${peer.channel.bufferedBytes}`);
});

Deno.test("A hundred thousand pings from one who doesn't read cost nothing that lasts", async () => {
  await using raw = await RawNode.serve({ echo }, { limits: { highWaterBytes: 10_000 } });
  const peer = raw.connect().hello().stopReading();
  const pings = join(Array(1_000).fill(encodeMessagePack([2, "$/ping", []])));
  for (let i = 0; i < 100; i++) peer.sendBytes(pings);
  assert(peer.channel.bufferedBytes < 10_100, `${peer.channel.bufferedBytes}`);
  assertEquals(peer.hungUp, undefined);
  peer.readOn().send([2, "$/ping", []]);
  assert(peer.notified("$/pong").length > 1);
});

Deno.test("Half a million pipelined requests without a reader: reading stops, memory is bounded, each is answered once", async () => {
  let runs = 0;
  await using raw = await RawNode.serve({ next: () => runs++ });
  const peer = raw.connect().hello().stopReading();
  const perChunk = 5_000;
  const chunk = (n: number): Uint8Array =>
    join(
      Array.from(
        { length: perChunk },
        (_, i) => encodeMessagePack([0, n * perChunk + i, "next", []]),
      ),
    );
  let chunks = 0;
  while (!peer.channel.isPaused && chunks < 1_000) {
    peer.sendBytes(chunk(chunks));
    chunks++;
  }
  assert(peer.channel.isPaused);
  // The limits are 1 MiB of answers, and 1 MiB of requests held back.
  assert(peer.channel.bufferedBytes < 2 ** 20 + 100, `${peer.channel.bufferedBytes} wait`);
  assert(chunks * perChunk * 13 < 3 * 2 ** 20, `${chunks} chunks were read`);
  const runsThen = runs;
  for (; chunks < 100; chunks++) peer.sendBytes(chunk(chunks));
  assertEquals(runs, runsThen);
  let mostBuffered = 0;
  while (peer.responses.length < chunks * perChunk) {
    peer.readOnce();
    mostBuffered = Math.max(mostBuffered, peer.channel.bufferedBytes);
  }
  assert(mostBuffered < 2 ** 20 + 100, `${mostBuffered} waited`);
  assertEquals(runs, 500_000);
  for (const [i, { id, result }] of peer.responses.entries()) {
    if (id !== i || result !== i) assertEquals([id, result], [i, i]);
  }
  assertEquals(peer.responses.length, 500_000);
});

Deno.test("A peer that stops reading and keeps asking for slow answers is bounded too", async () => {
  let runs = 0;
  await using raw = await RawNode.serve({
    blob: () => Promise.resolve(new Uint8Array(1_000)).finally(() => runs++),
  }, { limits: { maxRunningCalls: 10, highWaterBytes: 20_000 } });
  const peer = raw.connect().hello().stopReading();
  let id = 0;
  for (let round = 0; round < 500; round++) {
    peer.send([0, id++, "blob", []]);
    await raw.clock.runMicrotasks();
  }
  assert(runs < 40, `${runs} have run`);
  assert(peer.channel.bufferedBytes < 40_000, `${peer.channel.bufferedBytes}`);
  while (peer.responses.length < id) {
    peer.readOnce();
    await raw.clock.runMicrotasks();
  }
  assertEquals(runs, 500);
});

Deno.test("A peer that asks and never reads is given up in the end", async () => {
  await using raw = await RawNode.serve({ echo }, { limits: { highWaterBytes: 1_000 } });
  const codes: (string | undefined)[] = [];
  raw.node.on("released", ({ error }) => codes.push((error as SynapseError | undefined)?.code));
  const peer = raw.connect().hello().stopReading();
  for (let id = 0; id < 100; id++) peer.send([0, id, "echo", ["x".repeat(100)]]);
  // It says something all the time, too.
  for (let i = 0; i < 40 && codes.length === 0; i++) {
    await raw.clock.advance(2_000);
    peer.send([2, "$/ping", []]);
  }
  assertEquals(codes, ["connection_lost"]);
});
