import { assert, assertEquals, assertRejects } from "@std/assert";
import { RemoteError, SynapseError, TimeoutError } from "../../../core/errors.ts";
import { PnetAdvancedNode, type PnetFunction } from "../../../core/pnet/advanced_node.ts";
import { MemorySpools } from "../../../core/pnet/spool.ts";
import { encodePart, readAll, TransferDigest } from "../../../core/pnet/transfer_data.ts";
import { type TestMemberOptions, TestNetwork } from "../../support/pnet_network.ts";

const UTF8 = new TextDecoder();
const BYTES = Uint8Array.from({ length: 1_000 }, (_, at) => at);

const echo: PnetFunction = (_node, _originator, input) => input;

/** Alice and bob, who has the functions. */
async function pair(
  functions: Readonly<Record<string, PnetFunction>>,
  options: TestMemberOptions & { readonly chunkBytes?: number } = {},
) {
  const network = new TestNetwork();
  const [alice, bob] = [await network.join("alice"), await network.join("bob", options)];
  const { chunkBytes = 48 } = options;
  const caller = new PnetAdvancedNode(alice, { chunkBytes });
  const callee = new PnetAdvancedNode(bob, { chunkBytes });
  for (const [name, run] of Object.entries(functions)) callee.register(name, run);
  const tell = (text: string) => alice.ask("bob", text) as Promise<string>;
  const close = () => network.close();
  return { network, alice, bob, caller, callee, tell, [Symbol.asyncDispose]: close };
}

async function bytesOf(result: unknown): Promise<Uint8Array> {
  if (!(result instanceof ReadableStream)) throw new Error("the result is no stream");
  return await readAll(result, 100_000);
}

/** Begins a transfer by hand and says its parts. */
async function begin(
  tell: (text: string) => Promise<string>,
  id: string,
  parts: Uint8Array[] = [],
) {
  const digest = new TransferDigest();
  assertEquals(
    await tell(`CHUNKED?pt=initiator&ln=1&id=${id}&og=alice&fn=echo`),
    "RESPONSE?rs=success",
  );
  for (const part of parts) {
    const { data, checksum } = encodePart(part);
    digest.add(checksum);
    const answer = await tell(`CHUNKED?pt=part&id=${id}&in=0&dt=${data}&ck=${checksum}&og=alice`);
    assertEquals(answer, "RESPONSE?rs=success");
  }
  return `CHUNKED?pt=end&og=alice&ck=${digest.finish()}&id=${id}`;
}

async function assertClosed(answer: Promise<unknown>): Promise<void> {
  const error = await assertRejects(() => answer, SynapseError);
  assertEquals(error.code, "connection_lost");
}

for (const length of [0, 1, 47, 48, 49, 96, 1_000]) {
  Deno.test(`PnetAdvancedNode.send() carries ${length} bytes there and back`, async () => {
    await using world = await pair({ echo });
    const data = BYTES.subarray(0, length);
    assertEquals(await bytesOf(await world.caller.send("bob", "echo", data)), data);
    assertEquals([world.callee.transfers, world.network.clock.pendingTimers], [0, 0]);
  });
}

Deno.test("PnetAdvancedNode.send() carries streams, cut as the source cuts them or not", async () => {
  await using world = await pair({ echo });
  const data = (async function* () {
    for (const length of [0, 1, 100, 48, 47, 0, 300]) yield BYTES.subarray(0, length);
  })();
  const result = await bytesOf(await world.caller.send("bob", "echo", data));
  assertEquals(result.length, 496);
  assertEquals(result.slice(0, 3), new Uint8Array([0, 0, 1]));
});

Deno.test("PnetAdvancedNode.send() takes no more of a stream than it has sent", async () => {
  await using world = await pair({ echo });
  let taken = 0;
  const data = (async function* () {
    for (; taken < 20; taken++) {
      yield BYTES.subarray(0, 48);
      if (taken === 3) await world.bob.close();
    }
  })();
  await assertRejects(() => world.caller.send("bob", "echo", data), SynapseError);
  assert(taken <= 4, `${taken}`);
});

Deno.test("PnetAdvancedNode gives a function the node, the originator, its input and its caller", async () => {
  const seen: unknown[] = [];
  await using world = await pair({
    async look(node, originator, input, { sender, signal }) {
      const text = UTF8.decode(await readAll(input, 100));
      seen.push(node === world.callee, originator, text, sender.name, signal.aborted);
      return "ok";
    },
  });
  assertEquals(await world.caller.send("bob", "look", "hello"), "ok");
  assertEquals(await world.caller.send("bob", "look", "hello", { raw: true }), "ok");
  const expected = [true, "alice", "hello", "alice", false];
  assertEquals(seen, [...expected, ...expected]);
});

Deno.test("PnetAdvancedNode answers short values as they are, and longer ones as a stream", async () => {
  await using world = await pair({
    text: async (_node, _og, input) => "x".repeat(Number(UTF8.decode(await readAll(input, 10)))),
    bytes: () => BYTES.subarray(0, 48),
  });
  assertEquals(await world.caller.send("bob", "text", "48"), "x".repeat(48));
  assertEquals(UTF8.decode(await bytesOf(await world.caller.send("bob", "text", "49"))).length, 49);
  assertEquals(await world.caller.send("bob", "bytes", ""), BYTES.slice(0, 48));
});

Deno.test("PnetAdvancedNode.send() asks several, streams included, and each alone can fail", async () => {
  await using world = await pair({ echo });
  const carol = new PnetAdvancedNode(await world.network.join("carol"), { chunkBytes: 48 });
  carol.register("echo", () => {
    throw new Error("kaboom");
  });
  world.alice.peers.add({ ...world.alice.peers.get("bob")!, name: "dave" });
  for (const targets of ["*", ["bob", "carol", "dave", "bob"]] as const) {
    const data = new Blob([BYTES]).stream();
    const outcomes = await world.caller.send(targets, "echo", data);
    assertEquals([...outcomes.keys()], ["bob", "carol", "dave"]);
    for (const name of ["bob", "dave"]) {
      const { value } = outcomes.get(name) as PromiseFulfilledResult<unknown>;
      assertEquals(await bytesOf(value), BYTES);
    }
    assertEquals(outcomes.get("carol")!.status, "rejected");
  }
});

Deno.test("PnetAdvancedNode.send() fails when the function is unknown or throws", async () => {
  await using world = await pair({
    boom: () => {
      throw new Error("kaboom");
    },
  });
  const error = await assertRejects(() => world.caller.send("bob", "nope", "x"), RemoteError);
  assertEquals([error.code, error.method], ["method_not_found", "nope"]);
  await assertClosed(world.caller.send("bob", "nope", "x", { raw: true }));
  await assertClosed(world.caller.send("bob", "boom", "x"));
  assertEquals([world.callee.transfers, world.network.clock.pendingTimers], [0, 0]);
});

Deno.test("PnetAdvancedNode.send() refuses names that a command can't carry", async () => {
  await using world = await pair({});
  for (const name of ["a=b", "a&b", "a?b"]) {
    const error = await assertRejects(() => world.caller.send("bob", name, "x"), SynapseError);
    assertEquals(error.code, "not_supported");
  }
});

Deno.test("PnetAdvancedNode closes on commands that it can't read", async () => {
  await using world = await pair({ echo });
  for (
    const text of [
      "",
      "nonsense",
      "NOPE?x=1",
      "RAW?fn=echo&og=x",
      "RAW?fn=echo&og=x&dt=%",
      "RAW?fn=echo&og=x&dt=cGtsfIAES2Qu",
      "CHUNKED?pt=initiator&id=1&og=x",
      "CHUNKED?pt=initiator&fn=echo&og=x",
      "CHUNKED?pt=nope&id=1",
      "CHUNKED?id=1",
      "CHUNKED?pt=part&id=1&dt=&ck=",
      "CHUNKED?pt=end&id=1&ck=",
      "CHUNKED_REQUEST?pt=part&id=1&in=0",
      "CHUNKED_REQUEST?pt=part&id=1",
      "CHUNKED_REQUEST?pt=part&id=1&in=-1",
      "CHUNKED_REQUEST?pt=part&id=1&in=x",
    ]
  ) await assertClosed(world.tell(text));
  await assertClosed(world.alice.ask("bob", new Uint8Array([1])));
  assertEquals(world.callee.transfers, 0);
});

Deno.test("PnetAdvancedNode drops a transfer whose checksum is wrong", async () => {
  await using world = await pair({ echo });
  await begin(world.tell, "one");
  const { data } = encodePart(BYTES);
  await assertClosed(
    world.tell(`CHUNKED?pt=part&id=one&in=0&dt=${data}&ck=${"0".repeat(64)}&og=x`),
  );
  assertEquals(world.callee.transfers, 0);
  await begin(world.tell, "two", [BYTES]);
  await assertClosed(world.tell(`CHUNKED?pt=end&og=x&ck=${"0".repeat(64)}&id=two`));
  assertEquals([world.callee.transfers, world.network.clock.pendingTimers], [0, 0]);
});

Deno.test("PnetAdvancedNode refuses an id that is in use, and another key's", async () => {
  await using world = await pair({ echo });
  const carol = await world.network.join("carol");
  const end = await begin(world.tell, "one", [BYTES]);
  await assertClosed(world.tell("CHUNKED?pt=initiator&ln=1&id=one&og=alice&fn=echo"));
  await assertClosed(carol.ask("bob", end));
  const { data, checksum } = encodePart(BYTES);
  await assertClosed(carol.ask("bob", `CHUNKED?pt=part&id=one&in=0&dt=${data}&ck=${checksum}`));
  assert((await world.tell(end)).startsWith("CHUNKED_RESPONSE?rs=success&ln=21&og=bob&id="));
});

Deno.test("PnetAdvancedNode hands out parts in any order and again, to their receiver, up to the end", async () => {
  await using world = await pair({ echo });
  const carol = await world.network.join("carol");
  const end = await begin(world.tell, "one", [BYTES.subarray(0, 100)]);
  const id = /id=(.+)$/.exec(await world.tell(end))![1];
  const fetch = (index: number) => `CHUNKED_REQUEST?pt=part&id=${id}&in=${index}`;
  const last = await world.tell(fetch(2));
  const first = await world.tell(fetch(0));
  assertEquals(await world.tell(fetch(0)), first);
  assertEquals(await world.tell(fetch(2)), last);
  assertEquals(last.length < first.length, true);
  await assertClosed(carol.ask("bob", fetch(0)));
  assert((await world.tell(fetch(3))).startsWith("CHUNKED_RESPONSE?pt=end&ck="));
  await assertClosed(world.tell(fetch(0)));
  assertEquals(world.callee.transfers, 0);
});

Deno.test("PnetAdvancedNode forgets transfers that don't go on, input and results", async () => {
  const spools = new MemorySpools();
  await using world = await pair({ echo }, { spools, limits: { transferIdleMs: 1_000 } });
  const end = await begin(world.tell, "one", [BYTES]);
  await world.network.clock.advance(999);
  const result = await world.tell(end);
  await begin(world.tell, "two", [BYTES]);
  assertEquals(world.callee.transfers, 2);
  assert(spools.usedBytes > 0);
  await world.network.clock.advance(1_000);
  assertEquals([world.callee.transfers, spools.usedBytes], [0, 0]);
  const id = /id=(.+)$/.exec(result)![1];
  await assertClosed(world.tell(`CHUNKED_REQUEST?pt=part&id=${id}&in=0`));
});

Deno.test("PnetAdvancedNode refuses more transfers than maxTransfersPerPeer of one, but takes others'", async () => {
  await using world = await pair({ echo }, { limits: { maxTransfersPerPeer: 2 } });
  const carol = await world.network.join("carol");
  await begin(world.tell, "one");
  await begin(world.tell, "two");
  const third = "CHUNKED?pt=initiator&ln=1&id=three&og=alice&fn=echo";
  assertEquals(await world.tell(third), "ERROR?rs=too many transfers");
  await assertRejects(() => world.caller.send("bob", "echo", "x"), RemoteError, "too many");
  assertEquals(await carol.ask("bob", third), "RESPONSE?rs=success");
});

Deno.test("PnetAdvancedNode refuses more transfers than maxTransfers in all", async () => {
  await using world = await pair({ echo }, { limits: { maxTransfers: 1 } });
  const carol = await world.network.join("carol");
  await begin(world.tell, "one");
  const second = "CHUNKED?pt=initiator&ln=1&id=two&og=carol&fn=echo";
  assertEquals(await carol.ask("bob", second), "ERROR?rs=too many transfers");
});

Deno.test("PnetAdvancedNode refuses transfers longer than maxTransferBytes, either way, at n + 1", async () => {
  await using world = await pair(
    {
      echo,
      make: async (_n, _o, input) => new Uint8Array(Number(UTF8.decode(await readAll(input, 9)))),
    },
    { limits: { maxTransferBytes: 500 } },
  );
  assertEquals(
    (await bytesOf(await world.caller.send("bob", "echo", BYTES.subarray(0, 500)))).length,
    500,
  );
  await assertClosed(world.caller.send("bob", "echo", BYTES.subarray(0, 501)));
  assertEquals((await bytesOf(await world.caller.send("bob", "make", "500"))).length, 500);
  await assertClosed(world.caller.send("bob", "make", "501"));
  assertEquals([world.callee.transfers, world.network.clock.pendingTimers], [0, 0]);
});

Deno.test("PnetAdvancedNode closes when there is no room for a transfer, and gives room back", async () => {
  const spools = new MemorySpools(16 * 1024);
  await using world = await pair({ echo, ok: () => "ok" }, { spools, chunkBytes: 16 * 1024 });
  await assertClosed(world.caller.send("bob", "echo", new Uint8Array(16 * 1024 + 1)));
  assertEquals(spools.usedBytes, 0);
  assertEquals(await world.caller.send("bob", "ok", new Uint8Array(16 * 1024)), "ok");
  assertEquals(spools.usedBytes, 0);
});

Deno.test("PnetAdvancedNode gives up a function that hangs, and a result that hangs, with all that they hold", async () => {
  const spools = new MemorySpools();
  await using world = await pair({
    hang: () => new Promise(() => {}),
    stuck: async function* () {
      yield BYTES;
      await new Promise(() => {});
    } as unknown as PnetFunction,
  }, { spools, limits: { answerMs: 1_000 } });
  for (const name of ["hang", "stuck"]) {
    const sent = assertRejects(() => world.caller.send("bob", name, BYTES));
    await world.network.clock.runMicrotasks();
    assert(spools.usedBytes > 0);
    await world.network.clock.advance(1_000);
    await sent;
    assertEquals(spools.usedBytes, 0);
  }
});

Deno.test("PnetAdvancedNode.send() has a deadline for each packet, and obeys its signal", async () => {
  await using world = await pair({ hang: () => new Promise(() => {}) });
  const late = assertRejects(
    () => world.caller.send("bob", "hang", "x", { timeoutMs: 100 }),
    TimeoutError,
  );
  await world.network.clock.advance(100);
  await late;
  const controller = new AbortController();
  const reason = new Error("enough");
  const stuck = new ReadableStream<Uint8Array>();
  const sent = world.caller.send("bob", "hang", stuck, { signal: controller.signal });
  await world.network.clock.runMicrotasks();
  controller.abort(reason);
  assertEquals(await assertRejects(() => sent), reason);
});

Deno.test("PnetMember.close() drops transfers", async () => {
  const spools = new MemorySpools();
  await using world = await pair({ echo }, { spools });
  await begin(world.tell, "one", [BYTES]);
  await world.bob.close();
  assertEquals([world.callee.transfers, spools.usedBytes], [0, 0]);
});
