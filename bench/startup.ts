/**
 * Part four: how long a user waits for `synapse call`, from a cold start.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { PROJECT_DIR } from "./paths.ts";
import { median } from "./results.ts";
import { RUNTIME_PROGRAMS } from "./runtimes.ts";
import { Side } from "./side.ts";
import type { Row } from "./systems.ts";

/** Medians, in ms from the start of a process to its first output. */
export interface StartupTime {
  readonly callMs: number;
  /** `deno --version`: what no Deno program can do without. */
  readonly runtimeMs: number;
  readonly runs: number;
}

/** Measures `synapse call` and `deno --version` in turn, `runs` times each, against `row`'s server. */
export async function measureStartup(row: Row, runs: number): Promise<StartupTime> {
  await using server = await Side.startServer(row);
  const target = `127.0.0.1:${server.announcement.port}`;
  const call = ["run", "-A", "cli/main.ts", "call", target, "echo", "1", "2", "3"];
  await firstOutputMs(call); // the first start compiles and caches
  const callMs: number[] = [];
  const runtimeMs: number[] = [];
  for (let run = 0; run < runs; run++) {
    callMs.push(await firstOutputMs(call));
    runtimeMs.push(await firstOutputMs(["--version"]));
  }
  return { callMs: median(callMs), runtimeMs: median(runtimeMs), runs };
}

async function firstOutputMs(args: readonly string[]): Promise<number> {
  const begunMs = performance.now();
  const child = spawn(RUNTIME_PROGRAMS.deno, args, {
    cwd: PROJECT_DIR,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let outputMs = NaN;
  let errors = "";
  child.stdout.once("data", () => outputMs = performance.now() - begunMs);
  child.stderr.on("data", (text) => errors += text);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`deno ${args.join(" ")} ended with code ${code}: ${errors}`);
  return outputMs;
}
