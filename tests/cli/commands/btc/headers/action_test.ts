import { assertEquals, assertRejects } from "@std/assert";
import { headers } from "../../../../../cli/commands/btc/headers/action.ts";
import type { HeadersOptions } from "../../../../../cli/commands/btc/headers/command.ts";
import { blockHash } from "../../../../../core/codecs/bitcoin/block_header.ts";
import { formatHash, parseHash } from "../../../../../core/codecs/bitcoin/hash.ts";
import { DecodeError } from "../../../../../core/errors.ts";
import { REGTEST } from "../../../../support/bitcoin/scripted_node.ts";
import { mineHeaders } from "../../../../support/bitcoin/transactions.ts";
import { FakeIo } from "../../../fake_io.ts";
import { AT_A, ChainNode, CommandLab, jsonLines } from "../lab.ts";

const MINED = mineHeaders(parseHash(REGTEST.genesisHash), 3);
const HASHES = MINED.map((header) => formatHash(blockHash(header)));

function options(changes: Partial<HeadersOptions> = {}): HeadersOptions {
  return { ...AT_A, from: undefined, count: 10, timeoutMs: 30_000, isJson: false, ...changes };
}

Deno.test("headers() lists headers, a line each", async () => {
  await using lab = new CommandLab();
  new ChainNode(lab, "a:1", { headers: MINED });
  const io = new FakeIo();
  assertEquals(await lab.until(headers(options({ count: 2 }), io, lab.world)), 0);
  const rows = HASHES.slice(0, 2).map((hash) => `${hash}  2026-01-01T00:00:00Z\n`);
  assertEquals(io.out.text, rows.join(""));
});

Deno.test("headers() gives a program all of each", async () => {
  await using lab = new CommandLab();
  new ChainNode(lab, "a:1", { headers: MINED.slice(1) });
  const io = new FakeIo();
  const asked = options({ from: HASHES[0], isJson: true });
  assertEquals(await lab.until(headers(asked, io, lab.world)), 0);
  const [first, ...others] = jsonLines(io.out.text);
  assertEquals(others.length, 1);
  assertEquals([first.hash, first.previousHash, first.nonce], [
    HASHES[1],
    HASHES[0],
    MINED[1].nonce,
  ]);
});

Deno.test("headers() prints nothing that doesn't hold", async () => {
  await using lab = new CommandLab();
  new ChainNode(lab, "a:1", { headers: [MINED[0], MINED[2]] });
  const io = new FakeIo();
  await assertRejects(
    () => lab.until(headers(options(), io, lab.world)),
    DecodeError,
    "does not continue",
  );
  assertEquals(io.out.text, "");
});
