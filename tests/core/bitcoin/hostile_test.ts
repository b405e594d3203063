import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { encodeFrame } from "../../../core/codecs/bitcoin/frame.ts";
import { blockHash } from "../../../core/codecs/bitcoin/block_header.ts";
import { formatHash, parseHash } from "../../../core/codecs/bitcoin/hash.ts";
import { findNetwork } from "../../../core/codecs/bitcoin/networks.ts";
import { UNKNOWN_ADDRESS } from "../../../core/codecs/bitcoin/version.ts";
import { SynapseError } from "../../../core/errors.ts";
import { RUNS } from "../../support/arbitraries.ts";
import { ConduitLab } from "../../support/bitcoin/conduit_lab.ts";
import { PeerBench, SilentNode } from "../../support/bitcoin/peer_bench.ts";
import { CoreNode } from "../../support/bitcoin/relaying_node.ts";
import { type Conversation, REGTEST, ScriptedNode } from "../../support/bitcoin/scripted_node.ts";
import {
  mineBlock,
  mineHeader,
  mineHeaders,
  sampleTransaction,
} from "../../support/bitcoin/transactions.ts";

const GENESIS = parseHash(REGTEST.genesisHash);

/** A header alone: what stands before a payload that may never come. */
function header(
  command: string,
  length: number,
  magic = REGTEST.magic,
): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set(magic);
  bytes.set(new TextEncoder().encode(command), 4);
  new DataView(bytes.buffer).setUint32(16, length, true);
  return bytes;
}

/** A count, and nothing of what is counted. */
function counted(count: number): Uint8Array {
  return Uint8Array.of(0xfd, count & 0xff, count >> 8);
}

/** What costs a connection at once. */
const UNFORGIVABLE: Readonly<Record<string, (far: Conversation) => void>> = {
  "a wrong magic": (far) => {
    far.sendBytes(encodeFrame(findNetwork("main")!, "ping", new Uint8Array(8)));
  },
  "a length over 4,000,000": (far) => far.sendBytes(header("inv", 4_000_001)),
  "a ping longer than pings are": (far) => far.sendBytes(header("ping", 9)),
  "a verack with a payload": (far) => far.sendBytes(header("verack", 1)),
  "a command that is not ASCII": (far) => far.sendBytes(header("p\u0000ng", 8)),
  "50,001 inventory items": (far) => far.sendPayload("inv", counted(50_001)),
  "1,001 addresses": (far) => far.sendPayload("addr", counted(1_001)),
  "2,001 headers": (far) => far.sendPayload("headers", counted(2_001)),
  "an agent of 257 bytes": (far) => {
    const payload = new Uint8Array(400);
    payload.set(Uint8Array.of(0xfd, 1, 1), 80);
    far.sendPayload("version", payload);
  },
};

for (const [what, misbehave] of Object.entries(UNFORGIVABLE)) {
  Deno.test(`BitcoinPeer hangs up on ${what}, and says that it is the peer's fault`, async () => {
    const bench = await PeerBench.with({});
    misbehave(bench.far);
    await bench.arrive();
    assertEquals(bench.closed?.misbehaved, true, bench.closed?.reason);
    assertEquals(bench.clock.pendingTimers, 0);
  });
}

Deno.test("BitcoinPeer hangs up on blocks larger than it takes, and blames no node of BSV for them", async () => {
  const network = findNetwork("bsv-regtest")!;
  const bench = await PeerBench.with({ network });
  bench.far.sendBytes(header("block", 33 * 1024 * 1024, network.magic));
  await bench.arrive();
  assertEquals(bench.closed?.misbehaved, false);
  assertEquals(
    bench.closed?.reason,
    "Cannot decode block as it is larger than 33554432 bytes: got 34603008",
  );
});

/** What is dropped and counted. */
const FORGIVABLE: Readonly<Record<string, (far: Conversation) => void>> = {
  "a second version": (far) => {
    far.send({
      command: "version",
      version: 70016,
      services: 1n,
      timeSec: 0n,
      receiver: UNKNOWN_ADDRESS,
    });
  },
  "a second verack": (far) => far.send({ command: "verack" }),
  "features after verack": (far) => far.send({ command: "wtxidrelay" }),
  "a pong that answers nothing": (far) => far.send({ command: "pong", nonce: 1n }),
  "a truncated inv": (far) => far.sendPayload("inv", Uint8Array.of(1, 2, 3)),
  "a size that is not canonical": (far) => far.sendPayload("inv", Uint8Array.of(0xfd, 1, 0)),
  "a transaction that is none": (far) => far.sendPayload("tx", new Uint8Array(60)),
  "a wrong checksum": (far) => {
    const frame = encodeFrame(REGTEST, "ping", new Uint8Array(8));
    frame[20] ^= 1;
    far.sendBytes(frame);
  },
};

for (const [what, misbehave] of Object.entries(FORGIVABLE)) {
  Deno.test(`BitcoinPeer counts ${what} and goes on, but not for ever`, async () => {
    const bench = await PeerBench.with({});
    misbehave(bench.far);
    await bench.arrive();
    assert(!bench.peer.isClosed);
    const sum = () => Object.values(bench.peer.offences).reduce((sum, count) => sum + count, 0);
    assertEquals(sum(), 1);
    const answer = bench.peer.ping();
    await bench.arrive();
    assert(await answer >= 0);
    for (let i = 0; i < 60; i++) misbehave(bench.far);
    await bench.arrive();
    assertEquals(bench.closed?.misbehaved, true);
  });
}

Deno.test("BitcoinPeer is told anything before a version, and passes it over", async () => {
  const bench = await PeerBench.silent();
  bench.far.send({ command: "inv", items: [] });
  bench.far.send({ command: "ping", nonce: 1n });
  bench.far.sendPayload("hello", new Uint8Array(9));
  bench.far.send({ command: "verack" });
  await bench.arrive();
  assertEquals([bench.peer.isReady, bench.peer.isClosed], [false, false]);
  assertEquals(bench.far.commands, ["version"]);
  assertEquals(bench.happened, []);
  bench.peer.close();
});

Deno.test("BitcoinPeer passes over commands that it doesn't know, as many as come", async () => {
  await using bench = await PeerBench.with({});
  for (let i = 0; i < 500; i++) {
    bench.far.sendPayload(`strange${i}`, new Uint8Array(i));
  }
  await bench.arrive();
  assert(!bench.peer.isClosed);
});

Deno.test("BitcoinPeer listens to so many announcements, and no more", async () => {
  const bench = await PeerBench.with({});
  const hash = new Uint8Array(32);
  const items = Array.from({ length: 50_000 }, () => ({ type: 1, hash }));
  const heard = () => bench.happened.filter((name) => name === "message").length;
  for (let i = 0; i < 5; i++) bench.far.send({ command: "inv", items });
  await bench.arrive();
  assertEquals([heard(), bench.peer.offences.flood], [4, 1]);
  await bench.clock.advance(25_000);
  bench.far.send({ command: "inv", items });
  await bench.arrive();
  assertEquals(heard(), 5);
  for (let i = 0; i < 100; i++) {
    bench.far.send({ command: "inv", items: items.slice(0, 1) });
  }
  await bench.arrive();
  assertEquals(bench.closed?.misbehaved, true);
});

Deno.test("BitcoinPeer gives up 80 x 4 MB of junk at the first", async () => {
  const bench = await PeerBench.with({});
  const junk = new Uint8Array(4_000_000).fill(0xab);
  for (let i = 0; i < 80 && bench.far.isOpen; i++) {
    bench.far.sendBytes(junk);
    await bench.arrive();
  }
  assertEquals(bench.closed?.misbehaved, true);
});

Deno.test("BitcoinPeer stops listening to one that asks and doesn't read, until it does", async () => {
  await using bench = await PeerBench.with({});
  const hash = new Uint8Array(32);
  const items = Array.from({ length: 1_000 }, () => ({ type: 1, hash }));
  bench.far.stopReading();
  for (let i = 0; i < 200; i++) bench.far.send({ command: "getdata", items });
  await bench.arrive();
  const heard = () => bench.happened.filter((name) => name === "message").length;
  assert(heard() > 0 && heard() < 60, `${heard()} requests heard`);
  bench.far.readOn();
  await bench.arrive();
  assertEquals(heard(), 200);
  assertEquals(bench.far.heard("notfound").length, 200);
});

Deno.test("BitcoinPeer gives up one that takes nothing of what it is sent", async () => {
  const bench = await PeerBench.with({});
  bench.far.stopReading();
  for (let i = 0; i < 17; i++) {
    bench.peer.sendPayload("inv", new Uint8Array(1024 * 1024));
  }
  assertEquals(bench.closed, {
    reason: "it reads too slowly what it is sent",
    misbehaved: true,
  });
});

Deno.test("BitcoinPeer.close() waits 3 s for one that doesn't read, and no longer", async () => {
  const bench = await PeerBench.with({});
  bench.far.stopReading();
  bench.peer.sendPayload("inv", new Uint8Array(1024 * 1024));
  let isGone = false;
  const closing = bench.peer.close().then(() => void (isGone = true));
  await bench.clock.advance(2_999);
  assertEquals(isGone, false);
  await bench.clock.advance(1);
  await closing;
  assertEquals(bench.clock.pendingTimers, 0);
});

Deno.test("a conduit bears with a node that answers hundreds of questions at once", async () => {
  await using lab = new ConduitLab();
  new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  await lab.until(conduit.waitForPeers());
  const asked = Array.from({ length: 300 }, () => conduit.sendRequest("ping"));
  await lab.until(Promise.allSettled(asked));
  assertEquals(conduit.getPeers().map(({ peer }) => peer), ["a:1"]);
});

Deno.test("BitcoinPeer survives every cut of random bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.boolean(),
      async (bytes, isFramed) => {
        const bench = await PeerBench.with({});
        if (isFramed) bench.far.sendPayload("headers", bytes);
        else bench.far.sendBytes(bytes);
        await bench.arrive();
        await bench.peer.close();
        await bench.arrive();
        assertEquals(bench.clock.pendingTimers, 0);
      },
    ),
    RUNS,
  );
});

Deno.test("a conduit goes on with others whatever one of them does", async () => {
  for (const misbehave of Object.values(UNFORGIVABLE)) {
    await using lab = new ConduitLab();
    const bad = new class extends ScriptedNode {
      override ready(conversation: Conversation): void {
        misbehave(conversation);
      }
    }(lab, "a:1");
    new CoreNode(lab, "b:1");
    const conduit = lab.conduit({ peers: ["a:1", "b:1"] });
    const { report } = await lab.run(
      conduit.broadcastTransaction(sampleTransaction(1).hex, { watchers: 0 }),
    );
    assertEquals(report.outcome, "in_mempool");
    await lab.clock.advance(23 * 60 * 60_000);
    assertEquals(
      bad.conversations.length,
      1,
      "a bad one is left alone for a day",
    );
  }
});

Deno.test("a conduit does without nodes that take connections and say nothing", async () => {
  await using lab = new ConduitLab();
  new SilentNode(lab, "a:1");
  lab.network.blackHoles.add("b:1");
  new CoreNode(lab, "c:1");
  const conduit = lab.conduit({ peers: ["a:1", "b:1", "c:1"] });
  const { report } = await lab.run(
    conduit.broadcastTransaction(sampleTransaction(1).hex, { watchers: 0 }),
  );
  assertEquals(report.outcome, "in_mempool");
  const verdicts = report.transactions[0].peers.map((
    { peer, verdict },
  ) => [peer, verdict]);
  assertEquals(verdicts.toSorted(), [["a:1", "unreachable"], [
    "b:1",
    "unreachable",
  ], [
    "c:1",
    "in_mempool",
  ]]);
});

/** A node that answers a request with something prepared. */
class Liar extends ScriptedNode {
  answer: (conversation: Conversation) => void = () => {};

  override heard(
    conversation: Conversation,
    message: Parameters<ScriptedNode["heard"]>[1],
  ): void {
    super.heard(conversation, message);
    if (["getheaders", "getdata"].includes(message.command)) {
      this.answer(conversation);
    }
  }
}

const future = { timeSec: Date.UTC(2026, 0, 1) / 1_000 + 3 * 60 * 60 };
const [first, second, third] = mineHeaders(GENESIS, 3);
const FALSE_HEADERS = {
  "without work": [{ ...first, bits: 0x1d00ffff }],
  "whose bits are easier than the network allows": [{
    ...first,
    bits: 0x2100ffff,
  }],
  "that don't follow each other": [first, third, second],
  "from a time to come": [mineHeader(GENESIS, future)],
};

for (const [what, headers] of Object.entries(FALSE_HEADERS)) {
  Deno.test(`getHeaders() hangs up on headers ${what}`, async () => {
    await using lab = new ConduitLab();
    const liar = new Liar(lab, "a:1");
    liar.answer = (conversation) => conversation.send({ command: "headers", headers });
    const conduit = lab.conduit({ peers: ["a:1"] });
    await assertRejects(
      () => lab.until(conduit.getHeaders()),
      SynapseError,
      "Cannot take headers",
    );
    assertEquals(liar.open, []);
    assertEquals(conduit.getPeers(), []);
  });
}

Deno.test("getHeaders() takes no answer for that to another question", async () => {
  await using lab = new ConduitLab();
  const node = new Liar(lab, "a:1");
  node.answer = (conversation) => {
    const [from] = conversation.heard("getheaders").at(-1)!.locator;
    const isFirst = from.every((byte, i) => byte === GENESIS[i]);
    const headers = isFirst ? [first, second, third] : [third];
    lab.clock.after(100, () => conversation.send({ command: "headers", headers }));
  };
  const conduit = lab.conduit({ peers: ["a:1"] });
  const from = formatHash(blockHash(second));
  const asked = [{}, { from }, { count: 1 }].map((options) => conduit.getHeaders(options));
  assertEquals(await lab.until(Promise.all(asked)), [[first, second, third], [third], [first]]);
});

Deno.test("getHeaders() asks the next when one doesn't know where to begin", async () => {
  await using lab = new ConduitLab();
  const [ignorant, good] = ["a:1", "b:1"].map((name) => new Liar(lab, name));
  ignorant.answer = (conversation) => {
    conversation.send({
      command: "headers",
      headers: [mineHeader(new Uint8Array(32).fill(9))],
    });
  };
  good.answer = (conversation) =>
    conversation.send({ command: "headers", headers: [first, second] });
  const conduit = lab.conduit({ peers: ["a:1", "b:1"] });
  await lab.until(conduit.waitForPeers(2));
  assertEquals(await lab.until(conduit.getHeaders()), [first, second]);
  assertEquals(ignorant.open.length, 1);
});

const block = mineBlock(GENESIS, [
  sampleTransaction(1, { hasWitness: false }).transaction,
]);
const blockId = formatHash(blockHash(block.header));

Deno.test("getBlock() gives the block that was asked for, checked", async () => {
  await using lab = new ConduitLab();
  const node = new Liar(lab, "a:1");
  node.answer = (conversation) => conversation.send({ command: "block", block });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const got = await lab.until(conduit.getBlock(blockId));
  assertEquals(got.block, block);
  assertEquals(got.txids.length, 2);
});

Deno.test("getBlock() takes the answers to other questions for no offence", async () => {
  await using lab = new ConduitLab();
  const blocks = Array.from({ length: 30 }, (_, i) => mineBlock(new Uint8Array(32).fill(i)));
  const hashes = blocks.map(({ header }) => formatHash(blockHash(header)));
  const node = new Liar(lab, "a:1");
  let isAnswered = false;
  node.answer = (conversation) => {
    if (isAnswered) return;
    isAnswered = true;
    for (const block of blocks.toReversed()) conversation.send({ command: "block", block });
  };
  const conduit = lab.conduit({ peers: ["a:1"] });
  const got = await lab.until(Promise.all(hashes.map((hash) => conduit.getBlock(hash))));
  assertEquals(got.map(({ block }) => block), blocks);
  assertEquals(conduit.getPeers()[0].offences.unexpected, 0);
});

Deno.test("getBlock() passes over a block that wasn't asked for", async () => {
  await using lab = new ConduitLab();
  const other = mineBlock(blockHash(block.header));
  const liar = new Liar(lab, "a:1");
  liar.answer = (conversation) => conversation.send({ command: "block", block: other });
  const conduit = lab.conduit({ peers: ["a:1"] });
  const error = await assertRejects(
    () => lab.until(conduit.getBlock(blockId)),
    SynapseError,
  );
  assertEquals(error.code, "not_found");
  assertEquals(conduit.getPeers()[0].offences.unexpected, 1);
});

const OTHER = sampleTransaction(2, { hasWitness: false }).transaction;
const FALSE_BLOCKS = {
  "with other transactions": {
    ...block,
    transactions: [block.transactions[0], OTHER],
  },
  "with a transaction twice": {
    ...block,
    transactions: [...block.transactions, ...block.transactions],
  },
  "without transactions": { ...block, transactions: [block.transactions[1]] },
};

for (const [what, lie] of Object.entries(FALSE_BLOCKS)) {
  Deno.test(`getBlock() hangs up on a block ${what}, and asks another`, async () => {
    await using lab = new ConduitLab();
    const [liar, good] = ["a:1", "b:1"].map((name) => new Liar(lab, name));
    liar.answer = (conversation) => conversation.send({ command: "block", block: lie });
    good.answer = (conversation) => conversation.send({ command: "block", block });
    const conduit = lab.conduit({ peers: ["a:1", "b:1"] });
    await lab.until(conduit.waitForPeers(2));
    assertEquals((await lab.until(conduit.getBlock(blockId))).block, block);
    assertEquals(liar.open, []);
  });
}

Deno.test("getTransaction() asks on when one has nothing, or gives another", async () => {
  await using lab = new ConduitLab();
  const wanted = sampleTransaction(1);
  const [poor, liar] = ["a:1", "b:1"].map((name) => new Liar(lab, name));
  poor.answer = (conversation) => {
    conversation.send({
      command: "notfound",
      items: conversation.heard("getdata")[0].items,
    });
  };
  liar.answer = (conversation) => {
    conversation.send({
      command: "tx",
      transaction: sampleTransaction(2).transaction,
    });
  };
  const good = new CoreNode(lab, "c:1", { manner: { probe: "at once" } });
  good.accept(wanted.transaction);
  const conduit = lab.conduit({ peers: ["a:1", "b:1", "c:1"] });
  await lab.until(conduit.waitForPeers(3));
  assertEquals(
    await lab.until(conduit.getTransaction(wanted.txid, { timeoutMs: 60_000 })),
    wanted.transaction,
  );
});

Deno.test("getTransaction() says that nobody has it", async () => {
  await using lab = new ConduitLab();
  new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const error = await assertRejects(
    () => lab.until(conduit.getTransaction(sampleTransaction(1).txid)),
    SynapseError,
  );
  assertEquals(error.code, "not_found");
});
