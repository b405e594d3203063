import { assertEquals } from "@std/assert";
import {
  isMarkedCompressed,
  packP2pCompressed,
  unpackP2pCompressed,
} from "../../../core/codecs/p2p_compressed.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("unpackP2pCompressed() reads what packP2pCompressed() writes", () => {
  const compressed = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (const method of ["zlib", "bzip2", "lzma"] as const) {
    const packed = packP2pCompressed(method, compressed);
    const unpacked = unpackP2pCompressed(packed);
    assertEquals([unpacked?.method, unpacked?.compressed], [method, compressed]);
  }
});

Deno.test("packP2pCompressed() writes standard base64 with padding, and 02", () => {
  const packed = packP2pCompressed("zlib", new Uint8Array([0xfb, 0xff]));
  assertEquals(new TextDecoder().decode(packed), "+/96bGli\x02");
});

Deno.test("unpackP2pCompressed() gives all there is for a method that nobody knows", () => {
  const unpacked = unpackP2pCompressed(bytes(`${btoa("data-zstd")}\x02`));
  assertEquals(unpacked, {
    method: undefined,
    compressed: bytes("data-zstd"),
    whole: bytes("data-zstd"),
  });
});

for (
  const text of [
    "",
    "hello",
    "a\x02b",
    "\x02a\x02",
    "\x02",
    "a\x02",
    "bad!\x02",
    "YQ\x02",
    "-_-_\x02",
  ]
) {
  Deno.test(`unpackP2pCompressed() takes ${JSON.stringify(text)} for what it is`, () => {
    assertEquals(unpackP2pCompressed(bytes(text)), undefined);
  });
}

Deno.test("isMarkedCompressed() says what a real node would think", () => {
  const marked = ["\x02", "a\x02"];
  const others = ["", "a", "\x02a", "\x02\x02", "a\x02b\x02"];
  for (const text of marked) assertEquals(isMarkedCompressed(bytes(text)), true, text);
  for (const text of others) assertEquals(isMarkedCompressed(bytes(text)), false, text);
});
