import { assertEquals, assertRejects } from "@std/assert";
import { importText } from "../../../../cli/commands/serve/import_text.ts";
import { UsageError } from "../../../../cli/usage_error.ts";

function assertRefused(path: string, source: string, message: string): Promise<UsageError> {
  return assertRejects(
    () => importText(path, source),
    UsageError,
    `Cannot load ${path} as ${message}`,
  );
}

Deno.test("importText() takes the types out of TypeScript", async () => {
  const { sum, Color } = await importText(
    "m.ts",
    `import type { A } from "./a.ts";
    import { sep } from "node:path";
    export enum Color { Red = 5 }
    export function sum(a: number, b = <number> 1): number { return a + b! + sep.length; }
    // import "./comment.ts"`,
  );
  assertEquals((sum as (a: number) => number)(3), 5);
  assertEquals((Color as { Red: number }).Red, 5);
});

Deno.test("importText() leaves JavaScript alone", async () => {
  const { f } = await importText("m.js", "export const f = (a) => a?.b ?? 1;");
  assertEquals(String(f), "(a) => a?.b ?? 1");
});

for (
  const [source, specifier] of [
    ['import { a } from "./a.ts";\nexport const b = a;', "./a.ts"],
    ['import "../a.ts";', "../a.ts"],
    ['export * from "/a.ts";', "/a.ts"],
    [
      'import {\n  a,\n  b,\n} from "zod-that-is-nowhere";\nexport const c = a(b);',
      "zod-that-is-nowhere",
    ],
    ['export const a = await import("./a.ts");', "./a.ts"],
  ]
) {
  Deno.test(`importText() tells to bundle a module that imports ${specifier}`, async () => {
    const { message } = await assertRefused("x/m.ts", source, `it imports ${specifier}, and only`);
    assertEquals(message.endsWith("`deno bundle x/m.ts -o x/m.bundle.js`"), true, message);
  });
}

Deno.test("importText() says where the syntax of TypeScript is wrong", async () => {
  await assertRefused(
    "m.ts",
    "export const a = 1;\nexport function (",
    "it fails at line 2, column ",
  );
});

Deno.test("importText() doesn't blame an import for wrong syntax", async () => {
  await assertRefused("m.ts", 'import "./a.ts";\nexport function (', "it fails at line 2, ");
});

Deno.test("importText() doesn't take any string for an import", async () => {
  const source = `export const name = "./a.ts"; export default "./b.ts"; throw new Error("boom")`;
  await assertRefused("m.js", source, "it fails: boom");
});

Deno.test("importText() says what a module throws", async () => {
  await assertRefused("m.ts", 'throw new Error("boom");', "it fails: boom");
});
