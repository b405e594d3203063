/**
 * Runs the benchmark: `deno task bench --help`.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import process from "node:process";
import { type BenchOptions, HELP, parseOptions } from "./options.ts";
import { REPORT_FILE } from "./paths.ts";
import { prepare } from "./prepare.ts";
import { summarizeProfiles } from "./profile.ts";
import { type Environment, formatReport } from "./report.ts";
import { runAll } from "./run_all.ts";
import { readVersion, RUNTIME_PROGRAMS, RUNTIME_TITLES } from "./runtimes.ts";
import { createRows, type Row } from "./systems.ts";

async function main(options: BenchOptions): Promise<void> {
  const { rows, notes } = prepare(createRows(options.systems, options.runtimes), print);
  const results = await runAll(rows, options, print);
  results.notes.unshift(...notes);
  const report = formatReport(results, readEnvironment(rows, options), options.phases);
  print("\n" + report);
  if (options.profileDir) print(summarizeProfiles(options.profileDir));
  if (options.isComplete) writeFileSync(REPORT_FILE, report);
  else print("This was part of the benchmark only: bench/results.md is left as it was.");
}

function readEnvironment(rows: readonly Row[], options: BenchOptions): Environment {
  const runtimes = [...new Set(rows.map((row) => row.runtime))];
  return {
    cpus: `${cpus().length} × ${cpus()[0].model}`,
    runtimes: runtimes.map((runtime) =>
      `${RUNTIME_TITLES[runtime]} ${readVersion(RUNTIME_PROGRAMS[runtime])}`
    ),
    rounds: options.rounds,
  };
}

function readOptions(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

function print(line: string): void {
  process.stdout.write(line + "\n");
}

const options = readOptions();
if (options) await main(options);
else print(HELP);
