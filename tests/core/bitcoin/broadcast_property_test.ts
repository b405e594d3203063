import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { BroadcastEvent } from "../../../core/bitcoin/broadcast_events.ts";
import { ConduitLab } from "../../support/bitcoin/conduit_lab.ts";
import { CoreNode, type Judgement } from "../../support/bitcoin/relaying_node.ts";
import { sampleTransaction } from "../../support/bitcoin/transactions.ts";

const TX = sampleTransaction(1);
const TIMEOUT_MS = 20_000;
/** Connecting, shaking hands, gathering, and the second connection. */
const PREPARATION_MS = 45_000;

const rarely = fc.nat(7).map((n) => n === 0);
const mostly = rarely.map((is) => !is);

/** How one node is. */
const traits = fc.record({
  judgement: fc.constantFrom<Judgement>(
    "accept",
    "accept",
    "accept",
    { code: 0x42, reason: "fee" },
    { missing: ["11".repeat(32)] },
  ),
  rejects: fc.boolean(),
  probe: fc.constantFrom(
    "at once" as const,
    "after trickle" as const,
    "notfound" as const,
  ),
  askAfterMs: fc.constantFrom(1, 2_000, 25_000),
  relay: mostly,
  isDeaf: rarely,
  ignores: rarely,
  speaksWtxid: fc.boolean(),
  isThere: mostly,
  diesAtMs: fc.option(fc.integer({ min: 0, max: 30_000 }), { freq: 2 }),
  hears: fc.nat(4),
});

const plan = fc.record({
  nodes: fc.array(traits, { minLength: 1, maxLength: 5 }),
  told: fc.integer({ min: 1, max: 4 }),
  watchers: fc.nat(3),
});

Deno.test("a broadcast ends in time with what its events say, however nodes behave", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ nodes: all, told, watchers }) => {
      await using lab = new ConduitLab();
      const there = all.flatMap((one, i) => {
        if (!one.isThere) return [];
        const node = new CoreNode(lab, `n${i}:1`, {
          judge: () => one.judgement,
          isDeaf: one.isDeaf,
          ignores: one.ignores,
          manner: {
            rejects: one.rejects,
            probe: one.probe,
            askAfterMs: [one.askAfterMs, 2 * one.askAfterMs],
          },
          traits: {
            relay: one.relay,
            ...one.speaksWtxid ? {} : { features: [] },
          },
          greeting: one.ignores ? [{ command: "feefilter", feeRateSat: 9_900_000n }] : [],
        });
        const { diesAtMs } = one;
        if (diesAtMs !== null) lab.clock.after(diesAtMs, () => void node.die());
        return [{ one, node }];
      });
      there.forEach(({ one, node }) => {
        const other = there[one.hears % there.length].node;
        if (other !== node) other.neighbours.push(node);
      });

      const conduit = lab.conduit({ peers: all.map((_, i) => `n${i}:1`) });
      const { report, events } = await lab.run(
        conduit.broadcastTransaction(TX.hex, {
          nodes: told,
          watchers,
          timeoutMs: TIMEOUT_MS,
        }),
      );

      assert(report.ms <= TIMEOUT_MS + PREPARATION_MS, `${report.ms} ms`);
      checkOrder(events);
      const [transaction] = report.transactions;
      assertEquals(transaction.outcome, report.outcome);
      const kinds = new Set(transaction.evidence.map(({ kind }) => kind));
      const hasEvidence = ["propagated", "in_mempool"].includes(report.outcome);
      assertEquals(kinds.size > 0, hasEvidence, report.outcome);
      assertEquals(kinds.has("watcher"), report.outcome === "propagated");
      for (const { one, node } of there) {
        const isTold = node.conversations.some(({ commands }) => commands.includes("inv"));
        if (!one.relay || one.ignores) {
          assert(!isTold, "who takes no transactions was told");
        }
        for (const { kind, peer } of transaction.evidence) {
          if (peer !== node.name) continue;
          assert(
            node.mempool.has(TX.txid),
            "what isn't there was believed to be",
          );
          if (kind === "watcher") assertEquals(node.received, []);
        }
        for (const { messages } of node.conversations) {
          const given = messages.filter(({ command }) => command === "tx").length;
          if (given > 0) {
            assert(
              messages.some(({ command }) => command === "inv"),
              "unasked",
            );
          }
        }
      }
      assert(
        transaction.missingParents.every((txid) => txid === "11".repeat(32)),
      );
      assertEquals(transaction.txid, TX.txid);

      await lab.until(conduit.close());
      // The nodes' own timers.
      await lab.clock.advance(120_000);
      assertEquals(lab.clock.pendingTimers, 0);
    }),
    { numRuns: 300, seed: 7 },
  );
});

/** First the beginning, last the end, and no step of one peer before the one that leads to it. */
function checkOrder(events: readonly BroadcastEvent[]): void {
  assertEquals(events[0].type, "started");
  assertEquals(events.filter(({ type }) => type === "finished").length, 1);
  assertEquals(events.at(-1)!.type, "finished");
  const reached = new Set<string>();
  let lastMs = 0;
  for (const event of events) {
    assert(event.ms >= lastMs, "time goes back");
    lastMs = event.ms;
    if (!("txid" in event) || !("peer" in event)) continue;
    const needed = {
      requested: "announced",
      sent: "requested",
      processed: "sent",
    } as const;
    if (event.type in needed) {
      const before = needed[event.type as keyof typeof needed];
      assert(
        reached.has(`${event.peer} ${before}`),
        `${event.type} without ${before}`,
      );
    }
    reached.add(`${event.peer} ${event.type}`);
  }
}
