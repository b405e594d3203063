import { assertEquals } from "@std/assert";
import { recogniseSynapse, SYNAPSE_DIALECT } from "../../../core/dialects/synapse.ts";
import { EDGES, FRAMES, vectorOf } from "../../support/synapse_vectors.ts";

const REQUESTS = FRAMES.filter(({ direction }) => direction === "client->server");

Deno.test("recogniseSynapse() knows every request of real programs, by five bytes", () => {
  for (const { name, bytes } of REQUESTS) {
    for (let length = 0; length <= bytes.length; length++) {
      const expected = length < 5 ? undefined : true;
      assertEquals(recogniseSynapse(bytes.subarray(0, length)), expected, `${name}: ${length}`);
    }
  }
});

Deno.test("recogniseSynapse() knows frames over the limit, so that they get an answer", () => {
  assertEquals(recogniseSynapse(Uint8Array.of(0, 0x40, 0, 1, 0x85)), true);
  assertEquals(recogniseSynapse(Uint8Array.of(0, 0xff, 0xff, 0xff, 0xdf)), true);
});

Deno.test("recogniseSynapse() takes nothing else", () => {
  for (
    const opening of [
      [0x82],
      [0x94],
      [0x47, 0x45],
      [0x01, 0, 0, 0, 0x80],
      [0, 0, 0, 3, 0x92],
      [0, 0, 0, 3, 0xc0],
      [0, 0, 0, 3, 0x90],
    ]
  ) assertEquals(recogniseSynapse(Uint8Array.from(opening)), false, `${opening}`);
  assertEquals(recogniseSynapse(vectorOf(EDGES, "edge.v0 request (unframed)").bytes), false);
  assertEquals(SYNAPSE_DIALECT.recognise, recogniseSynapse);
});
