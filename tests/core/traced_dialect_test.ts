import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../core/codec.ts";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { DEFAULT_EXTENSIONS } from "../../core/codecs/messagepack_extensions.ts";
import { NATIVE_DIALECT } from "../../core/dialects/native.ts";
import { resolveLimits } from "../../core/limits.ts";
import { Node } from "../../core/node.ts";
import type { MessageEntry } from "../../core/trace.ts";
import { traceDialect } from "../../core/traced_dialect.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** What the server tells of a conversation, without address and dialect, which are always the same. */
async function traced(
  talk: (client: Node, clock: FakeClock) => Promise<unknown>,
): Promise<Omit<MessageEntry, "dialect" | "peer">[]> {
  const clock = new FakeClock();
  const entries: MessageEntry[] = [];
  const transports = [new MemoryTransport()];
  const world = {
    transports,
    clock,
    random: () => 0.5,
    randomBytes: (n: number) => new Uint8Array(n),
  };
  const server = new Node({}, { ...world, openTrace: () => (entry) => void entries.push(entry) });
  server.endpoint("sum", (a: number, b: number) => a + b);
  server.endpoint("slow", () => new Promise((resolve) => clock.after(25, () => resolve("done"))));
  server.endpoint("fails", () => {
    throw new Error("a secret");
  });
  server.endpoint("ticks", function* (n: number) {
    for (let i = 0; i < n; i++) yield i;
  });
  await server.listen("memory://server");
  const client = new Node({}, world);
  await talk(client, clock);
  await client.close(0);
  await server.close(0);
  assertEquals(new Set(entries.map(({ dialect }) => dialect)), new Set(["msgpack-rpc"]));
  assertEquals(entries.every(({ peer }) => peer.startsWith("memory://")), true);
  return entries.map(({ dialect: _dialect, peer: _peer, ...entry }) => entry)
    .filter(({ type }) => type !== "hello");
}

Deno.test("a trace has a line for a question and its answer, with sizes and time", async () => {
  const entries = await traced(async (client, clock) => {
    const remote = await client.connect("memory://server");
    await remote.call("sum", [1, 2]);
    const slow = remote.call("slow");
    await clock.advance(25);
    await slow;
  });
  const sizes = [
    encodeMessagePack([0, 1, "sum", [1, 2]]),
    encodeMessagePack([1, 1, null, 3]),
    encodeMessagePack([0, 2, "slow", []]),
    encodeMessagePack([1, 2, null, "done"]),
  ].map(({ length }) => length);
  assertEquals(entries, [
    { direction: "in", type: "request", method: "sum", bytes: sizes[0] },
    { direction: "out", type: "result", method: "sum", ms: 0, bytes: sizes[1] },
    { direction: "in", type: "request", method: "slow", bytes: sizes[2] },
    { direction: "out", type: "result", method: "slow", ms: 25, bytes: sizes[3] },
  ]);
});

Deno.test("a trace never holds what is in a message", async () => {
  const entries = await traced(async (client) => {
    const remote = await client.connect("memory://server");
    await remote.call("fails", ["a password"], { kwargs: { pin: "1234" } }).catch(() => {});
    remote.notify("sum", ["a token", 1]);
    await remote.ping();
  });
  assertEquals(entries.map(({ type, method }) => `${type} ${method}`), [
    "request fails",
    "error fails",
    "notify sum",
    "request _synapse.ping",
    "result _synapse.ping",
  ]);
  assertEquals(/password|1234|token|secret/.test(JSON.stringify(entries)), false);
});

Deno.test("a trace names the function of a stream's messages", async () => {
  const entries = await traced(async (client) => {
    const remote = await client.connect("memory://server");
    for await (const item of remote.stream("ticks", [3])) if (item === 1) break;
  });
  const lines = entries.map(({ direction, type, method }) => `${direction} ${type} ${method}`);
  assertEquals(lines[0], "in request ticks");
  assertEquals(lines.includes("out item ticks"), true);
  assertEquals(lines.every((line) => line.endsWith("ticks")), true);
});

Deno.test("a trace forgets the oldest questions that nobody answers", () => {
  const entries: MessageEntry[] = [];
  const trace = (entry: MessageEntry): void => void entries.push(entry);
  const wire = traceDialect(NATIVE_DIALECT, { trace, clock: new FakeClock(), peer: "memory://a" })
    .open({ limits: resolveLimits({ maxPendingCalls: 2 }), extensions: DEFAULT_EXTENSIONS });
  const into = new ByteWriter();
  for (const [id, method] of [[1, "one"], [2, "two"], [3, "three"]] as const) {
    wire.request(id, method, [], undefined, into);
  }
  assertThrows(() => wire.request(4, "unsent", [() => {}], undefined, into));
  entries.length = 0;
  for (const id of [1, 2, 3, 4]) wire.decoder.push(encodeMessagePack([1, id, null, null]));
  assertEquals(entries.map(({ method }) => method), [undefined, "two", "three", undefined]);
});
