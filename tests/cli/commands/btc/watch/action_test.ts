import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { watch } from "../../../../../cli/commands/btc/watch/action.ts";
import type { WatchOptions } from "../../../../../cli/commands/btc/watch/command.ts";
import { Interruption } from "../../../../../cli/interruption.ts";
import { UsageError } from "../../../../../cli/usage_error.ts";
import { formatAddress } from "../../../../../core/codecs/bitcoin/address.ts";
import type { Block } from "../../../../../core/codecs/bitcoin/block.ts";
import { blockHash } from "../../../../../core/codecs/bitcoin/block_header.ts";
import { formatHash, parseHash } from "../../../../../core/codecs/bitcoin/hash.ts";
import { INVENTORY_TYPES } from "../../../../../core/codecs/bitcoin/inventory.ts";
import type { BitcoinMessage } from "../../../../../core/codecs/bitcoin/messages.ts";
import { CoreNode } from "../../../../support/bitcoin/relaying_node.ts";
import { type Conversation, REGTEST } from "../../../../support/bitcoin/scripted_node.ts";
import { mineBlock, sampleTransaction } from "../../../../support/bitcoin/transactions.ts";
import { FakeIo } from "../../../fake_io.ts";
import { AT_A, CommandLab, jsonLines } from "../lab.ts";

const TX = sampleTransaction(1);
const OTHER = sampleTransaction(2);
const LEGACY = sampleTransaction(3, { hasWitness: false });
const ADDRESS = formatAddress(TX.transaction.outputs[0].script, REGTEST)!;

function options(changes: Partial<WatchOptions> = {}): WatchOptions {
  return { ...AT_A, txids: [], addresses: [], hasBlocks: false, isJson: true, ...changes };
}

/** A node that finds blocks, too. */
class MiningNode extends CoreNode {
  #block: Block | undefined;

  mine(block: Block): void {
    this.#block = block;
    const hash = blockHash(block.header);
    for (const conversation of this.open) {
      conversation.send({ command: "inv", items: [{ type: INVENTORY_TYPES.block, hash }] });
    }
  }

  override heard(conversation: Conversation, message: BitcoinMessage): void {
    const isBlock = message.command === "getdata" &&
      message.items.some(({ type }) => type === INVENTORY_TYPES.witnessBlock);
    if (!isBlock) return super.heard(conversation, message);
    // Of blocks that it doesn't have, Core says nothing.
    if (this.#block !== undefined) conversation.send({ command: "block", block: this.#block });
  }
}

/** Watches while a test does something to the node, then ends it. @returns What was printed. */
async function watched(
  changes: Partial<WatchOptions>,
  act: (node: MiningNode) => void,
): Promise<string> {
  await using lab = new CommandLab();
  const node = new MiningNode(lab, "a:1");
  const io = new FakeIo();
  const running = watch(options(changes), io, lab.world);
  running.catch(() => {});
  await lab.until(io.err.until(/^synapse: watching regtest through a:1 /));
  act(node);
  await lab.clock.advance(30_000);
  io.interrupt();
  await assertRejects(() => lab.until(running), Interruption);
  return io.out.text;
}

Deno.test("watch() tells of a transaction, and of no other", async () => {
  const printed = await watched({ txids: [TX.txid] }, (node) => {
    node.accept(OTHER.transaction);
    node.accept(TX.transaction);
  });
  assertEquals(jsonLines(printed), [{ event: "transaction", txid: TX.txid, payments: [] }]);
});

Deno.test("watch() tells of payments to an address", async () => {
  const act = (node: MiningNode) => {
    node.accept(OTHER.transaction);
    node.accept(TX.transaction);
  };
  const payment = { address: ADDRESS, index: 0, valueSat: 1_001 };
  assertEquals(jsonLines(await watched({ addresses: [ADDRESS] }, act)), [
    { event: "transaction", txid: TX.txid, payments: [payment] },
  ]);
  assertEquals(
    await watched({ addresses: [ADDRESS], isJson: false }, act),
    `transaction ${TX.txid}\n  waits in a mempool\n  pays 0.00001001 BTC to ${ADDRESS}\n`,
  );
});

const BLOCK = mineBlock(parseHash(REGTEST.genesisHash), [LEGACY.transaction]);
const HASH = formatHash(blockHash(BLOCK.header));

Deno.test("watch() tells of the block that a transaction is in", async () => {
  const printed = await watched({ txids: [LEGACY.txid] }, (node) => node.mine(BLOCK));
  assertEquals(jsonLines(printed), [
    { event: "transaction", txid: LEGACY.txid, payments: [], block: HASH },
  ]);
});

Deno.test("watch() tells of every block where it is asked to, once", async () => {
  const act = (node: MiningNode) => {
    node.mine(BLOCK);
    node.mine(BLOCK);
  };
  const [block, ...others] = jsonLines(await watched({ hasBlocks: true }, act));
  assertEquals(others, []);
  assertEquals([block.event, block.hash, block.transactions], ["block", HASH, 2]);
  assertMatch(
    await watched({ hasBlocks: true, isJson: false }, act),
    new RegExp(`^block ${HASH}\n  2026-01-01T00:00:00Z, 2 transactions, \\d+ bytes\n$`),
  );
});

Deno.test("watch() asks for few blocks at a time, and says of those that aren't there that they aren't", async () => {
  await using lab = new CommandLab();
  const node = new MiningNode(lab, "a:1");
  const io = new FakeIo();
  const running = watch(options({ hasBlocks: true, isJson: false }), io, lab.world);
  running.catch(() => {});
  await lab.until(io.err.until(/watching/));
  const items = Array.from({ length: 100 }, (_, i) => {
    return { type: INVENTORY_TYPES.block, hash: new Uint8Array(32).fill(i + 1) };
  });
  node.open[0].send({ command: "inv", items });
  await lab.clock.advance(50);
  assertEquals(node.conversations[0].heard("getdata").length, 8);
  await lab.clock.advance(60_000);
  assertEquals(node.conversations[0].heard("getdata").length, 100);
  assertMatch(io.out.text, /^block (01){32}\n {2}announced, and not to be had\nblock (02){32}\n/);
  assertEquals(node.open.length, 1);
  io.interrupt();
  await assertRejects(() => lab.until(running), Interruption);
});

Deno.test("watch() asks about so many announcements at a time, and no more", async () => {
  await using lab = new CommandLab();
  const node = new MiningNode(lab, "a:1", { ignores: true });
  const io = new FakeIo();
  const running = watch(options({ addresses: [ADDRESS] }), io, lab.world);
  running.catch(() => {});
  await lab.until(io.err.until(/watching/));
  for (let i = 1; i <= 200; i++) {
    const item = { type: INVENTORY_TYPES.transaction, hash: new Uint8Array(32).fill(i) };
    node.open[0].send({ command: "inv", items: [item] });
  }
  await lab.clock.advance(50);
  const asked = () => node.conversations[0].heard("getdata").length;
  assertEquals(asked(), 64);
  await lab.clock.advance(31_000);
  node.accept(TX.transaction);
  await lab.clock.advance(10_000);
  assertEquals(asked(), 65);
  io.interrupt();
  await assertRejects(() => lab.until(running), Interruption);
});

Deno.test("watch() downloads no transactions where only blocks are looked for", async () => {
  await using lab = new CommandLab();
  const node = new MiningNode(lab, "a:1");
  const io = new FakeIo();
  const running = watch(options({ hasBlocks: true }), io, lab.world);
  running.catch(() => {});
  await lab.until(io.err.until(/watching/));
  node.accept(TX.transaction);
  await lab.clock.advance(10_000);
  assertEquals(node.conversations[0].heard("getdata"), []);
  io.interrupt();
  await assertRejects(() => lab.until(running), Interruption);
});

Deno.test("watch() says when nobody is left, and when somebody is there again", async () => {
  await using lab = new CommandLab();
  const node = new MiningNode(lab, "a:1");
  const io = new FakeIo();
  const running = watch(options(), io, lab.world);
  running.catch(() => {});
  await lab.until(io.err.until(/watching regtest/));
  node.open[0].cut();
  await lab.until(io.err.until(/: lost a:1, the last one: .*; looking for others\n/));
  await lab.until(io.err.until(/watching regtest[^]+watching regtest/));
  io.interrupt();
  await assertRejects(() => lab.until(running), Interruption);
});

Deno.test("watch() refuses addresses of other networks, and ends with 3 where nobody is there", async () => {
  await using lab = new CommandLab();
  const asked = options({ addresses: ["1111111111111111111114oLvT2"] });
  await assertRejects(
    () => watch(asked, new FakeIo(), lab.world),
    UsageError,
    "it is one of main, not regtest",
  );
  assertEquals(await lab.until(watch(options(), new FakeIo(), lab.world)), 3);
});
