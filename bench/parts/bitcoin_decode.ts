/**
 * Part twelve: how long a Bitcoin block of 1 MB takes to decode with the ids of all its transactions, beside
 * `bitcoinjs-lib`.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureRounds, watchCpu } from "../disturbance.ts";
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { installPeers } from "../prepare.ts";
import { median } from "../results.ts";
import { RUNTIME_TITLES } from "../runtimes.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { TaskProcess } from "../task_process.ts";
import type { timeRuns } from "../time_runs.mjs";
import { makeBlock } from "./bitcoin_block.ts";

const BLOCK_BYTES = 1_000_000;
const PEER = "bitcoinjs-lib";

/** Milliseconds that a block takes, in one round. */
interface Round {
  readonly ours: number;
  readonly peer: number;
  /** CPUs that other programs kept busy meanwhile. */
  readonly foreignCpus: number;
}

interface Measured {
  readonly row: Row;
  readonly rounds: readonly Round[];
}

/** `--bitcoin-decode` */
export const BITCOIN_DECODE_PART: Part = {
  name: "bitcoin-decode",
  help: `a block of 1 MB and all its txids, beside ${PEER}`,
  async measure({ rows, rounds, retries, isQuick }, print) {
    installPeers(print);
    const { bytes, transactions, withWitness } = makeBlock(BLOCK_BYTES);
    const directory = mkdtempSync(join(tmpdir(), "synapse-bench-"));
    const path = join(directory, "block");
    writeFileSync(path, bytes);
    const all: Measured[] = [];
    try {
      for (const row of rows) {
        const measured = await measureRounds(
          { rounds, retries },
          () => measureRound(row, path, isQuick ? 5 : 20),
        );
        all.push({ row, rounds: measured });
        const shown = measured.map(({ ours, peer }) =>
          `${formatNumber(ours)} against ${formatNumber(peer)}`
        );
        print(`block    ${row.key.padEnd(20)} ${shown.join(", ")} ms`);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
    const megabytes = bytes.length / 1e6;
    return {
      sections: [{
        title: `A Bitcoin block of ${transactions} transactions, ${withWitness} with witnesses`,
        table: [
          ["system", "ms", "MB/s", "× our time", "other CPUs"],
          ...all.flatMap(({ row, rounds }) =>
            (["ours", "peer"] as const).map((who) => [
              who === "ours" ? row.title : `${PEER} (${RUNTIME_TITLES[row.runtime]})`,
              formatNumber(median(rounds.map((round) => round[who]))),
              formatNumber(megabytes / median(rounds.map((round) => round[who])) * 1000),
              formatNumber(median(rounds.map((round) => round[who] / round.ours))),
              formatNumber(median(rounds.map(({ foreignCpus }) => foreignCpus))),
            ])
          ),
        ],
      }],
      figures: all.flatMap(({ row, rounds }) => [
        {
          work: `Bitcoin block of 1 MB with all txids, ${row.title}`,
          ...judge(median(rounds.map(({ ours }) => ours)), { atMost: 60 }, " ms"),
        },
        {
          work: `Bitcoin block of 1 MB with all txids, ${row.title}`,
          ...judge(
            median(rounds.map(({ ours, peer }) => peer / ours)),
            { atLeast: 2 },
            ` × ${PEER}`,
          ),
        },
      ]),
    };
  },
};

/** In new processes, of which each decodes it once before what is measured: code is compiled. */
async function measureRound({ runtime }: Row, path: string, runs: number): Promise<Round> {
  await using ours = await TaskProcess.start("tasks/bitcoin_decode.ts", { runtime, cpu: 1 });
  await using peer = await TaskProcess.start("peers/bitcoinjs.mjs", { runtime, cpu: 1 });
  const decode = (process: TaskProcess, runs: number) =>
    process.call<ReturnType<typeof timeRuns>>("decode", path, runs);
  const [mine, theirs] = [await decode(ours, 1), await decode(peer, 1)];
  if (mine.idsHash !== theirs.idsHash) throw new Error("they differ about the ids");
  const readCpu = watchCpu([ours.pid, peer.pid]);
  return {
    ours: median((await decode(ours, runs)).ms),
    peer: median((await decode(peer, runs)).ms),
    foreignCpus: readCpu().foreignCpus,
  };
}
