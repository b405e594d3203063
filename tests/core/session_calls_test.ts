import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { CallContext, Caller } from "../../core/caller.ts";
import { EncodeError, RemoteError, SynapseError } from "../../core/errors.ts";
import type { NodeEvents } from "../../core/node_options.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";

const NOT_THERE = "no such function is published here";

async function failure(promise: Promise<unknown>): Promise<RemoteError> {
  return await assertRejects(() => promise, RemoteError);
}

Deno.test("call() brings arguments there and the result back", async () => {
  await using pair = await Pair.connect({ serves: { echo: (...args: unknown[]) => args } });
  const values: unknown[] = [
    null,
    true,
    -1.5,
    2 ** 53,
    2n ** 63n,
    "",
    "häßlich 😀",
    "x".repeat(100_000),
    new Uint8Array([1, 2, 3]),
    new Uint8Array(100_000).fill(7),
    [],
    [[1, [2]]],
    { a: { b: null } },
    new Map<unknown, unknown>([[1, "one"], ["two", 2]]),
    new Date(1_700_000_000_123),
  ];
  assertEquals(await pair.remote.call("echo", values), values);
  assertEquals(await pair.remote.call("echo"), []);
  assertEquals(await pair.remote.call("echo", [undefined]), [null]);
});

Deno.test("call() binds positions, names, defaults and rest", async () => {
  await using pair = await Pair.connect({
    serves: {
      add: (a: number, b = 10, ...more: number[]) => [a, b, ...more],
      name: ({ first }: { first: string }, last = "Doe") => `${first} ${last}`,
    },
  });
  const { remote } = pair;
  assertEquals(await remote.call("add", [1]), [1, 10]);
  assertEquals(await remote.call("add", [1, 2, 3, 4]), [1, 2, 3, 4]);
  assertEquals(await remote.call("add", [], { kwargs: { b: 2, a: 1 } }), [1, 2]);
  assertEquals(await remote.call("add", [5], { kwargs: {} }), [5, 10]);
  assertEquals(await remote.call("add", [5], { kwargs: { b: 6 } }), [5, 6]);
  assertEquals(await remote.call("name", [{ first: "Jo" }], { kwargs: { last: "Li" } }), "Jo Li");
});

Deno.test("call() rejects with invalid_params where the function can't be called like that", async () => {
  let runs = 0;
  await using pair = await Pair.connect({
    serves: { pair: (a: number, b: number) => a + b + runs++ },
  });
  const wrong: [unknown[], Record<string, unknown> | undefined, string][] = [
    [[1], undefined, "Cannot call pair(a, b) as argument b is missing"],
    [[], undefined, "Cannot call pair(a, b) as arguments a, b are missing"],
    [[1, 2, 3], undefined, "Cannot call pair(a, b) as it takes at most 2 arguments: got 3"],
    [
      [1, 2],
      { a: 1 },
      "Cannot call pair(a, b) as argument a is given twice, by position and by name",
    ],
    [[1], { c: 1 }, 'Cannot call pair(a, b) as it has no parameter "c"'],
  ];
  for (const [args, kwargs, message] of wrong) {
    const error = await failure(pair.remote.call("pair", args, { kwargs }));
    assertEquals([error.code, error.message, error.method], ["invalid_params", message, "pair"]);
  }
  assertEquals(runs, 0);
});

Deno.test("call() rejects with method_not_found, and a hint where one name is near", async () => {
  await using pair = await Pair.connect({ serves: { broadcast: () => 1 } });
  const near = await failure(pair.remote.call("brodcast"));
  assertEquals(near.code, "method_not_found");
  assertEquals(near.message, `Cannot call "brodcast" as ${NOT_THERE}: did you mean broadcast?`);
  for (const name of ["toString", "__proto__", "constructor", "", "\u001b[31m"]) {
    const error = await failure(pair.remote.call(name));
    assertEquals(error.message, `Cannot call ${JSON.stringify(name)} as ${NOT_THERE}`);
  }
});

Deno.test("notify() calls without an answer", async () => {
  const heard: unknown[] = [];
  await using pair = await Pair.connect({
    serves: { log: (line: string, level = "info") => heard.push([line, level]) },
  });
  pair.remote.notify("log", ["a"]);
  pair.remote.notify("log", ["b"], { level: "warn" });
  await pair.clock.runMicrotasks();
  assertEquals(heard, [["a", "info"], ["b", "warn"]]);
});

Deno.test("notify() tells the other side's node what went wrong, and nobody else", async () => {
  await using pair = await Pair.connect({
    serves: {
      throws: () => {
        throw new Error("no");
      },
      rejects: () => Promise.reject(new Error("not yet")),
      async *streams() {},
    },
  });
  const failures: NodeEvents["notifyFailed"][] = [];
  pair.server.on("notifyFailed", (failed) => failures.push(failed));
  for (const name of ["throws", "rejects", "streams", "missing"]) pair.remote.notify(name);
  await pair.clock.runMicrotasks();
  assertEquals(
    failures.map(({ method, error }) => [method, (error as Error).message]).toSorted(),
    [
      ["missing", `Cannot call "missing" as ${NOT_THERE}`],
      ["rejects", "not yet"],
      [
        "streams",
        "Cannot call streams as it streams its results, and the caller takes no streams",
      ],
      ["throws", "no"],
    ],
  );
  assertEquals(failures[0].peer, pair.caller);
});

Deno.test("notify() throws where an argument can't be sent", async () => {
  await using pair = await Pair.connect();
  const error = assertThrows(() => pair.remote.notify("log", [() => {}]), EncodeError);
  assertEquals(error.code, "not_supported");
});

Deno.test("call() rejects where an argument can't be sent, and the next call goes through", async () => {
  await using pair = await Pair.connect({ serves: { echo: (value: unknown) => value } });
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const value of [() => {}, Symbol("s"), new Set([1]), 2n ** 64n, cycle]) {
    await assertRejects(() => pair.remote.call("echo", ["before", value]), EncodeError);
  }
  assertEquals(await pair.remote.call("echo", [5]), 5);
});

Deno.test("Both ends of one connection call each other, one inside the other", async () => {
  const down = async (n: number, { peer }: CallContext): Promise<unknown[]> =>
    n === 0 ? [0] : [n, ...await peer.call("up", [n - 1]) as unknown[]];
  const up = async (n: number, { peer }: CallContext): Promise<unknown[]> =>
    n === 0 ? [0] : [n, ...await peer.call("down", [n - 1]) as unknown[]];
  await using pair = await Pair.connect({
    serves: { down: [{ context: true }, down] },
    calledBack: { up: [{ context: true }, up] },
  });
  assertEquals(await pair.remote.call("down", [7]), [7, 6, 5, 4, 3, 2, 1, 0]);
  assertEquals(await pair.caller.call("up", [3]), [3, 2, 1, 0]);
});

Deno.test("A handler may ask its caller while the caller waits, and use what it says", async () => {
  await using pair = await Pair.connect({
    serves: {
      login: [{ context: true }, async ({ peer }: CallContext) => {
        const [name, secret] = await Promise.all([peer.call("name"), peer.call("secret")]);
        return `${name}:${secret}`;
      }],
    },
    calledBack: { name: () => "joe", secret: () => Promise.resolve("x") },
  });
  assertEquals(await pair.remote.call("login"), "joe:x");
});

Deno.test("Calls of both sides cross with the same ids", async () => {
  await using pair = await Pair.connect({
    serves: { whoami: () => "server" },
    calledBack: { whoami: () => "client" },
  });
  const calls = Array.from({ length: 50 }, () => [
    pair.remote.call("whoami"),
    pair.caller.call("whoami"),
  ]).flat();
  assertEquals(await Promise.all(calls), Array(50).fill(["server", "client"]).flat());
});

Deno.test("A plain result is answered in the turn in which the request came", async () => {
  await using raw = await RawNode.serve({ sum: (a: number, b: number) => a + b });
  const peer = raw.connect().send([0, 7, "sum", [1, 2]], [0, 8, "sum", [3, 4]]);
  assertEquals(peer.messages, [
    { type: "response", id: 7, error: null, result: 3 },
    { type: "response", id: 8, error: null, result: 7 },
  ]);
});

Deno.test("Answers come as the handlers finish, each to its own call", async () => {
  const ends = new Map<number, (value: unknown) => void>();
  await using pair = await Pair.connect({
    serves: { wait: (n: number) => new Promise((resolve) => ends.set(n, resolve)) },
  });
  const order: number[] = [];
  const calls = [1, 2, 3].map((n) =>
    pair.remote.call("wait", [n]).then((result) => {
      order.push(n);
      return result;
    })
  );
  await pair.clock.runMicrotasks();
  for (const n of [2, 3, 1]) {
    ends.get(n)!(`result ${n}`);
    await pair.clock.runMicrotasks();
  }
  assertEquals(await Promise.all(calls), ["result 1", "result 2", "result 3"]);
  assertEquals(order, [2, 3, 1]);
});

Deno.test("A plain MessagePack-RPC peer is called, and calls, without extensions", async () => {
  await using raw = await RawNode.serve({
    sum: (a: number, b: number) => a + b,
    fail: () => {
      throw new SynapseError("sold_out", "None left", { data: 1 });
    },
    ask: [{ context: true }, async ({ peer }: { peer: Caller }) => await peer.call("name")],
  });
  const peer = raw.connect().send([0, 1, "sum", [1, 2]], [0, 2, "fail", []], [0, 3, "ask", []]);
  assertEquals(peer.messages.slice(0, 2), [
    { type: "response", id: 1, error: null, result: 3 },
    { type: "response", id: 2, error: "sold_out: None left", result: null },
  ]);
  assertEquals(peer.messages[2], {
    type: "request",
    id: 1,
    method: "name",
    args: [],
    kwargs: undefined,
  });
  peer.send([1, 1, null, "plain"]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.messages[3], { type: "response", id: 3, error: null, result: "plain" });
  // No hello, no ping, nothing that it would not know.
  await raw.clock.advance(60_000);
  assertEquals(peer.messages.length, 4);
});

Deno.test("Errors of plain peers keep what they say, whatever they say it with", async () => {
  const said: [unknown, string, string][] = [
    ["text", "internal_error", "text"],
    [[0, "Vim:E117"], "internal_error", "Vim:E117"],
    [{ code: "busy", message: "later" }, "busy", "later"],
    [{ code: 7, message: "x" }, "internal_error", 'f failed with {"code":7,"message":"x"}'],
    [2n ** 63n, "internal_error", 'f failed with "9223372036854775808"'],
    [{ at: 2n ** 64n - 1n }, "internal_error", 'f failed with {"at":"18446744073709551615"}'],
    [new Uint8Array([0xff, 0x61]), "internal_error", "\ufffda"],
    [[1, new Uint8Array([0x61])], "internal_error", "a"],
    [{ blob: new Uint8Array(9) }, "internal_error", 'f failed with {"blob":"9 bytes"}'],
    ["x".repeat(100_000), "internal_error", "x".repeat(8_192)],
    [true, "internal_error", "f failed with true"],
  ];
  await using raw = await RawNode.serve();
  const peer = raw.connect();
  const caller = raw.node.connections[0];
  for (const [i, [error, code, message]] of said.entries()) {
    const call = caller.call("f");
    peer.send([1, i + 1, error, null]);
    const found = await failure(call);
    assertEquals([found.code, found.message, found.method], [code, message, "f"]);
  }
});

Deno.test("Two hundred thousand calls leave nothing behind", async () => {
  let running = 0;
  await using pair = await Pair.connect({
    serves: {
      sync: (n: number) => n,
      async: async (n: number) => {
        running++;
        await null;
        running--;
        return n;
      },
    },
  });
  const { remote, clock, server, client } = pair;
  let sum = 0;
  for (let batch = 0; batch < 200; batch++) {
    const name = batch % 2 === 0 ? "sync" : "async";
    const calls = Array.from({ length: 1_000 }, (_, n) => remote.call(name, [n]));
    for (const result of await Promise.all(calls)) sum += result as number;
  }
  assertEquals(sum, 200 * 499_500);
  assertEquals(running, 0);
  // Each session's keep-alive, and one look at deadlines.
  assertEquals(clock.pendingTimers, 3);
  // Both sides are idle: closing in good order waits for nothing.
  await Promise.all([client.close(), server.close()]);
  assertEquals(clock.pendingTimers, 0);
});
