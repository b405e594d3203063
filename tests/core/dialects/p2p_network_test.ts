import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import {
  isP2pId,
  P2P_OPENING_BYTES,
  recogniseP2pNetwork,
} from "../../../core/dialects/p2p_network.ts";
import { recognisePnet } from "../../../core/dialects/pnet.ts";
import { RUNS } from "../../support/arbitraries.ts";
import { p2pVectorOf } from "../../support/p2p_vectors.ts";
import { VECTORS } from "../../support/pnet_vectors.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Ids that a node can have where others share the port. */
function id(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 40 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 128, maxLength: 128 }),
  ).filter(isP2pId);
}

/** What each number of first bytes is recognised as. */
function recogniseEach(opening: Uint8Array): (boolean | undefined)[] {
  return Array.from(opening, (_, at) => recogniseP2pNetwork(opening.subarray(0, at + 1)));
}

Deno.test("recogniseP2pNetwork() recognises what real nodes begin with", () => {
  const { bytes: opening } = p2pVectorOf("handshake.client");
  const port = opening.indexOf(":".charCodeAt(0)) + 1;
  assertEquals(
    recogniseEach(opening),
    Array.from(opening, (_, at) => at < port ? undefined : true),
  );
  const drawn = bytes(`${"0123456789abcdef".repeat(8)}:8001`);
  assertEquals(
    recogniseEach(drawn),
    Array.from(drawn, (_, at) => at + 1 < P2P_OPENING_BYTES ? undefined : true),
  );
});

Deno.test("recogniseP2pNetwork() recognises id:port however it is cut, and pnet doesn't", () => {
  fc.assert(
    fc.property(id(), fc.integer({ min: 0, max: 65_535 }), (id, port) => {
      const opening = bytes(`${id}:${port}`);
      const found = recogniseEach(opening);
      const at = found.indexOf(true);
      assert(at !== -1 && !found.includes(false), `${found}`);
      assert(found.slice(at).every(Boolean));
      assertEquals(recogniseP2pNetwork(bytes(`${id}:${port}hello\x04`)), true);
      for (let end = 0; end <= at; end++) {
        assert(recognisePnet(opening.subarray(0, end + 1)) !== true);
      }
    }),
    RUNS,
  );
});

Deno.test("recogniseP2pNetwork() takes no packet of pnet, however it is cut", () => {
  const network = fc.string({ minLength: 1, maxLength: 40 })
    .filter((name) => !/[|]|:\d/.test(name));
  const type = fc.constantFrom("adv", "brd", "msg", "rsp", "err");
  fc.assert(
    fc.property(network, type, (network, type) => {
      const found = recogniseEach(bytes(`${network}|${type}|content|key|END\n`));
      assert(!found.includes(true), network);
      assertEquals(found.at(-1), false);
    }),
    RUNS,
  );
  for (const { text } of VECTORS) assert(!recogniseEach(bytes(text.slice(0, 64))).includes(true));
});

Deno.test("recogniseP2pNetwork() tells a pnet network like id:port once its | is there", () => {
  assertEquals(recogniseP2pNetwork(bytes("lab:1|msg|")), false);
});

for (
  const [what, opening] of [
    ["HTTP", bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["HTTP's CONNECT", bytes("CONNECT example.org:443 HTTP/1.1\r\n")],
    ["MessagePack-RPC", encodeMessagePack([0, 1, "sum", [1, 2]])],
    ["a framed map", new Uint8Array([0, 0, 0, 20, 0x85])],
    ["a bare map", encodeMessagePack({ endpoint: "get_nodes" })],
    ["a bare map of sixteen", new Uint8Array([0xde, 0, 16, 0xa1])],
    ["a bare map of many", new Uint8Array([0xde, 0x80, 16, 0xa1])],
    ["TLS", new Uint8Array([0x16, 3, 1, 2])],
    ["SSH", bytes("SSH-2.0-OpenSSH_9.2\r\n")],
    ["Bitcoin", new Uint8Array([0xf9, 0xbe, 0xb4, 0xd9])],
    ["Bitcoin SV", new Uint8Array([0xe3, 0xe1, 0xf3, 0xe8])],
    ["Bitcoin SV's regtest", new Uint8Array([0xda, 0xb5, 0xbf, 0xfa])],
    ["a port without an id", bytes(":8001")],
    ["a port that is none", bytes("alice:port")],
    ["a port of six digits", bytes("alice:123456")],
    ["two colons", bytes("alice:80:90")],
    ["a space", bytes("alice b")],
    ["a line", bytes("alice\n")],
    ["a control character", bytes("ali\u0085ce:1")],
    ["half a surrogate pair", new Uint8Array([0xed, 0xa0, 0x80])],
    ["an overlong character", new Uint8Array([0xc0])],
  ] as const
) {
  Deno.test(`recogniseP2pNetwork() doesn't take ${what}, however it is cut`, () => {
    const found = recogniseEach(opening);
    assertEquals(found.at(-1), false);
    if (what === "a port of six digits" || what === "two colons") return;
    assert(!found.includes(true));
  });
}

Deno.test("recogniseP2pNetwork() always knows by the last byte that it may look at", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 80 }), fc.integer({ min: 1, max: 64 }), (
      opening,
      maxBytes,
    ) => {
      assert(recogniseP2pNetwork(opening, maxBytes) !== undefined);
    }),
    RUNS,
  );
  assertEquals(recogniseP2pNetwork(bytes("x".repeat(63))), undefined);
  assertEquals(recogniseP2pNetwork(bytes("x".repeat(64))), true);
  assertEquals(recogniseP2pNetwork(bytes("x".repeat(8)), 8), true);
  assertEquals(recogniseP2pNetwork(new Uint8Array()), undefined);
});
