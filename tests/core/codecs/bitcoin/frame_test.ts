import { assertEquals, assertThrows } from "@std/assert";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import {
  appendFrame,
  type BitcoinFrame,
  encodeFrame,
  FrameDecoder,
  type FrameDecoderOptions,
  MAX_BAD_CHECKSUMS,
  MAX_PAYLOAD_BYTES,
  type PayloadSink,
} from "../../../../core/codecs/bitcoin/frame.ts";
import { findNetwork } from "../../../../core/codecs/bitcoin/networks.ts";
import { ByteWriter } from "../../../../core/codec.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { assertSplitInvariant, assertTruncationsFault, cutAt } from "../../../support/split.ts";

const MAIN = findNetwork("main")!;
const MAGIC = MAIN.magic;

/** As nodes of Bitcoin's main network have sent them. */
const REAL_FRAMES: [hex: string, command: string, payload: string][] = [
  ["f9beb4d976657261636b000000000000000000005df6e0e2", "verack", ""],
  [
    "f9beb4d9616464720000000000000000" + "1f000000ed52399b" +
    "01e215104d010000000000000000000000000000000000ffff0a000001208d",
    "addr",
    "01e215104d010000000000000000000000000000000000ffff0a000001208d",
  ],
  [
    "f9beb4d976657273696f6e0000000000" + "64000000358d4932" +
    "62ea0000010000000000000011b2d05000000000010000000000000000000000000000000000ffff00000000" +
    "0000000000000000000000000000000000000000ffff0000000000003b2eb35d8ce617650f2f5361746f7368" +
    "693a302e372e322fc03e0300",
    "version",
    "62ea0000010000000000000011b2d05000000000010000000000000000000000000000000000ffff00000000" +
    "0000000000000000000000000000000000000000ffff0000000000003b2eb35d8ce617650f2f5361746f7368" +
    "693a302e372e322fc03e0300",
  ],
];

const PING: BitcoinFrame = { command: "ping", payload: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };

function decoder(options: Partial<FrameDecoderOptions> = {}): FrameDecoder {
  return new FrameDecoder({ magic: MAGIC, ...options });
}

function framed({ command, payload }: BitcoinFrame): Uint8Array {
  return encodeFrame(MAIN, command, payload);
}

/** A header that promises any length, with the checksum of nothing. */
function header(command: string, length: number): Uint8Array {
  const bytes = encodeFrame(MAIN, command, new Uint8Array(0));
  new DataView(bytes.buffer).setUint32(16, length, true);
  return bytes;
}

/** A frame of BSV with a header of 44 bytes. */
function extended(command: string, payload: Uint8Array, length: bigint): Uint8Array {
  const bytes = new Uint8Array(44);
  bytes.set(header("extmsg", 0xffffffff));
  bytes.fill(0, 20, 24);
  bytes.set(new TextEncoder().encode(command), 24);
  new DataView(bytes.buffer).setBigUint64(36, length, true);
  return concatBytes(bytes, payload);
}

function withWrongChecksum(frame: BitcoinFrame): Uint8Array {
  const bytes = framed(frame);
  bytes[20] ^= 1;
  return bytes;
}

/** Notes what it is told. */
class RecordingSink implements PayloadSink {
  readonly chunks: Uint8Array[] = [];
  ended: boolean | undefined;

  chunk(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
  }

  end(isIntact: boolean): void {
    assertEquals(this.ended, undefined);
    this.ended = isIntact;
  }
}

Deno.test("encodeFrame() and FrameDecoder agree with real nodes, both ways", () => {
  for (const [hex, command, payload] of REAL_FRAMES) {
    const frame = { command, payload: hexToBytes(payload) };
    assertEquals(framed(frame), hexToBytes(hex));
    assertEquals(decoder().push(hexToBytes(hex)), [frame]);
  }
});

Deno.test("appendFrame() appends what encodeFrame() gives, to whatever is there", () => {
  const writer = new ByteWriter();
  // The second is handed on by reference.
  const frames = [PING, { command: "block", payload: new Uint8Array(20_000).fill(3) }, PING];
  writer.u8(0xee);
  for (const frame of frames) appendFrame(MAIN, frame, writer);
  assertEquals(writer.toBytes(), concatBytes(Uint8Array.of(0xee), ...frames.map(framed)));
});

Deno.test("appendFrame() appends nothing of what it refuses", () => {
  const writer = new ByteWriter();
  assertThrows(() => appendFrame(MAIN, { ...PING, command: "thirteenchars" }, writer), RangeError);
  assertEquals(writer.pendingBytes, 0);
});

Deno.test("FrameDecoder reads the same however the bytes are cut", () => {
  const frames = [PING, { command: "verack", payload: new Uint8Array(0) }, {
    command: "twelve chars",
    payload: new Uint8Array(70).fill(9),
  }, { command: "", payload: Uint8Array.of(1) }];
  assertSplitInvariant(decoder, concatBytes(...frames.map(framed)), { messages: frames });
});

Deno.test("FrameDecoder stops at what can't be a frame, however the bytes are cut", () => {
  const ping = framed(PING);
  const otherMagic = concatBytes(findNetwork("regtest")!.magic, ping.subarray(4));
  const innerZero = framed({ ...PING, command: "p" });
  innerZero[6] = 0x69;
  const notAscii = framed(PING);
  notAscii[5] = 0x80;
  const control = framed(PING);
  control[5] = 0x1b;
  for (const bad of [otherMagic, innerZero, notAscii, control]) {
    assertSplitInvariant(decoder, concatBytes(ping, bad), {
      messages: [PING],
      fault: "malformed",
    });
  }
  assertSplitInvariant(decoder, concatBytes(ping, header("junk", MAX_PAYLOAD_BYTES + 1)), {
    messages: [PING],
    fault: "limit",
  });
});

Deno.test("FrameDecoder says what it expected and what came", () => {
  const http = decoder();
  http.push(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n"));
  assertEquals(
    http.fault?.message,
    "Cannot decode frame as it does not begin with f9beb4d9: got 48545450",
  );
  const large = decoder();
  large.push(header("block", 0xffffffff));
  assertEquals(
    large.fault?.message,
    "Cannot decode block as it is larger than 4000000 bytes: got 4294967295",
  );
});

Deno.test("FrameDecoder notices a server of another kind by a short greeting", () => {
  for (const greeting of ["220", "SSH-2.0-x\r\n"]) {
    const other = decoder();
    assertEquals(other.push(new TextEncoder().encode(greeting)), []);
    assertEquals(other.fault?.reason, "malformed", greeting);
  }
});

Deno.test("FrameDecoder faults when the bytes end inside a frame, at each of them", () => {
  assertTruncationsFault(decoder, framed(PING));
});

Deno.test("FrameDecoder checks each command's own limit before anything of it is kept", () => {
  const maxPayloadBytes = (command: string) => command === "ping" ? 8 : 100;
  for (const [command, most] of [["ping", 8], ["inv", 100]] as const) {
    const fits = decoder({ maxPayloadBytes });
    assertEquals(fits.push(header(command, most)), []);
    assertEquals(fits.fault, undefined);
    const exceeds = decoder({ maxPayloadBytes });
    exceeds.push(header(command, most + 1));
    assertEquals(exceeds.fault?.reason, "limit");
    assertEquals(exceeds.bufferedBytes, 0);
  }
});

Deno.test("FrameDecoder drops frames with a wrong checksum, and stops at the third", () => {
  const bad = withWrongChecksum(PING);
  const forgiving = decoder();
  for (let i = 1; i < MAX_BAD_CHECKSUMS; i++) {
    assertEquals(forgiving.push(concatBytes(bad, framed(PING))), [PING]);
    assertEquals(forgiving.badChecksums, i);
  }
  assertEquals(forgiving.fault, undefined);
  assertEquals(forgiving.push(concatBytes(framed(PING), bad, framed(PING))), [PING]);
  assertEquals(forgiving.badChecksums, MAX_BAD_CHECKSUMS);
  assertEquals(forgiving.fault?.reason, "malformed");
});

Deno.test("FrameDecoder puts a large payload together from many chunks", () => {
  const payload = Uint8Array.from({ length: 200_000 }, (_, i) => i * 31);
  const bytes = concatBytes(framed({ command: "block", payload }), framed(PING));
  const cuts = Array.from({ length: bytes.length / 1_000 }, (_, i) => i * 1_000);
  const pieces = decoder();
  const frames = cutAt(bytes, cuts).flatMap((chunk) => pieces.push(chunk));
  assertEquals(frames.map(({ command }) => command), ["block", "ping"]);
  assertEquals(frames[0].payload, payload);
});

Deno.test("FrameDecoder takes memory for what has arrived, not for what is promised", () => {
  const promise = concatBytes(header("block", MAX_PAYLOAD_BYTES), Uint8Array.of(1));
  const before = Deno.memoryUsage().external;
  const many = Array.from({ length: 100 }, () => decoder());
  for (const one of many) one.push(promise.slice());
  assertEquals(Deno.memoryUsage().external - before < MAX_PAYLOAD_BYTES, true);
  assertEquals(many.map(({ bufferedBytes }) => bufferedBytes), many.map(() => promise.length));
});

Deno.test("FrameDecoder understands BSV's extended headers where it is told to", () => {
  const payload = new Uint8Array(50).fill(5);
  const bytes = concatBytes(framed(PING), extended("block", payload, 50n), framed(PING));
  assertSplitInvariant(() => decoder({ acceptsExtended: true }), bytes, {
    messages: [PING, { command: "block", payload }, PING],
  });
  assertSplitInvariant(decoder, bytes, { messages: [PING], fault: "limit" });
});

Deno.test("FrameDecoder keeps the limits of extended frames, whatever 64 bits say", () => {
  for (const length of [BigInt(MAX_PAYLOAD_BYTES) + 1n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
    assertSplitInvariant(
      () => decoder({ acceptsExtended: true }),
      extended("block", new Uint8Array(0), length),
      { messages: [], fault: "limit" },
    );
  }
});

Deno.test("FrameDecoder hands a payload on where somebody takes it", () => {
  const payload = Uint8Array.from({ length: 300 }, (_, i) => i);
  const bytes = concatBytes(framed({ command: "block", payload }), framed(PING));
  for (const cuts of [[], [10], [24], [25, 100, 323], [100, 324]]) {
    const sink = new RecordingSink();
    const asked: [string, number][] = [];
    const streaming = decoder({
      stream: (command, length) => {
        asked.push([command, length]);
        return command === "block" ? sink : undefined;
      },
    });
    const frames = cutAt(bytes, cuts).flatMap((chunk) => streaming.push(chunk));
    assertEquals(frames, [PING]);
    assertEquals(concatBytes(...sink.chunks), payload);
    assertEquals(sink.ended, true);
    assertEquals(asked, [["block", 300], ["ping", 8]]);
    streaming.end();
  }
});

Deno.test("FrameDecoder tells a sink of a wrong checksum, and of a connection that ends", () => {
  const block: BitcoinFrame = { command: "block", payload: new Uint8Array(300) };
  const wrong = new RecordingSink();
  const mistaken = decoder({ stream: () => wrong });
  mistaken.push(withWrongChecksum(block));
  assertEquals([wrong.ended, mistaken.badChecksums], [false, 1]);

  const cut = new RecordingSink();
  const broken = decoder({ stream: () => cut });
  broken.push(framed(block).subarray(0, 124));
  assertEquals([cut.ended, broken.bufferedBytes], [undefined, 24]);
  assertThrows(() => broken.end(), DecodeError, "Cannot decode block as the connection ends");
  assertEquals(cut.ended, false);
});

Deno.test("FrameDecoder tells a sink of an empty payload that it has ended", () => {
  const sink = new RecordingSink();
  decoder({ stream: () => sink }).push(framed({ command: "verack", payload: new Uint8Array(0) }));
  assertEquals([sink.chunks, sink.ended], [[], true]);
});

Deno.test("FrameDecoder answers 1000 random inputs with frames or a DecodeError", () => {
  const random = seededRandom(20_261_120);
  const valid = concatBytes(framed(PING), framed({ command: "inv", payload: new Uint8Array(37) }));
  for (let run = 0; run < 1_000; run++) {
    const input = run % 2 === 0
      ? Uint8Array.from({ length: random() * 120 }, () => random() * 256)
      : valid.slice();
    if (run % 2 === 1) {
      for (let flips = random() * 3; flips >= 0; flips--) {
        input[Math.floor(random() * input.length)] ^= 1 << Math.floor(random() * 8);
      }
    }
    const fuzzed = decoder({ acceptsExtended: run % 3 === 0 });
    const frames = cutAt(input, [Math.floor(random() * input.length)])
      .flatMap((chunk) => fuzzed.push(chunk));
    if (fuzzed.fault === undefined) {
      const framedBytes = frames.reduce((sum, { payload }) => sum + 24 + payload.length, 0);
      assertEquals(framedBytes + fuzzed.bufferedBytes <= input.length, true);
    }
    try {
      fuzzed.end();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
});

Deno.test("encodeFrame() refuses commands that don't fit their field", () => {
  for (const command of ["thirteenchars", "żółw", "a\0b", "a\n"]) {
    assertThrows(
      () => encodeFrame(MAIN, command, new Uint8Array(0)),
      RangeError,
      "at most 12 ASCII characters",
      command,
    );
  }
});
