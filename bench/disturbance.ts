/**
 * How much other programs use the machine meanwhile, and doing again what they have disturbed.
 *
 * @module
 */
import type { PartOptions } from "./part.ts";
import { cpuMs, machineBusyMs } from "./process_stats.ts";
import { MAX_FOREIGN_CPUS } from "./results.ts";

/** What was used of the machine's CPUs for a while. NaN where the machine can't tell. */
export interface CpuUse {
  /** How long that was. */
  readonly elapsedMs: number;
  /** CPU time that was ours, user and system. */
  readonly usedMs: number;
  /** CPUs that other programs kept busy. */
  readonly foreignCpus: number;
}

/**
 * Begins to watch.
 *
 * @param pids The processes whose CPU time is ours.
 * @returns Reads what was used since.
 */
export function watchCpu(pids: readonly number[]): () => CpuUse {
  const readUsed = () => pids.reduce((total, pid) => total + cpuMs(pid), 0);
  const before = { ms: performance.now(), usedMs: readUsed(), busyMs: machineBusyMs() };
  return () => {
    const elapsedMs = performance.now() - before.ms;
    const usedMs = readUsed() - before.usedMs;
    const foreignMs = machineBusyMs() - before.busyMs - usedMs;
    return { elapsedMs, usedMs, foreignCpus: Math.max(0, foreignMs / elapsedMs) };
  };
}

/**
 * Measures, and again while other programs have disturbed it, at most `retries` times.
 *
 * @param measure Measures once.
 * @param foreignCpus How many CPUs they have kept busy meanwhile.
 * @returns The run that was disturbed least.
 */
export async function measureUndisturbed<Run>(
  retries: number,
  measure: () => Promise<Run>,
  foreignCpus: (run: Run) => number,
): Promise<Run> {
  let best = await measure();
  for (let retry = 0; retry < retries && foreignCpus(best) > MAX_FOREIGN_CPUS; retry++) {
    const run = await measure();
    if (foreignCpus(run) < foreignCpus(best)) best = run;
  }
  return best;
}

/** Measures so many rounds, each of them undisturbed where that can be had. */
export async function measureRounds<Run extends Pick<CpuUse, "foreignCpus">>(
  { rounds, retries }: Pick<PartOptions, "rounds" | "retries">,
  measure: () => Promise<Run>,
): Promise<Run[]> {
  const runs: Run[] = [];
  while (runs.length < rounds) {
    runs.push(await measureUndisturbed(retries, measure, ({ foreignCpus }) => foreignCpus));
  }
  return runs;
}
