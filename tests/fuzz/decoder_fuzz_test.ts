import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteWriter, type Decoder } from "../../core/codec.ts";
import { decodeMessagePack, encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { DEFAULT_EXTENSIONS } from "../../core/codecs/messagepack_extensions.ts";
import { MsgpackRpcCodec, type RpcMessage } from "../../core/codecs/msgpack_rpc.ts";
import type { Wire } from "../../core/dialects/dialect.ts";
import { NATIVE_DIALECT } from "../../core/dialects/native.ts";
import { DecodeError } from "../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import type { Message } from "../../core/message.ts";
import { RUNS, text, value, wholeNumber } from "../support/arbitraries.ts";
import { cutAt } from "../support/split.ts";

const FUZZ: fc.Parameters<unknown> = { ...RUNS, numRuns: 2_000 };
/** Small ones, so that the inputs come near them. */
const LIMITS = { ...DEFAULT_LIMITS, maxMessageBytes: 2_000, maxItems: 200, maxDepth: 12 };
const CODEC = new MsgpackRpcCodec(LIMITS);

function openNative(): Wire {
  return NATIVE_DIALECT.open({ limits: LIMITS, extensions: DEFAULT_EXTENSIONS });
}

const BEGINNINGS = ["", "940001a16d", "940101", "9302a16d", "9302a6242f6974656d"];

/** A message's beginning, perhaps, and bytes of which many are MessagePack tags or small sizes. */
function randomBytes(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.constantFrom(...BEGINNINGS), tagBytes()).map(([beginning, bytes]) =>
    Uint8Array.of(...Uint8Array.fromHex(beginning), ...bytes)
  );
}

function tagBytes(): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(
    { weight: 3, arbitrary: fc.nat(0xff) },
    { weight: 3, arbitrary: fc.constantFrom(0x93, 0x94, 0, 1, 2, 0xa1, 0x90, 0x91, 0x80, 0x81) },
    { weight: 1, arbitrary: fc.integer({ min: 0xc0, max: 0xdf }) },
  );
  return fc.array(byte, { maxLength: 200 }).map((array) => Uint8Array.from(array));
}

function message(): fc.Arbitrary<unknown[]> {
  const id = fc.oneof(fc.nat(300), fc.nat(0xffffffff));
  const params = fc.array(value(), { maxLength: 4 });
  const kwargs = fc.dictionary(fc.string(), value(), { maxKeys: 3 });
  const method = fc.oneof(
    text(),
    fc.constantFrom("$/hello", "$/item", "$/credit", "$/cancel", "$/ping", "$/pong", "$/other"),
  );
  return fc.oneof(
    fc.tuple(fc.constant(0), id, method, params),
    fc.tuple(fc.constant(0), id, method, kwargs.map((kwargs) => [1, { $kw: kwargs }])),
    fc.tuple(fc.constant(1), id, value(), value()),
    fc.tuple(fc.constant(2), method, params),
    fc.tuple(fc.constant(2), method, fc.tuple(id, value())),
    fc.tuple(fc.constant(2), fc.constant("$/credit"), fc.tuple(id, wholeNumber())),
    fc.tuple(
      fc.constant(2),
      fc.constant("$/hello"),
      fc.tuple(fc.record({ name: value(), namespace: text(), window: value() })),
    ),
  );
}

/** Valid messages, of which some bytes were changed, cut out, doubled or put in. */
function mutatedMessages(): fc.Arbitrary<Uint8Array> {
  const mutation = fc.record({
    at: fc.nat(),
    remove: fc.oneof(fc.constant(0), fc.nat(4)),
    insert: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 4 }), tagBytes()),
  });
  const messages = fc.array(message(), { minLength: 1, maxLength: 4 });
  return fc.tuple(messages, fc.array(mutation, { maxLength: 4 })).map(([messages, mutations]) => {
    const bytes = messages.flatMap((message) => [...encodeMessagePack(message)]);
    for (const { at, remove, insert } of mutations) {
      bytes.splice(at % (bytes.length + 1), remove, ...insert);
    }
    return Uint8Array.from(bytes);
  });
}

function chunks(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array[]> {
  return fc.tuple(bytes, fc.array(fc.nat(), { maxLength: 5 })).map(([bytes, cuts]) =>
    cutAt(bytes, cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b))
  );
}

/** Feeds the chunks, and holds the decoder to its contract. Gives the messages. */
function decodeAll<M>(decoder: Decoder<M>, chunks: readonly Uint8Array[]): M[] {
  const messages: M[] = [];
  for (const chunk of chunks) {
    const hadFault = decoder.fault !== undefined;
    const more = decoder.push(chunk.slice());
    if (hadFault) assertEquals(more, [], "after a fault nothing more");
    messages.push(...more);
    assert(decoder.bufferedBytes <= LIMITS.maxMessageBytes);
  }
  const isWhole = decoder.fault === undefined && decoder.bufferedBytes === 0;
  if (isWhole) decoder.end();
  else assertInstanceOf(assertThrows(() => decoder.end()), DecodeError);
  assertEquals(decoder.push(encodeMessagePack([2, "m", []])).length, isWhole ? 1 : 0);
  return messages;
}

function encodeRpc(messages: readonly RpcMessage[]): Uint8Array {
  const into = new ByteWriter();
  for (const message of messages) CODEC.encode(message, into);
  return into.toBytes();
}

function encodeNative(messages: readonly Message[]): Uint8Array {
  const wire = openNative();
  const into = new ByteWriter();
  for (const message of messages) {
    switch (message.type) {
      case "request":
        wire.request(message.id, message.method, message.args, message.kwargs, into);
        break;
      case "notify":
        wire.notify(message.method, message.args, message.kwargs, into);
        break;
      case "response":
        CODEC.encode(message, into);
        break;
      case "hello":
        wire.hello(message.peer, into);
        break;
      case "item":
        wire.item(message.id, message.values, into);
        break;
      case "credit":
        wire.credit(message.id, message.count, into);
        break;
      case "cancel":
        wire.cancel(message.id, into);
        break;
      case "ping":
        wire.ping(into);
        break;
      case "pong":
        wire.pong(into);
        break;
    }
  }
  return into.toBytes();
}

/** What was decoded goes out, comes in, and is the same; floats of 4 bytes have become 8. */
function assertComesBack<M>(
  messages: readonly M[],
  encode: (messages: readonly M[]) => Uint8Array,
  make: () => Decoder<M>,
): void {
  const bytes = encode(messages);
  const decoder = make();
  const again = decoder.push(bytes.slice());
  if (decoder.fault?.reason === "limit") return;
  decoder.end();
  assertEquals(again, messages);
  assertEquals(encode(again), bytes);
}

for (
  const [name, bytes] of [["random bytes", randomBytes()], [
    "mutated messages",
    mutatedMessages(),
  ]] as const
) {
  Deno.test(`MsgpackRpcCodec's decoder gives messages or a DecodeError of ${name}`, () => {
    fc.assert(
      fc.property(chunks(bytes), (chunks) => {
        const messages = decodeAll(CODEC.decoder(), chunks);
        assertComesBack(messages, encodeRpc, () => CODEC.decoder());
      }),
      FUZZ,
    );
  });

  Deno.test(`The native dialect's decoder gives messages or a DecodeError of ${name}`, () => {
    fc.assert(
      fc.property(chunks(bytes), (chunks) => {
        const messages = decodeAll(openNative().decoder, chunks);
        assertComesBack(messages, encodeNative, () => openNative().decoder);
      }),
      FUZZ,
    );
  });

  Deno.test(`MsgpackRpcCodec's decoder gives the same messages however ${name} are cut`, () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
        const whole = CODEC.decoder();
        const expected = whole.push(bytes.slice());
        const cut = CODEC.decoder();
        const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
        assertEquals(cutAt(bytes, places).flatMap((chunk) => cut.push(chunk)), expected);
        // A cut one may learn of a fault only from bytes to come.
        if (whole.fault === undefined) assertEquals(cut.fault, undefined);
        else assertThrows(() => cut.end(), DecodeError);
      }),
      FUZZ,
    );
  });

  Deno.test(`decodeMessagePack() gives a value or a DecodeError of ${name}`, () => {
    fc.assert(
      fc.property(bytes, (bytes) => {
        let value: unknown;
        try {
          value = decodeMessagePack(bytes);
        } catch (error) {
          assertInstanceOf(error, DecodeError);
          return;
        }
        const encoded = encodeMessagePack(value);
        assertEquals(decodeMessagePack(encoded.slice()), value);
      }),
      FUZZ,
    );
  });
}
