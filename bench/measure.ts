/**
 * One phase on one connection: warm up, work for a while, and look at what it cost.
 *
 * @module
 */
import process from "node:process";
import type { Connection, Drive, DrivenConnection } from "./adapter.ts";
import { Latencies } from "./latencies.ts";
import { cpuMs, machineBusyMs, rssKib } from "./process_stats.ts";
import {
  checkBlob,
  checkEcho,
  createBlob,
  createEchoOptions,
  ECHO_NUMBER,
  ECHO_TEXT,
  type Phase,
} from "./work.ts";

/** How long to work. */
export interface MeasureTimes {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What one phase gave. Figures that the machine can't tell are null. */
export interface Sample {
  readonly phase: string;
  readonly callsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU time a call, user and system. */
  readonly clientCpuUs: number | null;
  readonly serverCpuUs: number | null;
  /** Memory of the server's processes when the phase ended. */
  readonly serverRssKib: number | null;
  /** CPUs that other programs kept busy meanwhile. */
  readonly foreignCpus: number | null;
}

// Two clock readings a call would be a tenth of what a fast call costs. A prime, so that the calls
// timed don't fall in step with the 64 or 256 in flight.
const LATENCY_EVERY_NTH_CALL = 7;

/**
 * Measures a phase.
 *
 * @param serverPids The processes whose CPU time and memory count as the server's.
 */
export async function measure(
  connection: Connection | DrivenConnection,
  phase: Phase,
  options: MeasureTimes & { readonly serverPids: readonly number[] },
): Promise<Sample> {
  const { warmUpMs, measureMs, serverPids } = options;
  const drive = driveOf(connection);
  const sum = (read: (pid: number) => number) =>
    serverPids.reduce((total, pid) => total + read(pid), 0);
  const driveFor = (ms: number, latencies: Latencies) =>
    drive(phase, { calls: Infinity, untilMs: performance.now() + ms }, latencies);

  await driveFor(warmUpMs, new Latencies());
  const latencies = new Latencies();
  const before = { client: cpuMs(process.pid), server: sum(cpuMs), busy: machineBusyMs() };
  const begun = performance.now();
  const calls = await driveFor(measureMs, latencies);
  const elapsedMs = performance.now() - begun;
  const clientMs = cpuMs(process.pid) - before.client;
  const serverMs = sum(cpuMs) - before.server;
  const foreignMs = machineBusyMs() - before.busy - clientMs - serverMs;
  return {
    phase: phase.name,
    callsPerSecond: calls / elapsedMs * 1000,
    p50Us: latencies.quantileUs(0.5),
    p99Us: latencies.quantileUs(0.99),
    clientCpuUs: clientMs / calls * 1000,
    serverCpuUs: serverMs / calls * 1000,
    serverRssKib: sum(rssKib),
    foreignCpus: Math.max(0, foreignMs / elapsedMs),
  };
}

/** Answers how work is done on a connection: by its own loop, or by calling it. */
export function driveOf(connection: Connection | DrivenConnection): Drive {
  return "drive" in connection ? connection.drive : driveByCalls(connection);
}

function driveByCalls(connection: Connection): Drive {
  const blob = createBlob();
  const callBlob = () => connection.blob(blob);
  const callEcho = () => connection.echo(ECHO_TEXT, ECHO_NUMBER, createEchoOptions());
  return async (phase, limit, latencies) => {
    const [call, check] = phase.method === "blob" ? [callBlob, checkBlob] : [callEcho, checkEcho];
    let started = 0;
    let isTimeUp = false;
    const keepOneInFlight = async () => {
      while (started < limit.calls && !isTimeUp) {
        if (++started % LATENCY_EVERY_NTH_CALL !== 0) {
          check(await call());
          continue;
        }
        const begunMs = performance.now();
        check(await call());
        const nowMs = performance.now();
        latencies.add(nowMs - begunMs);
        isTimeUp = nowMs >= limit.untilMs;
      }
    };
    await Promise.all(Array.from({ length: phase.inFlight }, keepOneInFlight));
    return started;
  };
}
