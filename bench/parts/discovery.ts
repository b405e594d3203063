/**
 * Part six: how long a node takes to find another, and to be found by it, in another process on this host.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { median } from "../results.ts";
import type { Runtime } from "../runtimes.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { TaskProcess } from "../task_process.ts";
import { createMeeting } from "./meeting.ts";

const MODULE = "tasks/crowd.ts";
const RUNS_A_ROUND = 3;
/** After so long the first node has said that it is there, to nobody. */
const SETTLED_MS = 1000;

interface Measured {
  readonly row: Row;
  /** From the second node's start until each lists the other, in ms. */
  readonly bothMs: readonly number[];
}

/** `--discovery` */
export const DISCOVERY_PART: Part = {
  name: "discovery",
  help: "time until two processes on one host list each other",
  async measure({ rows, rounds }, print) {
    const all: Measured[] = [];
    for (const row of rows) {
      const measured = { row, bothMs: await measureRuns(row, rounds * RUNS_A_ROUND) };
      all.push(measured);
      print(`discovery ${row.key.padEnd(19)} ${measured.bothMs.map(formatNumber).join(" ")} ms`);
    }
    return {
      sections: [{
        title: "Two processes on one host find each other",
        table: [
          ["runtime", "median ms", "slowest ms"],
          ...all.map(({ row, bothMs }) => [
            row.title,
            formatNumber(median(bothMs)),
            formatNumber(Math.max(...bothMs)),
          ]),
        ],
      }],
      figures: all.map(({ row, bothMs }) => ({
        work: `Two processes list each other, slowest of ${bothMs.length}, ${row.title}`,
        ...judge(Math.max(...bothMs), { atMost: 300 }, " ms"),
      })),
    };
  },
};

async function measureRuns({ runtime }: Row, runs: number): Promise<number[]> {
  const bothMs: number[] = [];
  while (bothMs.length < runs) bothMs.push(await measureOnce(runtime));
  return bothMs;
}

/** Both are new: a node answers strangers once a second, so that one who had met several would hold back. */
async function measureOnce(runtime: Runtime): Promise<number> {
  const meeting = createMeeting();
  await using first = await TaskProcess.start(MODULE, { runtime });
  await using second = await TaskProcess.start(MODULE, { runtime });
  await first.call("join", "first", meeting);
  await sleep(SETTLED_MS);
  const begunMs = await second.call<number>("join", "second", meeting);
  const listedMs = await Promise.all([
    first.call<number>("listed", "second"),
    second.call<number>("listed", "first"),
  ]);
  return Math.max(...listedMs) - begunMs;
}
