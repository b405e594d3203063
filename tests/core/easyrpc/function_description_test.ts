import { assertEquals } from "@std/assert";
import { describeFunction } from "../../../core/easyrpc/function_description.ts";
import type { Handler } from "../../../core/endpoint.ts";
import { Registry } from "../../../core/registry.ts";
import { actionOf, vectorText } from "../../support/easyrpc_vectors.ts";

interface PythonParameter {
  readonly name: string;
  readonly kind: string;
  readonly default: { readonly kind: string; readonly value?: unknown };
}

function describe(handler: Handler, description?: string) {
  const { info } = new Registry().register("f", handler, { description });
  return describeFunction(info) as {
    readonly sig: { readonly parameters: readonly PythonParameter[]; readonly doc: unknown };
  };
}

/** As Python writes a signature, `=` for a default. */
function signatureOf(handler: Handler): string {
  const kinds: Record<string, (name: string) => string> = {
    POSITIONAL_ONLY: (name) => `${name}/`,
    POSITIONAL_OR_KEYWORD: (name) => name,
    VAR_POSITIONAL: (name) => `*${name}`,
  };
  return describe(handler).sig.parameters.map(({ name, kind, default: given }) =>
    kinds[kind](name) + (given.kind === "value" ? "=" : "")
  ).join(" ");
}

Deno.test("describeFunction() describes a function as a real server does", () => {
  const { funcs } = actionOf(vectorText("connect.7")).response as {
    readonly funcs: readonly Record<string, unknown>[];
  };
  const { info } = new Registry().register("add", (a: number, b: number) => a + b, {
    description: "Add two values.",
  });
  assertEquals(describeFunction(info), funcs[0].add);
});

for (
  const [source, text] of [
    ["() => 0", ""],
    ["(a, b = 1, ...rest) => 0", "a b= *rest"],
    ["(a, b) => 0", "a b"],
    ["(a, $b, c) => 0", "a/ arg1/ c"],
    ["(a, lambda, c = 1) => 0", "a/ arg1/ c="],
    ["(a, é) => 0", "a/ arg1/"],
    ["({ a }, b) => 0", "arg0/ b"],
    ["(a = 1, b) => 0", "a b"],
    ["(arg1, { a }) => 0", "arg1/ arg1_/"],
    ["(...from) => 0", "*arg0"],
    ["(a, ...$rest) => 0", "a *arg1"],
    ["Math.max", "arg0/= arg1/= *args"],
  ]
) {
  Deno.test(`describeFunction() makes Python's (${text}) of ${source}`, () => {
    assertEquals(signatureOf((0, eval)(source)), text);
  });
}

Deno.test("describeFunction() tells the defaults that Python has too", () => {
  const defaults = (handler: Handler) =>
    describe(handler).sig.parameters.map((parameter) => parameter.default);
  const shown = defaults((a = 1.5, b = "x", c = true, d = null, e = [1], f = Date) => [
    a,
    b,
    c,
    d,
    e,
    f,
  ]);
  assertEquals(
    shown,
    [1.5, "x", true, null, null, null].map((v) => ({ kind: "value", value: { k: "prim", v } })),
  );
});

Deno.test("describeFunction() has no description where there is none", () => {
  assertEquals(describe(() => {}).sig.doc, null);
  assertEquals(describe(() => {}, "Does.").sig.doc, "Does.");
});
