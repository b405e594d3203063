import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { EotStreamCodec } from "../../../core/codecs/eot_stream.ts";
import {
  checkNotMarkedCompressed,
  decodeP2pMessage,
  encodeP2pMessage,
} from "../../../core/codecs/p2p_message.ts";
import { DecodeError, EncodeError } from "../../../core/errors.ts";
import { P2P_VECTORS, p2pVectorOf } from "../../support/p2p_vectors.ts";

const LIMITS = { maxDepth: 16, maxItems: 100 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const plain = P2P_VECTORS.filter(({ name, received }) => received && !name.startsWith("zlib"));

for (const { name, bytes, received } of plain) {
  Deno.test(`decodeP2pMessage() reads ${name} as a real node does`, () => {
    const messages = new EotStreamCodec().decoder().push(bytes.slice());
    assertEquals(messages.map((message) => decodeP2pMessage(message, LIMITS)), received);
  });
}

for (
  const [name, value] of [
    ["str.client", "hello"],
    ["str.utf8.client", "hé€😀"],
    ["dict.client", { a: 1, b: [true, null, 1.5], c: "é" }],
    ["bytes.client", new Uint8Array([0, 1, 255, 254])],
    ["bytes.that_are_utf8.client", bytes("plain")],
    ["str.number.client", "123"],
    ["str.json_object.client", '{"x": 1}'],
    ["str.true.client", "true"],
    ["server_to_client.dict.server", { from: "b" }],
    ["send_to_nodes.client", { all: 1 }],
  ] as const
) {
  Deno.test(`encodeP2pMessage() writes ${name} as a real node does`, () => {
    assertEquals(encodeP2pMessage(value, LIMITS), p2pVectorOf(name).bytes.slice(0, -1));
  });
}

Deno.test("encodeP2pMessage() doesn't copy bytes, nor does decodeP2pMessage()", () => {
  const value = new Uint8Array([255]);
  assertStrictEquals(encodeP2pMessage(value, LIMITS), value);
  assertStrictEquals(decodeP2pMessage(value, LIMITS), value);
});

Deno.test("decodeP2pMessage() takes a byte order mark for text", () => {
  assertEquals(decodeP2pMessage(bytes("\ufeff1"), LIMITS), "\ufeff1");
});

Deno.test("decodeP2pMessage() refuses JSON beyond its limits", () => {
  const json = `${"[".repeat(17)}${"]".repeat(17)}`;
  assertThrows(() => decodeP2pMessage(bytes(json), LIMITS), DecodeError, "deeper than 16");
});

Deno.test("checkNotMarkedCompressed() refuses what would be decompressed", () => {
  const error = assertThrows(() => checkNotMarkedCompressed(bytes("ab\x02")), EncodeError);
  assertEquals(error.code, "not_supported");
  for (const text of ["", "ab", "\x02ab", "\x02\x02"]) checkNotMarkedCompressed(bytes(text));
});
