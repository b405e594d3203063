import { assertEquals, assertNotMatch } from "@std/assert";

Deno.test("browser.ts bundles into one file that imports nothing and works", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "browser.ts"],
    cwd: new URL("..", import.meta.url),
  }).output();
  const bundle = new TextDecoder().decode(stdout);

  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assertNotMatch(bundle, /\bnode:|\brequire\(|^import\b/m);
  const { Node } = await import(
    URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }))
  );
  await using page = new Node();
  page.endpoint("sum", (a: number, b: number) => a + b);
  await page.listen("memory://page");
  assertEquals(await new Node().call("memory://page", "sum", [1, 2]), 3);
});
