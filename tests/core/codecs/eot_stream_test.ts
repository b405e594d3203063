import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteWriter } from "../../../core/codec.ts";
import { EotStreamCodec } from "../../../core/codecs/eot_stream.ts";
import { EncodeError } from "../../../core/errors.ts";
import { RUNS } from "../../support/arbitraries.ts";
import { countCopiedBytes } from "../../support/counting.ts";
import { assertSplitInvariant, assertTruncationsFault } from "../../support/split.ts";

const CODEC = new EotStreamCodec();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function encode(...messages: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter();
  for (const message of messages) CODEC.encode(message, writer);
  return writer.toBytes();
}

Deno.test("EotStreamCodec decodes messages however they are cut, empty ones included", () => {
  assertSplitInvariant(() => CODEC.decoder(), bytes("one\x04two\x04\x04\x04three\x04"), {
    messages: ["one", "two", "", "", "three"].map(bytes),
  });
});

Deno.test("EotStreamCodec decodes what it has encoded", () => {
  const message = fc.uint8Array({ minLength: 1, maxLength: 300 })
    .filter((bytes) => !bytes.includes(4));
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      const decoder = CODEC.decoder();
      assertEquals(decoder.push(encode(...messages)), messages);
      decoder.end();
    }),
    RUNS,
  );
});

Deno.test("EotStreamCodec refuses what would not arrive as it is", () => {
  const writer = new ByteWriter();
  for (
    const [message, reason] of [
      [bytes(""), "as it is empty"],
      [bytes("a\x04b"), "found at 1"],
      [bytes("\x04"), "found at 0"],
    ] as const
  ) {
    const error = assertThrows(() => CODEC.encode(message, writer), EncodeError, reason);
    assertEquals(error.code, "not_supported");
  }
  assertEquals(writer.pendingBytes, 0);
});

Deno.test("EotStreamCodec tells a message that has no end", () => {
  assertTruncationsFault(() => CODEC.decoder(), bytes("message\x04"));
});

Deno.test("EotStreamCodec keeps maxMessageBytes, at n and n + 1", () => {
  const make = () => CODEC.decoder({ maxMessageBytes: 5 });
  assertSplitInvariant(make, bytes("12345\x04"), { messages: [bytes("12345")] });
  assertSplitInvariant(make, bytes("1\x04123456\x042\x04"), {
    messages: [bytes("1")],
    fault: "limit",
  });
  const decoder = make();
  decoder.push(bytes("123456"));
  assertEquals(decoder.fault?.code, "limit_exceeded");
});

Deno.test("EotStreamCodec takes linear work for a message that comes byte by byte", () => {
  const length = 1 << 14;
  const copied = countCopiedBytes(() => {
    const decoder = CODEC.decoder();
    for (let i = 0; i < length; i++) decoder.push(new Uint8Array([65]));
    assertEquals(decoder.push(new Uint8Array([4]))[0].length, length);
  });
  assert(copied < 4 * length, `${copied} bytes`);
});
