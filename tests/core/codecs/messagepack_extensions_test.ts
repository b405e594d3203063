import { assertEquals, assertThrows } from "@std/assert";
import { decodeMessagePack, encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { Extension, Extensions } from "../../../core/codecs/messagepack_extensions.ts";
import type { ExtensionType } from "../../../core/codecs/messagepack_extensions.ts";
import { DecodeError, EncodeError } from "../../../core/errors.ts";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

class Line {
  readonly from: number;
  constructor(from: number) {
    this.from = from;
  }
}

function pointAs(type: number): ExtensionType<Point> {
  return {
    type,
    of: Point,
    encode: (point) => Uint8Array.of(point.x),
    decode: (data) => new Point(data[0]),
  };
}

function lineAs(type: number): ExtensionType<Line> {
  return {
    type,
    of: Line,
    encode: (line) => Uint8Array.of(line.from),
    decode: (data) => new Line(data[0]),
  };
}

Deno.test("Extension takes types of -128 to 127 only", () => {
  for (const type of [-128, -1, 0, 127]) {
    assertEquals(new Extension(type, new Uint8Array()).type, type);
  }
  for (const type of [-129, 128, 1.5, NaN, Infinity]) {
    assertThrows(() => new Extension(type, new Uint8Array()), RangeError, `got ${type}`);
  }
});

Deno.test("Extensions.register() refuses types out of range", () => {
  assertThrows(() => new Extensions().register(pointAs(128)), RangeError, "got 128");
});

Deno.test("Extensions of a type go out and come in as what was registered", () => {
  const extensions = new Extensions().register(pointAs(1)).register(lineAs(-128));
  const value = [new Point(3), { line: new Line(4) }, new Date(0)];
  const bytes = encodeMessagePack(value, { extensions });
  assertEquals(bytes.toHex(), "93d4010381a46c696e65d48004d6ff00000000");
  assertEquals(decodeMessagePack(bytes, { extensions }), value);
});

Deno.test("Extensions leave an unknown type as it came, to go out unchanged", () => {
  const bytes = Uint8Array.fromHex("92d40103c7034da1b2c3");
  const decoded = decodeMessagePack(bytes);
  assertEquals(decoded, [
    new Extension(1, Uint8Array.of(3)),
    new Extension(0x4d, Uint8Array.of(0xa1, 0xb2, 0xc3)),
  ]);
  assertEquals(encodeMessagePack(decoded), bytes);
  bytes.fill(0);
  assertEquals((decoded as Extension[])[0].data, Uint8Array.of(3));
});

Deno.test("Extensions take instances of exactly the class", () => {
  class Named extends Point {
    readonly name = "a";
  }
  const extensions = new Extensions().register(pointAs(1));
  assertEquals(encodeMessagePack(new Named(3), { extensions }).toHex(), "82a17803a46e616d65a161");
});

Deno.test("Extensions.register() replaces the type of the same number", () => {
  const extensions = new Extensions().register(pointAs(1)).register(lineAs(1));
  assertEquals(encodeMessagePack(new Line(5), { extensions }).toHex(), "d40105");
  assertEquals(encodeMessagePack(new Point(5), { extensions }).toHex(), "81a17805");
  assertEquals(decodeMessagePack(Uint8Array.fromHex("d40105"), { extensions }), new Line(5));
});

Deno.test("Extensions.register() lets a class move to another number", () => {
  const extensions = new Extensions().register(pointAs(1)).register(pointAs(2)).register(lineAs(1));
  assertEquals(encodeMessagePack(new Point(5), { extensions }).toHex(), "d40205");
  assertEquals(encodeMessagePack(new Line(5), { extensions }).toHex(), "d40105");
});

Deno.test("Extensions.register() may replace timestamps", () => {
  const extensions = new Extensions().register({
    type: -1,
    of: Date,
    encode: (date) => encodeMessagePack(date.toISOString()),
    decode: (data) => decodeMessagePack(data),
  });
  const bytes = encodeMessagePack(new Date(0), { extensions });
  assertEquals(decodeMessagePack(bytes, { extensions }), "1970-01-01T00:00:00.000Z");
});

Deno.test("Extensions whose decode() throws refuse the message", () => {
  const refusals: [unknown, string][] = [
    [new TypeError("Cannot read point"), "Cannot decode extension 1: Cannot read point"],
    ["no error at all", "Cannot decode extension 1: no error at all"],
  ];
  for (const [thrown, message] of refusals) {
    const extensions = new Extensions().register({
      ...pointAs(1),
      decode: () => {
        throw thrown;
      },
    });
    const error = assertThrows(
      () => decodeMessagePack(Uint8Array.fromHex("91d40105"), { extensions }),
      DecodeError,
      message,
    );
    assertEquals(error.reason, "malformed");
  }
});

Deno.test("Extensions know nothing of each other", () => {
  const bytes = encodeMessagePack(new Point(1), {
    extensions: new Extensions().register(pointAs(1)),
  });
  assertEquals(decodeMessagePack(bytes), new Extension(1, Uint8Array.of(1)));
  assertEquals(encodeMessagePack(new Point(1)).toHex(), "81a17801");
});

Deno.test("Timestamps of invalid dates are refused", () => {
  const error = assertThrows(() => encodeMessagePack(new Date(NaN)), EncodeError, "date as it is");
  assertEquals(error.code, "not_supported");
});

Deno.test("Timestamps finer than a millisecond go out as they came in", () => {
  for (
    const hex of ["d7ff0000000400000000", "d7ff003d0a0000000000", "c70cff00000001ffffffffffffffff"]
  ) {
    const decoded = decodeMessagePack(Uint8Array.fromHex(hex));
    assertEquals((decoded as Extension).type, -1);
    assertEquals(encodeMessagePack(decoded).toHex(), hex);
  }
});
