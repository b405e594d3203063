import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError, SynapseError } from "../../core/errors.ts";
import { scanParameters } from "../../core/parameter_scanner.ts";
import {
  bindArguments,
  createSignature,
  formatSignature,
  type Parameter,
  parseSignature,
  publishSignature,
  readSignature,
} from "../../core/signature.ts";

type AnyFunction = (...args: never[]) => unknown;

/** From text, so that no compiler touches what is to be read. */
function evaluate<Value>(expression: string): Value {
  return new Function(`"use strict"; return (${expression});`)();
}

/** The only function in an object or class. */
function onlyMethod(expression: string): AnyFunction {
  const holder = evaluate<object>(expression);
  const ofEveryClass: PropertyKey[] = ["length", "name", "prototype"];
  return Reflect.get(holder, Reflect.ownKeys(holder).find((key) => !ofEveryClass.includes(key))!);
}

function signatureText(handler: AnyFunction): string {
  return formatSignature("f", readSignature(handler));
}

const FUNCTIONS: Readonly<Record<string, string>> = {
  "function () {}": "f()",
  "function (a, b) {}": "f(a, b)",
  "function named(a, b = 1, ...rest) {}": "f(a, b = 1, ...rest)",
  "async function (a) {}": "f(a)",
  "function* (a) {}": "stream f(a)",
  "async function* named(a) {}": "stream f(a)",
  "() => 1": "f()",
  "a => a": "f(a)",
  "$_ => 1": "f($_)",
  "(a) => (b) => 1": "f(a)",
  "a => (b, c) => 1": "f(a)",
  "a => b => 1": "f(a)",
  "async a => a": "f(a)",
  "async (a, b) => a": "f(a, b)",
  "async => 1": "f(async)",
  "async (async) => 1": "f(async)",
  "(größe, 名前, $, _, ℮) => 1": "f(größe, 名前, $, _, ℮)",
  "(get, set, of, async, let_) => 1": "f(get, set, of, async, let_)",
  "(a, b,) => 1": "f(a, b)",
  "(\n  a,\n  b,\n) => 1": "f(a, b)",
  // Comments.
  "/* before ( */ function /* ) */ named /* ( */ (/* a, */ a /* , */, // b)\n b) {}": "f(a, b)",
  "(a /* = 1 */, b = /* , */ 2 // )\n) => 1": "f(a, b = 2)",
  "a /* (b) */ => 1": "f(a)",
  "(/**/) => 1": "f()",
  "(a = 1 /* one */ + 2) => 1": "f(a = 1 + 2)",
  // Literals in defaults.
  "(a = ')', b = \"(,\", c = ',\\'') => 1": "f(a = ')', b = \"(,\", c = ',\\'')",
  "(a = `,)${`}${1 + (2)}`},`, b) => 1": "f(a = `,)${`}${1 + (2)}`},`, b)",
  "(a = `\\`${'`'}`, b = 1) => 1": "f(a = `\\`${'`'}`, b = 1)",
  "(a = /[)/,]\\/,/u, b) => 1": "f(a = /[)/,]\\/,/u, b)",
  "(a = 6 / 2, b = 3 / 1) => 1": "f(a = 6 / 2, b = 3 / 1)",
  "(a = (6) / 2, b = [3][0] / 1, c) => 1": "f(a = (6) / 2, b = [3][0] / 1, c)",
  "(a = typeof /,/, b) => 1": "f(a = typeof /,/, b)",
  "(a = { return: 4 }.return / 2, b = '/') => 1": "f(a = { return: 4 }.return / 2, b = '/')",
  "(a = 1, b = a++ / 2, c = '/') => 1": "f(a = 1, b = a++ / 2, c = '/')",
  "(a = 1. / 2, b = '/', c = .5 / 1e-3) => 1": "f(a = 1. / 2, b = '/', c = .5 / 1e-3)",
  "(a = {} / 2, b = '/') => 1": "f(a = {} / 2, b = '/')",
  "(a = () => { if (1) /,/.test(''); }, b) => 1": "f(a = () => { if (1) /,/.test(''); }, b)",
  "(a = () => { {} /,/.test(''); }, b) => 1": "f(a = () => { {} /,/.test(''); }, b)",
  "(a = () => { if (1) {} /,/.test(''); }, b) => 1": "f(a = () => { if (1) {} /,/.test(''); }, b)",
  "(a = function () {} / 2, b = '/', c) => 1": "f(a = function () {} / 2, b = '/', c)",
  "(a = { if: (b) => b }.if(4) / 2, b = '/') => 1": "f(a = { if: (b) => b }.if(4) / 2, b = '/')",
  "(a = function () { return /[,)]/ }, b) => 1": "f(a = function () { return /[,)]/ }, b)",
  "(a = class { static x = [1, 2]; }, b) => 1": "f(a = class { static x = [1, 2]; }, b)",
  "(a = { b: [1, (2, 3)] }, c = [,]) => 1": "f(a = { b: [1, (2, 3)] }, c = [,])",
  "(a = (b, c) => b, d = x => x) => 1": "f(a = (b, c) => b, d = x => x)",
  "(a = b => { return b, 1 }, c) => 1": "f(a = b => { return b, 1 }, c)",
  "(a = 1 == 1, b = 1 >= 2, c = 1 === 1) => 1": "f(a = 1 == 1, b = 1 >= 2, c = 1 === 1)",
  "(a = undefined, b = null) => 1": "f(a = undefined, b = null)",
  "(a = {\n    b: 1,\n    c: 2,\n  }) => 1": "f(a = { b: 1, c: 2, })",
  "(a = 1, b) => 1": "f(a = 1, b)",
  // Parameters without a name.
  "({ a, b }) => 1": "f(arg0)",
  "(a, [b, c], { d = ')' } = {}) => 1": "f(a, arg1, arg2 = {})",
  "({ a: { b = [1, 2] }, ...c }, ...[d, e]) => 1": "f(arg0, ...arg1)",
  "(\\u0061bc, b) => 1": "f(arg0, b)",
  [`(${"x".repeat(64)}, ${"y".repeat(65)}) => 1`]: `f(${"x".repeat(64)}, arg1)`,
  // Long defaults.
  [`(a = "${"x".repeat(58)}") => 1`]: `f(a = "${"x".repeat(58)}")`,
  [`(a = "${"x".repeat(59)}", b) => 1`]: `f(a = "${"x".repeat(58)}…, b)`,
  "(a = '\u001b[31m\u202e') => 1": "f(a = ' [31m ')",
  // No source, or more of it than anybody would read.
  "Math.max": "f(arg0?, arg1?, ...args)",
  "[].push": "f(arg0?, ...args)",
  "Date.now": "f(...args)",
  "((a, b) => 1).bind(null)": "f(arg0?, arg1?, ...args)",
  "((a, b) => 1).bind(null, 1)": "f(arg0?, ...args)",
  "(async function* (a) {}).bind(null)": "stream f(arg0?, ...args)",
  "new Proxy((a) => 1, {})": "f(arg0?, ...args)",
  "() => '{ [native code] }'": "f()",
  "class { constructor(a) {} }": "f(arg0?, ...args)",
  "Object.defineProperty((a) => 1, 'length', { value: 2 })": "f(arg0?, arg1?, ...args)",
  "Object.defineProperty((a) => 1, 'length', { value: 'x' })": "f(...args)",
  "Object.defineProperty((a) => 1, 'toString', { value: () => '(b, c) => 1' })": "f(a)",
};

for (const [source, text] of Object.entries(FUNCTIONS)) {
  Deno.test(`readSignature() reads ${source}`, () => {
    assertEquals(signatureText(evaluate(source)), text);
  });
}

const METHODS: Readonly<Record<string, string>> = {
  "{ m(a, b = 1) {} }": "f(a, b = 1)",
  "{ async m(a) {} }": "f(a)",
  "{ *m(a) {} }": "stream f(a)",
  "{ async * m(a) {} }": "stream f(a)",
  "{ async*[`m(${1})`](a) {} }": "stream f(a)",
  "{ 'quoted (name)'(a) {} }": "f(a)",
  '{ async "=> (x)"(a) {} }': "f(a)",
  "{ [`a${'('}` + (1, 2)](a) {} }": "f(a)",
  "{ [/[(]/.source](a) {} }": "f(a)",
  "{ 1.5(a) {} }": "f(a)",
  "{ async(a) {} }": "f(a)",
  "{ get(a) {} }": "f(a)",
  "{ function(a) {} }": "f(a)",
  "{ m: (a) => 1 }": "f(a)",
  "{ m /* (x) */ (a) {} }": "f(a)",
  "{ [Symbol.iterator](a) {} }": "f(a)",
  "class { static m(a, b) {} }": "f(a, b)",
  "class { static async *m(a) {} }": "stream f(a)",
  "class { static 'm'(a) {} }": "f(a)",
  "class { static [(() => 'm')()](a) {} }": "f(a)",
  "class { static m = (a) => 1 }": "f(a)",
  "class { static #m(a, b) {} static n = this.#m; }": "f(a, b)",
};

for (const [source, text] of Object.entries(METHODS)) {
  Deno.test(`readSignature() reads the method in ${source}`, () => {
    assertEquals(signatureText(onlyMethod(source)), text);
  });
}

Deno.test("readSignature() reads every field", () => {
  const { parameters, ...rest } = readSignature(
    evaluate("function* (a, { b }, c = 1, ...d) {}"),
  );
  assertEquals(rest, { stream: true, minArguments: 2, maxArguments: 2 ** 30 - 1 });
  assertEquals(parameters, [
    { name: "a", kind: "positional", optional: false },
    { name: "arg1", kind: "positional", optional: false, unnamed: true },
    { name: "c", kind: "positional", optional: true, default: "1" },
    { name: "d", kind: "rest", optional: true },
  ]);
});

const WITHOUT_LAST: Readonly<Record<string, string>> = {
  "(a, b, context) => 1": "f(a, b)",
  "(a, b = 1, context) => 1": "f(a, b = 1)",
  "(a, { signal }) => 1": "f(a)",
  "context => 1": "f()",
  "() => 1": "f()",
  "(a, ...rest) => 1": "f(a, ...rest)",
  "((a, context) => 1).bind(null)": "f(arg0?, arg1?, ...args)",
};

for (const [source, text] of Object.entries(WITHOUT_LAST)) {
  Deno.test(`readSignature() leaves the last parameter out of ${source}`, () => {
    const signature = readSignature(evaluate(source), { withoutLast: true });
    assertEquals(formatSignature("f", signature), text);
  });
}

Deno.test("readSignature() shows no more than 64 parameters", () => {
  const withMany = (count: number) =>
    readSignature(evaluate(`(${Array.from({ length: count }, (_, i) => `p${i}`)}) => 1`));
  assertEquals(withMany(64).parameters.at(-1)?.name, "p63");
  const guessed = withMany(65);
  assertEquals([guessed.parameters.length, guessed.parameters.at(-1)?.kind], [64, "rest"]);
  assertEquals([guessed.minArguments, guessed.maxArguments], [0, 2 ** 30 - 1]);
});

/** Everything that could be mistaken for the end of a parameter, in any nesting. */
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      "1",
      "1.5 / 2",
      "x / y / z",
      "'),('",
      '"\\"],"',
      "`\\`,${1})`",
      "/[/),]\\//g",
      "null",
      "a => a",
      "!/,/",
      "{}",
      "x.return / 2",
    ),
    fc.tuple(
      tie("expression"),
      fc.constantFrom(" + ", " /* , */ , ", " || ", " // )\n == "),
      tie("expression"),
    )
      .map(([left, operator, right]) => `((${left})${operator}(${right}))`),
    tie("expression").map((inner) => `[${inner}, 1]`),
    tie("expression").map((inner) => `({ a: ${inner}, "b)": 1 })`),
    tie("expression").map((inner) => `\`,)\${${inner}}(\``),
    tie("expression").map((inner) =>
      `(a, b = ${inner}) => { if (a) /,/.exec(b); return ${inner}; }`
    ),
    tie("expression").map((inner) =>
      `function* (a = ${inner}) { {} /[)]/.exec(a); yield ${inner}; }`
    ),
    tie("expression").map((inner) => `class { static m(a = ${inner}) {} }`),
  ),
}));

/** The underscore becomes the parameter's index. */
const parameterSource: fc.Arbitrary<{ source: string; name?: string; default?: string }> = fc.oneof(
  fc.constantFrom("{ x_ }", "[x_, y_]", "{ x: [y_ = ')'], ...z_ }").map((source) => ({ source })),
  fc.constantFrom("{ x_ } = {}", "[x_, y_] = [1, 2]").map((source) => ({ source, default: "any" })),
  fc.constant({ source: "name_", name: "name" }),
  expression.filter((text) => text !== "{}").map((text) => ({
    source: `name_ = ${text}`,
    name: "name",
    default: text,
  })),
);

const FORMS: ReadonlyArray<(parameters: string) => AnyFunction> = [
  (parameters) => evaluate(`(${parameters}) => 1`),
  (parameters) => evaluate(`async(${parameters})=>{}`),
  (parameters) => evaluate(`function /* ( */ f(${parameters}) {}`),
  (parameters) => evaluate(`async function * (${parameters}) {}`),
  (parameters) => onlyMethod(`{ async * ["m" + (1)](${parameters}) {} }`),
  (parameters) => onlyMethod(`class { static "(" (${parameters}) {} }`),
];

Deno.test("readSignature() reads any parameters in any form of function", () => {
  const lists = fc.array(parameterSource, { maxLength: 4 });
  const separator = fc.constantFrom(",", " , ", ", // ,)\n", "/* ) */,");
  const form = fc.constantFrom(...FORMS);
  fc.assert(
    fc.property(lists, separator, fc.boolean(), form, (list, comma, hasRest, build) => {
      const sources = list.map(({ source }, index) => source.replaceAll("_", `${index}`));
      const all = hasRest ? [...sources, "...rest"] : sources;
      const { parameters } = readSignature(build(all.join(comma)));
      const named = list.map(({ name }, index) => name ? `name${index}` : `arg${index}`);
      assertEquals(parameters.map(({ name }) => name), hasRest ? [...named, "rest"] : named);
      assertEquals(
        parameters.slice(0, list.length).map(({ optional }) => optional),
        list.map((parameter) => parameter.default !== undefined),
      );
      assertEquals(parameters.some(({ kind }) => kind === "rest"), hasRest);
    }),
    { numRuns: 500 },
  );
});

const PIECES = [
  ..."()[]{}`'\"/\\,=*.;:?+-$#@ \n\u2028aé0",
  "=>",
  "...",
  "${",
  "/*",
  "*/",
  "//",
  "function",
  "async",
  "return",
  "if",
  "class",
  "\ud800",
];

Deno.test("scanParameters() neither throws nor hangs on any text", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (pieces) => {
      scanParameters(pieces.join(""));
      scanParameters(`(a = ${pieces.join("")}`);
    }),
    { numRuns: 2_000 },
  );
});

const NOT_FUNCTIONS = [
  "",
  "a",
  "(",
  "(a",
  "(a,",
  "(a = ",
  "(a = 1",
  "(a b) => 1",
  "(...",
  "({ a) => 1",
  "(a = [) ]) => 1",
  "(a = ') => 1",
  "(a = `${1) => 1",
  "(a = /\n/, b) => 1",
  "(a /* ) => 1",
  "class { m(a) {} }",
];

for (const text of NOT_FUNCTIONS) {
  Deno.test(`scanParameters() finds no function in ${JSON.stringify(text)}`, () => {
    assertEquals(scanParameters(text), undefined);
  });
}

/** Each is over in milliseconds, or in hours were the scanner to go back over what it has read. */
for (
  const piece of ["(", "/[", "/*", "//", "`${", "'", "a=>", "{/", "/\n", "\\", " ", "(a,", "}"]
) {
  Deno.test(`scanParameters() reads 200,000 times ${JSON.stringify(piece)}`, () => {
    scanParameters(`(a = ${piece.repeat(200_000)}`);
    scanParameters(piece.repeat(200_000));
  });
}

function signatureOf(source: string) {
  return readSignature(evaluate(source));
}

const BOUND: ReadonlyArray<{
  readonly source: string;
  readonly args: readonly unknown[];
  readonly kwargs?: Record<string, unknown>;
  readonly bound: readonly unknown[];
}> = [
  { source: "() => 1", args: [], bound: [] },
  { source: "(a, b) => 1", args: [1, 2], bound: [1, 2] },
  { source: "(a, b) => 1", args: [1], kwargs: { b: 2 }, bound: [1, 2] },
  { source: "(a, b) => 1", args: [], kwargs: { b: 2, a: 1 }, bound: [1, 2] },
  { source: "(a, b = 1) => 1", args: [1], bound: [1] },
  { source: "(a, b = 1) => 1", args: [1], kwargs: {}, bound: [1] },
  { source: "(a, b = 1, c = 2) => 1", args: [1], kwargs: { c: 3 }, bound: [1, undefined, 3] },
  { source: "(a = 1, b) => 1", args: [], kwargs: { b: 2 }, bound: [undefined, 2] },
  { source: "(a, ...rest) => 1", args: [1, 2, 3], bound: [1, 2, 3] },
  { source: "(a, ...rest) => 1", args: [], kwargs: { a: 1 }, bound: [1] },
  { source: "(a) => 1", args: [], kwargs: { a: undefined }, bound: [undefined] },
  { source: "({ x }, b) => 1", args: [{ x: 1 }], kwargs: { b: 2 }, bound: [{ x: 1 }, 2] },
  { source: "Math.max", args: [1, 2, 3], bound: [1, 2, 3] },
  { source: "Math.max", args: [], bound: [] },
  { source: "(__proto__) => 1", args: [], kwargs: JSON.parse('{"__proto__":1}'), bound: [1] },
];

for (const { source, args, kwargs, bound } of BOUND) {
  const call = `${JSON.stringify(args)} and ${JSON.stringify(kwargs)}`;
  Deno.test(`bindArguments() binds ${call} to ${source}`, () => {
    assertEquals(bindArguments("f", signatureOf(source), args, kwargs), bound);
  });
}

Deno.test("bindArguments() gives back the list itself when there is nothing to add", () => {
  const args = [1, 2];
  assertStrictEquals(bindArguments("f", signatureOf("(a, b, c = 1) => 1"), args), args);
  assertStrictEquals(bindArguments("f", signatureOf("(...rest) => 1"), args), args);
});

Deno.test("bindArguments() leaves the given list alone", () => {
  const args = Object.freeze([1]);
  assertEquals(bindArguments("f", signatureOf("(a, b) => 1"), args, { b: 2 }), [1, 2]);
});

Deno.test("bindArguments() leaves room for defaults to apply", () => {
  const handler = evaluate<(...args: unknown[]) => unknown>("(a, b = 10, c = 100) => a + b + c");
  assertEquals(handler(...bindArguments("f", readSignature(handler), [1], { c: 2 })), 13);
});

const REFUSED: ReadonlyArray<{
  readonly source: string;
  readonly args?: readonly unknown[];
  readonly kwargs?: Record<string, unknown>;
  readonly message: string;
}> = [
  {
    source: "(a, b = 1) => 1",
    message: "Cannot call sum(a, b = 1) as argument a is missing",
  },
  {
    source: "(a, b, c) => 1",
    kwargs: { b: 1 },
    message: "Cannot call sum(a, b, c) as arguments a, c are missing",
  },
  {
    source: "(a = 1, b) => 1",
    args: [1],
    message: "Cannot call sum(a = 1, b) as argument b is missing",
  },
  {
    source: "function* (a) {}",
    message: "Cannot call stream sum(a) as argument a is missing",
  },
  {
    source: "() => 1",
    args: [1],
    message: "Cannot call sum() as it takes no arguments: got 1",
  },
  {
    source: "(a) => 1",
    args: [1, 2],
    message: "Cannot call sum(a) as it takes at most 1 argument: got 2",
  },
  {
    source: "(a, b) => 1",
    args: [1, 2, 3],
    kwargs: { a: 1 },
    message: "Cannot call sum(a, b) as it takes at most 2 arguments: got 3",
  },
  {
    source: "(a, b) => 1",
    args: [1],
    kwargs: { a: 1 },
    message: "Cannot call sum(a, b) as argument a is given twice, by position and by name",
  },
  {
    source: "(colour) => 1",
    kwargs: { color: 1 },
    message: 'Cannot call sum(colour) as it has no parameter "color": did you mean colour',
  },
  {
    source: "(colour) => 1",
    kwargs: { size: 1 },
    message: 'Cannot call sum(colour) as it has no parameter "size"',
  },
  {
    source: "(a, ...rest) => 1",
    args: [1],
    kwargs: { rest: [1] },
    message: 'Cannot call sum(a, ...rest) as it has no parameter "rest"',
  },
  {
    source: "({ a }) => 1",
    kwargs: { arg0: {} },
    message: 'Cannot call sum(arg0) as it has no parameter "arg0"',
  },
  {
    source: "Math.max",
    kwargs: { arg0: 1 },
    message: 'Cannot call sum(arg0?, arg1?, ...args) as it has no parameter "arg0"',
  },
  {
    source: "(a) => 1",
    kwargs: JSON.parse('{"__proto__":{"a":1}}'),
    message: 'Cannot call sum(a) as it has no parameter "__proto__"',
  },
  {
    source: "(a = 1) => 1",
    kwargs: { "\u001b[31m\n": 1 },
    message: 'Cannot call sum(a = 1) as it has no parameter "\\u001b[31m\\n"',
  },
];

for (const { source, args = [], kwargs, message } of REFUSED) {
  Deno.test(`bindArguments() says: ${message}`, () => {
    const error = assertThrows(
      () => bindArguments("sum", signatureOf(source), args, kwargs),
      SynapseError,
    );
    assertEquals([error.code, error.message], ["invalid_params", message]);
  });
}

Deno.test("bindArguments() takes only what a plain call would put in the same places", () => {
  const names = ["a", "b", "c", "d"];
  const call = fc.record({
    optional: fc.array(fc.boolean(), { maxLength: 4 }),
    positional: fc.nat(5),
    named: fc.subarray([...names, "e"]),
  });
  fc.assert(fc.property(call, ({ optional, positional, named }) => {
    const parameters = optional.map((isOptional, index): Parameter => ({
      name: names[index],
      kind: "positional",
      optional: isOptional,
    }));
    const args = Array.from({ length: positional }, (_, index) => `${names[index]}!`);
    const kwargs = Object.fromEntries(named.map((name) => [name, `${name}!`]));
    const isGood = positional <= parameters.length &&
      named.every((name) =>
        names.indexOf(name) >= positional && names.indexOf(name) < parameters.length
      ) &&
      parameters.every(({ name, optional }, index) =>
        optional || index < positional || named.includes(name)
      );
    const bind = () => bindArguments("f", createSignature(parameters, false), args, kwargs);
    if (!isGood) {
      assertEquals(assertThrows(bind, SynapseError).code, "invalid_params");
      return;
    }
    for (const [index, value] of bind().entries()) {
      const isGiven = index < positional || named.includes(names[index]);
      assertEquals(value, isGiven ? `${names[index]}!` : undefined);
    }
  }));
});

Deno.test("parseSignature() reads what publishSignature() gives", () => {
  for (const source of Object.keys(FUNCTIONS)) {
    const signature = signatureOf(source);
    const wire = JSON.parse(JSON.stringify(publishSignature(signature)));
    assertEquals(Object.keys(wire), ["parameters", "stream"]);
    assertEquals(parseSignature(wire), signature);
  }
});

const identifier = fc.stringMatching(/^[a-z$_][a-z0-9$_]{0,8}$/).map((name) => `p_${name}`);

Deno.test("readSignature() reads back what formatSignature() writes", () => {
  const signature = fc.record({
    names: fc.uniqueArray(identifier, { maxLength: 6 }),
    defaults: fc.array(fc.constantFrom("1", '"x"', "[]", undefined), {
      minLength: 6,
      maxLength: 6,
    }),
    hasRest: fc.boolean(),
    stream: fc.boolean(),
  }).map(({ names, defaults, hasRest, stream }) =>
    createSignature(
      names.map((name, index) => {
        const isRest = hasRest && index === names.length - 1;
        const text = isRest ? undefined : defaults[index];
        return {
          name,
          kind: isRest ? "rest" : "positional",
          optional: isRest || text !== undefined,
          ...(text !== undefined && { default: text }),
        };
      }),
      stream,
    )
  );
  fc.assert(fc.property(signature, (original) => {
    const text = formatSignature("f", original);
    const source = text.startsWith("stream ")
      ? text.replace("stream f", "function* ")
      : `function ${text}`;
    assertEquals(signatureOf(`${source} {}`), original);
  }));
});

const GOOD = { name: "a", kind: "positional", optional: false };
const REST = { name: "a", kind: "rest", optional: true };

const MALFORMED: readonly unknown[] = [
  undefined,
  null,
  "sum(a)",
  [],
  {},
  { parameters: [] },
  { stream: false },
  { parameters: {}, stream: false },
  { parameters: [], stream: "no" },
  { parameters: [null], stream: false },
  { parameters: ["a"], stream: false },
  { parameters: [{}], stream: false },
  ...["", "1a", "a b", "a-b", "\u001b[31m", "x".repeat(65), 1, null].map((name) => ({
    parameters: [{ ...GOOD, name }],
    stream: false,
  })),
  { parameters: [{ ...GOOD, kind: "keyword" }], stream: false },
  { parameters: [{ ...GOOD, optional: 0 }], stream: false },
  { parameters: [{ ...GOOD, default: 1 }], stream: false },
  { parameters: [{ ...GOOD, default: null }], stream: false },
  { parameters: [REST, GOOD], stream: false },
  { parameters: [REST, REST], stream: false },
];

for (const [index, value] of MALFORMED.entries()) {
  Deno.test(`parseSignature() refuses what is malformed (${index})`, () => {
    assertEquals(assertThrows(() => parseSignature(value), DecodeError).reason, "malformed");
  });
}

Deno.test("parseSignature() refuses more than 64 parameters", () => {
  const withMany = (length: number) => ({ parameters: Array(length).fill(GOOD), stream: false });
  assertEquals(parseSignature(withMany(64)).minArguments, 64);
  const error = assertThrows(() => parseSignature(withMany(65)), DecodeError, "got 65");
  assertEquals(error.reason, "limit");
});

Deno.test("parseSignature() keeps what it knows, made fit to be shown", () => {
  const text = `\u001b[2J${"x".repeat(1_000)}\n`;
  const signature = parseSignature({
    parameters: [
      { ...GOOD, optional: true, default: text, unnamed: 1, extra: 1 },
      { ...REST, optional: false },
    ],
    stream: true,
    extra: 1,
    maxArguments: 0,
  });
  assertEquals(formatSignature("f", signature), `stream f(a = [2J${"x".repeat(55)}…, ...a)`);
  assertEquals(signature.parameters.map((parameter) => parameter.unnamed), [undefined, undefined]);
  assertEquals([signature.minArguments, signature.maxArguments], [0, 2 ** 30 - 1]);
});

Deno.test("parseSignature() only ever throws a DecodeError", () => {
  const field = fc.oneof(
    fc.constantFrom("a", "rest", "positional", true, false, null),
    fc.anything(),
  );
  const parameter = fc.record(
    { name: field, kind: field, optional: field, default: field, unnamed: field },
    { requiredKeys: [] },
  );
  const value = fc.record({
    parameters: fc.oneof(fc.array(fc.oneof(parameter, fc.anything())), fc.anything()),
    stream: field,
  }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.oneof(value, fc.anything()), (published) => {
      try {
        const signature = parseSignature(published);
        assertEquals(parseSignature(publishSignature(signature)), signature);
      } catch (error) {
        assert(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});
