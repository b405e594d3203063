/**
 * A CPU for each side, so that where the scheduler happens to put them decides no round: two
 * processes that answer each other are half as fast, or twice, when they share one.
 *
 * @module
 */
import { execFileSync } from "node:child_process";

const isPinnable = canPin();

/** What to put before a command so that it stays on one CPU; nothing where that can't be done. */
export function pinTo(cpu: 0 | 1): string[] {
  return isPinnable ? ["taskset", "--cpu-list", String(cpu)] : [];
}

function canPin(): boolean {
  try {
    execFileSync("taskset", ["--cpu-list", "0,1", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
