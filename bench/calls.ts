/**
 * Part one of the benchmark: calls a second, latency, CPU and memory, phase by phase.
 *
 * @module
 */
import type { Sample } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { isDisturbed } from "./results.ts";
import { Side } from "./side.ts";
import type { Row } from "./systems.ts";

/**
 * Runs all phases of one row on one connection, each side in a new process. A run that other
 * programs disturbed is done again, at most `options.retries` times.
 */
export async function measureCalls(row: Row, options: BenchOptions): Promise<Sample[]> {
  for (let attempt = 0;; attempt++) {
    const samples = await measureOnce(row, options);
    if (attempt >= options.retries || !samples.some(isDisturbed)) return samples;
  }
}

async function measureOnce(row: Row, options: BenchOptions): Promise<Sample[]> {
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
