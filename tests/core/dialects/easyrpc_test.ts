import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  formatException,
  looksLikeGenerator,
  readCall,
  readError,
  readGeneratorStart,
  unknownAction,
} from "../../../core/dialects/easyrpc.ts";
import { SynapseError } from "../../../core/errors.ts";
import { actionOf, vectorText } from "../../support/easyrpc_vectors.ts";

class OddError extends Error {
  override readonly name = "Odd\nError";
}

for (
  const [error, text] of [
    [new Error("kaboom"), "Error('kaboom')"],
    [new RangeError("it's"), `RangeError("it's")`],
    [new SynapseError("invalid_params", "no b"), "TypeError('no b')"],
    [new SynapseError("out_of_stock", "none"), "SynapseError('out_of_stock', 'none')"],
    [new SynapseError("internal_error", "oops"), "SynapseError('oops')"],
    [new SynapseError("it's", "odd"), "SynapseError('it_s', 'odd')"],
    [new OddError("x"), "Error('x')"],
    ["thrown text", "Exception('thrown text')"],
    [5, "Exception('a function threw no error but number')"],
  ] as const
) {
  Deno.test(`formatException() writes ${text}, which readError() takes for an error`, () => {
    assertEquals(formatException(error), text);
    assert(readError("f", text) !== undefined);
  });
}

Deno.test("formatException() cuts what nobody would read, and never tells a stack", () => {
  const text = formatException(new Error("x".repeat(1_000_000)));
  assert(text.length < 9_000);
  assert(!formatException(new Error("kaboom")).includes("at "));
});

Deno.test("readError() gives back the code and message of one of ours", () => {
  const error = readError("f", formatException(new SynapseError("sold.out", "it's\n'over'")));
  assertEquals([error?.code, error?.message, error?.method], ["sold.out", "it's\n'over'", "f"]);
});

for (
  const [name, code, message] of [
    ["call.aboom.2", "internal_error", "ValueError('async kaboom')"],
    ["call.wrong_args_sent.2", "internal_error", "TypeError("],
    ["call.unknown.2", "method_not_found", "no action no_such registered"],
    ["call.missing_action.2", "protocol_error", "missing expected input"],
  ]
) {
  Deno.test(`readError() recognises the recorded ${name}`, () => {
    const error = readError("f", actionOf(vectorText(name)).response);
    assertEquals(error?.code, code);
    assert(error?.message.startsWith(message));
  });
}

for (
  const result of [
    null,
    "",
    "Hello Bob?",
    "error",
    "An Error('x') happened",
    "ValueError",
    { error: "out of paper" },
    { error: "no action x registered for origin within {}", more: 1 },
    { error: 1 },
    ["ValueError('x')"],
    5,
  ]
) {
  Deno.test(`readError() takes for a result: ${JSON.stringify(result)}`, () => {
    assertEquals(readError("f", result), undefined);
  });
}

Deno.test("readError() takes no time for hostile text", () => {
  for (
    const text of ["no action ".repeat(100_000), `SynapseError('a', '${"\\'".repeat(500_000)}`]
  ) {
    readError("f", text);
    readError("f", { error: text });
  }
});

Deno.test("unknownAction() says what a real server says, and tells only some of what there is", () => {
  const { error } = unknownAction("x".repeat(1_000), Array(100).fill("f'")) as { error: string };
  assert(error.startsWith(`no action ${"x".repeat(80)} registered for origin within {"f'", `));
  assert(error.endsWith(", ...}"));
  assert(error.length < 500);
});

for (const body of [undefined, null, "x", [], {}, { args: [] }]) {
  Deno.test(`readCall() finds no action in ${JSON.stringify(body)}`, () => {
    assertEquals(readCall(body), undefined);
  });
}

Deno.test("readCall() takes a call without arguments, and with empty ones", () => {
  const call = { type: "call", method: "f", args: [], kwargs: undefined } as const;
  assertEquals(readCall({ action: "f" }), call);
  assertEquals(readCall({ action: "f", args: [], kwargs: {} }), call);
});

for (
  const odd of [{ args: "ab" }, { args: { a: 1 } }, { args: null }, { kwargs: [] }, { kwargs: 1 }]
) {
  Deno.test(`readCall() refuses ${JSON.stringify(odd)}`, () => {
    const error = assertThrows(() => readCall({ action: "f", ...odd }), SynapseError);
    assertEquals(error.code, "invalid_params");
  });
}

Deno.test("looksLikeGenerator() sees the mark wherever real proxies do", () => {
  const marked = ["a GENERATOR_START b", ["GENERATOR_START"], { GENERATOR_START: 1 }];
  for (const result of marked) assert(looksLikeGenerator(result));
  const plain = ["GENERATOR_END", [["GENERATOR_START"]], { a: "GENERATOR_START" }, null, 5];
  for (const result of plain) assert(!looksLikeGenerator(result));
});

Deno.test("readGeneratorStart() sees it in maps alone", () => {
  assertEquals(readGeneratorStart({ GENERATOR_START: null }), { id: null });
  for (const result of ["GENERATOR_START", ["GENERATOR_START"], {}, null]) {
    assertEquals(readGeneratorStart(result), undefined);
  }
});
