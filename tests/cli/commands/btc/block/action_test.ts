import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { bytesToHex } from "@noble/hashes/utils.js";
import { block } from "../../../../../cli/commands/btc/block/action.ts";
import type { BlockOptions } from "../../../../../cli/commands/btc/block/command.ts";
import { UsageError } from "../../../../../cli/usage_error.ts";
import { encodeBlock } from "../../../../../core/codecs/bitcoin/block.ts";
import { blockHash } from "../../../../../core/codecs/bitcoin/block_header.ts";
import { formatHash, parseHash } from "../../../../../core/codecs/bitcoin/hash.ts";
import { SynapseError } from "../../../../../core/errors.ts";
import { REGTEST } from "../../../../support/bitcoin/scripted_node.ts";
import { mineBlock } from "../../../../support/bitcoin/transactions.ts";
import { TemporaryFolder } from "../../../../support/temporary_folder.ts";
import { FakeIo } from "../../../fake_io.ts";
import { AT_A, ChainNode, CommandLab, jsonLines } from "../lab.ts";

const BLOCK = mineBlock(parseHash(REGTEST.genesisHash));
const HASH = formatHash(blockHash(BLOCK.header));

function options(changes: Partial<BlockOptions> = {}): BlockOptions {
  return {
    ...AT_A,
    hash: HASH,
    isRaw: false,
    out: undefined,
    timeoutMs: 120_000,
    isJson: false,
    ...changes,
  };
}

async function got(changes: Partial<BlockOptions>): Promise<FakeIo> {
  await using lab = new CommandLab();
  new ChainNode(lab, "a:1", { blocks: [BLOCK] });
  const io = new FakeIo();
  assertEquals(await lab.until(block(options(changes), io, lab.world)), 0);
  return io;
}

Deno.test("block() shows a block, for people, for programs, and raw", async () => {
  assertMatch((await got({})).out.text, new RegExp(`^block ${HASH}\n[^]*\ntransactions 1\n`));
  const [json] = jsonLines((await got({ isJson: true })).out.text);
  assertEquals([json.hash, json.isValid], [HASH, true]);
  assertEquals((await got({ isRaw: true })).out.text, `${bytesToHex(encodeBlock(BLOCK))}\n`);
});

Deno.test("block() puts a block's bytes into a file", async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.at("block.dat");
  const { err } = await got({ out: path });
  assertEquals(await Deno.readFile(path), encodeBlock(BLOCK));
  assertMatch(err.text, /^synapse: \d+ bytes are in \S+block\.dat\n$/);
  await assertRejects(
    () => got({ out: folder.at("no/block.dat") }),
    UsageError,
    "there is no such file or folder",
  );
});

Deno.test("block() says so where nobody has it", async () => {
  await using lab = new CommandLab();
  new ChainNode(lab, "a:1", {});
  const io = new FakeIo();
  await assertRejects(
    () => lab.until(block(options(), io, lab.world)),
    SynapseError,
    "the peer doesn't have it",
  );
  assertEquals(io.out.text, "");
});
