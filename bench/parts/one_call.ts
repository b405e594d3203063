/**
 * Part nine: what a call costs that has a connection of its own, beside the same bytes over `node:net` alone.
 *
 * @module
 */
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { median } from "../results.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { TaskProcess } from "../task_process.ts";
import type { Kind, Loop, Ports } from "../tasks/one_call.ts";

const MODULE = "tasks/one_call.ts";
/** How many calls at once. */
const IN_FLIGHT: readonly number[] = [1, 16];

/** Both kinds in turn, so that a machine that is slower for a while weighs on both. */
const SLICES = 5;
const SLICE_MS = 200;

/** Calls a second. */
type Rates = Readonly<Record<Kind, number>>;

interface Measured {
  readonly row: Row;
  readonly inFlight: number;
  readonly rounds: readonly Rates[];
}

/** `--one-call` */
export const ONE_CALL_PART: Part = {
  name: "one-call",
  help: "a connection a call, beside the same bytes over node:net",
  async measure({ rows, rounds, isQuick }, print) {
    const all: Measured[] = [];
    for (const row of rows) {
      const measured: Rates[][] = [];
      for (let round = 0; round < rounds; round++) {
        measured.push(await measureRound(row, isQuick ? 1 : SLICES));
      }
      IN_FLIGHT.forEach((inFlight, i) => {
        all.push({ row, inFlight, rounds: measured.map((rates) => rates[i]) });
        const shown = measured.map((rates) => formatNumber(costOf(rates[i]))).join(" ");
        print(`one call ${row.key.padEnd(20)} ${inFlight} at once: ${shown} × bare`);
      });
    }
    return {
      sections: [{
        title: "A connection a call",
        table: [
          ["runtime", "at once", "calls/s", "bare/s", "a call, in bare ones"],
          ...all.map(({ row, inFlight, rounds }) => [
            row.title,
            `${inFlight}`,
            formatNumber(median(rounds.map(({ synapse }) => synapse))),
            formatNumber(median(rounds.map(({ bare }) => bare))),
            formatNumber(median(rounds.map(costOf))),
          ]),
        ],
      }],
      figures: all.map(({ row, inFlight, rounds }) => ({
        work: `A connection a call, ${inFlight} at once, ${row.title}`,
        ...judge(median(rounds.map(costOf)), { atMost: 2.5 }, " × bare node:net"),
      })),
    };
  },
};

/** In new processes. What is not measured comes first: code is compiled. */
async function measureRound({ runtime }: Row, slices: number): Promise<Rates[]> {
  await using server = await TaskProcess.start(MODULE, { runtime, cpu: 0 });
  await using client = await TaskProcess.start(MODULE, { runtime, cpu: 1 });
  const ports = await server.call<Ports>("serve");
  const measure = async (inFlight: number): Promise<Rates> => {
    const rates: Record<Kind, number> = { bare: 0, synapse: 0 };
    for (let slice = 0; slice < slices; slice++) {
      for (const kind of ["bare", "synapse"] as const) {
        const loop: Loop = { kind, port: ports[kind], inFlight, ms: SLICE_MS };
        rates[kind] += await client.call<number>("call", loop) / slices;
      }
    }
    return rates;
  };
  await measure(Math.max(...IN_FLIGHT));
  const all: Rates[] = [];
  for (const inFlight of IN_FLIGHT) all.push(await measure(inFlight));
  return all;
}

/** How many bare ones a call costs. */
function costOf({ bare, synapse }: Rates): number {
  return bare / synapse;
}
