import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { call } from "../../../../cli/commands/call/action.ts";
import type { CallOptions } from "../../../../cli/commands/call/command.ts";
import { Interruption } from "../../../../cli/interruption.ts";
import { OutputClosedError } from "../../../../cli/io.ts";
import { type Node, RemoteError, TimeoutError, TransportError } from "../../../../mod.ts";
import { ANYWHERE, Crowd } from "../../crowd.ts";
import { FakeIo } from "../../fake_io.ts";
import { withNode } from "../../with_node.ts";

function options(
  target: CallOptions["target"],
  method: string,
  changes: Partial<CallOptions> = {},
): CallOptions {
  return {
    ...ANYWHERE,
    target,
    method,
    args: [],
    kwargs: [],
    timeoutMs: 30_000,
    format: "text",
    isNotify: false,
    ...changes,
  };
}

function publish(node: Node): void {
  node.endpoint("sum", (a: number, b: number) => a + b);
  node.endpoint("echo", (...args: unknown[]) => args);
  node.endpoint("ticks", function* (n: number) {
    for (let i = 0; i < n; i++) yield i;
  });
  node.endpoint("fail", () => {
    throw new Error("boom");
  });
  node.endpoint("never", () => new Promise(() => {}));
}

Deno.test("call() prints a result", () =>
  withNode(publish, async (target) => {
    const io = new FakeIo();
    assertEquals(await call(options(target, "sum", { args: ["1", "-2"] }), io), 0);
    assertEquals([io.out.text, io.err.text], ["-1\n", ""]);
  }));

Deno.test("call() binds arguments by name", () =>
  withNode(publish, async (target) => {
    const io = new FakeIo();
    await call(options(target, "sum", { args: ["1"], kwargs: [["b", "5"]] }), io);
    assertEquals(io.out.text, "6\n");
  }));

Deno.test("call() prints the items of a stream, each on a line", () =>
  withNode(publish, async (target) => {
    const io = new FakeIo();
    await call(options(target, "ticks", { args: ["3"] }), io);
    assertEquals(io.out.text, "0\n1\n2\n");
  }));

Deno.test("call() prints nothing for an empty stream", () =>
  withNode(publish, async (target) => {
    const io = new FakeIo();
    assertEquals(await call(options(target, "ticks", { args: ["0"] }), io), 0);
    assertEquals(io.out.text, "");
  }));

Deno.test("call() sends stdin, and prints JSON", () =>
  withNode(publish, async (target) => {
    const io = new FakeIo({ stdin: [Uint8Array.of(0xff)] });
    await call(options(target, "echo", { args: ["a", "-"], format: "json" }), io);
    assertEquals(io.out.text, '["a",{"$bytes":"/w=="}]\n');
  }));

Deno.test("call() passes the remote's error on", () =>
  withNode(publish, async (target) => {
    await assertRejects(() => call(options(target, "fail"), new FakeIo()), RemoteError, "boom");
    const error = await assertRejects(
      () => call(options(target, "sun"), new FakeIo()),
      RemoteError,
    );
    assertEquals(error.code, "method_not_found");
    assertMatch(error.message, /did you mean sum\?/);
  }));

Deno.test("call() notifies without waiting, and is heard", async () => {
  const heard = Promise.withResolvers<unknown>();
  await withNode(
    (node) => node.endpoint("log", (text: string) => heard.resolve(text)),
    async (target) => {
      const io = new FakeIo();
      assertEquals(await call(options(target, "log", { args: ["hi"], isNotify: true }), io), 0);
      assertEquals(io.out.text, "");
      assertEquals(await heard.promise, "hi");
    },
  );
});

Deno.test("call() gives up in time, and says how long that was", () =>
  withNode(publish, async (target) => {
    const error = await assertRejects(
      () => call(options(target, "never", { timeoutMs: 300 }), new FakeIo()),
      TimeoutError,
    );
    assertEquals([error.operation, error.timeoutMs], [`call never at ${target}`, 300]);
  }));

Deno.test("call() cancels at Ctrl-C", async () => {
  const begun = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  await withNode(
    (node) =>
      node.endpoint("wait", { context: true }, ({ signal }: { signal: AbortSignal }) => {
        signal.addEventListener("abort", () => cancelled.resolve());
        begun.resolve();
        return new Promise(() => {});
      }),
    async (target) => {
      const io = new FakeIo();
      const calling = call(options(target, "wait"), io);
      await begun.promise;
      io.interrupt();
      await assertRejects(() => calling, Interruption);
      await cancelled.promise;
    },
  );
});

Deno.test("call() ends the stream when nobody reads on", async () => {
  const left = Promise.withResolvers<void>();
  await withNode(
    (node) =>
      node.endpoint("endless", async function* () {
        try {
          for (let i = 0;; i++) yield i;
        } finally {
          left.resolve();
        }
      }),
    async (target) => {
      const io = new FakeIo({ closesAfter: 2 });
      await assertRejects(() => call(options(target, "endless"), io), OutputClosedError);
      assertEquals(io.out.text, "0\n1\n");
      await left.promise;
    },
  );
});

Deno.test("call() says that nobody is there", async () => {
  const { promise: target, resolve } = Promise.withResolvers<string>();
  await withNode(() => {}, (target) => Promise.resolve(resolve(target)));
  const error = await assertRejects(
    async () => call(options(await target, "sum"), new FakeIo()),
    TransportError,
  );
  assertEquals(error.code, "unreachable");
});

const ALICE = { name: "alice", namespace: "demo" };

Deno.test("call() finds a peer by its name, and streams from it", async () => {
  await using crowd = new Crowd();
  await crowd.join("bob");
  await crowd.join("alice", publish);
  const io = new FakeIo();
  assertEquals(await call(options(ALICE, "ticks", { args: ["3"] }), io, crowd.world), 0);
  assertEquals([io.out.text, io.err.text], ["0\n1\n2\n", ""]);
});

Deno.test("call() waits for a peer that comes late", async () => {
  await using crowd = new Crowd();
  const io = new FakeIo();
  const called = call(options(ALICE, "sum", { args: ["1", "2"] }), io, crowd.world);
  await crowd.join("alice", publish);
  assertEquals(await called, 0);
  assertEquals(io.out.text, "3\n");
});

Deno.test("call() says who is there instead of whom it can't find", async () => {
  await using crowd = new Crowd();
  await crowd.join("bob");
  const find = (name: string) =>
    assertRejects(
      () => call(options({ ...ALICE, name }, "f", { timeoutMs: 3_000 }), new FakeIo(), crowd.world),
      TransportError,
    );
  assertEquals(
    (await find("alice")).message,
    "Cannot find alice@demo as only others are there: bob",
  );
  await using desert = new Crowd();
  const error = await assertRejects(
    () => call(options(ALICE, "f", { timeoutMs: 20 }), new FakeIo(), desert.world),
    TransportError,
    "Cannot find alice@demo as nobody was heard there within 20 ms",
  );
  assertEquals(error.code, "unreachable");
});

Deno.test("call() of everybody is a broadcast", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  const everybody = { ...ALICE, name: "*" };
  const io = new FakeIo();
  assertEquals(await call(options(everybody, "sum", { args: ["1", "2"] }), io, crowd.world), 0);
  assertMatch(io.out.text, /^alice +[\d.]+ (µs|ms) +3\n$/);
  assertEquals(io.err.text, "synapse: 1 of 1 answered\n");
});
