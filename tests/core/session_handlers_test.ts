import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { RemoteError, SynapseError } from "../../core/errors.ts";
import { Pair } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { createSchema } from "../support/schema.ts";

async function failure(promise: Promise<unknown>): Promise<RemoteError> {
  return await assertRejects(() => promise, RemoteError);
}

/** Answers a call by what `settle` does with the ends of a promise, by way of any thenable. */
function thenable(
  settle: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
): object {
  return { then: settle };
}

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
