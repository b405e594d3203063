import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { CallContext } from "../../../core/caller.ts";
import { RemoteError, SynapseError, TimeoutError } from "../../../core/errors.ts";
import { PnetAdvancedNode } from "../../../core/pnet/advanced_node.ts";
import { PnetCommandNode } from "../../../core/pnet/command_node.ts";
import { Registry } from "../../../core/registry.ts";
import { type TestMemberOptions, TestNetwork } from "../../support/pnet_network.ts";

/** Alice asks, bob publishes. */
async function pair(options: TestMemberOptions = {}) {
  const network = new TestNetwork();
  const alice = new PnetCommandNode(await network.join("alice", { keyed: options.keyed }));
  const bob = new PnetCommandNode(await network.join("bob", options));
  return { network, alice, bob, [Symbol.asyncDispose]: () => network.close() };
}

async function failure(call: Promise<unknown>): Promise<RemoteError> {
  return await assertRejects(() => call, RemoteError) as RemoteError;
}

for (const keyed of [true, false]) {
  Deno.test(`PnetCommandNode.target() calls ${keyed ? "with" : "without"} a network key`, async () => {
    await using world = await pair({ keyed });
    world.bob.register("add", (a: number, b = 10) => a + b);
    const { fn } = world.alice.target("bob");
    assertEquals(await fn.add(1), 11);
    assertEquals(await fn.add(1, 2), 3);
    assertEquals(await fn.add(1, { kwargs: { b: 3 } }), 4);
    assertEquals(await fn.add({ kwargs: { b: 3, a: 2 } }), 5);
    assertEquals(await world.alice.target("bob").call("add", [1], { kwargs: { b: 4 } }), 5);
  });
}

Deno.test("PnetCommandNode carries every value of JSON, of any length", async () => {
  await using world = await pair();
  world.bob.register("echo", (value: unknown) => value).register("nothing", () => {});
  for (const value of [null, true, -1.5, "", "é\u0000", [], [1, [2]], {}, { a: { b: null } }]) {
    assertEquals(await world.alice.target("bob").fn.echo(value), value);
  }
  const long = "x".repeat(40_000);
  assertEquals(await world.alice.target("bob").fn.echo(long), long);
  assertEquals(await world.alice.target("bob").fn.nothing(), null);
});

Deno.test("PnetCommandNode takes an argument with other keys than kwargs for an argument", async () => {
  await using world = await pair();
  world.bob.register("echo", (...values: unknown[]) => values);
  for (const value of [{ kwargs: {}, a: 1 }, { kwargs: null }, { kwargs: 1 }, [], {}]) {
    assertEquals(await world.alice.target("bob").fn.echo(value), [value]);
  }
});

Deno.test("PnetCommandNode refuses arguments and results that JSON can't hold", async () => {
  await using world = await pair();
  const values = [1n, new Uint8Array(1), new Map(), new Set(), NaN, Infinity, () => 1, Symbol()];
  let next = 0;
  world.bob.register("give", () => ({ deep: [values[next++]] }));
  for (const value of values) {
    const error = await assertRejects(
      () => world.alice.target("bob").call("give", [{ deep: [value] }]),
      SynapseError,
    );
    assertEquals(error.code, "not_supported");
    assertEquals((await failure(world.alice.target("bob").fn.give())).message, "bad return data");
  }
  assertEquals(next, values.length);
});

Deno.test("PnetCommandNode tells of errors with their codes", async () => {
  await using world = await pair();
  world.bob.register("add", (a: number, b = 10) => a + b)
    .register("shop", () => {
      throw new SynapseError("out_of_stock", "No apples left");
    })
    .register("boom", () => Promise.reject(new TypeError("kaboom")));
  const { fn } = world.alice.target("bob");
  for (
    const [call, code, message] of [
      [fn.shop(), "out_of_stock", "No apples left"],
      [fn.boom(), "internal_error", "kaboom"],
      [fn.add(), "invalid_params", "argument a is missing"],
      [fn.add(1, { kwargs: { c: 1 } }), "invalid_params", "no parameter"],
      [fn.nope(), "method_not_found", '"nope"'],
    ] as const
  ) {
    const error = await failure(call);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("PnetCommandNode refuses calls that are none", async () => {
  await using world = await pair();
  const advanced = new PnetAdvancedNode(world.alice.member);
  for (
    const text of ["", "{", "[]", "{}", '{"function":1}', '{"function":"a","args":{}}', "null"]
  ) {
    const stream = await advanced.send("bob", "handle", text) as ReadableStream<Uint8Array>;
    const answer = JSON.parse(await new Response(stream).text());
    assertEquals(answer.type, "error", text);
    assertStringIncludes(answer.description, "protocol_error: ");
  }
});

Deno.test("PnetCommandNode refuses a function that streams, by name", async () => {
  await using world = await pair();
  world.bob.register("ticks", async function* () {
    yield 1;
  });
  const error = await failure(world.alice.target("bob").fn.ticks());
  assertEquals(error.code, "not_supported");
  assertStringIncludes(error.message, "ticks");
});

Deno.test("PnetCommandNode publishes the functions of a registry, and lists those that aren't hidden", async () => {
  await using network = new TestNetwork();
  const alice = new PnetCommandNode(await network.join("alice"));
  const registry = new Registry();
  registry.register("sum", (...values: number[]) => values.reduce((a, b) => a + b, 0));
  registry.register("secret", () => 42, { hidden: true });
  new PnetCommandNode(await network.join("bob"), { registry });
  const bob = alice.target("bob");
  assertEquals(await bob.fn.sum(1, 2, 3), 6);
  assertEquals(await bob.fn.secret(), 42);
  assertEquals(await bob.fn.get_funcs(), ["get_peers", "get_funcs", "sum"]);
  assertEquals(await bob.fn.get_peers(), ["alice"]);
});

Deno.test("PnetCommandNode gives a function that wants it who calls, to call back", async () => {
  await using world = await pair();
  world.alice.register("whoami", () => "alice herself");
  let context: CallContext | undefined;
  world.bob.register("ask_back", async (_text: string, given: CallContext) => {
    context = given;
    return await given.peer.call("whoami");
  }, { context: true });
  const answer = await world.alice.target("bob").fn.ask_back({ kwargs: { _text: "hi" } });
  assertEquals(answer, "alice herself");
  assertEquals(context?.dialect, "pnet");
  assertEquals(context?.kwargs, { _text: "hi" });
  assertEquals(context?.peer.info?.name, "alice");
});

Deno.test("PnetCommandNode.target() calls several and all, and a dead one holds up nobody", async () => {
  await using world = await pair();
  world.bob.register("name", () => "bob");
  const carol = new PnetCommandNode(await world.network.join("carol"));
  carol.register("name", () => new Promise(() => {}));
  for (const target of ["*", ["bob", "carol", "nobody"]] as const) {
    const calls = world.alice.target(target).call("name", [], { timeoutMs: 500 });
    await world.network.clock.advance(500);
    const outcomes = await calls;
    assertEquals([...outcomes.keys()], target === "*" ? ["bob", "carol"] : [...target]);
    assertEquals(outcomes.get("bob"), { status: "fulfilled", value: "bob" });
    for (const name of [...outcomes.keys()].slice(1)) {
      assert((outcomes.get(name) as PromiseRejectedResult).reason instanceof TimeoutError);
    }
  }
  const named = await world.alice.target(["bob"]).fn.name();
  assertEquals([...named], [["bob", { status: "fulfilled", value: "bob" }]]);
});

Deno.test("PnetRemotePeer has one deadline for all connections of a call", async () => {
  await using world = await pair();
  world.bob.register("slow", () => new Promise(() => {}));
  const call = world.alice.target("bob").call("slow", [], { timeoutMs: 100 });
  const failed = assertRejects(() => call, TimeoutError, "call slow of bob");
  await world.network.clock.advance(100);
  await failed;
  assertEquals(world.network.members[0].connections, 0);
});

Deno.test("PnetRemotePeer says what it knows of somebody who isn't known yet", async () => {
  await using world = await pair();
  const carol = world.alice.target("carol");
  assertEquals(carol.info, { name: "carol", namespace: "labnet", window: 0 });
  assertEquals(carol.address, { scheme: "pnet", host: "labnet", port: 0, path: "/carol" });
  assertEquals(world.alice.target("bob").address.scheme, "memory");
});

Deno.test("PnetRemotePeer.stream() gives the result as the only item, and notify() waits for nothing", async () => {
  await using world = await pair();
  const called = Promise.withResolvers<unknown>();
  world.bob.register("add", (a: number, b: number) => a + b)
    .register("note", (text: string) => called.resolve(text));
  const bob = world.alice.target("bob");
  const items: unknown[] = [];
  for await (const item of bob.stream("add", [1, 2])) items.push(item);
  assertEquals(items, [3]);
  bob.notify("nope");
  bob.notify("note", ["hi"]);
  assertEquals(await called.promise, "hi");
});

Deno.test("PnetCommandNode takes calls and results up to maxCommandBytes", async () => {
  await using world = await pair({ limits: { maxCommandBytes: 1_000 } });
  world.bob.register("length", (text: string) => text.length);
  const overhead = JSON.stringify({ function: "length", args: [""], kwargs: {} }).length;
  const { fn } = world.alice.target("bob");
  assertEquals(await fn.length("x".repeat(1_000 - overhead)), 1_000 - overhead);
  assertEquals((await failure(fn.length("x".repeat(1_001 - overhead)))).code, "limit_exceeded");
});

Deno.test("PnetCommandNode is not shaken by keys such as __proto__", async () => {
  await using world = await pair();
  world.bob.register("echo", (value: unknown) => value);
  const error = await failure(
    world.alice.target("bob").call("echo", [], { kwargs: JSON.parse('{"__proto__": 1}') }),
  );
  assertEquals(error.code, "invalid_params");
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
});
