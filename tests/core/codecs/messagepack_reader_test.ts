import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeMessagePack, encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import {
  INCOMPLETE,
  MessagePackReader,
  VIEW_BYTES,
} from "../../../core/codecs/messagepack_reader.ts";
import { DecodeError } from "../../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { nested } from "../../support/nested.ts";

/** Every header that names a size in 32 bits, with the greatest. */
const FOUR_GIB_HEADERS = {
  str32: "dbffffffff",
  bin32: "c6ffffffff",
  array32: "ddffffffff",
  map32: "dfffffffff",
  ext32: "c9ffffffff05",
};

function readerOf(hex: string, limits = {}): MessagePackReader {
  const reader = new MessagePackReader({ ...DEFAULT_LIMITS, ...limits });
  reader.reset(Uint8Array.fromHex(hex));
  return reader;
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("Expected a throw");
}

function assertFault(
  hex: string,
  reason: DecodeError["reason"],
  message: string,
  limits = {},
): void {
  const error = assertThrows(() => readerOf(hex, limits).read(), DecodeError, message);
  assertEquals(error.reason, reason);
}

Deno.test("MessagePackReader.read() reads one value after the other", () => {
  const reader = readerOf("01a16193c0c2c3");
  assertEquals(reader.remaining, 7);
  assertEquals([reader.read(), reader.read(), reader.read()], [1, "a", [null, false, true]]);
  assertEquals([reader.at, reader.remaining], [7, 0]);
});

Deno.test("MessagePackReader.reset() starts over on other bytes, of any offset", () => {
  const reader = readerOf("cb3ff8000000000000");
  assertEquals(reader.read(), 1.5);
  const whole = Uint8Array.fromHex("0000cb4000000000000000ca3fc0000000");
  reader.reset(whole.subarray(2, 16));
  assertEquals([reader.read(), reader.read()], [2, 1.5]);
});

Deno.test("MessagePackReader throws INCOMPLETE and says how much it needs", () => {
  const needs: [string, number][] = [
    ["", 1],
    ["cd00", 3],
    ["cf0000000000", 9],
    ["cb00", 9],
    ["a361", 4],
    ["d9", 2],
    ["d90561", 7],
    ["c6000000ff", 260],
    ["93c0", 4],
    ["82a161", 5],
    ["81a461", 6],
    ["d7", 2],
    ["d705", 10],
    ["c9000001000500", 262],
  ];
  for (const [hex, needed] of needs) {
    const reader = readerOf(hex);
    assertEquals(thrownBy(() => reader.read()), INCOMPLETE, hex);
    assertEquals(reader.needed, needed, hex);
  }
});

Deno.test("MessagePackReader copies short byte strings and gives views of long ones", () => {
  for (const [length, isView] of [[VIEW_BYTES - 1, false], [VIEW_BYTES, true]] as const) {
    const input = encodeMessagePack(new Uint8Array(length).fill(1));
    const decoded = decodeMessagePack(input) as Uint8Array;
    assertEquals(decoded.length, length);
    assertEquals(decoded.buffer === input.buffer, isView);
  }
});

Deno.test("MessagePackReader gives plain copies out of chunks whose slice() is a view", () => {
  // As Node's Buffer has it.
  class Slicing extends Uint8Array<ArrayBuffer> {
    override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
      return this.subarray(start, end);
    }
  }
  const input = Slicing.from(Uint8Array.fromHex("95c402aabba2ff00d405aa81a16b01c401cc"));
  const decoded = decodeMessagePack(input);
  input.fill(0);
  const [binary, text, extension] = decoded as [Uint8Array, Uint8Array, { data: Uint8Array }];
  for (const copy of [binary, text, extension.data]) {
    assertEquals(copy.constructor, Uint8Array);
    assert(copy.buffer !== input.buffer);
  }
  assertEquals(encodeMessagePack(decoded).toHex(), "95c402aabbc402ff00d405aa81a16b01c401cc");
});

Deno.test("MessagePackReader refuses 0xc1 wherever a value may stand", () => {
  for (const hex of ["c1", "91c1", "81c101", "81a161c1", "92c0c1", "8101c1", "820101c1c0"]) {
    assertFault(hex, "malformed", "0xc1 is never used");
  }
});

Deno.test("MessagePackReader refuses __proto__ as a key, in objects and in Maps", () => {
  const proto = "a95f5f70726f746f5f5f";
  const long = `d909${proto.slice(2)}`;
  for (const key of [proto, long]) {
    for (const hex of [`81${key}80`, `82a16101${key}01`, `820101${key}01`, `9181a16181${key}c0`]) {
      assertFault(hex, "malformed", "__proto__");
    }
  }
  assertEquals(readerOf(`91${proto}`).read(), ["__proto__"]);
  assertEquals(readerOf(`81a161${proto}`).read(), { a: "__proto__" });
});

Deno.test("MessagePackReader makes objects that inherit nothing from the wire", () => {
  const decoded = readerOf("82ab636f6e7374727563746f7201a8746f537472696e6702").read();
  assertEquals(Object.getPrototypeOf(decoded), Object.prototype);
  assertEquals(Object.entries(decoded as object), [["constructor", 1], ["toString", 2]]);
});

Deno.test("MessagePackReader takes nesting of maxDepth and refuses one more", () => {
  for (const wrap of [nested.array, nested.object, nested.map]) {
    for (const leaf of [1, "a", Uint8Array.of(1), new Date(0)]) {
      assertEquals(readerOf(hexOf(wrap(4, leaf)), { maxDepth: 4 }).read(), wrap(4, leaf));
      assertFault(hexOf(wrap(5, leaf)), "limit", "nested deeper than 4", { maxDepth: 4 });
    }
  }
});

Deno.test("MessagePackReader counts nesting, not how many containers there are", () => {
  const map = new Map([[1, []]]);
  assertEquals(readerOf("978101908101908101909080809180", { maxDepth: 3 }).read(), [
    map,
    map,
    map,
    [],
    {},
    {},
    [{}],
  ]);
});

Deno.test("MessagePackReader takes maxItems values and refuses one more", () => {
  const fits: [string, number][] = [
    ["93010203", 3],
    ["9291019101", 4],
    ["82a16101a16202", 4],
    ["81019201a0", 4],
    ["9380809180", 4],
  ];
  for (const [hex, items] of fits) {
    readerOf(hex, { maxItems: items }).read();
    assertFault(hex, "limit", `more than ${items - 1} values`, { maxItems: items - 1 });
  }
});

Deno.test("MessagePackReader.beginMessage() counts afresh", () => {
  const reader = readerOf("920102930102039101", { maxItems: 3, maxDepth: 1 });
  for (const expected of [[1, 2], [1, 2, 3], [1]]) {
    reader.beginMessage();
    assertEquals(reader.read(), expected);
  }
});

Deno.test("MessagePackReader allocates nothing for 4 GiB that aren't there", () => {
  for (const [name, header] of Object.entries(FOUR_GIB_HEADERS)) {
    for (const before of ["", "9201", "81a161"]) {
      const reader = readerOf(before + header);
      const thrown = thrownBy(() => reader.read());
      if (thrown === INCOMPLETE) assert(reader.needed > 2 ** 32 - 1, name);
      else assertEquals((thrown as DecodeError).reason, "limit", name);
    }
  }
});

Deno.test("MessagePackReader allocates no array or map of which the elements aren't there", () => {
  for (const header of ["dc8000", "dd000f4240", "de8000", "df0007a120"]) {
    assertEquals(thrownBy(() => readerOf(header).read()), INCOMPLETE, header);
  }
});

Deno.test("MessagePackReader refuses nesting of 100,000 without recursing into it", () => {
  for (const level of ["91", "81a161", "8101", "dc0001", "dd00000001"]) {
    assertFault(level.repeat(100_000), "limit", "nested deeper than 128");
  }
});

Deno.test("MessagePackReader.readName() reads what read() reads", () => {
  const names = ["a0", "a161", "a2c3a4", "bf" + "61".repeat(31), "d9" + "20" + "61".repeat(32)];
  for (const hex of [...names, "a1ff", "c40161", "01", "93010203", "c0"]) {
    // Twice: the second time the name may have been remembered.
    for (const read of [readerOf(hex).readName(), readerOf(hex).readName()]) {
      assertEquals(read, readerOf(hex).read(), hex);
    }
  }
});

Deno.test("MessagePackReader.readName() tells names apart that are remembered in one place", () => {
  // The same length, first, middle and last byte.
  const names = ["abcdefg", "axcdexg", "aycdeyg", "abcdefg", "abcdeyg", "ab\u0000defg"];
  for (const name of [...names, ...names]) {
    assertEquals(readerOf(hexOf(name)).readName(), name);
  }
});

Deno.test("MessagePackReader.readName() says how much it needs", () => {
  for (const [hex, needed] of [["", 1], ["a361", 4], ["d9", 2]] as const) {
    const reader = readerOf(hex);
    assertEquals(thrownBy(() => reader.readName()), INCOMPLETE);
    assertEquals(reader.needed, needed);
  }
});

Deno.test("MessagePackReader.readArrayHeader() takes each form of array and nothing else", () => {
  for (const [hex, size] of [["90", 0], ["9f", 15], ["dc0010", 16], ["dd00000011", 17]] as const) {
    assertEquals(readerOf(hex).readArrayHeader(), size);
  }
  for (const hex of ["80", "a0", "01", "c0", "de0000", "ff"]) {
    const error = assertThrows(() => readerOf(hex).readArrayHeader(), DecodeError, "not an array");
    assertEquals(error.reason, "malformed");
  }
  for (const [hex, needed] of [["", 1], ["dc00", 3], ["dd0000", 5]] as const) {
    const reader = readerOf(hex);
    assertEquals(thrownBy(() => reader.readArrayHeader()), INCOMPLETE);
    assertEquals(reader.needed, needed);
  }
});

Deno.test("MessagePackReader.readArrayHeader() counts the elements as values", () => {
  assertEquals(readerOf("93010203", { maxItems: 3 }).readArrayHeader(), 3);
  const reader = readerOf("93010203", { maxItems: 2 });
  const error = assertThrows(() => reader.readArrayHeader(), DecodeError, "more than 2 values");
  assertEquals(error.reason, "limit");
});

Deno.test("MessagePackReader.peek() takes nothing", () => {
  const reader = readerOf("01");
  assertEquals([reader.peek(), reader.peek(), reader.read()], [1, 1, 1]);
  assertEquals(thrownBy(() => reader.peek()), INCOMPLETE);
  assertEquals(reader.needed, 2);
});

function hexOf(value: unknown): string {
  return encodeMessagePack(value).toHex();
}
