import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { broadcast } from "../../../../cli/commands/broadcast/action.ts";
import type { BroadcastOptions } from "../../../../cli/commands/broadcast/command.ts";
import { EncodeError, type Node, TransportError } from "../../../../mod.ts";
import { ANYWHERE, Crowd } from "../../crowd.ts";
import { FakeIo } from "../../fake_io.ts";

function options(method: string, changes: Partial<BroadcastOptions> = {}): BroadcastOptions {
  return {
    ...ANYWHERE,
    namespace: "demo",
    method,
    args: [],
    kwargs: [],
    expect: undefined,
    timeoutMs: 5_000,
    isJson: false,
    ...changes,
  };
}

function publish(node: Node): void {
  node.endpoint("sum", (a: number, b: number) => a + b);
  node.endpoint("poem", () => "roses\nare red \u001b[2J");
}

function lines(io: FakeIo): string[] {
  return io.out.text.trimEnd().split("\n").sort();
}

Deno.test("broadcast() prints each peer's answer, and how many there were", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  await crowd.join("bo", publish);
  const io = new FakeIo();
  assertEquals(
    await broadcast(
      options("sum", { args: ["1"], kwargs: [["b", "2"]], expect: 2 }),
      io,
      crowd.world,
    ),
    0,
  );
  const [first, second] = lines(io);
  assertMatch(first, /^alice +[\d.]+ (µs|ms) +3$/);
  assertMatch(second, /^bo +[\d.]+ (µs|ms) +3$/);
  assertEquals(io.err.text, "synapse: 2 of 2 answered\n");
});

Deno.test("broadcast() tells programs of each answer, then of all of them", async () => {
  await using crowd = new Crowd();
  const alice = await crowd.join("alice", publish);
  await crowd.join("bob", (node) =>
    node.endpoint("sum", (_a, _b) => {
      throw new Error("broken");
    }));
  const io = new FakeIo();
  const code = await broadcast(
    options("sum", { args: ["1", "2"], expect: 2, isJson: true }),
    io,
    crowd.world,
  );
  const news = io.out.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const [answer, failed] = news.slice(0, 2).sort((a, b) => a.name < b.name ? -1 : 1);
  assertEquals({ ...answer, latencyMs: typeof answer.latencyMs }, {
    event: "answer",
    name: "alice",
    key: alice.identity.id,
    latencyMs: "number",
    result: 3,
  });
  assertEquals([failed.event, failed.name, failed.error], [
    "failed",
    "bob",
    { code: "internal_error", message: "broken" },
  ]);
  assertEquals(news[2], { event: "summary", asked: 2, answered: 1, failed: 1, silent: 0 });
  assertEquals([code, io.err.text], [1, ""]);
});

Deno.test("broadcast() says who failed", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  await crowd.join("bob");
  const io = new FakeIo();
  assertEquals(
    await broadcast(options("sum", { args: ["1", "2"], expect: 2 }), io, crowd.world),
    1,
  );
  assertMatch(io.out.text, /^alice .* 3\n$/);
  assertMatch(
    io.err.text,
    /^synapse: bob: .* \[method_not_found\].*\nsynapse: 1 of 2 answered, 1 failed\n$/,
  );
});

Deno.test("broadcast() doesn't wait for whoever is silent longer than it was told", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  await crowd.join("bob", (node) => node.endpoint("sum", (_a, _b) => new Promise(() => {})));
  const io = new FakeIo();
  const changes = { args: ["1", "2"], expect: 2, timeoutMs: 5_000 };
  assertEquals(await broadcast(options("sum", changes), io, crowd.world), 4);
  assertMatch(io.out.text, /^alice /);
  assertMatch(io.err.text, /\nsynapse: 1 of 2 answered, 1 silent\n$/);
});

Deno.test("broadcast() waits for as many as are expected", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  const io = new FakeIo();
  let isOver = false;
  const running = broadcast(
    options("sum", { args: ["1", "2"], expect: 2, timeoutMs: 30_000 }),
    io,
    crowd.world,
  ).finally(() => isOver = true);
  await crowd.join("watcher");
  assertEquals(isOver, false);
  await running;
  assertMatch(io.err.text, /\nsynapse: 1 of 2 answered, 1 failed\n$/);
});

Deno.test("broadcast() counts those that are missing as silent", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  const io = new FakeIo();
  const changes = { args: ["1", "2"], expect: 3, timeoutMs: 4_000 };
  assertEquals(await broadcast(options("sum", changes), io, crowd.world), 4);
  assertEquals(io.err.text, "synapse: 1 of 3 answered, 2 silent\n");
});

Deno.test("broadcast() finds nobody where nobody is", async () => {
  await using crowd = new Crowd();
  const error = await assertRejects(
    () => broadcast(options("sum", { timeoutMs: 50 }), new FakeIo(), crowd.world),
    TransportError,
  );
  assertEquals(
    error.message,
    "Cannot find *@demo as nobody was heard there within 50 ms",
  );
});

Deno.test("broadcast() sets several lines apart, and shows a terminal no escapes", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  const io = new FakeIo({ isTty: true });
  await broadcast(options("poem"), { ...io, signal: io.signal, color: false }, crowd.world);
  assertMatch(io.out.text, /^alice +[\d.]+ (µs|ms)\n {2}roses\n {2}are red \\u001b\[2J\n$/);
});

Deno.test("broadcast() refuses once what can't be sent to anybody", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  await crowd.join("bob", publish);
  const deep = "[".repeat(2_000) + "]".repeat(2_000);
  await assertRejects(
    () => broadcast(options("sum", { args: [deep] }), new FakeIo(), crowd.world),
    EncodeError,
  );
});
