import { assert, assertEquals, assertThrows } from "@std/assert";
import { ByteWriter } from "../../../core/codec.ts";
import { Extension, Extensions } from "../../../core/codecs/messagepack_extensions.ts";
import { MsgpackRpcCodec, type RpcMessage } from "../../../core/codecs/msgpack_rpc.ts";
import { EncodeError } from "../../../core/errors.ts";
import { assertSplitInvariant, assertTruncationsFault } from "../../support/split.ts";
import neovim from "../../vectors/msgpack_rpc_neovim.json" with { type: "json" };

const CODEC = new MsgpackRpcCodec();

function encoded(...messages: RpcMessage[]): Uint8Array {
  const into = new ByteWriter();
  for (const message of messages) CODEC.encode(message, into);
  return into.toBytes();
}

/** Messages as arrays, as they are on the wire. */
function toArrays(messages: readonly RpcMessage[]): unknown[] {
  return messages.map((message) => {
    switch (message.type) {
      case "request":
        return [0, message.id, message.method, message.args];
      case "response":
        return [1, message.id, message.error, message.result];
      case "notify":
        return [2, message.method, message.args];
    }
  });
}

function assertFault(hex: string, message: string): void {
  const decoder = CODEC.decoder();
  assertEquals(decoder.push(Uint8Array.fromHex(hex)), [], hex);
  assertEquals(decoder.fault?.reason, "malformed", hex);
  assertEquals(decoder.fault?.code, "protocol_error", hex);
  assert(decoder.fault?.message.includes(message), `${hex}: ${decoder.fault?.message}`);
}

const MESSAGES: readonly [string, RpcMessage][] = [
  ["940000a16d90", { type: "request", id: 0, method: "m", args: [], kwargs: undefined }],
  ["94007fa373756d920102", {
    type: "request",
    id: 127,
    method: "sum",
    args: [1, 2],
    kwargs: undefined,
  }],
  ["9400cc80a090", { type: "request", id: 128, method: "", args: [], kwargs: undefined }],
  ["9400cdffffa16d90", { type: "request", id: 65535, method: "m", args: [], kwargs: undefined }],
  ["9400ce00010000a16d90", {
    type: "request",
    id: 65536,
    method: "m",
    args: [],
    kwargs: undefined,
  }],
  ["9400ceffffffffa16d90", {
    type: "request",
    id: 2 ** 32 - 1,
    method: "m",
    args: [],
    kwargs: undefined,
  }],
  ["940105c003", { type: "response", id: 5, error: null, result: 3 }],
  ["9401ce0001000081a4636f6465a178c0", {
    type: "response",
    id: 65536,
    error: { code: "x" },
    result: null,
  }],
  ["9302a16d9181a16101", { type: "notify", method: "m", args: [{ a: 1 }], kwargs: undefined }],
];

Deno.test("MsgpackRpcCodec runs each kind of message both ways", () => {
  for (const [hex, message] of MESSAGES) {
    assertEquals(encoded(message).toHex(), hex);
    const decoder = CODEC.decoder();
    assertEquals(decoder.push(Uint8Array.fromHex(hex)), [message]);
    decoder.end();
  }
});

Deno.test("MsgpackRpcCodec decodes the same however the stream is cut", () => {
  const messages = MESSAGES.map(([, message]) => message);
  assertSplitInvariant(() => CODEC.decoder(), encoded(...messages), { messages });
});

Deno.test("MsgpackRpcCodec.decoder().end() inside a message is truncated", () => {
  for (const [hex] of MESSAGES) {
    assertTruncationsFault(() => CODEC.decoder(), Uint8Array.fromHex(hex));
  }
});

Deno.test("MsgpackRpcCodec takes ids in any form that is a whole number", () => {
  for (const id of ["cc05", "cd0005", "ce00000005", "cf0000000000000005", "d005", "d200000005"]) {
    const [message] = CODEC.decoder().push(Uint8Array.fromHex(`9401${id}c0c0`));
    assertEquals(message, { type: "response", id: 5, error: null, result: null });
  }
});

Deno.test("MsgpackRpcCodec refuses ids that are not whole numbers under 2^32", () => {
  const ids = {
    "negative": "ff",
    "negative in 64 bits": "d3ffffffffffffffff",
    "fractional": "cb3ff8000000000000",
    "NaN": "cb7ff8000000000000",
    "Infinity": "cb7ff0000000000000",
    "2^32": "cf0000000100000000",
    "2^64 - 1": "cfffffffffffffffff",
    "a string": "a131",
    "bytes": "c40131",
    "nil": "c0",
    "true": "c3",
    "an array": "9101",
    "a map": "8101c0",
  };
  for (const id of Object.values(ids)) {
    assertFault(`9400${id}a16d90`, "its id is not a whole number under 2^32");
    assertFault(`9401${id}c0c0`, "its id is not a whole number under 2^32");
  }
});

Deno.test("MsgpackRpcCodec refuses arrays of other sizes and of other kinds", () => {
  const sizes = ["90", "9100", "920001", "9500", "9f", "dc0005", "dd00000005"];
  for (const hex of sizes) {
    assertFault(hex, "no request, response or notification: got an array of");
  }
  for (const kind of ["9303", "93ff", "93c0", "93a130", "9390", "93cb3fe0000000000000"]) {
    assertFault(`${kind}a16d90`, "no request, response or notification");
  }
  for (const kind of ["9402", "9403", "94c0", "94a130", "94c3"]) {
    assertFault(`${kind}01a16d90`, "no request, response or notification");
  }
  assertFault("9300a16d90", "an array of 3 that begins with 0");
  assertFault("9301a16d90", "an array of 3 that begins with 1");
});

Deno.test("MsgpackRpcCodec refuses what is no array", () => {
  for (const tag of ["00", "ff", "80", "a0", "c0", "c3", "c400", "cb", "de0000", "d6ff"]) {
    assertFault(tag, "it is not an array: got tag 0x");
  }
});

Deno.test("MsgpackRpcCodec refuses params that are no array, and methods that are no string", () => {
  for (const params of ["80", "a0", "01", "c0", "c3", "c40100"]) {
    assertFault(`940001a16d${params}`, "its params are not an array");
    assertFault(`9302a16d${params}`, "its params are not an array");
  }
  for (const method of ["80", "90", "01", "c0", "c3", "cb3ff8000000000000"]) {
    assertFault(`940001${method}90`, "its method is not a string");
    assertFault(`9302${method}90`, "its method is not a string");
  }
});

Deno.test("MsgpackRpcCodec says what it found without repeating the peer's text", () => {
  const decoder = CODEC.decoder();
  decoder.push(Uint8Array.fromHex(`940001a16da8${"1b5d303b6869070a"}`));
  assertEquals(
    decoder.fault?.message,
    "Cannot decode message as its params are not an array: got a string",
  );
});

Deno.test("MsgpackRpcCodec takes method names as bytes", () => {
  for (const name of ["c4026869", "c500026869", "a26869"]) {
    const [message] = CODEC.decoder().push(Uint8Array.fromHex(`9302${name}90`));
    assertEquals(message, { type: "notify", method: "hi", args: [], kwargs: undefined });
  }
});

Deno.test("MsgpackRpcCodec reads the same method name from bytes as from a string", () => {
  for (const name of ["efbbbf61", "c3a4", "61"]) {
    const size = name.length / 2;
    const asString = CODEC.decoder().push(Uint8Array.fromHex(`9302a${size}${name}90`));
    const asBytes = CODEC.decoder().push(Uint8Array.fromHex(`9302c40${size}${name}90`));
    assertEquals(asBytes, asString);
  }
});

Deno.test("MsgpackRpcCodec counts a message's own elements as values, however cut", () => {
  const messages: RpcMessage[] = [
    { type: "notify", method: "m", args: [1, 2, 3], kwargs: undefined },
  ];
  const bytes = encoded(...messages);
  assertSplitInvariant(() => CODEC.decoder({ maxItems: 6 }), bytes, { messages });
  assertSplitInvariant(() => CODEC.decoder({ maxItems: 5 }), bytes, {
    messages: [],
    fault: "limit",
  });
});

Deno.test("MsgpackRpcCodec takes nesting of maxDepth both ways and refuses one more", () => {
  const codec = new MsgpackRpcCodec({ maxDepth: 3 });
  const into = new ByteWriter();
  codec.encodeNotify("m", [[[new Uint8Array()]]], into);
  codec.encodeResponse(1, null, [[[1]]], into);
  const decoder = codec.decoder();
  assertEquals(toArrays(decoder.push(into.toBytes())), [
    [2, "m", [[[new Uint8Array()]]]],
    [1, 1, null, [[[1]]]],
  ]);
  assertThrows(() => codec.encodeNotify("m", [[[[]]]], into), EncodeError, "too deeply");
  decoder.push(Uint8Array.fromHex("9302a16d91919190"));
  assertEquals(decoder.fault?.reason, "limit");
});

Deno.test("MsgpackRpcCodec.decoder() refuses limits that are none", () => {
  for (const limit of [NaN, 0, -1, 1.5, Infinity]) {
    assertThrows(() => CODEC.decoder({ maxMessageBytes: limit }), RangeError, "maxMessageBytes");
    assertThrows(() => new MsgpackRpcCodec({ maxDepth: limit }), RangeError, "maxDepth");
  }
});

Deno.test("MsgpackRpcCodec uses its extensions both ways", () => {
  class Buffer {
    readonly handle: number;
    constructor(handle: number) {
      this.handle = handle;
    }
  }
  const codec = new MsgpackRpcCodec(
    {},
    new Extensions().register({
      type: 0,
      of: Buffer,
      encode: (buffer) => Uint8Array.of(buffer.handle),
      decode: (data) => new Buffer(data[0]),
    }),
  );
  const into = new ByteWriter();
  codec.encodeResponse(12, null, new Buffer(1), into);
  const bytes = into.toBytes();
  assertEquals(bytes.toHex(), "94010cc0d40001");
  assertEquals(codec.decoder().push(bytes), [
    { type: "response", id: 12, error: null, result: new Buffer(1) },
  ]);
});

Deno.test("MsgpackRpcCodec decodes what Neovim and pynvim send, and writes what they take", () => {
  for (const { name, hex, decoded } of neovim.vectors) {
    if (decoded === undefined) continue;
    const decoder = CODEC.decoder();
    const messages = decoder.push(Uint8Array.fromHex(hex));
    decoder.end();
    const expected = (Array.isArray(decoded[0]) ? decoded : [decoded]) as unknown[][];
    assertEquals(toArrays(messages), expected.map(reviveMessage), name);
    // Bytes sent as a string, as old MessagePack had it, go out as bytes; names in bytes as strings.
    const isOld = JSON.stringify(decoded).includes("bytes_hex");
    assertEquals(encoded(...messages).toHex() === hex, !isOld, name);
  }
});

Deno.test("MsgpackRpcCodec waits for the rest of Neovim's long answer", () => {
  const beginning = neovim.vectors.find(({ name }) => name === "get_api_info.response_prefix");
  const decoder = CODEC.decoder();
  assertEquals(decoder.push(Uint8Array.fromHex(beginning!.hex)), []);
  assertEquals([decoder.fault, decoder.bufferedBytes], [undefined, 256]);
  assertTruncationsFault(() => CODEC.decoder(), Uint8Array.fromHex(beginning!.hex));
});

function reviveMessage(message: readonly unknown[]): unknown[] {
  const revived = message.map(revive);
  const name = revived[0] === 2 ? 1 : 2;
  if (revived[name] instanceof Uint8Array) revived[name] = new TextDecoder().decode(revived[name]);
  return revived;
}

/** What JSON can't say is written there as a map. */
function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  const { $bytes_hex, $str_bytes_hex, $ext, data_hex } = value as Record<string, string>;
  const bytes = $bytes_hex ?? $str_bytes_hex;
  if (bytes !== undefined) return Uint8Array.fromHex(bytes);
  if ($ext !== undefined) return new Extension(Number($ext), Uint8Array.fromHex(data_hex));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}
