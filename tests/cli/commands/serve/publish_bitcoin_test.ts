import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import type { BroadcastReport, Conduit, ConduitPeer } from "../../../../bitcoin.ts";
import { publishBitcoin } from "../../../../cli/commands/serve/publish_bitcoin.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { Node, type Remote } from "../../../../mod.ts";
import { CoreNode } from "../../../support/bitcoin/relaying_node.ts";
import { sampleTransaction } from "../../../support/bitcoin/transactions.ts";
import { CommandLab } from "../btc/lab.ts";

const TX = sampleTransaction(1);

/** Runs a test with a connection to a node that leads to one of Bitcoin's. */
async function published(
  test: (remote: Remote, lab: CommandLab, bitcoin: CoreNode) => Promise<void>,
): Promise<void> {
  await using lab = new CommandLab();
  const bitcoin = new CoreNode(lab, "a:1");
  const node = new Node();
  let conduit: Conduit | undefined;
  try {
    conduit = publishBitcoin(node, "regtest", { peers: ["a:1"] }, lab.world);
    const { address } = await node.listen("memory://publish-bitcoin");
    assertEquals(address.scheme, "memory");
    await using client = new Node();
    const remote = await client.connect("memory://publish-bitcoin");
    await lab.until(conduit.waitForPeers());
    await test(remote, lab, bitcoin);
  } finally {
    if (conduit !== undefined) await lab.until(conduit.close());
    await node.close(0);
  }
}

Deno.test("publishBitcoin() publishes btc.decode, btc.peers and btc.broadcast", async () => {
  await published(async (remote, lab, bitcoin) => {
    const names = (await remote.methods()).map(({ name }) => name);
    assertEquals(names.filter((name) => name.startsWith("btc.")).sort(), [
      "btc.broadcast",
      "btc.decode",
      "btc.peers",
    ]);
    const decoded = await remote.call("btc.decode", [TX.hex]) as Record<string, unknown>;
    assertEquals([decoded.txid, decoded.outputTotalSat], [TX.txid, 1_001]);
    const [peer] = await remote.call("btc.peers", []) as ConduitPeer[];
    assertEquals([peer.peer, peer.agent], ["a:1", "/Satoshi:30.3.0/"]);
    const report = await lab.until(remote.call("btc.broadcast", [TX.hex])) as BroadcastReport;
    assertEquals(report.outcome, "in_mempool");
    assertEquals(bitcoin.received, [TX.txid]);
  });
});

Deno.test("publishBitcoin() refuses what is no transaction, and sends nothing", async () => {
  await published(async (remote, _lab, bitcoin) => {
    for (const method of ["btc.broadcast", "btc.decode"]) {
      for (
        const [rawtx, message] of [
          ["hello", /it is not hex/],
          [7, /it is no hex text/],
          [TX.hex.slice(2), /Cannot decode transaction/],
        ] as const
      ) {
        const error = await assertRejects(() => remote.call(method, [rawtx]));
        assertMatch((error as Error).message, message);
        assertEquals((error as { code?: string }).code, "invalid_params");
      }
    }
    assertEquals(bitcoin.received, []);
  });
});

Deno.test("publishBitcoin() refuses networks that there aren't, or that nobody can find", () => {
  assertThrows(() => publishBitcoin(new Node(), "moonnet"), UsageError, "Cannot find network");
  assertThrows(() => publishBitcoin(new Node(), "regtest"), UsageError, "Cannot look for nodes");
});
