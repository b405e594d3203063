/**
 * Part fifteen: how fast a real Bitcoin node takes transactions from us, and what that takes here.
 *
 * @module
 */
import { BcoinNodes, installBcoin } from "../../tests/interop/bcoin/nodes.ts";
import { measureRounds, watchCpu } from "../disturbance.ts";
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { median } from "../results.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { TaskProcess } from "../task_process.ts";
import type { Broadcasted } from "../tasks/bitcoin_client.ts";

const TRANSACTIONS = 400;

/** One broadcast. */
interface Round {
  readonly perSecond: number;
  /** Of one CPU, while it lasted. */
  readonly cpuPercent: number;
  /** CPUs that other programs kept busy meanwhile, at least: bcoin is taken to have used one. */
  readonly foreignCpus: number;
}

/** `--bitcoin-broadcast` */
export const BITCOIN_BROADCAST_PART: Part = {
  name: "bitcoin-broadcast",
  help: "transactions a second into a bcoin node, and our CPU time",
  async measure({ rows, rounds, retries }, print) {
    const missing = await installBcoin();
    if (missing !== undefined) throw new Error(missing);
    const all: { readonly row: Row; readonly rounds: readonly Round[] }[] = [];
    for (const row of rows) {
      const measured = await measureRounds({ rounds, retries }, () => measureRound(row));
      all.push({ row, rounds: measured });
      const shown = measured.map(({ perSecond, cpuPercent }) =>
        `${formatNumber(perSecond)}/s at ${formatNumber(cpuPercent)} %`
      );
      print(`bcoin    ${row.key.padEnd(20)} ${shown.join(", ")}`);
    }
    const read = (rounds: readonly Round[], metric: keyof Round) =>
      median(rounds.map((round) => round[metric]));
    return {
      sections: [{
        title: `${TRANSACTIONS} transactions to a bcoin node`,
        table: [
          ["runtime", "transactions/s", "our CPU, %", "other CPUs"],
          ...all.map(({ row, rounds }) => [
            row.title,
            formatNumber(read(rounds, "perSecond")),
            formatNumber(read(rounds, "cpuPercent")),
            formatNumber(read(rounds, "foreignCpus")),
          ]),
        ],
      }],
      figures: all.flatMap(({ row, rounds }) => [
        {
          work: `${TRANSACTIONS} transactions to bcoin, ${row.title}`,
          ...judge(read(rounds, "perSecond"), { atLeast: 300 }, "/s"),
        },
        {
          work: `Our CPU meanwhile, ${row.title}`,
          ...judge(read(rounds, "cpuPercent"), { atMost: 25 }, " %"),
        },
      ]),
    };
  },
};

/** With a new node. */
async function measureRound({ runtime }: Row): Promise<Round> {
  await using nodes = await BcoinNodes.start();
  await using client = await TaskProcess.start("tasks/bitcoin_client.ts", { runtime });
  const transactions = (await nodes.make("any", TRANSACTIONS)).map(({ hex }) => hex);
  await client.call("connect", nodes.addresses);
  const readCpu = watchCpu([client.pid]);
  const { taken, elapsedMs } = await client.call<Broadcasted>("broadcast", transactions);
  const { usedMs, foreignCpus } = readCpu();
  if (taken !== TRANSACTIONS) {
    throw new Error(`only ${taken} of ${TRANSACTIONS} transactions were taken`);
  }
  return {
    perSecond: taken / elapsedMs * 1_000,
    cpuPercent: usedMs / elapsedMs * 100,
    foreignCpus: Math.max(0, foreignCpus - 1),
  };
}
