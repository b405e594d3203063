import { assertEquals, assertThrows } from "@std/assert";
import { padPkcs1, unpadPkcs1 } from "../../../core/codecs/pnet_rsa_padding.ts";
import { EncodeError } from "../../../core/errors.ts";

const DATA = new Uint8Array(44).fill(0x61);
const SUBSTITUTE = new Uint8Array(44).fill(0x62);
const sevens = (length: number): Uint8Array => new Uint8Array(length).fill(7);

Deno.test("padPkcs1() writes 00 02, random bytes, 00, data", () => {
  const block = padPkcs1(DATA, 64, sevens);
  assertEquals(block, new Uint8Array([0, 2, ...sevens(17), 0, ...DATA]));
});

Deno.test("padPkcs1() draws again where it has drawn 0", () => {
  const draws = [new Uint8Array(17), ...Array.from({ length: 17 }, (_, at) => [0, at + 1])].flat();
  const next = (length: number): Uint8Array =>
    length === 17 ? draws.shift() as Uint8Array : new Uint8Array([draws.shift() as number]);
  const block = padPkcs1(DATA, 64, next);
  assertEquals(block.slice(2, 19), Uint8Array.from({ length: 17 }, (_, at) => at + 1));
});

Deno.test("padPkcs1() takes data up to 11 bytes under the block", () => {
  assertEquals(padPkcs1(DATA, 55, sevens).length, 55);
  assertThrows(() => padPkcs1(DATA, 54, sevens), EncodeError, "432 bits");
});

Deno.test("unpadPkcs1() gives the data, at every length of the block", () => {
  for (const bytes of [55, 64, 128, 256, 512]) {
    assertEquals(unpadPkcs1(padPkcs1(DATA, bytes, sevens), SUBSTITUTE), DATA);
  }
});

Deno.test("unpadPkcs1() gives the substitute for every wrong byte of padding", () => {
  for (let at = 0; at < 20; at++) {
    const block = padPkcs1(DATA, 64, sevens);
    block[at] = at === 19 ? 7 : 0;
    if (at === 0) block[at] = 1;
    assertEquals(unpadPkcs1(block, SUBSTITUTE), SUBSTITUTE, `byte ${at}`);
  }
});

Deno.test("unpadPkcs1() gives the substitute for data of another length, and for a block too short", () => {
  assertEquals(unpadPkcs1(padPkcs1(DATA.subarray(1), 64, sevens), SUBSTITUTE), SUBSTITUTE);
  assertEquals(unpadPkcs1(new Uint8Array(44), SUBSTITUTE), SUBSTITUTE);
  assertEquals(unpadPkcs1(new Uint8Array(0), SUBSTITUTE), SUBSTITUTE);
});

Deno.test("unpadPkcs1() gives an array of its own", () => {
  const block = padPkcs1(DATA, 64, sevens);
  unpadPkcs1(block, SUBSTITUTE).fill(0);
  unpadPkcs1(new Uint8Array(64), SUBSTITUTE).fill(0);
  assertEquals(block.slice(-44), DATA);
  assertEquals(SUBSTITUTE[0], 0x62);
});
