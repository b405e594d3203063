/**
 * How long a Bitcoin block of 1 MB takes to decode with the ids of all its transactions, beside `bitcoinjs-lib`.
 * Stands alone:
 *
 * ```sh
 * deno run --allow-all bench/bitcoin_decode.ts
 * ```
 *
 * The block is made of real transactions with and without witnesses, over and over. Each library has a process of
 * its own; rounds are interleaved, and the ratio is taken within each.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { hexToBytes } from "@noble/hashes/utils.js";
import { decodeBlockHeader } from "../core/codecs/bitcoin/block_header.ts";
import { type Block, encodeBlock } from "../core/codecs/bitcoin/block.ts";
import { decodeTransaction } from "../core/codecs/bitcoin/transaction.ts";
import { HEADERS, TRANSACTIONS } from "../tests/vectors/bitcoin_transactions.ts";
import { judge } from "./judge.ts";
import { PROJECT_DIR } from "./paths.ts";
import { pinTo } from "./pinning.ts";
import { median } from "./results.ts";
import { RUNTIME_PROGRAMS } from "./runtimes.ts";
import { Side } from "./side.ts";
import { formatNumber } from "./table.ts";

const BLOCK_BYTES = 1_000_000;
const ROUNDS = 7;
const RUNS_A_ROUND = 20;

interface Decoded {
  readonly ms: readonly number[];
  readonly idsHash: string;
}

interface Contestant {
  readonly title: string;
  readonly module: string;
  readonly flags: readonly string[];
}

const OURS: Contestant = { title: "Synapse", module: "tasks/bitcoin_decode.ts", flags: [] };
const PEER: Contestant = {
  title: "bitcoinjs-lib",
  module: "peers/bitcoinjs.mjs",
  flags: ["--node-modules-dir=manual"],
};

const directory = mkdtempSync(join(tmpdir(), "synapse-bench-"));
try {
  await compare(join(directory, "block"));
} finally {
  rmSync(directory, { recursive: true });
}

async function compare(path: string): Promise<void> {
  const bytes = makeBlock();
  writeFileSync(path, bytes);
  await using ours = await start(OURS);
  await using peer = await start(PEER);
  const cold = [await decode(ours, path, 1), await decode(peer, path, 1)];
  if (cold[0].idsHash !== cold[1].idsHash) throw new Error("they differ about the ids");
  print(
    `first block: ${[OURS, PEER].map(({ title }, i) => `${title} ${show(cold[i])}`).join(", ")}`,
  );
  const rounds: { readonly oursMs: number; readonly ratio: number }[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const [mine, theirs] = [
      await decode(ours, path, RUNS_A_ROUND),
      await decode(peer, path, RUNS_A_ROUND),
    ];
    rounds.push({ oursMs: median(mine.ms), ratio: median(theirs.ms) / median(mine.ms) });
    print(`round ${round}: ${OURS.title} ${show(mine)}, ${PEER.title} ${show(theirs)}`);
  }
  const oursMs = median(rounds.map(({ oursMs }) => oursMs));
  const megabytesASecond = bytes.length / 1e6 / (oursMs / 1000);
  print(`${OURS.title}: ${formatNumber(oursMs)} ms, ${formatNumber(megabytesASecond)} MB/s`);
  printFigure("1 MB block with all ids", judge(oursMs, { atMost: 60 }, " ms"));
  const ratio = median(rounds.map(({ ratio }) => ratio));
  printFigure("speed", judge(ratio, { atLeast: 2 }, ` × ${PEER.title}`));
}

function makeBlock(): Uint8Array {
  const { coinbase, ...others } = TRANSACTIONS;
  const sources = Object.values(others).map(({ hex }) => decodeTransaction(hexToBytes(hex)));
  const bytesEach = Object.values(others).map(({ hex }) => hex.length / 2);
  const transactions = [decodeTransaction(hexToBytes(coinbase.hex))];
  let size = 80 + 3 + coinbase.hex.length / 2;
  for (let i = 0; size < BLOCK_BYTES; i++) {
    transactions.push(sources[i % sources.length]);
    size += bytesEach[i % sources.length];
  }
  const block: Block = {
    header: decodeBlockHeader(hexToBytes(HEADERS.block170.hex)),
    transactions,
  };
  const withWitness = transactions.filter(({ hasWitness }) => hasWitness).length;
  print(`${size} bytes, ${transactions.length} transactions, ${withWitness} of them with witness`);
  return encodeBlock(block);
}

function start({ module, flags }: Contestant): Promise<Side> {
  return Side.start([
    ...pinTo(1),
    RUNTIME_PROGRAMS.deno,
    ...["run", "--allow-all", "--no-lock", ...flags],
    `${PROJECT_DIR}bench/run_task.ts`,
    pathToFileURL(`${PROJECT_DIR}bench/${module}`).href,
  ]);
}

async function decode(side: Side, path: string, runs: number): Promise<Decoded> {
  const { answer } = await side.ask<{ answer: Decoded }>({ call: "decode", args: [path, runs] });
  return answer;
}

function show({ ms }: Decoded): string {
  return `${formatNumber(median(ms))} ms`;
}

function printFigure(work: string, { toReach, got, verdict }: ReturnType<typeof judge>): void {
  print(`${work}: ${got}, to reach ${toReach}: ${verdict}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
