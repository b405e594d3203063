/** What all protocols of one port have to agree on: whose a connection is. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { recogniseNative } from "../../../core/dialects/native.ts";
import { recogniseP2pNetwork } from "../../../core/dialects/p2p_network.ts";
import { recognisePnet } from "../../../core/dialects/pnet.ts";
import { SYNAPSE_DIALECT } from "../../../core/dialects/synapse.ts";
import { SYNAPSE_BARE_DIALECT } from "../../../core/dialects/synapse_bare.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { recogniseHttp } from "../../../core/dialects/http.ts";

const RECOGNISERS: Readonly<Record<string, (opening: Uint8Array) => boolean | undefined>> = {
  "msgpack-rpc": recogniseNative,
  synapse: SYNAPSE_DIALECT.recognise,
  "synapse-v0": SYNAPSE_BARE_DIALECT.recognise,
  p2pnetwork: recogniseP2pNetwork,
  pnet: recognisePnet,
  http: recogniseHttp,
};
const UTF8 = new TextEncoder();

function framed(message: unknown): Uint8Array {
  const bytes = encodeMessagePack(message);
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}

const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.integer()));
const id = fc.nat(0xffffffff);
const word = fc.stringMatching(/^[A-Za-z0-9 _.-]{1,40}$/);
/** The first message of each. */
const OPENINGS: Readonly<Record<string, fc.Arbitrary<Uint8Array>>> = {
  "msgpack-rpc": fc.oneof(
    fc.tuple(fc.constant(0), id, fc.string(), fc.array(value)),
    fc.tuple(fc.constant(1), id, value, value),
    fc.tuple(fc.constant(2), fc.string(), fc.array(value)),
  ).map((message) => encodeMessagePack(message)),
  synapse: fc.record({
    endpoint: fc.string(),
    id: fc.string(),
    args: fc.array(value),
    kwargs: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value),
    type: fc.constant("request"),
  }).map(framed),
  "synapse-v0": fc.record({ endpoint: fc.string(), args: fc.array(value) })
    .map((message) => encodeMessagePack(message)),
  p2pnetwork: fc.oneof(
    fc.tuple(fc.stringMatching(/^[A-Za-z0-9_.-]{1,50}$/), fc.integer({ min: 1, max: 65_535 })),
    fc.tuple(fc.stringMatching(/^[0-9a-f]{128}$/), fc.integer({ min: 1, max: 65_535 })),
  ).map(([id, port]) => UTF8.encode(`${id}:${port}`)),
  pnet: fc.tuple(word, fc.constantFrom("adv", "brd", "msg"), fc.base64String())
    .map(([network, type, content]) => UTF8.encode(`${network}|${type}|${content}|LS0t|END\n`)),
  http: fc.tuple(
    fc.constantFrom("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"),
    fc.webPath(),
  ).map(([method, path]) => UTF8.encode(`${method} ${path || "/"} HTTP/1.1\r\nHost: a\r\n\r\n`)),
};

/** As a listener does it: the first chunk, then more, until somebody says yes or nobody is left. */
function recognise(opening: Uint8Array, cut: number): string | undefined {
  let left = Object.entries(RECOGNISERS);
  for (
    const length of [cut, opening.length].map((n) => Math.min(n, DEFAULT_LIMITS.detectionBytes))
  ) {
    if (length === 0) continue;
    const undecided: typeof left = [];
    for (const [name, recognise] of left) {
      const isTheirs = recognise(opening.subarray(0, length));
      if (isTheirs === true) return name;
      if (isTheirs === undefined) undecided.push([name, recognise]);
    }
    left = undecided;
  }
  return undefined;
}

for (const [name, openings] of Object.entries(OPENINGS)) {
  Deno.test(`a connection of ${name} is recognised as that, wherever it is cut`, () => {
    fc.assert(fc.property(openings, (opening) => {
      const looked = Math.min(opening.length, DEFAULT_LIMITS.detectionBytes);
      for (let cut = 0; cut <= looked; cut++) {
        assertEquals(recognise(opening, cut), name, `cut at ${cut}`);
      }
    }));
  });
}

Deno.test("a random opening is taken by one protocol or refused, within the bound", () => {
  const { detectionBytes } = DEFAULT_LIMITS;
  const bytes = fc.uint8Array({ minLength: detectionBytes, maxLength: detectionBytes });
  fc.assert(
    fc.property(bytes, (opening) => {
      const outcomes = Object.values(RECOGNISERS).map((recognise) => recognise(opening));
      assert(outcomes.every((outcome) => outcome !== undefined), "undecided at the bound");
      assert(outcomes.filter((outcome) => outcome).length <= 1, "taken by several");
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("a protocol never changes its mind as more comes", () => {
  const mixed = fc.oneof(
    ...Object.values(OPENINGS),
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
  );
  fc.assert(fc.property(mixed, (opening) => {
    const looked = Math.min(opening.length, DEFAULT_LIMITS.detectionBytes);
    for (const [name, recognise] of Object.entries(RECOGNISERS)) {
      let last: boolean | undefined;
      for (let length = 1; length <= looked; length++) {
        const next = recognise(opening.subarray(0, length));
        if (last !== undefined) assertEquals(next, last, `${name} at ${length}`);
        last = next;
      }
    }
  }));
});
