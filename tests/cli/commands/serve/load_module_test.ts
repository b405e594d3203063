import { assertEquals, assertRejects } from "@std/assert";
import { loadModule } from "../../../../cli/commands/serve/load_module.ts";
import { UsageError } from "../../../../cli/usage_error.ts";

async function withFiles(
  files: Readonly<Record<string, string>>,
  test: (folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "synapse test " });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertRefused(path: string, message: string): Promise<UsageError> {
  return assertRejects(() => loadModule(path), UsageError, `Cannot load ${path} as ${message}`);
}

Deno.test("loadModule() loads TypeScript that imports another file", () =>
  withFiles({
    "main.ts": 'import { two } from "./lib.ts"; export const sum = (a: number): number => a + two;',
    "lib.ts": "export const two: number = 2;",
  }, async (folder) => {
    const { sum } = await loadModule(`${folder}/main.ts`);
    assertEquals((sum as (a: number) => number)(1), 3);
  }));

Deno.test("loadModule() says that there is no such file", () =>
  withFiles({}, async (folder) => {
    await assertRefused(`${folder}/none.ts`, "there is no such file");
    await assertRefused(folder, "it is a directory");
  }));

Deno.test("loadModule() says where the syntax is wrong", () =>
  withFiles({ "bad.ts": "export const a = 1;\nexport function (" }, async (folder) => {
    await assertRefused(`${folder}/bad.ts`, "it fails at line 2, column 17: ");
  }));

Deno.test("loadModule() says where a module throws, in one line", () =>
  withFiles({ "bad.js": 'export {};\n  throw new Error("boom\\nand more");' }, async (folder) => {
    const { message } = await assertRefused(
      `${folder}/bad.js`,
      "it fails at line 2, column 9: boom",
    );
    assertEquals(message.includes("\n"), false);
  }));

Deno.test("loadModule() says what a module throws that isn't an error", () =>
  withFiles({ "bad.js": 'export {}; throw "boom";' }, async (folder) => {
    await assertRefused(`${folder}/bad.js`, "it fails: boom");
  }));

Deno.test("loadModule() says which import is missing", () =>
  withFiles({ "bad.js": 'import "./none.js";' }, async (folder) => {
    const { message } = await assertRefused(`${folder}/bad.js`, "it fails");
    assertEquals(message.includes("none.js"), true, message);
  }));
