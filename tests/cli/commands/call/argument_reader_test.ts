import { assertEquals, assertRejects } from "@std/assert";
import { ArgumentReader } from "../../../../cli/commands/call/argument_reader.ts";
import { Interruption } from "../../../../cli/interruption.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { DEFAULT_LIMITS } from "../../../../mod.ts";
import { FakeIo } from "../../fake_io.ts";

const BINARY = Uint8Array.of(0, 0xff, 0x0a);

function reader(...stdin: Uint8Array[]): ArgumentReader {
  return new ArgumentReader(new FakeIo({ stdin }));
}

async function withFile(
  content: Uint8Array,
  test: (path: string) => Promise<unknown>,
): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "synapse test " });
  try {
    await Deno.writeFile(path, content);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("ArgumentReader takes JSON for the value, and the rest for strings", async () => {
  const args = reader();
  assertEquals(await args.read("42"), 42);
  assertEquals(await args.read('{"a":[true,null]}'), { a: [true, null] });
  assertEquals(await args.read("hello"), "hello");
  assertEquals(await args.read('"42"'), "42");
  assertEquals(await args.read('"@file"'), "@file");
  assertEquals(await args.read(""), "");
  assertEquals(await args.read("@"), "@");
  assertEquals(await args.read('{"$bytes":"AP8K"}'), BINARY);
});

Deno.test("ArgumentReader reads stdin for -, across chunks", async () => {
  const [one, two] = ["größ", "er\n"].map((text) => new TextEncoder().encode(text));
  assertEquals(await reader(one.subarray(0, 3), one.subarray(3), two).read("-"), "größer\n");
  assertEquals(await reader(new TextEncoder().encode("[1,\n2]\n")).read("-"), [1, 2]);
  assertEquals(await reader(BINARY).read("-"), BINARY);
  assertEquals(await reader().read("-"), "");
});

Deno.test("ArgumentReader reads stdin once", async () => {
  const args = reader();
  await args.read("-");
  await assertRejects(() => args.read("-"), UsageError, "Cannot read stdin twice");
});

Deno.test("ArgumentReader reads a file for @file", async () => {
  await withFile(BINARY, async (path) => assertEquals(await reader().read(`@${path}`), BINARY));
  await withFile(
    new TextEncoder().encode("text\n"),
    async (path) => assertEquals(await reader().read(`@${path}`), "text\n"),
  );
});

Deno.test("ArgumentReader says that there is no such file", async () => {
  await assertRejects(
    () => reader().read("@/no/such/file"),
    UsageError,
    "Cannot read @/no/such/file as there is no such file",
  );
  await assertRejects(() => reader().read("@."), UsageError, "Cannot read @. as ");
});

Deno.test("ArgumentReader reads no more than can be sent", async () => {
  const most = new Uint8Array(DEFAULT_LIMITS.maxMessageBytes).fill(0xff);
  assertEquals((await reader(most).read("-") as Uint8Array).length, most.length);
  await assertRejects(
    () => reader(most, Uint8Array.of(0)).read("-"),
    UsageError,
    "Cannot send stdin as it is longer than 16777216 bytes",
  );
});

Deno.test("ArgumentReader stops waiting for stdin at Ctrl-C", async () => {
  const io = new FakeIo();
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const reading = new ArgumentReader(Object.assign(io, { stdin: silent })).read("-");
  io.interrupt();
  await assertRejects(() => reading, Interruption);
});
