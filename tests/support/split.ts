/**
 * One stream of bytes, cut in every way: a decoder must answer the same.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Decoder } from "../../core/codec.ts";
import { DecodeError } from "../../core/errors.ts";
import { RUNS } from "./arbitraries.ts";

/** What decoding must come to. */
export interface Expected<M> {
  readonly messages: readonly M[];
  /** Why it stops, where it does. */
  readonly fault?: DecodeError["reason"];
}

/** Decodes `bytes` whole, cut in two at every position, byte by byte, and cut at random. */
export function assertSplitInvariant<M>(
  make: () => Decoder<M>,
  bytes: Uint8Array,
  expected: Expected<M>,
): void {
  for (let cut = 0; cut <= bytes.length; cut++) {
    assertDecodes(make(), cutAt(bytes, [cut]), expected, `cut at byte ${cut}`);
  }
  const everywhere = Array.from(bytes.keys());
  assertDecodes(make(), cutAt(bytes, everywhere), expected, "byte by byte");
  const cuts = fc.array(fc.nat(bytes.length), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, (cuts) => {
      assertDecodes(make(), cutAt(bytes, cuts.toSorted((a, b) => a - b)), expected, `at ${cuts}`);
    }),
    RUNS,
  );
}

/** Ends one message after each of its bytes but the last. */
export function assertTruncationsFault<M>(make: () => Decoder<M>, message: Uint8Array): void {
  for (let length = 1; length < message.length; length++) {
    const decoder = make();
    assertEquals(decoder.push(message.slice(0, length)), [], `${length} bytes`);
    assertEquals(decoder.bufferedBytes, length);
    const error = assertThrows(() => decoder.end(), DecodeError, `got ${length} bytes`);
    assertEquals(error.reason, "truncated");
    assertEquals(decoder.fault, error);
    assertEquals(decoder.push(message.slice()), [], "after the end");
  }
}

/** Copies, as a decoder keeps the chunks that it is given. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts, bytes.length];
  return ends.map((end, i) => bytes.slice(i === 0 ? 0 : ends[i - 1], end));
}

function assertDecodes<M>(
  decoder: Decoder<M>,
  chunks: readonly Uint8Array[],
  expected: Expected<M>,
  name: string,
): void {
  const messages = chunks.flatMap((chunk) => decoder.push(chunk));
  assertEquals(messages, expected.messages, name);
  assertEquals(decoder.fault?.reason, expected.fault, name);
  assertEquals(decoder.bufferedBytes, 0, name);
  if (expected.fault === undefined) return decoder.end();
  assertThrows(() => decoder.end(), DecodeError);
  assertEquals(decoder.push(Uint8Array.of(0x93, 2, 0xa1, 0x61, 0x90)), [], "after the fault");
}
