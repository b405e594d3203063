import { assertEquals, assertThrows } from "@std/assert";
import type { ByteWriter } from "../../core/codec.ts";
import { NATIVE_DIALECT } from "../../core/dialects/native.ts";
import { DEFAULT_EXTENSIONS } from "../../core/codecs/messagepack_extensions.ts";
import { EncodeError, SynapseError } from "../../core/errors.ts";
import { type Limits, resolveLimits } from "../../core/limits.ts";
import { Output } from "../../core/output.ts";
import { RawPeer } from "../support/raw_peer.ts";

function createOutput(limits: Partial<Limits> = {}): { peer: RawPeer; output: Output } {
  const peer = new RawPeer();
  const resolved = resolveLimits(limits);
  peer.channel.open({ data() {}, drain() {}, end() {}, close() {} }, resolved.highWaterBytes);
  const wire = NATIVE_DIALECT.open({ limits: resolved, extensions: DEFAULT_EXTENSIONS });
  return { peer, output: new Output(peer.channel, wire, resolved) };
}

/** A notification of so many bytes. */
const message = (bytes: number) => (into: ByteWriter): void =>
  into.bytes(
    Uint8Array.of(0x93, 2, 0xa1, 0x61, 0x91, 0xc6, ...lengthOf(bytes - 10), ...filler(bytes)),
  );
const filler = (bytes: number): Uint8Array => new Uint8Array(bytes - 10);
const lengthOf = (n: number): number[] => [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255];

Deno.test("Output.send() sends whole messages or nothing", () => {
  const { peer, output } = createOutput();
  output.send(message(20));
  const error = new Error("in the middle");
  const thrown = assertThrows(() =>
    output.send((into) => {
      into.bytes(new Uint8Array(100_000));
      into.u8(1);
      throw error;
    })
  );
  assertEquals(thrown, error);
  output.send(message(30));
  assertEquals(peer.receivedBytes, 50);
  assertEquals(peer.messages.length, 2);
});

Deno.test("Output.send() takes a message of maxMessageBytes, and refuses one byte more", () => {
  const { peer, output } = createOutput({ maxMessageBytes: 1_000 });
  output.send(message(1_000));
  const error = assertThrows(() => output.send(message(1_001)), EncodeError);
  assertEquals(error.code, "limit_exceeded");
  assertEquals(peer.receivedBytes, 1_000);
});

Deno.test("Output.send() refuses once more than maxBufferedBytes wait, until they are taken", () => {
  const { peer, output } = createOutput({ maxBufferedBytes: 100, highWaterBytes: 100 });
  peer.stopReading();
  output.send(message(100));
  assertEquals([output.isWritable, output.bufferedBytes], [false, 100]);
  output.send(message(20));
  const error = assertThrows(() => output.send(message(20)), SynapseError);
  assertEquals(error.code, "limit_exceeded");
  assertEquals(
    error.message,
    "Cannot send message as more than 100 bytes wait already: the peer reads too slowly",
  );
  assertEquals(output.bufferedBytes, 120);
  peer.readOn();
  output.send(message(20));
  assertEquals(peer.messages.length, 3);
});

Deno.test("Output.isWritable is false from highWaterBytes on", () => {
  const { peer, output } = createOutput({ highWaterBytes: 100 });
  peer.stopReading();
  output.send(message(99));
  assertEquals(output.isWritable, true);
  output.send(message(20));
  assertEquals(output.isWritable, false);
});

Deno.test("Output.takenBytes counts what the network has taken, and that alone", () => {
  const { peer, output } = createOutput();
  output.send(message(20));
  assertEquals(output.takenBytes, 20);
  peer.stopReading();
  output.send(message(30));
  assertThrows(() => output.send(() => assertEquals(1, 2)));
  assertEquals([output.bufferedBytes, output.takenBytes], [30, 20]);
  peer.readOn();
  assertEquals([output.bufferedBytes, output.takenBytes], [0, 50]);
});

Deno.test("Output.send() refuses within another message", () => {
  const { peer, output } = createOutput();
  let inner: unknown;
  output.send((into) => {
    inner = assertThrows(() => output.send(message(20)), SynapseError);
    message(30)(into);
  });
  assertEquals((inner as SynapseError).code, "not_supported");
  output.send(message(20));
  assertEquals(peer.receivedBytes, 50);
});
