/**
 * Part thirteen: how fast small Bitcoin messages are framed and unframed.
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
import type { Direction } from "../tasks/bitcoin_frames.ts";

const DIRECTIONS: readonly Direction[] = ["encode", "decode"];

/** One round. */
interface Round {
  /** Messages a second. */
  readonly rate: number;
  /** CPUs that other programs kept busy meanwhile. */
  readonly foreignCpus: number;
}

interface Measured {
  readonly row: Row;
  readonly direction: Direction;
  readonly rounds: readonly Round[];
}

/** `--bitcoin-frames` */
export const BITCOIN_FRAMES_PART: Part = {
  name: "bitcoin-frames",
  help: "small messages a second, header and checksum",
  async measure({ rows, rounds, retries, isQuick }, print) {
    const ms = isQuick ? 200 : 1_000;
    const all: Measured[] = [];
    for (const row of rows) {
      for (const direction of DIRECTIONS) {
        const measured = await measureRounds(
          { rounds, retries },
          () => measureRound(row, direction, ms),
        );
        all.push({ row, direction, rounds: measured });
        const shown = measured.map(({ rate }) => formatNumber(rate)).join(" ");
        print(`frames   ${row.key.padEnd(20)} ${direction}: ${shown}/s`);
      }
    }
    return {
      sections: [{
        title: "Small Bitcoin messages",
        table: [
          ["runtime", "what is done", "messages/s", "other CPUs"],
          ...all.map(({ row, direction, rounds }) => [
            row.title,
            direction,
            formatNumber(median(rounds.map(({ rate }) => rate))),
            formatNumber(median(rounds.map(({ foreignCpus }) => foreignCpus))),
          ]),
        ],
      }],
      figures: all.map(({ row, direction, rounds }) => ({
        work: `Bitcoin frames, ${direction}, ${row.title}`,
        ...judge(median(rounds.map(({ rate }) => rate)), { atLeast: 1_000_000 }, " messages/s"),
      })),
    };
  },
};

/** In a new process. What is not measured comes first: code is compiled. */
async function measureRound({ runtime }: Row, direction: Direction, ms: number): Promise<Round> {
  await using process = await TaskProcess.start("tasks/bitcoin_frames.ts", { runtime, cpu: 0 });
  await process.call("run", direction, ms);
  const readCpu = watchCpu([process.pid]);
  const rate = await process.call<number>("run", direction, ms);
  return { rate, foreignCpus: readCpu().foreignCpus };
}
