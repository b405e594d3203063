import { assert, assertEquals, assertRejects } from "@std/assert";
import { DecodeError, EncodeError } from "../../core/errors.ts";
import { nodeP2pCompression } from "../../transports/compression.ts";

const { compress, decompress } = nodeP2pCompression;
const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const PLAIN = "compress me ".repeat(20);
/** As Python's zlib, bz2 and lzma write it. */
const COMPRESSED = {
  zlib: "eJxLzs8tKEotLlbITVVIHgFsAHzWWdk=",
  bzip2: "QlpoOTFBWSZTWRPjj9MAAB2RgEAACgLYACAAUIYEBSqepptTCaTCcJpMJ0nScJpOk0n4u5IpwoSAnxx+mA==",
  lzma:
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ADvABNdADGbyfP2vI7Fvdeky1vS/BS8AAAAAMcqqfRXGvQwAAEv8AEAAAAGVCfFscRn+wIAAAAABFla",
} as const;
/** The same with a dictionary of a gigabyte. */
const GREEDY_XZ =
  "/Td6WFoAAATm1rRGAgAhASQAAABeH8f54ADvABNdADGbyfP2vI7Fvdeky1vS/BS8AAAAAMcqqfRXGvQwAAEv8AEAAAAGVCfFscRn+wIAAAAABFla";
/** 300,000 zeros, which take a kilobyte at most. */
const BOMBS = {
  zlib:
    "eJztwQENAAAAwqD3T20PBxQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPwYlBwAAQ==",
  bzip2: "QlpoOTFBWSZTWd9HTW8AAkxAgMAABAAACCAAMMwFKaYURsRRHi7kinChIb6Omt4=",
  lzma:
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj5JPfAG9dAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGw1jEDBAAAAH58pcZX/q9AAAYsB4KcSAHhj/vixxGf7AgAAAAAEWVo=",
} as const;
const METHODS = ["zlib", "bzip2", "lzma"] as const;

for (const method of METHODS) {
  Deno.test(`nodeP2pCompression reads ${method} of Python`, async () => {
    const plain = await decompress(method, fromBase64(COMPRESSED[method]), PLAIN.length);
    assertEquals(text(plain), PLAIN);
  });

  Deno.test(`nodeP2pCompression keeps maxBytes of ${method}, at n + 1, and reads on`, async () => {
    for (
      const [bytes, maxBytes] of [[COMPRESSED[method], PLAIN.length - 1], [
        BOMBS[method],
        99_999,
      ]] as const
    ) {
      const error = await assertRejects(
        () => decompress(method, fromBase64(bytes), maxBytes),
        DecodeError,
        `holds more than ${maxBytes} bytes`,
      ) as DecodeError;
      assertEquals(error.reason, "limit");
    }
    assertEquals((await decompress(method, fromBase64(BOMBS[method]), 300_000)).length, 300_000);
  });

  Deno.test(`nodeP2pCompression tells every truncation of ${method}, and reads on`, async () => {
    const whole = fromBase64(COMPRESSED[method]);
    for (let length = 0; length < whole.length; length++) {
      const error = await assertRejects(
        () => decompress(method, whole.slice(0, length), 1_000),
        DecodeError,
      ) as DecodeError;
      assert(error.reason !== "limit", `${length} bytes`);
    }
    assertEquals(text(await decompress(method, whole, 1_000)), PLAIN);
  });

  Deno.test(`nodeP2pCompression tells damage of ${method} by its checksum, and reads on`, async () => {
    const whole = fromBase64(COMPRESSED[method]);
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.with(at, whole[at] ^ 0x10);
      try {
        // Some bits are for information only.
        assertEquals(text(await decompress(method, damaged, 1_000)), PLAIN, `byte ${at}`);
      } catch (error) {
        assert(error instanceof DecodeError, `byte ${at}: ${error}`);
      }
    }
    assertEquals(text(await decompress(method, whole, 1_000)), PLAIN);
  });

  Deno.test(`nodeP2pCompression reads several messages of ${method} at once`, async () => {
    const many = Array.from({ length: 10 }, (_, at) => {
      const isBomb = at % 3 === 0;
      return decompress(method, fromBase64((isBomb ? BOMBS : COMPRESSED)[method]), 1_000)
        .then(text, (error: DecodeError) => error.reason);
    });
    const expected = many.map((_, at) => at % 3 === 0 ? "limit" : PLAIN);
    assertEquals(await Promise.all(many), expected);
  });
}

Deno.test("nodeP2pCompression writes zlib as Python does", async () => {
  const compressed = await compress("zlib", new TextEncoder().encode(PLAIN));
  assertEquals(compressed, fromBase64(COMPRESSED.zlib));
});

for (const method of ["bzip2", "lzma"] as const) {
  Deno.test(`nodeP2pCompression refuses to write ${method}, by name`, async () => {
    const error = await assertRejects(
      () => compress(method, new Uint8Array(1)),
      EncodeError,
      `Cannot compress message with ${method}`,
    ) as EncodeError;
    assertEquals(error.code, "not_supported");
  });
}

Deno.test("nodeP2pCompression gives no xz the memory that it names", async () => {
  await assertRejects(() => decompress("lzma", fromBase64(GREEDY_XZ), 1_000), DecodeError);
});
