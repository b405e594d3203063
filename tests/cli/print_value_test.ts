import { assertEquals } from "@std/assert";
import { printValue, type ValueFormat } from "../../cli/print_value.ts";
import { FakeIo } from "./fake_io.ts";

async function print(value: unknown, format: ValueFormat, isTty = false): Promise<string> {
  const io = new FakeIo({ isTty });
  await printValue(value, format, io);
  return io.out.text;
}

const BYTES = Uint8Array.of(65, 66);

const PRINTED: ReadonlyArray<readonly [unknown, text: string, json: string, raw: string]> = [
  ["hello", "hello\n", '"hello"\n', "hello"],
  [BYTES, "AB", '{"$bytes":"QUI="}\n', "AB"],
  [null, "null\n", "null\n", "null\n"],
  [5, "5\n", "5\n", "5\n"],
  [
    2n ** 60n,
    "1152921504606846976\n",
    '{"$number":"1152921504606846976"}\n',
    '{"$number":"1152921504606846976"}\n',
  ],
  [Infinity, "Infinity\n", '{"$number":"Infinity"}\n', '{"$number":"Infinity"}\n'],
  [
    new Date(0),
    "1970-01-01T00:00:00.000Z\n",
    '{"$date":"1970-01-01T00:00:00.000Z"}\n',
    '{"$date":"1970-01-01T00:00:00.000Z"}\n',
  ],
  [{ a: [1] }, '{ "a": [1] }\n', '{"a":[1]}\n', '{"a":[1]}\n'],
];

for (const [value, text, json, raw] of PRINTED) {
  Deno.test(`printValue() prints ${text.trim()} in each format`, async () => {
    assertEquals(await print(value, "text"), text);
    assertEquals(await print(value, "json"), json);
    assertEquals(await print(value, "raw"), raw);
  });
}

Deno.test("printValue() prints bytes as hex on a terminal", async () => {
  assertEquals(await print(BYTES, "text", true), "4142\n");
});

Deno.test("printValue() passes bytes to a pipe as they are", async () => {
  const io = new FakeIo();
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  await printValue(bytes, "text", io);
  assertEquals(io.out.bytes, bytes);
});

Deno.test("printValue() makes escapes harmless on a terminal, and nowhere else", async () => {
  assertEquals(await print("a\u001b[2J", "text", true), "a\\u001b[2J\n");
  assertEquals(await print({ "\u009b": 1 }, "json", true), '{"\\u009b":1}\n');
  assertEquals(await print("a\u001b[2J", "text"), "a\u001b[2J\n");
  assertEquals(await print("a\u001b[2J", "raw", true), "a\u001b[2J");
});
