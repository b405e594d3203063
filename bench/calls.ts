/**
 * Part one of the benchmark: calls a second, latency, CPU and memory, phase by phase.
 *
 * @module
 */
import { measureUndisturbed } from "./disturbance.ts";
import type { Sample } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { Side } from "./side.ts";
import type { Row } from "./systems.ts";

/** What of the options is for calls. */
export type CallsOptions = Pick<BenchOptions, "phases" | "times" | "retries" | "profileDir">;

/**
 * Runs all phases of one row on one connection, each side in a new process. A run that other
 * programs disturbed is done again, at most `options.retries` times.
 */
export function measureCalls(row: Row, options: CallsOptions): Promise<Sample[]> {
  return measureUndisturbed(
    options.retries,
    () => measureOnce(row, options),
    (samples) => Math.max(...samples.map(({ foreignCpus }) => foreignCpus ?? 0)),
  );
}

async function measureOnce(row: Row, options: CallsOptions): Promise<Sample[]> {
  await using server = await Side.startServer(row, options.profileDir);
  await using client = await Side.startClient(row, server, options.profileDir);
  const samples: Sample[] = [];
  for (const phase of options.phases) {
    samples.push(
      await client.ask({ do: "measure", phase, serverPids: server.pids, ...options.times }),
    );
  }
  return samples;
}
