import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import type { CallContext, Caller } from "../../core/caller.ts";
import { EncodeError, RemoteError, SynapseError } from "../../core/errors.ts";
import type { NodeEvents } from "../../core/node.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { createSchema } from "../support/schema.ts";

const NOT_THERE = "no such function is published here";

async function failure(promise: Promise<unknown>): Promise<RemoteError> {
  return await assertRejects(() => promise, RemoteError);
}

/** Answers a call by what `settle` does with the ends of a promise, by way of any thenable. */
function thenable(
  settle: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
): object {
  return { then: settle };
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

Deno.test("A handler registered with a context learns who calls, from where, and how", async () => {
  const seen: CallContext[] = [];
  const watch = (a: number, b = 2, context?: CallContext): unknown[] => {
    seen.push(context!);
    return [a, b];
  };
  await using pair = await Pair.connect({ serves: { watch: [{ context: true }, watch] } });
  assertEquals(await pair.remote.call("watch", [1], { kwargs: { b: 5 } }), [1, 5]);
  assertEquals(await pair.remote.call("watch", [1]), [1, 2]);
  const [context, bare] = seen;
  assertEquals(context.peer, pair.caller);
  assertEquals(context.peer.info, { name: "client", namespace: "", window: 64 });
  assertEquals(context.address, { scheme: "memory", host: "server-1", port: 0, path: "" });
  assertEquals(context.dialect, "msgpack-rpc");
  assertEquals(context.kwargs, { b: 5 });
  assertEquals(bare.kwargs, undefined);
  assertInstanceOf(context.signal, AbortSignal);
  assertEquals(context.signal.aborted, false);
  assert(context.signal === context.signal);
});

Deno.test("The context comes last, behind parameters left out and behind rest", async () => {
  const kind = (value: unknown): string =>
    typeof value === "object" && value !== null && "peer" in value ? "context" : `${value}`;
  await using pair = await Pair.connect({
    serves: {
      left_out: [
        { context: true },
        (a: unknown, b: unknown = "B", context?: unknown) => [a, b, context].map(kind),
      ],
      rest: [{ context: true }, (a: unknown, ...rest: unknown[]) => [a, ...rest].map(kind)],
      none: [{ context: true }, (context: unknown) => [context].map(kind)],
    },
  });
  assertEquals(await pair.remote.call("left_out", ["A"]), ["A", "B", "context"]);
  assertEquals(await pair.remote.call("rest", ["A", "B", "C"]), ["A", "B", "C", "context"]);
  assertEquals(await pair.remote.call("none"), ["context"]);
  const error = await failure(pair.remote.call("none", ["smuggled"]));
  assertEquals(error.code, "invalid_params");
});

Deno.test("What a handler throws reaches the caller with code, message and data alone", async () => {
  class Thrown {
    readonly secret = "internal";
  }
  const nameless = Object.assign(new TypeError(""), { data: "private" });
  const oddMessage = Object.assign(new Error(), { message: 42 });
  const cases: [unknown, string, string, unknown][] = [
    [new Error("it broke"), "internal_error", "it broke", undefined],
    [nameless, "internal_error", "TypeError", undefined],
    [oddMessage, "internal_error", "f threw no error: got number", undefined],
    [new SynapseError("sold_out", "None left", { data: { left: 0 } }), "sold_out", "None left", {
      left: 0,
    }],
    [new SynapseError("bare", "No data"), "bare", "No data", undefined],
    ["a string", "internal_error", "a string", undefined],
    [42, "internal_error", "f threw no error: got number", undefined],
    [null, "internal_error", "f threw no error: got null", undefined],
    [undefined, "internal_error", "f threw no error: got undefined", undefined],
    [new Thrown(), "internal_error", "f threw no error: got object", undefined],
    [Symbol("s"), "internal_error", "f threw no error: got symbol", undefined],
    [new Error("x".repeat(1_000_000)), "internal_error", "x".repeat(8_192), undefined],
    [
      new SynapseError("odd", "Data that can't be sent", { data: () => {} }),
      "odd",
      "Data that can't be sent",
      undefined,
    ],
  ];
  await using pair = await Pair.connect();
  for (const [thrown, code, message, data] of cases) {
    const ways: (() => unknown)[] = [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
      () => thenable((_, reject) => reject(thrown)),
      async () => {
        await pair.clock.runMicrotasks();
        throw thrown;
      },
    ];
    for (const way of ways) {
      pair.server.endpoint("f", () => way());
      const error = await failure(pair.remote.call("f"));
      assertEquals([error.code, error.message, error.data], [code, message, data]);
    }
  }
});

Deno.test("No stack trace leaves the process", async () => {
  await using raw = await RawNode.serve({
    f: () => {
      throw new SynapseError("a", "b", { cause: new Error("cause"), data: 1 });
    },
  });
  const peer = raw.connect().hello().send([0, 1, "f", []]);
  assertEquals(peer.responses[0].error, { code: "a", message: "b", data: 1 });
});

Deno.test("A handler may return anything that has a then", async () => {
  const returned: [string, () => unknown, unknown][] = [
    ["promise", () => Promise.resolve(1), 1],
    ["async function", async () => await Promise.resolve(2), 2],
    ["thenable", () => thenable((resolve) => resolve(3)), 3],
    ["thenable of a promise", () => thenable((resolve) => resolve(Promise.resolve(4))), 4],
    ["promise of a thenable", () => Promise.resolve(thenable((resolve) => resolve(5))), 5],
    [
      "thenable that settles twice",
      () =>
        thenable((resolve, reject) => {
          resolve(6);
          reject(new Error("too late"));
          resolve(7);
        }),
      6,
    ],
    [
      "thenable that throws too late",
      () =>
        thenable((resolve) => {
          resolve(8);
          throw new Error("too late");
        }),
      8,
    ],
    ["undefined", () => undefined, null],
    ["promise of undefined", () => Promise.resolve(), null],
    ["array with then, no function", () => Object.assign([1], { then: 5 }), [1]],
  ];
  await using pair = await Pair.connect();
  for (const [name, handler, expected] of returned) {
    pair.server.endpoint("f", handler);
    assertEquals(await pair.remote.call("f"), expected, name);
  }
  // Nothing is left behind: closing has nothing to wait for, so that no time needs to pass.
  await pair.server.close();
});

Deno.test("A then that throws is the handler's failure, and the call is over", async () => {
  await using pair = await Pair.connect({
    serves: {
      f: () =>
        thenable(() => {
          throw new Error("broken then");
        }),
      g: () =>
        Object.defineProperty({}, "then", {
          get() {
            throw new Error("broken getter");
          },
        }),
    },
  });
  assertEquals((await failure(pair.remote.call("f"))).message, "broken then");
  assertEquals(
    (await failure(pair.remote.call("g"))).message,
    "Cannot send the result of g: broken getter",
  );
  await pair.server.close();
});

Deno.test("A result that can't be sent is the handler's failure, and the connection goes on", async () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const results: [unknown, string][] = [
    [() => {}, "MessagePack has no type for it: got a function"],
    [{ a: [Symbol("x")] }, "MessagePack has no type for it: got a symbol"],
    [cycle, "nested too deeply, or contains itself"],
    [2n ** 70n, "does not fit 64 bits"],
    [new Set([1]), "MessagePack has no type for it: got a Set"],
    [JSON.parse('{"__proto__": 1}'), "__proto__"],
    [{
      get a() {
        throw new Error("getter");
      },
    }, "getter"],
    ["x".repeat(2 ** 29 - 24), "larger than 16777216 bytes"],
    [new Uint8Array(2 ** 31), "larger than 16777216 bytes"],
    [new Array(17 * 1024 * 1024).fill(0), "larger than 16777216 bytes"],
  ];
  await using pair = await Pair.connect();
  for (const [result, reason] of results) {
    for (const handler of [() => result, () => Promise.resolve(result)]) {
      pair.server.endpoint("f", handler);
      const error = await failure(pair.remote.call("f"));
      assertEquals(error.code, "internal_error");
      assert(error.message.startsWith("Cannot send the result of f: "), error.message);
      assert(error.message.includes(reason), error.message);
    }
  }
  assertEquals(await pair.remote.call("_synapse.ping"), "pong");
});

Deno.test("A getter that calls while its object is sent doesn't mix two messages", async () => {
  await using pair = await Pair.connect({ serves: { echo: (value: unknown) => value } });
  let inner: Promise<unknown> | undefined;
  const sneaky = {
    before: 1,
    get call() {
      inner = pair.remote.call("echo", ["inner"]);
      inner.catch(() => {});
      return "outer";
    },
  };
  assertEquals(await pair.remote.call("echo", [sneaky]), { before: 1, call: "outer" });
  assertEquals((await assertRejects(() => inner!, SynapseError)).code, "not_supported");
  assertEquals(await pair.remote.call("echo", ["after"]), "after");
});

Deno.test("Schemas check and convert arguments and result, at once or later", async () => {
  const toNumbers = (value: unknown): unknown =>
    (value as string[]).every((text) => /^\d+$/.test(text))
      ? (value as string[]).map(Number)
      : "only digits";
  const positive = (value: unknown): unknown => (value as number) > 0 ? { value } : "not positive";
  const later = (judge: (value: unknown) => unknown) => async (value: unknown): Promise<unknown> =>
    await judge(value);
  let runs = 0;
  const minus = (a: number, b: number): number => {
    runs++;
    return a - b;
  };
  await using pair = await Pair.connect();
  for (const inTime of [(judge: (value: unknown) => unknown) => judge, later]) {
    runs = 0;
    const args = createSchema(inTime(toNumbers));
    const result = createSchema(inTime(positive));
    for (
      const handler of [
        minus,
        async (a: number, b: number) => minus(a, await b),
        (a: number, b: number) => thenable((resolve) => resolve(minus(a, b))),
      ]
    ) {
      pair.server.endpoint("minus", { args, result }, handler);
      assertEquals(await pair.remote.call("minus", ["7", "3"]), { value: 4 });
      const refused = await failure(pair.remote.call("minus", ["7", "x"]));
      assertEquals(refused.code, "invalid_params");
      assertEquals(
        refused.message,
        "Cannot accept arguments of minus as the schema refuses: only digits",
      );
      assertEquals(refused.data, { issues: [{ message: "only digits", path: [] }] });
      const wrong = await failure(pair.remote.call("minus", ["3", "7"]));
      assertEquals(wrong.code, "internal_error");
      assertEquals(
        wrong.message,
        "Cannot accept result of minus as the schema refuses: not positive",
      );
    }
    assertEquals(runs, 6);
  }
});

Deno.test("An args schema that gives no list, or throws, is the handler's failure", async () => {
  await using pair = await Pair.connect({
    serves: {
      no_list: [{ args: createSchema(() => 5) }, () => 1],
      throws: [{
        args: createSchema(() => {
          throw new Error("broken schema");
        }),
      }, () => 1],
    },
  });
  const error = await failure(pair.remote.call("no_list"));
  assertEquals(error.code, "internal_error");
  assert(error.message.endsWith("must give the list of arguments: got a number"), error.message);
  assertEquals((await failure(pair.remote.call("throws"))).message, "broken schema");
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
