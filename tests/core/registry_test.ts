import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { SynapseError } from "../../core/errors.ts";
import type { EndpointOptions, Handler } from "../../core/endpoint.ts";
import { Registry } from "../../core/registry.ts";
import { createSchema } from "../support/schema.ts";

const context = { dialect: "test" } as CallContext;

function register(handler: Handler, options?: EndpointOptions) {
  return new Registry().register("f", handler, options);
}

Deno.test("Registry finds what is published, under its name and no other", () => {
  const registry = new Registry();
  const endpoint = registry.register("a.b", () => 1);
  assertEquals(registry.get("a.b"), endpoint);
  for (const name of ["a", "A.b", "", "toString", "__proto__", "constructor"]) {
    assertEquals(registry.get(name), undefined);
  }
  const replaced = registry.register("a.b", () => 2);
  assertEquals(registry.get("a.b"), replaced);
  assertEquals([registry.unregister("a.b"), registry.unregister("a.b")], [true, false]);
  assertEquals(registry.get("a.b"), undefined);
  const odd = registry.register("__proto__", () => 3);
  assertEquals(registry.get("__proto__"), odd);
});

Deno.test("Registry.register() refuses an empty name, and more than its limit", () => {
  const registry = new Registry(2);
  assertThrows(() => registry.register("", () => 1), TypeError, "its name is empty");
  registry.register("a", () => 1);
  registry.register("b", () => 1);
  registry.register("b", () => 1);
  assertThrows(() => registry.register("c", () => 1), RangeError, "there are 2 already");
});

Deno.test("Registry.list() tells names, parameters and descriptions, in order of name", () => {
  const registry = new Registry();
  const described = Object.assign(() => 1, { description: "By property" });
  registry.register("c", function* (n: number, ...rest: number[]) {
    yield [n, rest];
  });
  registry.register("a", described);
  registry.register("b", described, { description: "By option" });
  registry.register("hidden", () => 1, { hidden: true });
  registry.register("d", (x: number, _context: CallContext) => x, { context: true });
  const positional = { kind: "positional", optional: false };
  assertEquals(registry.list(), [
    { name: "a", parameters: [], stream: false, description: "By property" },
    { name: "b", parameters: [], stream: false, description: "By option" },
    {
      name: "c",
      parameters: [{ name: "n", ...positional }, { name: "rest", kind: "rest", optional: true }],
      stream: true,
    },
    { name: "d", parameters: [{ name: "x", ...positional }], stream: false },
  ] as unknown as ReturnType<Registry["list"]>);
});

Deno.test("Registry.notFound() gives the nearest name that is listed, where asked to", () => {
  const registry = new Registry();
  registry.register("broadcast", () => 1);
  registry.register("brodcast2", () => 1, { hidden: true });
  assertEquals(
    registry.notFound("brodcast").message,
    'Cannot call "brodcast" as no such function is published here: did you mean broadcast?',
  );
  assertEquals(
    registry.notFound("brodcast", false).message,
    'Cannot call "brodcast" as no such function is published here',
  );
  const long = registry.notFound("\n".repeat(10_000));
  assertEquals(long.code, "method_not_found");
  assertEquals(long.message.length < 250, true);
});

Deno.test("Endpoint.invoke() gives a plain result at once, whatever checks it", () => {
  const list = createSchema((value) => value);
  assertEquals(register((a: number) => a + 1).invoke([1], undefined), 2);
  assertEquals(
    register((a: number) => a + 1, { args: list, result: list }).invoke([1], undefined),
    2,
  );
});

Deno.test("Endpoint.invoke() binds, checks, runs and checks, in that order", async () => {
  const log: string[] = [];
  const noting = (what: string, value: (value: unknown) => unknown = (value) => value) =>
    createSchema((given) => {
      log.push(`${what} ${JSON.stringify(given)}`);
      return value(given);
    });
  const endpoint = register((a: number, b = 5) => {
    log.push("run");
    return Promise.resolve(a + b);
  }, {
    args: noting("args", (value) => (value as number[]).map((n) => (n ?? 10) * 2)),
    result: noting("result", (value) => ({ sum: value })),
  });
  assertEquals(await endpoint.invoke([1], { b: 2 }), { sum: 6 });
  assertEquals(log, ["args [1,2]", "run", "result 6"]);
  assertThrows(() => endpoint.invoke([], undefined), SynapseError, "argument a is missing");
  assertEquals(log.length, 3);
});

Deno.test("Endpoint.invoke() puts the context behind all parameters", () => {
  const seen = (...all: unknown[]) => all;
  assertEquals(
    register((a: number, context: CallContext) => seen(a, context), { context: true })
      .invoke([1], undefined, context),
    [1, context],
  );
  const optional = register((a = 1, b = 2, context?: CallContext) => seen(a, b, context), {
    context: true,
  });
  assertEquals(optional.invoke([], undefined, context), [1, 2, context]);
  assertEquals(optional.invoke([5], undefined, context), [5, 2, context]);
  assertEquals(optional.invoke([], { b: 7 }, context), [1, 7, context]);
  const rest = register((...all: unknown[]) => seen(...all), { context: true });
  assertEquals(rest.invoke([1, 2], undefined, context), [1, 2, context]);
});

Deno.test("Endpoint.invoke() checks each item of a stream, one at a time", async () => {
  let yields = 0;
  const endpoint = register(function* () {
    for (;;) yield yields++;
  }, { result: createSchema((n) => (n as number) < 3 ? `n${n}`.length > 0 && { n } : "too many") });
  const items = endpoint.invoke([], undefined) as AsyncGenerator<unknown>;
  assertEquals((await items.next()).value, { n: 0 });
  assertEquals(yields, 1);
  await items.next();
  await items.next();
  const error = await items.next().catch((error) => error);
  assertInstanceOf(error, SynapseError);
  assertEquals(error.code, "internal_error");
  assertEquals((await items.next()).done, true);
  assertEquals(yields, 4);
});
