import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../../core/errors.ts";
import { LineReader } from "../../../core/pnet/line_reader.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("LineReader reads a line however it is cut", () => {
  const whole = bytes("labnet|é|END\nrest");
  for (let cut = 0; cut <= whole.length; cut++) {
    const reader = new LineReader(100);
    const line = reader.push(whole.subarray(0, cut)) ?? reader.push(whole.subarray(cut));
    assertEquals(line, "labnet|é|END", `cut at byte ${cut}`);
  }
});

Deno.test("LineReader gives at the end what there is", () => {
  const reader = new LineReader(100);
  assertEquals(reader.push(bytes("half")), undefined);
  assertEquals(reader.end(), "half");
  assertEquals(new LineReader(1).end(), "");
});

Deno.test("LineReader refuses n + 1 bytes, not counting the newline", () => {
  assertEquals(new LineReader(5).push(bytes("12345\n")), "12345");
  const error = assertThrows(() => new LineReader(4).push(bytes("12345\n")), DecodeError);
  assertEquals(error.reason, "limit");
});

Deno.test("LineReader holds at most twice what it was given, chunks of one byte included", () => {
  const reader = new LineReader(100_000);
  for (let at = 0; at < 20_000; at++) reader.push(new Uint8Array([65]));
  assertEquals(reader.heldBytes, 32_768);
});

Deno.test("LineReader refuses what is not UTF-8", () => {
  assertThrows(() => new LineReader(10).push(new Uint8Array([0xff, 10])), DecodeError, "UTF-8");
});
