/**
 * The runtimes that systems are measured under, and programs in general.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";

/** What runs a system's processes. */
export type Runtime = "deno" | "node";

/** Their names in the report. */
export const RUNTIME_TITLES: Record<Runtime, string> = { deno: "Deno", node: "Node" };

/** What starts them. */
export const RUNTIME_PROGRAMS: Record<Runtime, string> = { deno: process.execPath, node: "node" };

/** Answers whether `program` can be started. */
export function isInstalled(program: string): boolean {
  return readVersion(program) !== undefined;
}

/** The version that `program` reports, as in `2.9.6`; undefined when it can't be started. */
export function readVersion(program: string): string | undefined {
  try {
    const text = execFileSync(program, ["--version"], { encoding: "utf8", stdio: "pipe" });
    return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? "of unknown version";
  } catch {
    return undefined;
  }
}
