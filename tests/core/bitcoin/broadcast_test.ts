import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { BroadcastEvent } from "../../../core/bitcoin/broadcast_events.ts";
import type { BroadcastReport, PeerReport } from "../../../core/bitcoin/broadcast_report.ts";
import { blockHash } from "../../../core/codecs/bitcoin/block_header.ts";
import { findNetwork } from "../../../core/codecs/bitcoin/networks.ts";
import { INVENTORY_TYPES } from "../../../core/codecs/bitcoin/inventory.ts";
import type { BitcoinMessage } from "../../../core/codecs/bitcoin/messages.ts";
import { DecodeError } from "../../../core/errors.ts";
import { ConduitLab } from "../../support/bitcoin/conduit_lab.ts";
import { type Conversation, REGTEST, ScriptedNode } from "../../support/bitcoin/scripted_node.ts";
import { BsvNode, CoreNode, type Judgement } from "../../support/bitcoin/relaying_node.ts";
import { mineBlock, sampleTransaction } from "../../support/bitcoin/transactions.ts";

const BSV = findNetwork("bsv-regtest")!;
const TX = sampleTransaction(1);

/** What happened to one peer, in order. */
function storyOf(events: readonly BroadcastEvent[], peer: string): string[] {
  return events.filter((event) => "peer" in event && event.peer === peer).map((
    { type },
  ) => type);
}

function peerOf(
  report: BroadcastReport,
  peer: string,
  role = "told",
): PeerReport {
  const found = report.transactions[0].peers.find((other) =>
    other.peer === peer && other.role === role
  );
  assert(found !== undefined, `${peer} is in no report`);
  return found!;
}

Deno.test("broadcastTransaction() tells one, watches two, and sees it travel", async () => {
  await using lab = new ConduitLab();
  const nodes = ["a:1", "b:1", "c:1"].map((name) => new CoreNode(lab, name));
  nodes[0].neighbours.push(nodes[1]);
  nodes[1].neighbours.push(nodes[2]);
  const conduit = lab.conduit({ peers: ["a:1", "b:1", "c:1"] });
  const { report, events } = await lab.run(
    conduit.broadcastTransaction(TX.hex, { nodes: 1, watchers: 2 }),
  );
  assertEquals(report.outcome, "propagated");
  assertEquals(report.transactions[0].watchersSeen, 2);
  assertEquals(peerOf(report, "a:1").verdict, "in_mempool");
  assertEquals(peerOf(report, "b:1", "watcher").verdict, "seen");
  assertEquals(nodes.map(({ received }) => received), [[TX.txid], [], []]);
  assertEquals(storyOf(events, "a:1"), [
    ...[
      "connecting",
      "connected",
      "assigned",
      "announced",
      "requested",
      "sent",
      "processed",
    ],
    "seen",
  ]);
  assertEquals(events[0].type, "started");
  assertEquals(events.at(-1)!.type, "finished");
});

Deno.test("broadcastTransaction() names it by wtxid where both sides do, and by txid elsewhere", async () => {
  await using lab = new ConduitLab();
  const modern = new CoreNode(lab, "a:1");
  const old = new CoreNode(lab, "b:1", { traits: { features: [] } });
  const conduit = lab.conduit({ peers: ["a:1", "b:1"] });
  await lab.run(
    conduit.broadcastTransaction(TX.hex, { nodes: 2, watchers: 0 }),
  );
  const types = [modern, old].map(({ conversations: [first] }) =>
    first.heard("inv")[0].items[0].type
  );
  assertEquals(types, [
    INVENTORY_TYPES.witnessTransactionId,
    INVENTORY_TYPES.transaction,
  ]);
  assertEquals([modern, old].map(({ received }) => received), [[TX.txid], [
    TX.txid,
  ]]);
});

Deno.test("broadcastTransaction() asks a node that it told, when there is nobody to watch", async () => {
  await using lab = new ConduitLab();
  new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(TX.hex, { watchers: 0 }),
  );
  assertEquals(report.outcome, "in_mempool");
  assertEquals(report.transactions[0].evidence.map(({ kind }) => kind), [
    "probe",
  ]);
});

Deno.test("broadcastTransaction() watches the only node on a second, silent connection", async () => {
  await using lab = new ConduitLab();
  const node = new CoreNode(lab, "a:1", { manner: { probe: "notfound" } });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(conduit.broadcastTransaction(TX.hex));
  assertEquals(report.outcome, "in_mempool");
  assertEquals(report.transactions[0].evidence.map(({ kind }) => kind), [
    "second_connection",
  ]);
  assertEquals(peerOf(report, "a:1").verdict, "in_mempool");
  assertEquals(peerOf(report, "a:1", "second_connection").verdict, "seen");
  const [told, silent] = node.conversations;
  assert(told.commands.includes("inv"));
  assert(!silent.commands.includes("inv"));
  assert(!silent.isOpen);
});

Deno.test("broadcastTransaction() calls it unconfirmed when a node says nothing, and when it refuses in silence", async () => {
  await using lab = new ConduitLab();
  const judge = () => ({ code: 0x42, reason: "min relay fee not met" });
  new CoreNode(lab, "a:1", { judge });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(TX.hex, { timeoutMs: 60_000 }),
  );
  assertEquals(report.outcome, "unconfirmed");
  assertEquals(peerOf(report, "a:1").verdict, "processed");
  assert(report.ms >= 60_000);
});

Deno.test("broadcastTransaction() reports what a node says when it refuses, and waits no longer", async () => {
  await using lab = new ConduitLab();
  const judge = () => ({ code: 0x42, reason: "fee\x1b[2J" });
  new BsvNode(lab, "a:1", { judge, traits: { network: BSV } });
  const conduit = lab.conduit({ network: BSV, peers: ["a:1"] });
  const plain = sampleTransaction(2, { hasWitness: false });
  const { report } = await lab.run(conduit.broadcastTransaction(plain.hex));
  assertEquals(report.outcome, "refused");
  assertEquals(peerOf(report, "a:1").rejection, {
    code: 0x42,
    meaning: "insufficient fee",
    reason: "fee\\u{1b}[2J",
  });
  assert(report.ms < 2_000);
});

Deno.test("broadcastTransaction() keeps to what BSV nodes bear, and sees it on others", async () => {
  await using lab = new ConduitLab();
  const nodes = ["a:1", "b:1"].map((name) => new BsvNode(lab, name, { traits: { network: BSV } }));
  nodes[0].neighbours.push(nodes[1]);
  const conduit = lab.conduit({ network: BSV, peers: ["a:1", "b:1"] });
  const plain = sampleTransaction(2, { hasWitness: false });
  const { report } = await lab.run(
    conduit.broadcastTransaction(plain.hex, { nodes: 1 }),
  );
  assertEquals(report.outcome, "propagated");
  for (const { conversations } of nodes) {
    assertEquals(conversations.map(({ isOpen }) => isOpen), [true]);
    assert(!conversations[0].commands.includes("wtxidrelay"));
  }
});

Deno.test("broadcastTransaction() takes a refusal that says to know it for none", async () => {
  await using lab = new ConduitLab();
  const judge = () => ({ code: 0x12, reason: "txn-already-in-mempool" });
  new BsvNode(lab, "a:1", { judge, traits: { network: BSV } });
  const conduit = lab.conduit({ network: BSV, peers: ["a:1"] });
  const plain = sampleTransaction(2, { hasWitness: false });
  const { report } = await lab.run(
    conduit.broadcastTransaction(plain.hex, { timeoutMs: 5_000 }),
  );
  assertEquals(peerOf(report, "a:1").verdict, "processed");
});

Deno.test("broadcastTransaction() trusts no single refusal while others take it in silence", async () => {
  await using lab = new ConduitLab();
  const refuse = () => ({ code: 0x10, reason: "bad" });
  new CoreNode(lab, "a:1", { judge: refuse, manner: { rejects: true } });
  for (const name of ["b:1", "c:1"]) new CoreNode(lab, name, { judge: refuse });
  const conduit = lab.conduit({ peers: ["a:1", "b:1", "c:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(TX.hex, {
      nodes: 3,
      watchers: 0,
      timeoutMs: 20_000,
    }),
  );
  assertEquals(report.outcome, "unconfirmed");
  assertEquals(peerOf(report, "a:1").verdict, "rejected");
});

Deno.test("broadcastTransaction() names the parents that a node lacks", async () => {
  await using lab = new ConduitLab();
  const parent = sampleTransaction(5);
  const child = sampleTransaction(6, { parent });
  new CoreNode(lab, "a:1", { judge: () => ({ missing: [parent.txid] }) });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report, events } = await lab.run(
    conduit.broadcastTransaction(child.hex),
  );
  assertEquals(report.outcome, "refused");
  assertEquals(report.transactions[0].missingParents, [parent.txid]);
  assertEquals(peerOf(report, "a:1").verdict, "orphan");
  assert(storyOf(events, "a:1").includes("missing_parent"));
  assert(report.ms < 20_000);
});

Deno.test("broadcastTransaction() gives parent and child together", async () => {
  await using lab = new ConduitLab();
  const parent = sampleTransaction(5);
  const child = sampleTransaction(6, { parent });
  const node = new CoreNode(lab, "a:1", {
    judge: (txid) => txid === child.txid ? { missing: [parent.txid] } : "accept",
  });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report, events } = await lab.run(
    conduit.broadcastTransaction(child.hex, { parents: [parent.hex] }),
  );
  assertEquals(report.outcome, "in_mempool");
  assertEquals(report.transactions.map(({ txid }) => txid), [child.txid]);
  assertEquals(node.received, [parent.txid, child.txid]);
  assertEquals(
    events.flatMap((event) => event.type === "announced" ? [event.txid] : []),
    [parent.txid, child.txid],
  );
});

Deno.test("broadcastTransaction() gives a parent that is asked for only after its child", async () => {
  await using lab = new ConduitLab();
  const parent = sampleTransaction(5);
  const child = sampleTransaction(6, { parent });
  let parentsRefused = 0;
  const node = new CoreNode(lab, "a:1", {
    judge: (txid) => {
      if (txid === child.txid) return { missing: [parent.txid] };
      return parentsRefused++ === 0 ? { code: 0x42, reason: "fee" } : "accept";
    },
  });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(child.hex, { parents: [parent.hex] }),
  );
  assertEquals(node.received, [parent.txid, child.txid, parent.txid]);
  assertEquals(report.outcome, "in_mempool");
});

Deno.test("broadcastTransaction() finds it in a block that is mined meanwhile", async () => {
  await using lab = new ConduitLab();
  const plain = sampleTransaction(2, { hasWitness: false });
  const block = mineBlock(new Uint8Array(32), [plain.transaction]);
  const item = { type: INVENTORY_TYPES.block, hash: blockHash(block.header) };
  const node = new CoreNode(lab, "a:1", { isDeaf: true });
  const heard = node.heard.bind(node);
  node.heard = (conversation, message) => {
    if (
      message.command !== "getdata" ||
      message.items[0].type !== INVENTORY_TYPES.witnessBlock
    ) {
      return heard(conversation, message);
    }
    conversation.send({ command: "block", block });
  };
  const conduit = lab.conduit({ peers: ["a:1"] });
  const broadcast = conduit.broadcastTransaction(plain.hex);
  await lab.clock.advance(5_000);
  node.open[0].send({ command: "inv", items: [item] });
  const { report } = await lab.run(broadcast);
  assertEquals(report.outcome, "propagated");
  assertEquals(report.transactions[0].evidence.map(({ kind }) => kind), [
    "mined",
  ]);
});

Deno.test("broadcastTransaction() finds what a node has already, and doesn't ask for", async () => {
  await using lab = new ConduitLab();
  const node = new CoreNode(lab, "a:1");
  node.accept(TX.transaction);
  await lab.clock.advance(10_000);
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(conduit.broadcastTransaction(TX.hex));
  assertEquals(report.outcome, "in_mempool");
  assertEquals(report.transactions[0].sent, 0);
  assertEquals(node.received, []);
});

Deno.test("broadcastTransaction() says that nobody asked", async () => {
  await using lab = new ConduitLab();
  new CoreNode(lab, "a:1", { isDeaf: true });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(TX.hex, { timeoutMs: 12_000 }),
  );
  assertEquals(report.outcome, "not_taken");
  assertEquals(peerOf(report, "a:1").verdict, "announced");
});

/** Repeats what it is told, and has nothing. */
class Parrot extends ScriptedNode {
  override heard(conversation: Conversation, message: BitcoinMessage): void {
    super.heard(conversation, message);
    if (message.command === "inv") conversation.send(message);
  }
}

Deno.test("broadcastTransaction() doesn't believe a node that repeats what it was told", async () => {
  await using lab = new ConduitLab();
  const parrot = new Parrot(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(TX.hex, { watchers: 0, timeoutMs: 12_000 }),
  );
  assertEquals([report.outcome, peerOf(report, "a:1").verdict], ["not_taken", "announced"]);
  assert(parrot.conversations[0].heard("getdata").length > 0);
});

Deno.test("broadcastTransaction() leaves alone who wants blocks only or is still catching up, and says so", async () => {
  await using lab = new ConduitLab();
  const blocksOnly = new CoreNode(lab, "a:1", {
    traits: { relay: false },
    greeting: [],
  });
  const catchingUp = new CoreNode(lab, "b:1", {
    ignores: true,
    greeting: [{ command: "feefilter", feeRateSat: 9_936_506n }],
  });
  const normal = new CoreNode(lab, "c:1");
  const conduit = lab.conduit({ peers: ["a:1", "b:1", "c:1", "d:1"] });
  const { report, events } = await lab.run(
    conduit.broadcastTransaction(TX.hex, { watchers: 0 }),
  );
  assertEquals(report.outcome, "in_mempool");
  assertEquals(
    events.flatMap((event) => event.type === "skipped" ? [[event.peer, event.reason]] : [])
      .toSorted(),
    [["a:1", "blocks_only"], ["b:1", "initial_download"], [
      "d:1",
      "unreachable",
    ]],
  );
  assertEquals(peerOf(report, "a:1").verdict, "blocks_only");
  assertEquals(peerOf(report, "b:1").verdict, "initial_download");
  assertEquals(peerOf(report, "d:1").verdict, "unreachable");
  for (const { conversations } of [blocksOnly, catchingUp]) {
    assert(!conversations[0].commands.includes("inv"));
  }
  assertEquals(normal.received, [TX.txid]);
});

Deno.test("broadcastTransaction() says that there was nobody to tell", async () => {
  await using lab = new ConduitLab();
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report } = await lab.run(conduit.broadcastTransaction(TX.hex));
  assertEquals(report.outcome, "no_peers");
  assertEquals(peerOf(report, "a:1").verdict, "unreachable");
  assert(report.ms < 1_000);
});

Deno.test("broadcastTransaction() says that a node hung up after it was given", async () => {
  await using lab = new ConduitLab();
  const judge = (): Judgement => {
    mortal.die();
    return { code: 0x10, reason: "" };
  };
  const mortal = new CoreNode(lab, "a:1", { judge });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { report, events } = await lab.run(
    conduit.broadcastTransaction(TX.hex),
  );
  assertEquals(report.outcome, "unconfirmed");
  assertEquals(peerOf(report, "a:1").verdict, "closed");
  assert(storyOf(events, "a:1").includes("closed"));
});

Deno.test("broadcastTransaction() puts another in the place of one that is gone", async () => {
  await using lab = new ConduitLab();
  const nodes = ["a:1", "b:1", "c:1"].map((name) => new CoreNode(lab, name));
  const conduit = lab.conduit({ peers: ["a:1", "b:1", "c:1"] });
  await lab.until(conduit.waitForPeers(3));
  const broadcast = conduit.broadcastTransaction(TX.hex, {
    nodes: 1,
    watchers: 1,
  });
  await lab.clock.advance(1_000);
  await nodes[0].die();
  const { report } = await lab.run(broadcast);
  assertEquals(nodes.map(({ received }) => received.length), [0, 0, 1]);
  assertEquals(peerOf(report, "c:1").verdict, "in_mempool");
});

Deno.test("broadcastTransaction() finds nodes by itself, tells five and watches four", async () => {
  const network = { ...REGTEST, dnsSeeds: ["seed"] };
  await using lab = new ConduitLab();
  const hosts = Array.from({ length: 14 }, (_, i) => `${80 + i}.1.0.1`);
  const nodes = hosts.map((host, i) =>
    new CoreNode(lab, `${host}:18444`, {
      traits: { network, relay: i !== 3 },
      greeting: i === 5 ? [{ command: "feefilter", feeRateSat: 9_936_506n }] : undefined,
    })
  );
  for (const node of nodes) {
    node.neighbours.push(...nodes.filter((other) => other !== node));
  }
  const conduit = lab.conduit({ network }, {
    resolveSeed: () => Promise.resolve(hosts),
  });
  const { report, events } = await lab.run(
    conduit.broadcastTransaction(TX.hex),
  );
  assertEquals(report.outcome, "propagated");
  const { told, watchers, watchersSeen } = report.transactions[0];
  assertEquals([told, watchers], [5, 4]);
  assert(watchersSeen >= 3);
  assertEquals(nodes.filter(({ received }) => received.length > 0).length, 5);
  const times = events.flatMap((event) => event.type === "announced" ? [event.ms] : []);
  assert(new Set(times).size > 1, "all at the same moment");
});

Deno.test("broadcastTransaction() leaves somebody to watch when there are few peers", async () => {
  await using lab = new ConduitLab();
  const names = ["a:1", "b:1", "c:1"];
  const nodes = names.map((name) => new CoreNode(lab, name));
  for (const node of nodes) {
    node.neighbours.push(...nodes.filter((other) => other !== node));
  }
  const conduit = lab.conduit({ peers: names });
  const { report } = await lab.run(conduit.broadcastTransaction(TX.hex));
  assertEquals(nodes.map(({ received }) => received.length), [1, 1, 0]);
  assertEquals(report.outcome, "propagated");
});

Deno.test("broadcastTransaction() answers with a notfound what it doesn't offer", async () => {
  await using lab = new ConduitLab();
  const node = new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  await lab.until(conduit.waitForPeers());
  const other = {
    type: INVENTORY_TYPES.witnessTransaction,
    hash: new Uint8Array(32).fill(9),
  };
  node.open[0].send({ command: "getdata", items: [other] });
  await lab.clock.advance(1);
  assertEquals(node.open[0].heard("notfound").map(({ items }) => items), [[
    other,
  ]]);
});

Deno.test("broadcastTransaction() still gives what it offered for a while after its end", async () => {
  await using lab = new ConduitLab();
  const fast = new CoreNode(lab, "a:1", { manner: { probe: "at once" } });
  const late = new CoreNode(lab, "b:1", {
    manner: { askAfterMs: [30_000, 30_000] },
  });
  const watcher = new CoreNode(lab, "c:1");
  fast.neighbours.push(watcher);
  const conduit = lab.conduit({ peers: ["a:1", "b:1", "c:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(TX.hex, { nodes: 2, watchers: 1 }),
  );
  assert(report.ms < 30_000);
  await lab.clock.advance(40_000);
  assertEquals(late.received, [TX.txid]);
});

Deno.test("broadcastTransaction() gives the same transaction three times and no more", async () => {
  await using lab = new ConduitLab();
  const node = new CoreNode(lab, "a:1", {
    judge: () => ({ code: 0x10, reason: "" }),
  });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const broadcast = conduit.broadcastTransaction(TX.hex);
  await lab.clock.advance(5_000);
  const { items } = node.conversations[0].heard("inv")[0];
  for (let i = 0; i < 10; i++) {
    node.conversations[0].send({ command: "getdata", items });
  }
  await lab.run(broadcast);
  assertEquals(node.received.length, 3);
});

Deno.test("broadcastTransaction() tells again each minute when asked to", async () => {
  await using lab = new ConduitLab();
  const node = new CoreNode(lab, "a:1", { isDeaf: true });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { events } = await lab.run(
    conduit.broadcastTransaction(TX.hex, {
      rebroadcast: true,
      timeoutMs: 100_000,
    }),
  );
  assertEquals(node.conversations[0].heard("inv").length, 2);
  assertEquals(events.filter(({ type }) => type === "rebroadcast").length, 1);
});

Deno.test("broadcastTransaction() rejects with its signal's reason, and tells nobody any more", async () => {
  await using lab = new ConduitLab();
  const node = new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const controller = new AbortController();
  const broadcast = conduit.broadcastTransaction(TX.hex, {
    signal: controller.signal,
  });
  await lab.clock.advance(5);
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => Promise.resolve(broadcast)), reason);
  await lab.clock.advance(10_000);
  assert(!node.conversations[0].commands.includes("inv"));
  for await (const { type } of broadcast) assert(type !== "finished");
});

Deno.test("broadcastTransaction() sends nothing that is no transaction of the network", async () => {
  await using lab = new ConduitLab();
  const conduit = lab.conduit({ peers: ["a:1"] });
  for (
    const bad of ["", "zz", TX.hex.slice(2), `${TX.hex}00`, "70736274ff00"]
  ) {
    assertThrows(() => conduit.broadcastTransaction(bad), DecodeError);
  }
  const bsv = lab.conduit({ network: BSV, peers: ["a:1"] });
  assertThrows(() => bsv.broadcastTransaction(TX.hex), DecodeError, "witness");
  assertThrows(
    () => conduit.broadcastTransaction(TX.hex, { nodes: 0 }),
    RangeError,
    "nodes",
  );
  assertThrows(
    () => conduit.broadcastTransaction(TX.hex, { timeoutMs: 120_001 }),
    RangeError,
  );
  assertEquals(lab.network.dialled, []);
});

Deno.test("broadcastTransactions() tells of many in few messages, and reports on each", async () => {
  await using lab = new ConduitLab();
  const nodes = ["a:1", "b:1"].map((name) => new CoreNode(lab, name));
  nodes[0].neighbours.push(nodes[1]);
  const conduit = lab.conduit({ peers: ["a:1", "b:1"] });
  await lab.until(conduit.waitForPeers(2));
  const many = Array.from({ length: 300 }, (_, i) => sampleTransaction(i));
  const { report } = await lab.run(
    conduit.broadcastTransactions(many.map(({ hex }) => hex), {
      nodes: 1,
      watchers: 1,
    }),
  );
  assertEquals(report.outcome, "propagated");
  assertEquals(report.total.propagated, 300);
  assertEquals(new Set(report.transactions.map(({ txid }) => txid)).size, 300);
  assertEquals(nodes[0].conversations[0].heard("inv").length, 1);
  assertEquals(nodes[0].received.length, 300);
});

Deno.test("broadcastTransactions() reads no faster than transactions settle, and takes each once", async () => {
  await using lab = new ConduitLab();
  const node = new CoreNode(lab, "a:1", { manner: { probe: "at once" } });
  const conduit = lab.conduit({ peers: ["a:1"] });
  let read = 0, ahead = 0;
  async function* source() {
    for (; read < 2_500; read++) {
      ahead = Math.max(ahead, read - node.mempool.size);
      yield sampleTransaction(read).hex;
    }
    yield await Promise.resolve(sampleTransaction(0).hex);
  }
  const { report } = await lab.run(
    conduit.broadcastTransactions(source(), {
      watchers: 0,
      timeoutMs: 120_000,
    }),
  );
  assertEquals(ahead <= 2_000, true, `${ahead} ahead`);
  assertEquals(node.mempool.size, 2_500);
  assert(report.total.in_mempool >= 2_500);
});

Deno.test("broadcastTransactions() fails with the first that is no transaction", async () => {
  await using lab = new ConduitLab();
  new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  await assertRejects(
    () => lab.until(conduit.broadcastTransactions([TX.hex, "zz"])),
    DecodeError,
  );
});
