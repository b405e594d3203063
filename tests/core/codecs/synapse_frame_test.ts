import { assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../../core/codec.ts";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { MAX_FRAME_BYTES, SynapseFrameCodec } from "../../../core/codecs/synapse_frame.ts";
import type { SynapseMessage } from "../../../core/codecs/synapse_message.ts";
import { DecodeError, EncodeError } from "../../../core/errors.ts";
import { countAllocatedBytes } from "../../support/counting.ts";
import { join } from "../../support/raw_peer.ts";
import { assertSplitInvariant, assertTruncationsFault } from "../../support/split.ts";
import { EDGES, FRAMES, vectorOf } from "../../support/synapse_vectors.ts";

const CODEC = new SynapseFrameCodec();

Deno.test("SynapseFrameCodec reads what real programs send, and writes the same bytes", () => {
  for (const { name, bytes, decoded } of FRAMES) {
    const [message, ...others] = CODEC.decoder().push(bytes.slice());
    assertEquals(others, [], name);
    const read = message.type === "request" && message.kwargs === undefined
      ? { ...message, kwargs: {} }
      : message;
    assertEquals(read as unknown, decoded, name);
    assertEquals(encode(message), bytes, name);
  }
});

Deno.test("SynapseFrameCodec writes the fields of any message in the order of real ones", () => {
  const shuffled: SynapseMessage = {
    type: "response",
    error: { message: "no", code: "bad_request" },
    result: null,
    ok: false,
    id: "1",
  };
  const [message] = CODEC.decoder().push(encode(shuffled));
  assertEquals(Object.keys(message), ["type", "id", "ok", "result", "error"]);
  const text = new TextDecoder("latin1").decode(encode(shuffled));
  const places = ["id", "ok", "result", "error", "code", "message", "type"]
    .map((field) => text.indexOf(field));
  assertEquals(places, places.toSorted((a, b) => a - b));
});

Deno.test("SynapseFrameCodec: frames may be cut anywhere", () => {
  const frames = ["sum_kwargs.request", "join.response", "error_internal.response"]
    .map((name) => vectorOf(FRAMES, name).bytes);
  const messages = frames.map((frame) => CODEC.decoder().push(frame.slice())[0]);
  assertSplitInvariant(() => CODEC.decoder(), join(frames), { messages });
  const broken = join([frames[0], vectorOf(EDGES, "edge.array").bytes, frames[1]]);
  assertSplitInvariant(() => CODEC.decoder(), broken, {
    messages: [messages[0]],
    fault: "malformed",
  });
});

Deno.test("SynapseFrameCodec: a frame that ends too early is a fault", () => {
  assertTruncationsFault(() => CODEC.decoder(), vectorOf(FRAMES, "sum.request").bytes);
});

Deno.test("SynapseFrameCodec: a frame whose map ends before it, or behind it, is a fault", () => {
  for (const [hex, reason] of [["0000000281a1", "truncated"], ["00000000", "truncated"]]) {
    const decoder = CODEC.decoder();
    assertEquals(decoder.push(Uint8Array.fromHex(hex)), []);
    assertEquals(decoder.fault?.reason, reason as DecodeError["reason"]);
  }
  const trailing = CODEC.decoder();
  assertEquals(trailing.push(Uint8Array.fromHex("000000028000")), []);
  assertEquals(trailing.fault?.reason, "malformed");
});

Deno.test("SynapseFrameCodec takes frames up to the limit, both ways", () => {
  const codec = new SynapseFrameCodec({ maxMessageBytes: 200 });
  const largest = requestOfFrame(200);
  assertEquals(encodeMessagePack({ ...largest, kwargs: {} }).length, 200);
  assertEquals(codec.decoder().push(encode(largest, codec)), [largest]);
  const error = assertThrows(() => encode(requestOfFrame(201), codec), EncodeError);
  assertEquals(error.code, "limit_exceeded");
  const decoder = codec.decoder();
  assertEquals(decoder.push(encode(requestOfFrame(201))), []);
  assertEquals(decoder.fault?.reason, "limit");
  assertEquals(decoder.missingBytes, 0);
});

Deno.test("SynapseFrameCodec takes 4 MiB as real programs do, and no more", () => {
  const largest = requestOfFrame(MAX_FRAME_BYTES);
  const [message] = CODEC.decoder().push(encode(largest));
  assertEquals(message, largest);
  assertThrows(() => encode(requestOfFrame(MAX_FRAME_BYTES + 1)), EncodeError, "4194304 bytes");
});

Deno.test("SynapseFrameCodec knows what is missing of a frame that it refuses", () => {
  const decoder = CODEC.decoder();
  decoder.push(Uint8Array.of(0, 0x40, 0, 1, 0x85, 0xa2));
  assertEquals(decoder.fault?.reason, "limit");
  assertEquals(decoder.missingBytes, MAX_FRAME_BYTES + 1 - 2);
  assertThrows(() => decoder.end(), DecodeError, "larger than 4194304 bytes: got 4194305");
});

Deno.test("SynapseFrameCodec allocates for what has come, not for what was announced", () => {
  const decoder = CODEC.decoder();
  const allocated = countAllocatedBytes(() => {
    decoder.push(Uint8Array.of(0, 0x40, 0, 0, 0x85));
    decoder.push(new Uint8Array(2_000));
  });
  assertEquals(decoder.bufferedBytes, 2_005);
  assertEquals(allocated < 16_000, true, `${allocated} bytes`);
});

function encode(message: SynapseMessage, codec = CODEC): Uint8Array {
  const writer = new ByteWriter();
  codec.encode(message, writer);
  return writer.toBytes();
}

/** A request whose map has so many bytes. */
function requestOfFrame(bytes: number): SynapseMessage {
  const request = { type: "request", endpoint: "f", id: "1", kwargs: undefined } as const;
  const empty = encodeMessagePack({ ...request, args: [new Uint8Array(0)], kwargs: {} }).length;
  const header = bytes - empty < 0x100 ? 0 : bytes - empty < 0x10000 ? 1 : 3;
  return { ...request, args: [new Uint8Array(bytes - empty - header)] };
}
