import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { Extension, Extensions } from "../../../core/codecs/messagepack_extensions.ts";
import { DEFAULT_EXTENSIONS } from "../../../core/codecs/messagepack_extensions.ts";
import { MessagePackStreamDecoder } from "../../../core/codecs/messagepack_stream.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../core/limits.ts";
import { RUNS, value } from "../../support/arbitraries.ts";
import { countAllocatedBytes, countCopiedBytes } from "../../support/counting.ts";
import { nested } from "../../support/nested.ts";
import { assertSplitInvariant, assertTruncationsFault, cutAt } from "../../support/split.ts";

/** Any value is a message. */
function anyDecoder(
  limits: Partial<Limits> = {},
  extensions: Extensions = DEFAULT_EXTENSIONS,
): MessagePackStreamDecoder<unknown> {
  return new MessagePackStreamDecoder(
    { ...DEFAULT_LIMITS, ...limits },
    extensions,
    (reader) => reader.read(),
  );
}

function joined(...values: unknown[]): Uint8Array {
  return concat(values.map((value) => encodeMessagePack(value)));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const SAMPLE: readonly unknown[] = [
  1,
  [null, true, { key: "value", "another key, a long one indeed": [1.5, -7, 2n ** 60n] }],
  "text of more than thirty-two bytes, with ä and 😀",
  new Uint8Array(100).fill(3),
  new Map<unknown, unknown>([[1, "one"], ["two", new Date(5)]]),
  [],
  new Extension(9, new Uint8Array(20)),
];

Deno.test("MessagePackStreamDecoder decodes the same however the stream is cut", () => {
  assertSplitInvariant(anyDecoder, joined(...SAMPLE), { messages: SAMPLE });
});

Deno.test("MessagePackStreamDecoder decodes any values however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(value(), { maxLength: 5 }),
      fc.array(fc.nat(2_000), { maxLength: 8 }),
      (values, cuts) => {
        const bytes = joined(...values);
        const decoder = anyDecoder();
        const chunks = cutAt(bytes, cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b));
        assertEquals(chunks.flatMap((chunk) => decoder.push(chunk)), values);
        decoder.end();
      },
    ),
    RUNS,
  );
});

Deno.test("MessagePackStreamDecoder.end() inside a message is truncated", () => {
  for (const value of SAMPLE.slice(1)) {
    const message = encodeMessagePack(value);
    if (message.length > 1) assertTruncationsFault(anyDecoder, message);
  }
});

Deno.test("MessagePackStreamDecoder.end() between messages is nothing", () => {
  const decoder = anyDecoder();
  decoder.end();
  assertEquals(decoder.push(joined(1, [2])), [1, [2]]);
  decoder.end();
  assertEquals(decoder.fault, undefined);
});

Deno.test("MessagePackStreamDecoder keeps maxMessageBytes at n and n + 1 however cut", () => {
  const payloads: unknown[] = [[1, 2, 3, 4, 5], "a".repeat(50), new Uint8Array(50), [["a"], ["b"]]];
  for (const payload of payloads) {
    const size = encodeMessagePack(payload).length;
    const bytes = joined(7, payload, 8);
    assertSplitInvariant(() => anyDecoder({ maxMessageBytes: size }), bytes, {
      messages: [7, payload, 8],
    });
    assertSplitInvariant(() => anyDecoder({ maxMessageBytes: size - 1 }), bytes, {
      messages: [7],
      fault: "limit",
    });
  }
});

Deno.test("MessagePackStreamDecoder keeps maxItems at n and n + 1 however cut", () => {
  for (
    const [payload, items] of [[[1, [2, 3]], 4], [{ a: [], b: {} }, 4], [[{}, []], 2]] as const
  ) {
    const bytes = joined(payload, payload, 8);
    assertSplitInvariant(() => anyDecoder({ maxItems: items }), bytes, {
      messages: [payload, payload, 8],
    });
    assertSplitInvariant(() => anyDecoder({ maxItems: items - 1 }), bytes, {
      messages: [],
      fault: "limit",
    });
  }
});

Deno.test("MessagePackStreamDecoder keeps maxDepth at n and n + 1 however cut", () => {
  for (const wrap of [nested.array, nested.object, nested.map]) {
    const payload = wrap(9, "a");
    const bytes = joined(7, payload);
    assertSplitInvariant(() => anyDecoder({ maxDepth: 9 }), bytes, { messages: [7, payload] });
    assertSplitInvariant(() => anyDecoder({ maxDepth: 8 }), bytes, {
      messages: [7],
      fault: "limit",
    });
  }
});

Deno.test("MessagePackStreamDecoder stops for good at what is never valid", () => {
  const bytes = concat([joined(7, ["a"]), Uint8Array.fromHex("c1"), joined(8)]);
  assertSplitInvariant(anyDecoder, bytes, { messages: [7, ["a"]], fault: "malformed" });
});

Deno.test("MessagePackStreamDecoder keeps one fault and drops what it held", () => {
  const decoder = anyDecoder();
  assertEquals(decoder.push(Uint8Array.fromHex("92")), []);
  assertEquals(decoder.bufferedBytes, 1);
  assertEquals(decoder.push(Uint8Array.fromHex("c100")), []);
  const fault = decoder.fault;
  assertEquals(fault?.reason, "malformed");
  assertEquals(decoder.bufferedBytes, 0);
  assertEquals(decoder.push(Uint8Array.fromHex("01c1")), []);
  assertStrictEquals(decoder.fault, fault);
  assertStrictEquals(assertThrows(() => decoder.end()), fault);
});

Deno.test("MessagePackStreamDecoder lets what isn't a DecodeError through", () => {
  const decoder = new MessagePackStreamDecoder(DEFAULT_LIMITS, DEFAULT_EXTENSIONS, () => {
    throw new TypeError("a mistake of ours");
  });
  assertThrows(() => decoder.push(Uint8Array.of(1)), TypeError, "a mistake of ours");
});

Deno.test("MessagePackStreamDecoder refuses a header of 4 GiB at once, wherever it stands", () => {
  const headers = ["dbffffffff", "c6ffffffff", "ddffffffff", "dfffffffff", "c9ffffffff05"];
  for (const header of headers) {
    for (const before of ["", "92a161", "81a161", "9301c4020000"]) {
      const bytes = Uint8Array.fromHex(before + header);
      assertSplitInvariant(anyDecoder, bytes, { messages: [], fault: "limit" });
    }
  }
});

Deno.test("MessagePackStreamDecoder allocates for what arrives, not for the length that is named", () => {
  const header = Uint8Array.fromHex("c600ffff00");
  const decoders = Array.from({ length: 10_000 }, () => anyDecoder());
  const forHeaders = countAllocatedBytes(() => decoders.forEach((each) => each.push(header)));
  assert(forHeaders <= decoders.length * 8 * 1024, `${forHeaders} bytes for headers`);
  const [decoder] = decoders;
  const forMore = countAllocatedBytes(() => {
    for (let i = 0; i < 1_000; i++) decoder.push(new Uint8Array(100));
  });
  assertEquals(decoder.bufferedBytes, 100_005);
  assert(forMore <= 20 * 100_005, `${forMore} bytes for 100,005`);
});

Deno.test("MessagePackStreamDecoder refuses nesting of 100,000, whole or dripped", () => {
  const bytes = new Uint8Array(100_000).fill(0x91);
  const whole = anyDecoder();
  assertEquals(whole.push(bytes.slice()), []);
  assertEquals(whole.fault?.reason, "limit");
  const dripped = anyDecoder();
  for (const byte of bytes) dripped.push(Uint8Array.of(byte));
  dripped.push(Uint8Array.of(1));
  assertEquals(dripped.fault?.reason, "limit");
});

Deno.test("MessagePackStreamDecoder decodes each value of a dripped message at most twice", () => {
  for (const chunkBytes of [1, 10, 1000]) {
    let decodings = 0;
    const extensions = new Extensions().register({
      type: 1,
      of: Extension,
      encode: () => new Uint8Array(),
      decode: () => ++decodings,
    });
    const count = 3_000;
    const bytes = concat([
      Uint8Array.of(0xdc, count >> 8, count & 0xff),
      ...new Array(count).fill(Uint8Array.of(0xd4, 1, 7)),
    ]);
    const decoder = anyDecoder({}, extensions);
    const messages: unknown[] = [];
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      messages.push(...decoder.push(bytes.slice(at, at + chunkBytes)));
    }
    assertEquals((messages[0] as unknown[]).length, count);
    assert(decodings <= 2 * count, `${decodings} decodings of ${count}`);
  }
});

Deno.test("MessagePackStreamDecoder copies each byte of a dripped message a few times", () => {
  const messages = {
    // Each header reveals only a few bytes more.
    chain: concat(new Array(20_000).fill(Uint8Array.fromHex("92c40c000000000000000000000000"))),
    strings: encodeMessagePack(new Array(30_000).fill("ten bytes!")),
    binary: encodeMessagePack(new Uint8Array(300_000)),
  };
  for (const [name, bytes] of Object.entries(messages)) {
    const decoder = anyDecoder({ maxDepth: 100_000 });
    const copied = countCopiedBytes(() => {
      for (let at = 0; at < bytes.length; at += 50) decoder.push(bytes.slice(at, at + 50));
    });
    assert(copied < 8 * bytes.length, `${name}: ${copied} bytes copied of ${bytes.length}`);
  }
});

Deno.test("MessagePackStreamDecoder takes many messages in one chunk, the last one cut", () => {
  const decoder = anyDecoder();
  const bytes = concat([...new Array(1_000).fill(joined("a", [1])), Uint8Array.of(0x92, 1)]);
  assertEquals(decoder.push(bytes).length, 2_000);
  assertEquals(decoder.bufferedBytes, 2);
  assertEquals(decoder.push(Uint8Array.of(2, 3)), [[1, 2], 3]);
  assertEquals(decoder.bufferedBytes, 0);
});
