/**
 * Part eleven: how long a node that has a great many functions takes to tell its metrics.
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
import type { Read } from "../tasks/metrics.ts";

const MODULE = "tasks/metrics.ts";
const FUNCTIONS = 10_000;
const WARM_UP_READS = 20;

/** One round: the median of its reads. */
interface Round {
  readonly ms: number;
  readonly bytes: number;
  /** CPUs that other programs kept busy meanwhile. */
  readonly foreignCpus: number;
}

/** `--metrics` */
export const METRICS_PART: Part = {
  name: "metrics",
  help: "time that /metrics takes after calls of 10,000 functions",
  async measure({ rows, rounds, retries, isQuick }, print) {
    const all: { readonly row: Row; readonly rounds: readonly Round[] }[] = [];
    for (const row of rows) {
      const measured = await measureRounds(
        { rounds, retries },
        () => measureRound(row, isQuick ? 20 : 100),
      );
      all.push({ row, rounds: measured });
      const shown = measured.map(({ ms }) => formatNumber(ms)).join(" ");
      print(`metrics  ${row.key.padEnd(20)} ${shown} ms`);
    }
    return {
      sections: [{
        title: "/metrics after calls of 10,000 functions",
        table: [
          ["runtime", "ms", "KiB", "other CPUs"],
          ...all.map(({ row, rounds }) => [
            row.title,
            formatNumber(median(rounds.map(({ ms }) => ms))),
            formatNumber(median(rounds.map(({ bytes }) => bytes / 1024))),
            formatNumber(median(rounds.map(({ foreignCpus }) => foreignCpus))),
          ]),
        ],
      }],
      figures: all.map(({ row, rounds }) => ({
        work: `/metrics after calls of 10,000 functions, ${row.title}`,
        ...judge(median(rounds.map(({ ms }) => ms)), { atMost: 5 }, " ms"),
      })),
    };
  },
};

/** In new processes. What is not measured comes first: code is compiled. */
async function measureRound({ runtime }: Row, reads: number): Promise<Round> {
  await using server = await TaskProcess.start(MODULE, { runtime, cpu: 0 });
  await using client = await TaskProcess.start(MODULE, { runtime, cpu: 1 });
  const port = await server.call<number>("serve", FUNCTIONS);
  await client.call("callAll", port, FUNCTIONS);
  await client.call("read", port, WARM_UP_READS);
  const readCpu = watchCpu([server.pid, client.pid]);
  const { ms, bytes, functions } = await client.call<Read>("read", port, reads);
  const { foreignCpus } = readCpu();
  if (functions !== FUNCTIONS) throw new Error(`/metrics tells of ${functions} functions`);
  return { ms: median(ms), bytes, foreignCpus };
}
