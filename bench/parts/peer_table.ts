/**
 * Part eight: how fast a node can note what it hears of others.
 *
 * @module
 */
import { measureRounds, watchCpu } from "../disturbance.ts";
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { median } from "../results.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { TaskProcess } from "../task_process.ts";

/** As many as the table holds, and ten times as many. */
const CROWDS: readonly { readonly names: number; readonly title: string }[] = [
  { names: 10_000, title: "10,000 peers heard again" },
  { names: 100_000, title: "100,000 names for 10,000 places" },
];

/** One round. */
interface Round {
  /** Merges a second. */
  readonly merges: number;
  /** CPUs that other programs kept busy meanwhile. */
  readonly foreignCpus: number;
}

interface Measured {
  readonly row: Row;
  readonly title: string;
  readonly rounds: readonly Round[];
}

/** `--peer-table` */
export const PEER_TABLE_PART: Part = {
  name: "peer-table",
  help: "merges a second into a peer table of 10,000",
  async measure({ rows, rounds, retries, isQuick }, print) {
    const ms = isQuick ? 200 : 2000;
    const all: Measured[] = [];
    for (const row of rows) {
      for (const { names, title } of CROWDS) {
        const measured = await measureRounds(
          { rounds, retries },
          () => measureRound(row, names, ms),
        );
        all.push({ row, title, rounds: measured });
        const shown = measured.map(({ merges }) => formatNumber(merges)).join(" ");
        print(`peers    ${row.key.padEnd(20)} ${title}: ${shown}/s`);
      }
    }
    const read = (rounds: readonly Round[], metric: keyof Round) =>
      median(rounds.map((round) => round[metric]));
    return {
      sections: [{
        title: "Merges into a peer table of 10,000",
        table: [
          ["runtime", "what is heard", "merges/s", "other CPUs"],
          ...all.map(({ row, title, rounds }) => [
            row.title,
            title,
            formatNumber(read(rounds, "merges")),
            formatNumber(read(rounds, "foreignCpus")),
          ]),
        ],
      }],
      figures: all.map(({ row, title, rounds }) => ({
        work: `Peer table, ${title}, ${row.title}`,
        ...judge(read(rounds, "merges"), { atLeast: 100_000 }, " merges/s"),
      })),
    };
  },
};

/** In a new process, which compiles its code meanwhile. */
async function measureRound({ runtime }: Row, names: number, ms: number): Promise<Round> {
  await using process = await TaskProcess.start("tasks/peer_table.ts", { runtime, cpu: 0 });
  const readCpu = watchCpu([process.pid]);
  const merges = await process.call<number>("merge", names, ms);
  return { merges, foreignCpus: readCpu().foreignCpus };
}
