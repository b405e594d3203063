import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodePipePackets,
  encodePipePacket,
  formatPipePacket,
  MAX_PIPE_DATAGRAM_BYTES,
  parsePipePacket,
  type PipePacket,
} from "../../../core/codecs/pipe_packet.ts";
import { DecodeError } from "../../../core/errors.ts";
import { RUNS } from "../../support/arbitraries.ts";

/** As a real pnet node sends it. */
const PNET_ADVERT =
  "labnet|adv|alice@127.0.0.1:23300|LS0tLS1CRUdJTiBSU0EgUFVCTElDIEtFWS0tLS0tCg==|END\n";

const WHO: PipePacket = { network: "demo", type: "who", content: "", key: "" };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function reasonFor(datagram: Uint8Array): string {
  return assertThrows(() => decodePipePackets(datagram), DecodeError).reason;
}

function field(): fc.Arbitrary<string> {
  return fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !/[|\n]/.test(text));
}

Deno.test("decodePipePackets() reads what a pnet node sends", () => {
  assertEquals(decodePipePackets(bytes(PNET_ADVERT)), [{
    network: "labnet",
    type: "adv",
    content: "alice@127.0.0.1:23300",
    key: "LS0tLS1CRUdJTiBSU0EgUFVCTElDIEtFWS0tLS0tCg==",
  }]);
});

Deno.test("decodePipePackets() reads several packets of one datagram in order", () => {
  const [advert, question] = decodePipePackets(bytes(`${PNET_ADVERT}demo|who|||END\n`));
  assertEquals(advert.network, "labnet");
  assertEquals(question, WHO);
});

Deno.test("Pipe packets survive the way there and back", () => {
  const packet = fc.record({ network: field(), type: field(), content: field(), key: field() });
  fc.assert(
    fc.property(
      packet,
      (packet) => assertEquals(decodePipePackets(encodePipePacket(packet)), [packet]),
    ),
    RUNS,
  );
});

Deno.test("formatPipePacket() refuses what would be read as something else", () => {
  for (const content of ["a|b", "a\nb"]) {
    assertThrows(
      () => formatPipePacket({ ...WHO, content }),
      TypeError,
      "Cannot write pipe packet",
    );
  }
});

Deno.test("decodePipePackets() refuses a datagram that ends inside a packet, at each of its bytes", () => {
  const whole = bytes(PNET_ADVERT);
  for (let length = 0; length < whole.length; length++) {
    assertEquals(reasonFor(whole.subarray(0, length)), "truncated", `${length} bytes`);
  }
});

Deno.test("decodePipePackets() takes as many bytes as a frame has, and not one more", () => {
  const fill = MAX_PIPE_DATAGRAM_BYTES - bytes("demo|who|||END\n").length;
  const largest = encodePipePacket({ ...WHO, content: "x".repeat(fill) });
  assertEquals(largest.length, MAX_PIPE_DATAGRAM_BYTES);
  assertEquals(decodePipePackets(largest).length, 1);
  assertEquals(reasonFor(encodePipePacket({ ...WHO, content: "x".repeat(fill + 1) })), "limit");
  assertEquals(reasonFor(new Uint8Array(65_507)), "limit");
});

Deno.test("decodePipePackets() refuses what is not UTF-8", () => {
  assertEquals(reasonFor(Uint8Array.of(0x64, 0xff, 0x0a)), "malformed");
});

Deno.test("parsePipePacket() takes five fields that end with END", () => {
  assertEquals(parsePipePacket("demo|who|||END"), WHO);
  for (
    const line of [
      "",
      "END",
      "demo|who||END",
      "demo|who||||END",
      "demo|who|||EN",
      "demo|who|||END\n",
    ]
  ) {
    assertEquals(parsePipePacket(line), undefined, line);
  }
});

Deno.test("decodePipePackets() answers any bytes with packets or a DecodeError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (datagram) => {
      try {
        decodePipePackets(datagram);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    RUNS,
  );
});
