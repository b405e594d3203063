import { assert, assertEquals, assertRejects } from "@std/assert";
import { SynapseError } from "../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { collect } from "../support/streams.ts";

Deno.test("maxStreamBytes: a stream that nobody reads fails beyond it, and the peer is told to stop", async () => {
  await using raw = await RawNode.serve({}, { limits: { maxStreamBytes: 100_000 } });
  const peer = raw.connect().hello();
  const [caller] = raw.node.connections;
  const items = caller.stream("flood");
  for (let i = 0; i < 60; i++) peer.send([2, "$/item", [1, new Uint8Array(10_000)]]);
  assertEquals(peer.notified("$/cancel"), [[1]]);
  let got = 0;
  const error = await assertRejects(async () => {
    for await (const _ of items) got++;
  }, SynapseError);
  assert(got >= 2 && got <= 10, `${got} items`);
  assertEquals(error.code, "limit_exceeded");
  assertEquals(
    error.message,
    `Cannot read stream flood as it holds more than 100000 bytes: got ${got} items that are not read`,
  );
  // The connection, and its other streams, go on.
  const other = caller.stream("other");
  peer.send([2, "$/item", [2, "still here"]], [1, 2, null, null]);
  assertEquals(await collect(other), ["still here"]);
});

Deno.test("maxStreamBytes: few bytes that keep a large message count as that message", async () => {
  await using raw = await RawNode.serve({}, { limits: { maxStreamBytes: 1_000_000 } });
  const peer = raw.connect().hello();
  const items = raw.node.connections[0].stream("flood");
  const ballast = new Uint8Array(400_000);
  for (let i = 0; i < 5; i++) {
    peer.send([2, "$/item", [1, new Uint8Array(5_000), ballast]]);
  }
  const error = await assertRejects(() => collect(items), SynapseError);
  assertEquals(error.code, "limit_exceeded");
});

Deno.test("maxStreamBytes: what is read as it comes is never too much", async () => {
  await using pair = await Pair.connect({
    client: { limits: { maxStreamBytes: 50_000 } },
    serves: {
      *blobs() {
        for (let i = 0; i < 500; i++) yield new Uint8Array(1_000).fill(i);
      },
    },
  });
  const items = await collect(pair.remote.stream("blobs"));
  assertEquals(items.length, 500);
});

Deno.test("maxStreamBytes: one item alone may be larger", async () => {
  await using raw = await RawNode.serve({}, { limits: { maxStreamBytes: 1_000 } });
  const peer = raw.connect().hello();
  const items = raw.node.connections[0].stream("large");
  peer.send([2, "$/item", [1, new Uint8Array(50_000)]], [1, 1, null, null]);
  assertEquals((await collect(items) as Uint8Array[]).map(({ length }) => length), [50_000]);
});

Deno.test("maxStreamBytes leaves room for a window of items of almost 1 MiB", async () => {
  await using raw = await RawNode.serve();
  const peer = raw.connect().hello();
  const items = raw.node.connections[0].stream("large");
  const { streamWindow } = DEFAULT_LIMITS;
  for (let i = 0; i < streamWindow; i++) {
    peer.send([2, "$/item", [1, new Uint8Array(1024 * 1024 - 100)]]);
  }
  peer.send([1, 1, null, null]);
  assertEquals((await collect(items)).length, streamWindow);
});
