/**
 * Runs the parts of the benchmark, one after the other.
 *
 * @module
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { measureCalls } from "./calls.ts";
import { largestChange, measureHeap } from "./heap.ts";
import { measureIdle } from "./idle.ts";
import type { BenchOptions } from "./options.ts";
import { SAMPLES_FILE } from "./paths.ts";
import { CallResults, type Results } from "./results.ts";
import { measureStartup } from "./startup.ts";
import type { Row } from "./systems.ts";
import { formatNumber } from "./table.ts";

/**
 * Measures all `rows`. One that fails is noted, and the others go on.
 *
 * @param print Gets a line about each step.
 */
export async function runAll(
  rows: readonly Row[],
  options: BenchOptions,
  print: (line: string) => void,
): Promise<Results> {
  const results: Results = { calls: new CallResults(), idle: [], heap: [], parts: [], notes: [] };
  const attempt = async (row: Row, part: string, measure: () => Promise<string>) => {
    const head = `${part.padEnd(8)} ${row.key.padEnd(20)}`;
    try {
      print(`${head} ${await measure()}`);
    } catch (error) {
      results.notes.push(`${row.key} failed: ${part}.`);
      print(`${head} failed: ${(error as Error).message}`);
    }
  };

  mkdirSync(dirname(SAMPLES_FILE), { recursive: true });
  writeFileSync(SAMPLES_FILE, "");
  const rounds = options.phases.length > 0 ? options.rounds : 0;
  for (let round = 1; round <= rounds; round++) {
    for (const row of rows) {
      await attempt(row, `round ${round}`, () => addRound(row, round, options, results));
    }
  }
  for (const row of rows) {
    if (options.idleConnections > 0 && row.system.isIdleMeasured) {
      await attempt(row, "idle", () => addIdle(row, options, results));
    }
  }
  const ours = rows.filter(({ system }) => system.kind === "ours");
  for (const row of ours) {
    if (options.memoryCalls > 0) {
      await attempt(row, "heap", () => addHeap(row, options, results));
    }
    if (options.startups > 0 && row.runtime === "deno") {
      await attempt(row, "startup", () => addStartup(row, options, results));
    }
  }
  for (const part of ours.length > 0 ? options.parts : []) {
    try {
      results.parts.push(
        await part.measure({
          rows: ours,
          rounds: options.rounds,
          times: options.times,
          retries: options.retries,
          isQuick: options.isQuick,
        }, print),
      );
    } catch (error) {
      results.notes.push(`${part.name} failed.`);
      print(`${part.name} failed: ${(error as Error).message}`);
    }
  }
  return results;
}

async function addRound(
  row: Row,
  round: number,
  options: BenchOptions,
  results: Results,
): Promise<string> {
  const samples = await measureCalls(row, options);
  results.calls.add(row, round, samples);
  for (const sample of samples) {
    appendFileSync(SAMPLES_FILE, JSON.stringify({ row: row.key, round, ...sample }) + "\n");
  }
  return samples.map(({ phase, callsPerSecond }) => `${phase} ${formatNumber(callsPerSecond)}/s`)
    .join("  ");
}

async function addIdle(row: Row, options: BenchOptions, results: Results): Promise<string> {
  const cost = await measureIdle(row, options.idleConnections);
  results.idle.push(cost);
  return `${formatNumber(cost.serverKibEach)} KiB a connection`;
}

async function addHeap(row: Row, options: BenchOptions, results: Results): Promise<string> {
  const growth = await measureHeap(row, options.memoryCalls);
  results.heap.push(growth);
  return `changed by ${formatNumber(largestChange(growth) * 100)} %`;
}

async function addStartup(row: Row, options: BenchOptions, results: Results): Promise<string> {
  results.startup = await measureStartup(row, options.startups);
  return `${formatNumber(results.startup.callMs)} ms`;
}
