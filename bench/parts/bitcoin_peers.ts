/**
 * Part fourteen: how much of a CPU it takes to be connected with 125 Bitcoin nodes.
 *
 * @module
 */
import { watchCpu } from "../disturbance.ts";
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { median } from "../results.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { TaskProcess } from "../task_process.ts";

const PEERS = 125;
/** Announcements a second of each. */
const RATE = 7;
const WARM_UP_MS = 1_000;

/** `--bitcoin-peers` */
export const BITCOIN_PEERS_PART: Part = {
  name: "bitcoin-peers",
  help: `CPU time that ${PEERS} peers take that announce transactions`,
  async measure({ rows, rounds, isQuick }, print) {
    const all: { readonly row: Row; readonly percent: readonly number[] }[] = [];
    for (const row of rows) {
      const percent: number[] = [];
      while (percent.length < rounds) {
        percent.push(await measureRound(row, isQuick ? 2_000 : 10_000));
      }
      all.push({ row, percent });
      print(`inv      ${row.key.padEnd(20)} ${percent.map(formatNumber).join(" ")} % of a CPU`);
    }
    return {
      sections: [{
        title: `${PEERS} Bitcoin peers, each ${RATE} announcements a second`,
        table: [
          ["runtime", "% of a CPU"],
          ...all.map(({ row, percent }) => [row.title, formatNumber(median(percent))]),
        ],
      }],
      figures: all.map(({ row, percent }) => ({
        work: `${PEERS} Bitcoin peers, ${RATE} announcements/s each, ${row.title}`,
        ...judge(median(percent), { atMost: 10 }, " % of a CPU"),
      })),
    };
  },
};

/** In new processes. What is not measured comes first: code is compiled. */
async function measureRound({ runtime }: Row, ms: number): Promise<number> {
  await using crowd = await TaskProcess.start("tasks/bitcoin_crowd.ts", { runtime, cpu: 0 });
  await using client = await TaskProcess.start("tasks/bitcoin_client.ts", { runtime, cpu: 1 });
  await client.call("connect", await crowd.call<string[]>("listen", PEERS));
  const warmedUp = await crowd.call<number>("announce", RATE, WARM_UP_MS);
  const readCpu = watchCpu([client.pid]);
  const announced = await crowd.call<number>("announce", RATE, ms);
  const { usedMs, elapsedMs } = readCpu();
  const total = warmedUp + announced;
  const heard = await client.call<number>("hear", total);
  if (heard !== total) throw new Error(`${heard} of ${total} announcements were heard`);
  return usedMs / elapsedMs * 100;
}
