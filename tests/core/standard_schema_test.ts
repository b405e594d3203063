import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import { SynapseError } from "../../core/errors.ts";
import {
  type InferInput,
  type InferOutput,
  isStandardSchema,
  type SchemaIssue,
  type StandardSchema,
  validate,
} from "../../core/standard_schema.ts";

const LIBRARIES: Readonly<Record<string, StandardSchema>> = {
  zod: z.object({ name: z.string(), tags: z.array(z.object({ id: z.number() })) }),
  valibot: v.object({ name: v.string(), tags: v.array(v.object({ id: v.number() })) }),
  arktype: type({ name: "string", tags: type({ id: "number" }).array() }),
};

for (const [library, schema] of Object.entries(LIBRARIES)) {
  Deno.test(`isStandardSchema() knows a schema of ${library}`, () => {
    assertEquals(isStandardSchema(schema), true);
  });

  Deno.test(`validate() takes what a schema of ${library} takes, synchronously`, () => {
    const value = { name: "Alice", tags: [{ id: 1 }] };
    assertEquals(validate(schema, value, "profile"), value);
  });

  Deno.test(`validate() says what a schema of ${library} refuses, and where`, () => {
    const value = { name: 42, tags: [{ id: 1 }, { id: "two" }] };
    const error = assertThrows(() => validate(schema, value, "profile"), SynapseError);
    assertEquals(error.code, "invalid_params");
    assert(error.message.startsWith("Cannot accept profile as the schema refuses: name: "));
    assert(error.message.includes("; tags[1].id: "), error.message);
    assert(!error.message.includes("\n"), error.message);
    const { issues } = error.data as { issues: { message: string; path: unknown }[] };
    assertEquals(issues.map(({ path }) => path), [["name"], ["tags", 1, "id"]]);
    assertEquals(
      issues.every(({ message }) => typeof message === "string" && message !== ""),
      true,
    );
  });
}

const ASYNCHRONOUS: Readonly<Record<string, StandardSchema>> = {
  zod: z.string().refine((text) => Promise.resolve(text === "free"), "taken"),
  valibot: v.pipeAsync(
    v.string(),
    v.checkAsync((text) => Promise.resolve(text === "free"), "taken"),
  ),
};

for (const [library, schema] of Object.entries(ASYNCHRONOUS)) {
  Deno.test(`validate() waits for an asynchronous schema of ${library}`, async () => {
    const result = validate(schema, "free", "nickname");
    assertInstanceOf(result, Promise);
    assertEquals(await result, "free");
    await assertRejects(
      async () => await validate(schema, "used", "nickname"),
      SynapseError,
      "Cannot accept nickname as the schema refuses: taken",
    );
  });
}

Deno.test("validate() gives what the schema made of the value", () => {
  assertEquals(validate(z.tuple([z.coerce.number()]), ["42"], "arguments"), [42]);
  assertEquals(validate(v.pipe(v.string(), v.trim()), " a ", "name"), "a");
  assertEquals(validate(type("string.numeric.parse"), "42", "count"), 42);
});

Deno.test("validate() gives the error the code that it is told", () => {
  const error = assertThrows(
    () => validate(z.number(), "one", "result of sum", "internal_error"),
    SynapseError,
    "Cannot accept result of sum as the schema refuses: ",
  );
  assertEquals(error.code, "internal_error");
});

function refusing(issues: readonly SchemaIssue[]): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) } };
}

const MESSAGES: ReadonlyArray<readonly [readonly SchemaIssue[], string]> = [
  [[], "Cannot accept it as the schema refuses: no reason given"],
  [[{ message: "no" }], "Cannot accept it as the schema refuses: no"],
  [[{ message: "no,\n  really" }], "Cannot accept it as the schema refuses: no, really"],
  [[{ message: "no", path: [] }], "Cannot accept it as the schema refuses: no"],
  [[{ message: "no", path: [0] }], "Cannot accept it as the schema refuses: [0]: no"],
  [
    [{ message: "no", path: [{ key: "a" }, { key: 1 }, "b", Symbol("c")] }],
    "Cannot accept it as the schema refuses: a[1].b.Symbol(c): no",
  ],
  [
    ["a", "b", "c"].map((message) => ({ message })),
    "Cannot accept it as the schema refuses: a; b; c",
  ],
  [
    ["a", "b", "c", "d", "e"].map((message) => ({ message })),
    "Cannot accept it as the schema refuses: a; b; c; and 2 more",
  ],
];

for (const [index, [issues, message]] of MESSAGES.entries()) {
  Deno.test(`validate() puts issues on one line (${index})`, () => {
    const error = assertThrows(() => validate(refusing(issues), 1, "it"), SynapseError);
    assertEquals(error.message, message);
  });
}

Deno.test("validate() keeps an error short, however much is wrong", () => {
  const issues = Array.from({ length: 100_000 }, () => ({ message: "x".repeat(10_000) }));
  const error = assertThrows(() => validate(refusing(issues), 1, "it"), SynapseError);
  assert(error.message.length < 1_000, `${error.message.length}`);
  assert(error.message.endsWith("and 99997 more"));
  assertEquals((error.data as { issues: unknown[] }).issues.length, 32);
});

Deno.test("validate() passes on what a schema throws", () => {
  const mistake = new Error("the schema is broken");
  const schema: StandardSchema = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: () => {
        throw mistake;
      },
    },
  };
  assertStrictEquals(assertThrows(() => validate(schema, 1, "it")), mistake);
});

Deno.test("validate() takes any thenable for a promise", async () => {
  const thenable = {
    then: (settle: (result: unknown) => void) => settle({ issues: [{ message: "no" }] }),
  };
  const schema: StandardSchema = {
    "~standard": { version: 1, vendor: "test", validate: () => thenable as never },
  };
  await assertRejects(async () => await validate(schema, 1, "it"), SynapseError, "no");
});

const NOT_SCHEMAS: readonly unknown[] = [
  undefined,
  null,
  1,
  "~standard",
  {},
  () => {},
  { "~standard": null },
  { "~standard": {} },
  { "~standard": { version: 2, vendor: "test", validate: () => ({ value: 1 }) } },
  { "~standard": { version: 1, vendor: "test" } },
];

for (const [index, value] of NOT_SCHEMAS.entries()) {
  Deno.test(`isStandardSchema() refuses what is none (${index})`, () => {
    assertEquals(isStandardSchema(value), false);
  });
}

Deno.test("InferInput and InferOutput follow the schema", () => {
  const schema = z.object({ count: z.string().transform(Number) });
  const input: InferInput<typeof schema> = { count: "1" };
  const output: InferOutput<typeof schema> = { count: 1 };
  assertEquals(validate(schema, input, "count"), output);
});
