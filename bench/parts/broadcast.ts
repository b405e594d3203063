/**
 * Part seven: how long a call of everybody takes, where everybody is 200 nodes.
 *
 * @module
 */
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { median } from "../results.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { TaskProcess } from "../task_process.ts";
import type { Heard } from "../tasks/crowd.ts";

const MODULE = "tasks/crowd.ts";
const PROCESSES = 4;

/** `--broadcast` */
export const BROADCAST_PART: Part = {
  name: "broadcast",
  help: "time until 200 nodes on one machine have answered a broadcast",
  async measure({ rows, rounds, isQuick }, print) {
    const peers = isQuick ? 20 : 200;
    const all: { readonly row: Row; readonly ms: number[] }[] = [];
    for (const row of rows) {
      const ms: number[] = [];
      for (let round = 0; round < rounds; round++) ms.push(await measureOnce(row, peers));
      all.push({ row, ms });
      print(`broadcast ${row.key.padEnd(19)} ${ms.map(formatNumber).join(" ")} ms`);
    }
    return {
      sections: [{
        title: `${peers} nodes answer a broadcast`,
        table: [
          ["runtime", "ms"],
          ...all.map(({ row, ms }) => [row.title, formatNumber(median(ms))]),
        ],
      }],
      figures: all.map(({ row, ms }) => ({
        work: `Broadcast to ${peers} nodes, ${row.title}`,
        ...judge(median(ms), { atMost: 1000 }, " ms"),
      })),
    };
  },
};

/** The nodes share four processes. What is not measured comes first: code is compiled. */
async function measureOnce({ runtime }: Row, peers: number): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const start = async () => stack.use(await TaskProcess.start(MODULE, { runtime }));
  const caller = await start();
  const others = await Promise.all(Array.from({ length: PROCESSES }, start));
  const addresses = await Promise.all(
    others.map((process) => process.call<string[]>("listen", peers / PROCESSES)),
  );
  await caller.call("broadcast", addresses.flat());
  const { answers, elapsedMs } = await caller.call<Heard>("broadcast", addresses.flat());
  if (answers !== peers) throw new Error(`only ${answers} of ${peers} nodes have answered`);
  return elapsedMs;
}
