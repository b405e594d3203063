/**
 * Part eight: how fast a node can note what it hears of others.
 *
 * @module
 */
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

/** `--peer-table` */
export const PEER_TABLE_PART: Part = {
  name: "peer-table",
  help: "merges a second into a peer table of 10,000",
  async measure({ rows, rounds, isQuick }, print) {
    const all: { readonly row: Row; readonly title: string; readonly merges: number }[] = [];
    for (const row of rows) {
      for (const { names, title } of CROWDS) {
        const merges: number[] = [];
        for (let round = 0; round < rounds; round++) {
          await using process = await TaskProcess.start("peer_table.ts", { ...row, cpu: 0 });
          merges.push(await process.call("merge", names, isQuick ? 200 : 2000));
        }
        all.push({ row, title, merges: median(merges) });
        print(`peers    ${row.key.padEnd(20)} ${title}: ${formatNumber(median(merges))}/s`);
      }
    }
    return {
      sections: [{
        title: "Merges into a peer table of 10,000",
        table: [
          ["runtime", "what is heard", "merges/s"],
          ...all.map(({ row, title, merges }) => [row.title, title, formatNumber(merges)]),
        ],
      }],
      figures: all.map(({ row, title, merges }) => ({
        work: `Peer table, ${title}, ${row.title}`,
        ...judge(merges, { atLeast: 100_000 }, " merges/s"),
      })),
    };
  },
};
