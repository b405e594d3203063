/**
 * What Linux's `/proc` knows of processes and of the machine. Elsewhere every figure is NaN, which
 * travels in JSON as null and shows in a table as `-`.
 *
 * @module
 */
import { readFileSync } from "node:fs";

// The kernel reports CPU time in steps of 1/100 s, whatever its own tick is.
const MS_PER_TICK = 10;

/** CPU time that a process has used, user and system, in ms. */
export function cpuMs(pid: number): number {
  const stat = readProc(`/proc/${pid}/stat`);
  // The second field, the program's name, may hold spaces; it ends with the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? NaN) + Number(fields[12] ?? NaN)) * MS_PER_TICK;
}

/** Resident memory of a process in KiB. */
export function rssKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`))?.[1] ?? NaN);
}

/** The most memory that a process has had resident, in KiB. */
export function peakRssKib(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`))?.[1] ?? NaN);
}

/** CPU time that the whole machine has been busy, all CPUs together, in ms. */
export function machineBusyMs(): number {
  const [user, nice, system, , , irq, softirq, steal] = readProc("/proc/stat")
    .split("\n", 1)[0].trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * MS_PER_TICK;
}

function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
