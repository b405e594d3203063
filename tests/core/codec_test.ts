import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BY_REFERENCE_BYTES, ByteWriter } from "../../core/codec.ts";
import { EncodeError } from "../../core/errors.ts";
import { RUNS } from "../support/arbitraries.ts";

function taken(writer: ByteWriter): Uint8Array[] {
  const parts: Uint8Array[] = [];
  writer.drainTo((part) => parts.push(part));
  return parts;
}

function fill(writer: ByteWriter, count: number, value = 0): void {
  for (let i = 0; i < count; i++) writer.u8(value);
}

function assertTooLarge(run: () => void, limit: number, size: number): void {
  const error = assertThrows(
    run,
    EncodeError,
    `Cannot encode message as it is larger than ${limit} bytes: got at least ${size}`,
  );
  assertEquals(error.code, "limit_exceeded");
}

Deno.test("ByteWriter starts out empty and gives nothing", () => {
  const writer = new ByteWriter();
  assertEquals([writer.pendingBytes, taken(writer), writer.toBytes()], [0, [], new Uint8Array()]);
});

Deno.test("ByteWriter writes numbers big-endian behind their tags", () => {
  const writer = new ByteWriter();
  writer.u8(255);
  writer.tagged16(1, 0);
  writer.tagged16(1, 0xfffe);
  writer.tagged16(1, -2);
  writer.tagged32(2, 0xfffefdfc);
  writer.tagged32(2, -2);
  writer.taggedFloat64(3, 1.5);
  writer.taggedFloat64(3, -0);
  assertEquals(
    writer.toBytes().toHex(),
    "ff" + "010000" + "01fffe" + "01fffe" + "02fffefdfc" + "02fffffffe" +
      "033ff8000000000000" + "038000000000000000",
  );
});

Deno.test("ByteWriter writes whole numbers and doubles across the end of a slab", () => {
  for (let filled = 1010; filled <= 1030; filled++) {
    const writer = new ByteWriter();
    fill(writer, filled);
    writer.tagged16(1, 0x0203);
    writer.tagged32(4, 0x05060708);
    writer.taggedFloat64(9, 1.5);
    assertEquals(
      writer.toBytes().subarray(filled).toHex(),
      "010203" + "0405060708" + "093ff8000000000000",
    );
  }
});

Deno.test("ByteWriter.utf8Into() writes into the room made and moves nothing", () => {
  const writer = new ByteWriter();
  writer.u8(1);
  writer.ensure(12);
  assertEquals(writer.utf8Into("aä😀", writer.at + 1), 7);
  assertEquals(writer.pendingBytes, 1);
  writer.slab[writer.at] = 0xa7;
  writer.at += 8;
  assertEquals(writer.toBytes().toHex(), "01a761c3a4f09f9880");
});

Deno.test("ByteWriter.bytes() copies what is short and keeps what is long by reference", () => {
  const writer = new ByteWriter();
  const short = new Uint8Array(BY_REFERENCE_BYTES - 1).fill(1);
  const long = new Uint8Array(BY_REFERENCE_BYTES).fill(2);
  writer.u8(9);
  writer.bytes(short);
  writer.bytes(long);
  writer.u8(9);
  short.fill(0);
  assertEquals(writer.pendingBytes, short.length + long.length + 2);
  const parts = taken(writer);
  assertEquals(parts.filter((part) => part === long).length, 1);
  const before = parts.slice(0, parts.indexOf(long)).flatMap((part) => [...part]);
  assertEquals(before, [9, ...new Array(short.length).fill(1)]);
  assertEquals(parts.slice(parts.indexOf(long) + 1), [Uint8Array.of(9)]);
});

Deno.test("ByteWriter.bytes() copies a view and nothing around it", () => {
  const writer = new ByteWriter();
  writer.bytes(Uint8Array.of(1, 2, 3, 4).subarray(1, 3));
  writer.bytes(new Uint8Array());
  assertEquals(writer.toBytes(), Uint8Array.of(2, 3));
});

Deno.test("ByteWriter.drainTo() gives each byte once, in order", () => {
  const writer = new ByteWriter();
  writer.u8(1);
  assertEquals(taken(writer), [Uint8Array.of(1)]);
  assertEquals([writer.pendingBytes, taken(writer)], [0, []]);
  writer.u8(2);
  writer.bytes(new Uint8Array(BY_REFERENCE_BYTES));
  writer.u8(3);
  assertEquals(taken(writer).map((part) => part.length), [1, BY_REFERENCE_BYTES, 1]);
  assertEquals(taken(writer), []);
});

Deno.test("ByteWriter.drainTo() may be written to by the one who takes", () => {
  for (const first of [1, BY_REFERENCE_BYTES]) {
    const writer = new ByteWriter();
    writer.bytes(new Uint8Array(first).fill(1));
    const sizes: number[] = [];
    writer.drainTo((part) => {
      sizes.push(part.length);
      writer.u8(2);
    });
    assertEquals(sizes, [first]);
    assertEquals(taken(writer), [Uint8Array.of(2)]);
  }
});

Deno.test("ByteWriter.commit() takes a message of maxBytes and refuses one more", () => {
  for (const before of [0, 5, 1023, 1024, 2000]) {
    for (const size of [1, 100, 1024, 5000, BY_REFERENCE_BYTES, 100_000]) {
      const writer = new ByteWriter();
      fill(writer, before);
      writer.begin(size);
      writer.bytes(new Uint8Array(size));
      writer.commit();
      writer.begin(size);
      assertTooLarge(
        () => {
          fill(writer, size + 1);
          writer.commit();
        },
        size,
        size + 1,
      );
      writer.rewind();
      assertEquals(writer.pendingBytes, before + size);
    }
  }
});

Deno.test("ByteWriter.commit() counts each message for itself", () => {
  const writer = new ByteWriter();
  for (let i = 0; i < 100; i++) {
    writer.begin(300);
    writer.bytes(new Uint8Array(300));
    writer.commit();
  }
  assertEquals(writer.pendingBytes, 30_000);
});

Deno.test("ByteWriter.commit() lifts the limit", () => {
  const writer = new ByteWriter();
  writer.begin(1);
  writer.commit();
  fill(writer, 5000);
  writer.checkRoom(1_000_000);
  assertEquals(writer.pendingBytes, 5000);
});

Deno.test("ByteWriter refuses a reference that is too large before keeping it", () => {
  const writer = new ByteWriter();
  writer.begin(20_000);
  writer.u8(1);
  assertTooLarge(() => writer.bytes(new Uint8Array(20_000)), 20_000, 20_001);
  assertEquals(writer.pendingBytes, 1);
});

Deno.test("ByteWriter refuses a message at the end of a slab, before all of it is written", () => {
  const writer = new ByteWriter();
  writer.begin(1_000);
  assertTooLarge(() => fill(writer, 1_000_000), 1_000, 1_024);
});

Deno.test("ByteWriter.checkRoom() refuses what could not be committed", () => {
  const writer = new ByteWriter();
  fill(writer, 10);
  writer.begin(10);
  writer.u8(1);
  writer.checkRoom(9);
  assertTooLarge(() => writer.checkRoom(10), 10, 11);
});

Deno.test("ByteWriter.rewind() takes back a message, wherever its parts lie", () => {
  const small = (writer: ByteWriter) => fill(writer, 10, 2);
  const acrossSlabs = (writer: ByteWriter) => fill(writer, 3_000, 2);
  const acrossManySlabs = (writer: ByteWriter) => fill(writer, 300_000, 2);
  const reference = (writer: ByteWriter) =>
    writer.bytes(new Uint8Array(BY_REFERENCE_BYTES).fill(2));
  const bodies = {
    nothing: [],
    small: [small],
    reference: [reference],
    referenceInside: [small, reference, small],
    references: [reference, reference],
    acrossSlabs: [acrossSlabs],
    acrossManySlabs: [acrossManySlabs],
    referenceThenAcross: [small, reference, acrossSlabs],
    acrossThenReference: [acrossSlabs, reference],
    acrossThenInside: [acrossSlabs, reference, small],
  };
  const befores = {
    nothing: [],
    small: [small],
    fullSlab: [(writer: ByteWriter) => fill(writer, 1024, 1)],
    almostFullSlab: [(writer: ByteWriter) => fill(writer, 1020, 1)],
    reference: [reference],
    referenceThenSmall: [reference, small],
    smallThenReference: [small, reference],
    acrossSlabs: [acrossSlabs],
  };
  for (const isTaken of [false, true]) {
    for (const [before, setUps] of Object.entries(befores)) {
      for (const [body, steps] of Object.entries(bodies)) {
        const name = `${body} after ${before}${isTaken ? ", taken" : ""}`;
        const writer = new ByteWriter();
        const plain = new ByteWriter();
        for (const setUp of setUps) [writer, plain].forEach(setUp);
        const held = isTaken ? taken(writer) : [];
        if (isTaken) taken(plain);
        const copies = held.map((part) => part.slice());
        // Twice: what is left of a first failure must not spoil the second.
        for (let i = 0; i < 2; i++) {
          writer.begin();
          for (const step of steps) step(writer);
          writer.rewind();
          assertEquals(writer.pendingBytes, plain.pendingBytes, name);
        }
        [writer, plain].forEach((each) => fill(each, 2_000, 7));
        assertEquals(writer.toBytes(), plain.toBytes(), name);
        assertEquals(held, copies, name);
      }
    }
  }
});

Deno.test("ByteWriter.rewind() after a refusal leaves room for the next message", () => {
  const writer = new ByteWriter();
  writer.u8(1);
  writer.begin(100);
  assertThrows(() => fill(writer, 2_000), EncodeError);
  writer.rewind();
  writer.begin(100);
  fill(writer, 100, 3);
  writer.commit();
  assertEquals(writer.toBytes(), Uint8Array.of(1, ...new Array(100).fill(3)));
});

Deno.test("ByteWriter keeps a small slab where little is said", () => {
  const writer = new ByteWriter();
  assertEquals(writer.slab.length, 0);
  writer.u8(1);
  assertEquals(writer.slab.length, 1024);
  const sizes = new Set<number>();
  for (let i = 0; i < 1_000_000; i++) {
    writer.u8(1);
    sizes.add(writer.slab.length);
    if (i % 1000 === 0) taken(writer);
  }
  assertEquals([...sizes], [1024, 4096, 16384, 65536]);
});

type Write = { bytes: number; value: number } | { text: string } | { double: number };
type Step = { drain: true } | { writes: Write[] } | { message: Write[]; isKept: boolean };

function perform(writer: ByteWriter, model: number[], write: Write): void {
  if ("bytes" in write) {
    const bytes = new Uint8Array(write.bytes).fill(write.value);
    writer.bytes(bytes);
    for (const byte of bytes) model.push(byte);
  } else if ("text" in write) {
    writer.ensure(write.text.length * 3);
    writer.at += writer.utf8Into(write.text, writer.at);
    for (const byte of new TextEncoder().encode(write.text)) model.push(byte);
  } else {
    writer.taggedFloat64(0xcb, write.double);
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, write.double);
    model.push(0xcb, ...new Uint8Array(view.buffer));
  }
}

Deno.test("ByteWriter gives the same as a plain array, and never rewrites a part once taken", () => {
  const size = fc.oneof(
    fc.nat(40),
    fc.integer({ min: 1000, max: 1050 }),
    fc.integer({ min: BY_REFERENCE_BYTES - 2, max: BY_REFERENCE_BYTES + 2 }),
    fc.nat(70_000),
  );
  const write: fc.Arbitrary<Write> = fc.oneof(
    fc.record({ bytes: size, value: fc.nat(255) }),
    fc.record({ text: fc.string({ unit: "binary", maxLength: 30 }) }),
    fc.record({ double: fc.double({ noNaN: true }) }),
  );
  const writes = fc.array(write, { maxLength: 6 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ drain: fc.constant(true as const) }),
    fc.record({ writes }),
    fc.record({ message: writes, isKept: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const writer = new ByteWriter();
      const expected: number[] = [];
      const got: { part: Uint8Array; copy: Uint8Array }[] = [];
      const drain = () => writer.drainTo((part) => got.push({ part, copy: part.slice() }));
      let takenBytes = 0;
      for (const step of steps) {
        if ("drain" in step) {
          drain();
          takenBytes = expected.length;
        } else if ("writes" in step) {
          for (const write of step.writes) perform(writer, expected, write);
        } else {
          const before = expected.length;
          writer.begin();
          for (const write of step.message) perform(writer, expected, write);
          if (step.isKept) writer.commit();
          else {
            writer.rewind();
            expected.length = before;
          }
        }
        assertEquals(writer.pendingBytes, expected.length - takenBytes);
      }
      drain();
      for (const { part, copy } of got) assert(isSame(part, copy), "a part was written to again");
      assert(isSame(Uint8Array.from(got.flatMap(({ part }) => [...part])), expected));
    }),
    { ...RUNS, numRuns: 300 },
  );
});

function isSame(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

Deno.test("ByteWriter says when what it holds is in more than one piece", () => {
  const writer = new ByteWriter();
  writer.u8(1);
  assertEquals(writer.isSplit, false);
  writer.bytes(new Uint8Array(BY_REFERENCE_BYTES));
  assertEquals(writer.isSplit, true);
  writer.drainTo(() => {});
  assertEquals(writer.isSplit, false);
});
