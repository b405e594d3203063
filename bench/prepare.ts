/**
 * What has to be on the machine before anything can be measured.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { NODE_SIDES_DIR, PEERS_DIR, PROJECT_DIR } from "./paths.ts";
import { isInstalled, RUNTIME_PROGRAMS } from "./runtimes.ts";
import type { Row } from "./systems.ts";

/** What the processes of `TaskProcess` do. */
const TASK_MODULES: readonly string[] = [
  ...["bitcoin_client", "bitcoin_crowd", "bitcoin_decode", "bitcoin_frames", "crowd"],
  ...["metrics", "one_call", "peer_table", "transfer"],
].map((name) => `tasks/${name}.ts`);

/** What can be measured here. */
export interface Prepared {
  readonly rows: readonly Row[];
  /** One sentence for each row left out. */
  readonly notes: readonly string[];
}

/**
 * Installs and builds what `rows` take, and leaves out those that can't run here.
 *
 * @param print Gets a line about what takes long, and about what is left out.
 */
export function prepare(rows: readonly Row[], print: (line: string) => void): Prepared {
  if (rows.some((row) => row.system.kind === "peer")) installPeers(print);
  if (rows.some((row) => row.runtime === "node")) bundleSides(rows);
  const notes: string[] = [];
  const runnable = rows.filter((row) => {
    const reason = reasonToSkip(row);
    if (reason === undefined) return true;
    notes.push(`${row.key} is skipped: ${reason}.`);
    return false;
  });
  notes.forEach(print);
  return { rows: runnable, notes };
}

/**
 * Installs the peers' packages where they aren't.
 *
 * @param print Gets a line when that takes a while.
 */
export function installPeers(print: (line: string) => void): void {
  const installedMs = modifiedMs(`${PEERS_DIR}/node_modules/.package-lock.json`);
  if (installedMs >= modifiedMs(`${PEERS_DIR}/package-lock.json`)) return;
  print("Installing the peers from npm into bench/peers/node_modules (npm ci), once.");
  execFileSync("npm", ["ci", "--loglevel=error"], { cwd: PEERS_DIR, stdio: "inherit" });
}

function bundleSides(rows: readonly Row[]): void {
  const adapters = new Set(rows.map(({ system }) => system.adapter));
  const own = [...adapters].filter((path) => path.endsWith(".ts"));
  const files = ["run_side.ts", "run_task.ts", ...TASK_MODULES, ...own]
    .map((path) => `bench/${path}`);
  runDeno(["bundle", "--outdir", NODE_SIDES_DIR, ...files]);
}

function reasonToSkip({ system, runtime }: Row): string | undefined {
  const programs = [RUNTIME_PROGRAMS[runtime], ...(system.needs ? [system.needs] : [])];
  const missing = programs.find((program) => !isInstalled(program));
  if (missing !== undefined) return `${missing} is not on the PATH`;
  if (system.kind !== "ours" || runtime !== "node") return undefined;
  try {
    runDeno(["task", "bundle"]);
  } catch {
    return "`deno task bundle` failed";
  }
}

function runDeno(args: readonly string[]): void {
  execFileSync(RUNTIME_PROGRAMS.deno, args, { cwd: PROJECT_DIR, stdio: "pipe" });
}

function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
