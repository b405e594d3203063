/**
 * The command that starts one side of a row.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import type { Announcement } from "./adapter.ts";
import { NODE_SIDES_DIR, PROJECT_DIR } from "./paths.ts";
import { pinTo } from "./pinning.ts";
import { type Runtime, RUNTIME_PROGRAMS } from "./runtimes.ts";
import type { Row } from "./systems.ts";

/** What a side is started with. */
export interface SideOptions {
  /** Where a CPU profile is written when the side ends. */
  readonly profileDir?: string;
  /** What a client connects to. */
  readonly server?: Announcement;
}

/** The flags that every process is started with. */
const FLAGS: Record<Runtime, readonly string[]> = {
  deno: ["run", "-A", "--no-lock", "--v8-flags=--expose-gc"],
  node: ["--expose-gc", "--no-warnings"],
};

/**
 * Makes the command for a process that does what a module can do.
 *
 * @param module Its file in this folder, as in `tasks/crowd.ts`.
 * @param cpu Where the process stays; anywhere where left out.
 */
export function createTaskCommand(runtime: Runtime, module: string, cpu?: 0 | 1): string[] {
  return [
    ...(cpu === undefined ? [] : pinTo(cpu)),
    RUNTIME_PROGRAMS[runtime],
    ...flagsFor(runtime, module),
    fileFor(runtime, "run_task.ts"),
    pathToFileURL(fileFor(runtime, module)).href,
  ];
}

/** Makes the command: the program first, then its arguments. */
export function createSideCommand(
  row: Row,
  role: "server" | "client",
  options: SideOptions,
): string[] {
  const profile = options.profileDir === undefined ? [] : [
    "--cpu-prof",
    `--cpu-prof-dir=${options.profileDir}`,
    `--cpu-prof-name=${row.key}.${role}.cpuprofile`,
  ];
  return [
    ...pinTo(role === "server" ? 0 : 1),
    RUNTIME_PROGRAMS[row.runtime],
    ...flagsFor(row.runtime, row.system.adapter),
    ...profile,
    fileFor(row.runtime, "run_side.ts"),
    role,
    pathToFileURL(fileFor(row.runtime, row.system.adapter)).href,
    JSON.stringify(options.server ?? {}),
  ];
}

/** The project's own imports are mapped by deno.json; a peer's are found beside its adapter. */
function flagsFor(runtime: Runtime, path: string): readonly string[] {
  const isPeer = path.startsWith("peers/");
  return [
    ...FLAGS[runtime],
    ...(runtime === "deno" && isPeer ? ["--node-modules-dir=manual"] : []),
  ];
}

function fileFor(runtime: Runtime, path: string): string {
  return runtime === "node" && path.endsWith(".ts")
    ? `${NODE_SIDES_DIR}/${path.replace(/\.ts$/, ".js")}`
    : `${PROJECT_DIR}bench/${path}`;
}
