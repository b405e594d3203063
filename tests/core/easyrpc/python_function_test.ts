import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseFunctions, PythonFunction } from "../../../core/easyrpc/python_function.ts";
import { DecodeError, SynapseError } from "../../../core/errors.ts";
import { parseEndpoints } from "../../../core/endpoint_info.ts";
import { formatSignature } from "../../../core/signature.ts";
import { RUNS } from "../../support/arbitraries.ts";
import { actionOf, vectorText } from "../../support/easyrpc_vectors.ts";

const FUNCTIONS = parseFunctions(actionOf(vectorText("connect.7")).response, 1_000);

function mistakeIn(
  name: string,
  args: readonly unknown[],
  kwargs?: Record<string, unknown>,
): string | undefined {
  try {
    FUNCTIONS.get(name)!.check(args, kwargs);
  } catch (error) {
    assertEquals((error as SynapseError).code, "invalid_params");
    return (error as SynapseError).message.replace(`Cannot call ${name} as `, "");
  }
}

Deno.test("parseFunctions() reads all that a real server publishes", () => {
  const shown = [...FUNCTIONS.values()].map(({ info }) => formatSignature(info.name, info));
  assertEquals(shown, [
    "add(a, b)",
    "sum(a, b)",
    'greet(name, greeting = "Hello", punct = "!")',
    'varargs(first, sep = ",", ...args)',
    "typed(a, b = 1.5, c = null, d = 0, e = …, f = null)",
    "posonly(a, b, c = 3)",
    'defaults(a = null, b = true, c = -1.25, d = "x", e = …, f = …)',
    "literal(mode)",
    "echo(value)",
    "aecho(value)",
    "mapping(value)",
    "counter(n)",
    "acounter(n)",
    "broken_generator(n)",
    "boom()",
    "aboom()",
  ]);
  assertEquals(FUNCTIONS.get("add")!.description, "Add two values.");
  assertEquals(FUNCTIONS.get("sum")!.description, undefined);
});

Deno.test("PythonFunction.info is what our own signatures are read from", () => {
  const infos = [...FUNCTIONS.values()].map(({ info }) => info);
  assertEquals(parseEndpoints(infos), infos);
});

const taken: readonly (readonly [string, readonly unknown[], Record<string, unknown>?])[] = [
  ["add", [1, 2]],
  ["add", [], { a: 1, b: 2 }],
  ["add", ["x"], { b: null }],
  ["sum", [1, true]],
  ["sum", [1, 2n ** 70n]],
  ["greet", ["Bob"], { punct: "?" }],
  ["varargs", [1, 2, 3], { sep: "-", extra: { a: null } }],
  ["typed", [1, 2, null, "x", [1, 2]]],
  ["typed", [1], { c: "x", d: 5, f: new Date() }],
  ["posonly", [1], { b: 2, c: 3 }],
  ["literal", ["w"]],
  ["boom", []],
];
for (const [name, args, kwargs] of taken) {
  Deno.test(`PythonFunction takes ${name} with ${args.length} arguments ${Object.keys(kwargs ?? {})}`, () => {
    assertEquals(mistakeIn(name, args, kwargs), undefined);
  });
}

const refused:
  readonly (readonly [string, string, readonly unknown[], Record<string, unknown>?])[] = [
    ["arguments are missing: a, b", "add", []],
    ["arguments are missing: b", "add", [1]],
    ["it takes 2 positional arguments: got 3", "add", [1, 2, 3]],
    ["argument a is given twice, by position and by name", "add", [1], { a: 1, b: 2 }],
    ['it has no parameter "bb": did you mean b', "add", [1], { bb: 2 }],
    ["argument b must be int: got string", "sum", [1, "2"]],
    ["argument b must be int: got number", "sum", [1, 1.5]],
    ["argument a must be int: got null", "sum", [null, 1]],
    ["argument name must be str: got number", "greet", [5]],
    ["argument c must be str | None: got number", "typed", [1, 2, 5]],
    ["argument e must be list[int]: got a list", "typed", [1, 2, "", 1, ["x"]]],
    ['it has no parameter "a"', "posonly", [], { a: 1, b: 2 }],
    ["it takes 2 positional arguments: got 3", "posonly", [1, 2, 3]],
    ['argument mode must be Literal["r", "w"]: got string', "literal", ["x"]],
    ["it takes 0 positional arguments: got 1", "boom", [1]],
  ];
for (const [reason, name, args, kwargs] of refused) {
  Deno.test(`PythonFunction refuses ${name}: ${reason}`, () => {
    assertEquals(mistakeIn(name, args, kwargs), reason);
  });
}

const typed = (annotation: unknown): PythonFunction =>
  new PythonFunction("f", {
    sig: {
      version: 1,
      parameters: [{
        name: "a",
        kind: "POSITIONAL_OR_KEYWORD",
        default: { kind: "empty" },
        annotation,
      }],
    },
  });
const builtin = (qualname: string) => ({ kind: "type", module: "builtins", qualname });

for (
  const [type, annotation, good, bad] of [
    ["float", builtin("float"), [1, 1.5, 2n], ["1", true, null]],
    ["bool", builtin("bool"), [true], [1, "true"]],
    ["dict", builtin("dict"), [{}, new Map()], [[], null]],
    ["tuple", builtin("tuple"), [[]], [{}, "x"]],
    ["NoneType", builtin("NoneType"), [null, undefined], [0]],
    ["None", { kind: "none" }, [null, undefined], [0]],
    ["Decimal", { kind: "type", module: "decimal", qualname: "Decimal" }, [1, "x", null], []],
    ["bytes", builtin("bytes"), ["x"], []],
    ["constructor", builtin("constructor"), ["x"], []],
    ["Annotated[int]", { kind: "annotated", base: builtin("int"), metadata: [] }, [1], ["x"]],
    [
      "dict[str, int]",
      { kind: "generic", origin: builtin("dict"), args: [builtin("str"), builtin("int")] },
      [{ a: 1 }, new Map([["a", 1]]), {}],
      [{ a: "x" }, []],
    ],
    [
      "tuple[int, ...]",
      {
        kind: "generic",
        origin: builtin("tuple"),
        args: [builtin("int"), { kind: "ellipsis" }],
      },
      [[1], ["x"]],
      [{}],
    ],
    ["a literal of an enum", { kind: "literal", values: [{ k: "enum_member" }] }, [1, "x"], []],
    ["nothing known", { kind: "wild" }, [1], []],
    ["nothing", undefined, [1], []],
    ["an empty union", { kind: "union", args: [] }, [1], []],
  ] as const
) {
  Deno.test(`PythonFunction checks ${type}`, () => {
    for (const value of good) typed(annotation).check([value]);
    for (const value of bad) assertThrows(() => typed(annotation).check([value]), SynapseError);
  });
}

Deno.test("PythonFunction takes types that never end for any", () => {
  let annotation: unknown = builtin("int");
  for (let depth = 0; depth < 1_000; depth++) {
    annotation = { kind: "generic", origin: builtin("list"), args: [annotation] };
  }
  let value: unknown = "x";
  for (let depth = 0; depth < 20; depth++) value = [value];
  typed(annotation).check([value]);
  assertThrows(() => typed(annotation).check(["x"]), SynapseError);
});

const plain = (name: string, kind = "POSITIONAL_OR_KEYWORD") => ({
  name,
  kind,
  default: { kind: "empty" },
  annotation: { kind: "empty" },
});
for (
  const [what, sig] of [
    ["none at all", undefined],
    ["that of releases up to 0.248", { f: { a: { name: "a", kind: 1, annotation: "gASV" } } }],
    ["another version", { version: 2, parameters: [] }],
    ["no parameters", { version: 1 }],
    ["too many parameters", { version: 1, parameters: Array(65).fill(plain("a")) }],
    ["a name that is none", { version: 1, parameters: [plain("a b")] }],
    ["a long name", { version: 1, parameters: [plain("a".repeat(65))] }],
    ["a kind that is none", { version: 1, parameters: [plain("a", "toString")] }],
  ] as const
) {
  Deno.test(`PythonFunction leaves unchecked what is described in another way: ${what}`, () => {
    const unknown = new PythonFunction("f", { sig });
    unknown.check([1, 2, 3], { any: 1 });
    assertEquals(formatSignature("f", unknown.info), "f(...args)");
  });
}

for (const answer of [undefined, null, 5, "RuntimeError('x')", [], {}, { funcs: {} }]) {
  Deno.test(`parseFunctions() refuses ${JSON.stringify(answer)}`, () => {
    assertThrows(() => parseFunctions(answer, 10), DecodeError, "no list");
  });
}

Deno.test("parseFunctions() bounds how many there are, and passes over what can't be one", () => {
  const funcs = (count: number) => Array.from({ length: count }, (_, i) => ({ [`f${i}`]: {} }));
  assertEquals(parseFunctions({ funcs: funcs(10) }, 10).size, 10);
  const error = assertThrows(() => parseFunctions({ funcs: funcs(11) }, 10), DecodeError);
  assertEquals(error.reason, "limit");
  const odd = [null, 5, "x", {}, { "": {} }, { ["x".repeat(257)]: {} }, { ok: null }];
  assertEquals([...parseFunctions({ funcs: odd }, 10).keys()], ["ok"]);
});

Deno.test("parseFunctions() and check() take or refuse whatever comes, and throw nothing else", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.jsonValue(),
      fc.array(fc.jsonValue()),
      (sig, annotation, args) => {
        for (
          const config of [{ sig }, { sig: { version: 1, parameters: sig } }, {
            sig: { version: 1, parameters: [{ ...plain("a"), annotation, default: sig }] },
          }]
        ) {
          const [known] = parseFunctions({ funcs: [{ f: config }] }, 10).values();
          parseEndpoints([known.info]);
          try {
            known.check(args);
          } catch (error) {
            assertEquals((error as SynapseError).code, "invalid_params");
          }
        }
      },
    ),
    RUNS,
  );
});
