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
  // The project's own imports are mapped by deno.json; a peer's are found beside its adapter.
  const peerFlags = row.system.kind === "peer" ? ["--node-modules-dir=manual"] : [];
  const flags: Record<Runtime, string[]> = {
    deno: ["run", "-A", "--no-lock", "--v8-flags=--expose-gc", ...peerFlags],
    node: ["--expose-gc", "--no-warnings"],
  };
  return [
    ...pinTo(role === "server" ? 0 : 1),
    RUNTIME_PROGRAMS[row.runtime],
    ...flags[row.runtime],
    ...profile,
    fileFor(row.runtime, "run_side.ts"),
    role,
    pathToFileURL(fileFor(row.runtime, row.system.adapter)).href,
    JSON.stringify(options.server ?? {}),
  ];
}

function fileFor(runtime: Runtime, path: string): string {
  return runtime === "node" && path.endsWith(".ts")
    ? `${NODE_SIDES_DIR}/${path.replace(/\.ts$/, ".js")}`
    : `${PROJECT_DIR}bench/${path}`;
}
