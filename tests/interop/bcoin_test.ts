/**
 * Talks with real Bitcoin nodes: bcoin, on a regtest network of their own.
 *
 * Needs Node.js and npm, which installs bcoin the first time; without them, the tests are skipped.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { BroadcastOptions } from "../../core/bitcoin/broadcast_options.ts";
import type { BroadcastReport } from "../../core/bitcoin/broadcast_report.ts";
import { Conduit } from "../../core/bitcoin/conduit.ts";
import type { PeerPlace } from "../../core/bitcoin/conduit_options.ts";
import { blockHash } from "../../core/codecs/bitcoin/block_header.ts";
import { formatHash } from "../../core/codecs/bitcoin/hash.ts";
import { findNetwork } from "../../core/codecs/bitcoin/networks.ts";
import { encodeTransaction, transactionId } from "../../core/codecs/bitcoin/transaction.ts";
import { SynapseError } from "../../core/errors.ts";
import { systemClock, systemRandom, systemRandomBytes } from "../../transports/system.ts";
import { TcpTransport } from "../../transports/tcp.ts";
import { bytesToHex } from "@noble/hashes/utils.js";
import { BcoinNodes, installBcoin, type MadeTransaction } from "./bcoin/nodes.ts";

const REGTEST = findNetwork("regtest")!;

const missing = await installBcoin();
const ignore = missing !== undefined;
const skipped = ignore ? ` (skipped: ${missing})` : "";

function connect(peers: readonly PeerPlace[]): Conduit {
  return new Conduit({ network: REGTEST, peers }, {
    transport: new TcpTransport(),
    clock: systemClock,
    random: systemRandom,
    randomBytes: systemRandomBytes,
  });
}

/** Broadcasts from a client of its own. */
async function broadcast(
  peers: readonly PeerPlace[],
  { hex }: MadeTransaction,
  options: BroadcastOptions = {},
): Promise<BroadcastReport> {
  await using conduit = connect(peers);
  return await conduit.broadcastTransaction(hex, { timeoutMs: 25_000, ...options });
}

/** The verdict on the node that was told. */
function verdictOf({ transactions: [{ peers }] }: BroadcastReport): string {
  return peers.find(({ role }) => role === "told")!.verdict;
}

Deno.test({
  name: `bcoin: what is told to one of three nodes in a line is seen on the others${skipped}`,
  ignore,
  async fn() {
    await using nodes = await BcoinNodes.start({ nodes: 3 });
    const kinds = ["p2pkh", "p2wpkh", "p2sh-p2wpkh", "opreturn"];
    const made = (await Promise.all(kinds.map((kind) => nodes.make(kind)))).flat();
    const options = { nodes: 1, watchers: 2 };
    await using conduit = connect(nodes.addresses);
    await Promise.all(made.map(async ({ kind, txid, wtxid, vsize, hex }) => {
      const { outcome, transactions: [report] } = await conduit.broadcastTransaction(hex, options);
      assertEquals(outcome, "propagated", kind);
      assertEquals([report.txid, report.wtxid, report.vsize], [txid, wtxid, vsize]);
      const { watchers, watchersSeen, evidence, told } = report;
      assertEquals([told, watchers, watchersSeen], [1, 2, 2], kind);
      const seenBy = evidence.filter(({ kind }) => kind === "watcher").map(({ peer }) => peer);
      assertEquals(seenBy.toSorted(), nodes.addresses.slice(1), kind);
    }));
    const txids = made.map(({ txid }) => txid).toSorted();
    for (const mempool of await nodes.mempools()) assertEquals(mempool.toSorted(), txids);
  },
});

Deno.test({
  name: `bcoin: a node's verdict on what it is told, good and bad${skipped}`,
  ignore,
  async fn() {
    await using nodes = await BcoinNodes.start();
    const peers = nodes.addresses;

    const [good] = await nodes.make("p2wpkh");
    assertEquals((await broadcast(peers, good)).outcome, "in_mempool");
    const again = await broadcast(peers, good);
    assertEquals([again.outcome, again.transactions[0].sent], ["in_mempool", 0]);

    const [cheap] = await nodes.make("lowfee");
    const refused = await broadcast(peers, cheap);
    assertEquals([refused.outcome, verdictOf(refused)], ["refused", "rejected"]);
    assertEquals(
      refused.transactions[0].peers.find(({ role }) => role === "told")!.rejection,
      { code: 0x42, meaning: "insufficient fee", reason: "rate limited free transaction" },
    );

    const [forged] = await nodes.make("badsig");
    assertEquals((await broadcast(peers, forged)).outcome, "refused");

    const [first, second] = await nodes.make("doublespend");
    assertEquals((await broadcast(peers, first)).outcome, "in_mempool");
    const conflict = await broadcast(peers, second);
    assertEquals([conflict.outcome, verdictOf(conflict)], ["refused", "rejected"]);

    const [orphan] = await nodes.make("missing");
    const lost = await broadcast(peers, orphan);
    assertEquals([lost.outcome, verdictOf(lost)], ["refused", "orphan"]);
    assertEquals(lost.transactions[0].missingParents.length, 1);

    const [parent, child] = await nodes.make("chain");
    const together = await broadcast(peers, child, { parents: [parent.hex] });
    assertEquals(together.outcome, "in_mempool");

    const mempool = [good, first, parent, child].map(({ txid }) => txid).toSorted();
    assertEquals((await nodes.mempools())[0].toSorted(), mempool);
  },
});

Deno.test({
  name: `bcoin: headers, blocks and transactions arrive, and are what they should be${skipped}`,
  ignore,
  async fn() {
    await using nodes = await BcoinNodes.start();
    await using conduit = connect(nodes.addresses);
    const [{ agent, services, height }] = await conduit.waitForPeers();
    assertEquals([agent, height], ["/bcoin:v1.0.2/", 545]);
    assert(services.includes("witness"));

    const headers = await conduit.getHeaders();
    assertEquals(headers.length, 545);
    const tip = formatHash(blockHash(headers.at(-1)!));
    assertEquals((await conduit.getHeaders({ from: tip })).length, 0);

    const [made] = await nodes.make("p2wpkh");
    assertEquals((await conduit.broadcastTransaction(made.hex)).outcome, "in_mempool");
    const transaction = await conduit.getTransaction(made.txid);
    assertEquals(bytesToHex(encodeTransaction(transaction)), made.hex);

    await nodes.command({ cmd: "mine", n: 1 });
    const [newest] = await conduit.getHeaders({ from: tip });
    const { block, txids } = await conduit.getBlock(formatHash(blockHash(newest)));
    assertEquals(txids.map(formatHash)[1], made.txid);
    assertEquals(formatHash(transactionId(block.transactions[1])), made.txid);
    const error = await assertRejects(
      () => conduit.getTransaction("00".repeat(32)),
      SynapseError,
    );
    assertEquals(error.code, "not_found");
  },
});

Deno.test({
  name: `bcoin: four hundred transactions at once${skipped}`,
  ignore,
  async fn() {
    await using nodes = await BcoinNodes.start();
    const made = await nodes.make("any", 400);
    await using conduit = connect(nodes.addresses);
    const report = await conduit.broadcastTransactions(made.map(({ hex }) => hex), {
      watchers: 0,
      timeoutMs: 60_000,
    });
    assertEquals(report.total.in_mempool, 400);
    assertEquals((await nodes.mempools())[0].length, 400);
  },
});

Deno.test({
  name: `bcoin: a node that dies after it was told, and nobody left to tell${skipped}`,
  ignore,
  async fn() {
    await using nodes = await BcoinNodes.start();
    const [made, other] = await nodes.make("p2wpkh", 2);
    await using conduit = connect(nodes.addresses);
    await conduit.waitForPeers();
    const broadcast = conduit.broadcastTransaction(made.hex, { timeoutMs: 25_000 });
    for await (const { type } of broadcast) {
      if (type === "sent") await nodes.kill();
    }
    const report = await broadcast;
    assert(["unconfirmed", "in_mempool"].includes(report.outcome), report.outcome);
    assertEquals(
      (await conduit.broadcastTransaction(other.hex, { timeoutMs: 15_000 })).outcome,
      "no_peers",
    );
  },
});
