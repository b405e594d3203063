import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { tx } from "../../../../../cli/commands/btc/tx/action.ts";
import type { TxOptions } from "../../../../../cli/commands/btc/tx/command.ts";
import { SynapseError } from "../../../../../core/errors.ts";
import { BsvNode } from "../../../../support/bitcoin/relaying_node.ts";
import { sampleTransaction } from "../../../../support/bitcoin/transactions.ts";
import { FakeIo } from "../../../fake_io.ts";
import { AT_A, CommandLab, jsonLines } from "../lab.ts";

const TX = sampleTransaction(1);

function options(changes: Partial<TxOptions> = {}): TxOptions {
  return { ...AT_A, txid: TX.txid, timeoutMs: 20_000, isJson: false, ...changes };
}

Deno.test("tx() shows a transaction that waits in a mempool", async () => {
  await using lab = new CommandLab();
  const node = new BsvNode(lab, "a:1");
  node.accept(TX.transaction);
  const text = new FakeIo();
  assertEquals(await lab.until(tx(options(), text, lab.world)), 0);
  assertMatch(text.out.text, new RegExp(`^transaction ${TX.txid}\n`));
  const json = new FakeIo();
  await lab.until(tx(options({ isJson: true }), json, lab.world));
  const [shown] = jsonLines(json.out.text);
  assertEquals([shown.txid, shown.hex], [TX.txid, TX.hex]);
});

Deno.test("tx() says so where nobody has it", async () => {
  await using lab = new CommandLab();
  new BsvNode(lab, "a:1");
  await assertRejects(
    () => lab.until(tx(options(), new FakeIo(), lab.world)),
    SynapseError,
    "the peer doesn't have it",
  );
});
