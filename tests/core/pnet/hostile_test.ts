import { assert, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { PnetAdvancedNode } from "../../../core/pnet/advanced_node.ts";
import { TestNetwork } from "../../support/pnet_network.ts";
import { vectorOf, VECTORS } from "../../support/pnet_vectors.ts";

const UTF8 = new TextEncoder();
const PACKETS = VECTORS.filter((vector) => vector.direction === "client->server")
  .map((vector) => UTF8.encode(vector.text));
const ANSWER = /^$|^labnet\|(rsp|err)\|[^|]+\|[^|]*\|END\n$/;

/** A packet of a real client with some bytes replaced, cut out or put in. */
const broken = fc.tuple(
  fc.constantFrom(...PACKETS),
  fc.array(
    fc.record({
      at: fc.nat(5_000),
      cut: fc.nat(3),
      put: fc.uint8Array({ maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
).map(([packet, edits]) => {
  let bytes = [...packet];
  for (const { at, cut, put } of edits) {
    const place = at % bytes.length;
    bytes = [...bytes.slice(0, place), ...put, ...bytes.slice(place + cut)];
  }
  return new Uint8Array([...bytes, 10]);
});

Deno.test("PnetMember answers, refuses or closes whatever comes, and goes on", async () => {
  await using network = new TestNetwork();
  const bob = await network.join("bob");
  const node = new PnetAdvancedNode(bob).register("echo", (_node, _og, input) => input);
  await fc.assert(
    fc.asyncProperty(broken, async (bytes) => {
      const text = await network.say("bob", bytes);
      assert(ANSWER.test(text), text.slice(0, 100));
    }),
    { numRuns: 400, seed: 20_260 },
  );
  await network.clock.runMicrotasks();
  assert(bob.connections === 0 && node.transfers === 0);
  const refused = await network.say(
    "bob",
    vectorOf("advanced.chunked.unknown_function.1.request").text,
  );
  assertStringIncludes(refused, "|rsp|");
});
