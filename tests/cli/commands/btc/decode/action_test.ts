import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { bytesToHex } from "@noble/hashes/utils.js";
import { decode } from "../../../../../cli/commands/btc/decode/action.ts";
import { UsageError } from "../../../../../cli/usage_error.ts";
import { encodeBlock } from "../../../../../core/codecs/bitcoin/block.ts";
import { blockHash } from "../../../../../core/codecs/bitcoin/block_header.ts";
import { formatHash, parseHash } from "../../../../../core/codecs/bitcoin/hash.ts";
import { encodeTransaction } from "../../../../../core/codecs/bitcoin/transaction.ts";
import { REGTEST } from "../../../../support/bitcoin/scripted_node.ts";
import { mineBlock, sampleTransaction } from "../../../../support/bitcoin/transactions.ts";
import { TemporaryFolder } from "../../../../support/temporary_folder.ts";
import { FakeIo } from "../../../fake_io.ts";
import { jsonLines } from "../lab.ts";

const TX = sampleTransaction(1);
const LEGACY = sampleTransaction(2, { hasWitness: false });

async function decoded(input: string, flags: { network?: string; isJson?: boolean } = {}) {
  const io = new FakeIo();
  const options = { input, network: "regtest", isJson: false, ...flags };
  assertEquals(await decode(options, io), 0);
  assertEquals(io.err.text, "");
  return io.out.text;
}

Deno.test("decode() shows a transaction, its addresses in full", async () => {
  assertEquals(
    (await decoded(TX.hex)).replace(/ {5}m\w{33}\n/, "     ADDRESS\n"),
    `transaction ${TX.txid}
  network   regtest
  wtxid     ${TX.wtxid}
  size      194 bytes, 113 virtual bytes (weight 449)
  pays      0.00001001 BTC to 1 output
  fee       not known: a transaction doesn't say what its inputs hold
  locktime  none
  RBF       signalled (BIP 125)
  unusual   nothing
inputs
  0  p2wpkh
     ${"01".repeat(32)}:1
outputs
  0  0.00001001 BTC  p2pkh
     ADDRESS
`,
  );
});

Deno.test("decode() shows amounts, locks and scripts as they are", async () => {
  const [output] = TX.transaction.outputs;
  const data = Uint8Array.of(0x6a, 0x4c, 200, ...new Uint8Array(200));
  const transaction = {
    ...TX.transaction,
    inputs: [{ ...TX.transaction.inputs[0], sequence: 144 }],
    outputs: [{ ...output, valueSat: 2_100_000_000_000_000n }, { valueSat: 0n, script: data }],
  };
  const show = (lockTime: number) =>
    decoded(bytesToHex(encodeTransaction({ ...transaction, lockTime })));
  const shown = await show(800_000);
  assertMatch(shown, /\n {2}pays +21000000\.00000000 BTC to 2 outputs\n/);
  assertMatch(shown, /\n {2}locktime +until block 800000 is there\n/);
  assertMatch(shown, /\n {2}0 {2}p2wpkh, once its coin is 144 blocks old\n/);
  assertMatch(shown, /\n {5}OP_RETURN 0{62}…\n$/);
  assertMatch(await show(1_767_225_600), /\n {2}locktime +until 2026-01-01T00:00:00Z\n/);
});

Deno.test("decode() gives a program plain numbers, and scripts whole", async () => {
  const [shown] = jsonLines(await decoded(TX.hex, { isJson: true }));
  const [output] = shown.outputs as Record<string, unknown>[];
  assertEquals([shown.txid, shown.network, shown.outputTotalSat], [TX.txid, "regtest", 1_001]);
  assertEquals([output.valueSat, output.script], [1_001, `76a914${"01".repeat(20)}88ac`]);
});

Deno.test("decode() shows addresses of the network that it is told", async () => {
  assertMatch(await decoded(LEGACY.hex), /\n {5}[mn]\w{33}\n$/);
  assertMatch(await decoded(LEGACY.hex, { network: "main" }), /\n {5}1\w{25,33}\n$/);
  assertMatch(await decoded(LEGACY.hex, { network: "bsv-main" }), / 0\.00001002 BSV {2}p2pkh\n/);
});

const BLOCK = mineBlock(parseHash(REGTEST.genesisHash), [LEGACY.transaction]);
const BLOCK_HEX = bytesToHex(encodeBlock(BLOCK));

Deno.test("decode() shows a block, and checks it", async () => {
  const hash = formatHash(blockHash(BLOCK.header));
  const shown = await decoded(BLOCK_HEX);
  assertMatch(shown, new RegExp(`^block ${hash}\n  network    regtest\n`));
  assertMatch(shown, new RegExp(`\n  before it  ${REGTEST.genesisHash}\n  time +2026-01-01T00:00`));
  assertMatch(shown, /\n {2}checked +its work, its transactions, and their witnesses\n/);
  assertMatch(shown, new RegExp(`\ntransactions 2\n  [0-9a-f]{64}\n  ${LEGACY.txid}\n$`));
  const [json] = jsonLines(await decoded(BLOCK_HEX, { isJson: true }));
  assertEquals([json.hash, json.isValid, json.size], [hash, true, BLOCK_HEX.length / 2]);
  assertEquals((json.txids as string[])[1], LEGACY.txid);
});

Deno.test("decode() says what is wrong with a block", async () => {
  const other = { ...BLOCK, transactions: [BLOCK.transactions[0]] };
  const hex = bytesToHex(encodeBlock(other));
  assertMatch(await decoded(hex), /checked +.*its transactions are not those of its header/);
  assertEquals(jsonLines(await decoded(hex, { isJson: true }))[0].isValid, false);
});

Deno.test("decode() takes a block that ends early for a block, and anything else for a transaction", async () => {
  for (
    const [input, message] of [
      [BLOCK_HEX.slice(0, -2), /^Cannot decode block as /],
      [`00${BLOCK_HEX}`, /^Cannot decode transaction as /],
      ["xyz", /it is not hex: got "x" at character 0/],
      ["01", /^Cannot decode transaction as /],
    ] as const
  ) {
    const { message: said } = await assertRejects(() => decoded(input), UsageError);
    assertMatch(said, message);
  }
});

Deno.test("decode() reads blocks from files as they are", async () => {
  await using folder = await TemporaryFolder.create();
  await Deno.writeFile(folder.at("block.dat"), encodeBlock(BLOCK));
  assertEquals(await decoded(`@${folder.at("block.dat")}`), await decoded(BLOCK_HEX));
});
