import { assertEquals, assertThrows } from "@std/assert";
import { readPnetAnswer, readPnetRequest, recognisePnet } from "../../../core/dialects/pnet.ts";
import { DecodeError, RemoteError, SynapseError } from "../../../core/errors.ts";
import { VECTORS } from "../../support/pnet_vectors.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("recognisePnet() recognises every packet of real nodes, whatever comes first of it", () => {
  const packets = VECTORS.filter(({ text }) => /^\w+\|(adv|brd|msg|rsp|err)\|/.test(text));
  for (const { text, name } of packets) {
    const opening = text.indexOf("|", text.indexOf("|") + 1) + 1;
    for (let end = 0; end < opening; end++) {
      assertEquals(recognisePnet(bytes(text).subarray(0, end)), undefined, `${name} ${end}`);
    }
    assertEquals(recognisePnet(bytes(text)), true, name);
    assertEquals(recognisePnet(bytes(text).subarray(0, opening)), true, name);
  }
});

for (
  const [what, first] of [
    ["HTTP", bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["MessagePack-RPC", new Uint8Array([0x94, 0, 1, 0xa3])],
    ["a framed map", new Uint8Array([0, 0, 0, 20, 0x85])],
    ["a bare map", new Uint8Array([0x82, 0xa8])],
    ["Bitcoin", new Uint8Array([0xf9, 0xbe, 0xb4, 0xd9])],
    ["another packet", bytes("labnet|zzz|abc|")],
    ["an empty network", bytes("|msg|abc")],
    ["a long network", bytes(`${"n".repeat(65)}|msg|`)],
    ["a long line", bytes("x".repeat(200))],
  ] as const
) {
  Deno.test(`recognisePnet() doesn't take ${what} for pnet`, () => {
    assertEquals(recognisePnet(first), false);
  });
}

for (
  const [line, expected] of [
    ["", "ERR_SECTION_COUNT"],
    ["lab|msg|c|END", "ERR_SECTION_COUNT"],
    ["lab|msg|c|k|END|", "ERR_SECTION_COUNT"],
    ["lab|msg|c|k|EN", "ERR_PACKET_INCOMPLETE"],
    ["other|msg|c|k|EN", "ERR_PACKET_INCOMPLETE"],
    ["other|zzz|c|k|END", "ERR_NETWORK_INCORRECT"],
    ["lab|zzz|c|k|END", "ERR_PACKET_TYPE"],
    ["lab|rsp|c|k|END", "ERR_PACKET_TYPE"],
  ] as const
) {
  Deno.test(`readPnetRequest() refuses ${JSON.stringify(line)} with ${expected}`, () => {
    assertEquals(readPnetRequest(line, "lab"), expected);
  });
}

Deno.test("readPnetRequest() takes a line that ends as on Windows", () => {
  const expected = { network: "lab", type: "msg", content: "c", key: "k" };
  assertEquals(readPnetRequest("lab|msg|c|k|END\r", "lab"), expected);
});

Deno.test("readPnetAnswer() takes an answer without key and end", () => {
  for (const line of ["lab|rsp|c|k|END", "lab|rsp|c|k|END\r", "lab|rsp|c||END", "lab|rsp|c"]) {
    assertEquals(readPnetAnswer(line, "lab", "ask bob"), "c");
  }
});

Deno.test("readPnetAnswer() gives the server's own code", () => {
  const error = assertThrows(
    () => readPnetAnswer("lab|err|ERR_PACKET_TYPE||END", "lab", "ask bob"),
    RemoteError,
    "Cannot ask bob as it refused the packet: ERR_PACKET_TYPE",
  );
  assertEquals(error.code, "ERR_PACKET_TYPE");
});

Deno.test("readPnetAnswer() says that there was no answer", () => {
  const error = assertThrows(() => readPnetAnswer("", "lab", "ask bob"), SynapseError);
  assertEquals(error.code, "connection_lost");
});

for (const line of ["x", "lab|rsp", "lab|msg|c|k|END", "other|rsp|c|k|END", "HTTP/1.1 400"]) {
  Deno.test(`readPnetAnswer() refuses ${JSON.stringify(line)}`, () => {
    assertThrows(() => readPnetAnswer(line, "lab", "ask bob"), DecodeError);
  });
}
