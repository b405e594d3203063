import { assertEquals } from "@std/assert";
import { SYNAPSE_BARE_DIALECT } from "../../../core/dialects/synapse_bare.ts";
import { BARE, FRAMES } from "../../support/synapse_vectors.ts";

Deno.test("SYNAPSE_BARE_DIALECT recognises any map by its first byte", () => {
  const { recognise } = SYNAPSE_BARE_DIALECT;
  const requests = BARE.filter(({ name }) => name.endsWith(".request"));
  for (const { name, bytes } of requests) assertEquals(recognise(bytes), true, name);
  assertEquals(recognise(new Uint8Array(0)), undefined);
  for (const byte of [0x80, 0x82, 0x8f, 0xde, 0xdf]) {
    assertEquals(recognise(Uint8Array.of(byte)), true);
  }
  for (const byte of [0x00, 0x7f, 0x90, 0x93, 0x94, 0xdd, 0xe0]) {
    assertEquals(recognise(Uint8Array.of(byte)), false);
  }
  for (const { bytes } of FRAMES) assertEquals(recognise(bytes), false);
});
