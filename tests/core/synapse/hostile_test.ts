import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Acceptor } from "../../../core/acceptor.ts";
import { createSynapseAcceptor } from "../../../core/synapse/acceptor.ts";
import { createSynapseBareAcceptor } from "../../../core/synapse/bare_acceptor.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { cutAt } from "../../support/split.ts";
import { callFrame, createHost, Visit } from "../../support/synapse_host.ts";
import { BARE, FRAMED, vectorOf } from "../../support/synapse_vectors.ts";

const LIMITS = { maxMessageBytes: 2_000, maxItems: 200, maxDepth: 12, maxPeers: 5 };
const REQUESTS = [...FRAMED, ...BARE].filter(({ direction }) => direction === "client->server")
  .map(({ bytes }) => bytes).filter((bytes) => bytes.length > 0);

/** A request of a real program with some bytes replaced, cut out or put in; then cut in pieces. */
const broken = fc.tuple(
  fc.constantFrom(...REQUESTS),
  fc.array(
    fc.record({ at: fc.nat(600), cut: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) }),
    { minLength: 1, maxLength: 4 },
  ),
  fc.array(fc.nat(400), { maxLength: 3 }),
).map(([request, edits, cuts]) => {
  let bytes = [...request];
  for (const { at, cut, put } of edits) {
    const place = at % (bytes.length + 1);
    bytes = [...bytes.slice(0, place), ...put, ...bytes.slice(place + cut)];
  }
  const places = cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b);
  return cutAt(Uint8Array.from(bytes), places);
});

function serve(clock: FakeClock): readonly (readonly [Acceptor, Uint8Array, string])[] {
  const place = { scheme: "tcp", host: "node", port: 1, path: "" };
  const host = createHost(
    {
      sum: (a: number, b: number) => `${a + b}`,
      echo: (...args: unknown[]) => args,
      "team.question": (_question: string, broadcast: unknown) => typeof broadcast,
    },
    { clock, limits: LIMITS, addresses: [place] },
  );
  return [
    [createSynapseAcceptor(host, { profile: { id: "1" } }), callFrame("sum", [1, 2]), "synapse"],
    [createSynapseBareAcceptor(host), vectorOf(BARE, "sum.request").bytes, "synapse-v0"],
  ];
}

for (const index of [0, 1]) {
  const [, , name] = serve(new FakeClock())[index];
  Deno.test(`A server of ${name} answers or closes whatever comes, and goes on`, async () => {
    const clock = new FakeClock();
    const [acceptor, good] = serve(clock)[index];
    await fc.assert(
      fc.asyncProperty(broken, async (chunks) => {
        const visit = await new Visit(acceptor).say(...chunks);
        const wasClosed = visit.channel.closing !== undefined;
        visit.channel.halfClose();
        await clock.advance(1);
        assert(wasClosed || visit.channel.closing !== undefined, "neither answered nor closed");
        assert(visit.channel.output.length <= LIMITS.maxMessageBytes);
        if (name === "synapse") assert(visit.messages.length <= 1);
        await visit.leave();
      }),
      { numRuns: 1_000, seed: 20_261 },
    );
    const visit = await new Visit(acceptor).say(good);
    assert(visit.text.includes("3"));
    await visit.leave();
    await acceptor.close?.();
    await clock.advance(60_000);
    assertEquals(clock.pendingTimers, 0);
  });
}
