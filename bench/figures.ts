/**
 * The figures that Synapse has set itself, judged against a run.
 *
 * @module
 */
import { largestChange } from "./heap.ts";
import { type Bound, type Figure, judge, type Judgement } from "./judge.ts";
import type { CallResults, Metric, Results } from "./results.ts";
import type { Runtime } from "./runtimes.ts";
import type { Row } from "./systems.ts";

/** Judges every figure. */
export function judgeFigures(results: Results): Figure[] {
  const { calls, heap, idle, parts, startup } = results;
  const ours = calls.find("synapse", "deno");
  const raw = calls.find("raw", "deno");
  const oursUnderNode = calls.find("synapse", "node");
  const grpc = fastest(calls, "64", calls.peers().filter((row) => row.system.name === "grpc"));
  const thriftiest = leastCpu(calls, "64");
  const growth = heap.find((entry) => entry.row.key === "synapse@deno");
  const idleCost = idle.find((entry) => entry.row.key === "synapse@deno");
  const startupMs = startup && startup.callMs - startup.runtimeMs;
  const speed = (phase: string, base: Row | undefined, atLeast: number, row = ours) =>
    judgeRatio(calls, { row, base, phase, metric: "callsPerSecond" }, { atLeast });
  const cpu = (metric: Metric, atMost: number) =>
    judgeRatio(calls, { row: ours, base: thriftiest, phase: "64", metric }, { atMost });
  const fastestPeer = (phase: string, runtime?: Runtime) =>
    fastest(calls, phase, calls.peers(runtime));
  return [
    { work: "Sequential", ...speed("sequential", raw, 0.78) },
    { work: "Sequential", ...speed("sequential", fastestPeer("sequential"), 1) },
    { work: "64 in flight", ...speed("64", fastestPeer("64"), 4.5) },
    { work: "64 in flight", ...speed("64", grpc, 35) },
    { work: "256 in flight", ...speed("256", fastestPeer("256"), 7) },
    { work: "64 KiB argument", ...speed("blob", raw, 0.5) },
    { work: "64 KiB argument", ...speed("blob", fastestPeer("blob", "deno"), 1) },
    { work: "CPU a call, 64 in flight, client", ...cpu("clientCpuUs", 1 / 5) },
    { work: "CPU a call, 64 in flight, server", ...cpu("serverCpuUs", 1 / 6) },
    {
      work: "Under Node, 64 in flight",
      ...speed("64", fastestPeer("64", "node"), 5, oursUnderNode),
    },
    {
      work: "Under Node, 256 in flight",
      ...speed("256", fastestPeer("256", "node"), 7, oursUnderNode),
    },
    {
      work: "Heap, last nine tenths of a million calls",
      ...judge(growth && largestChange(growth) * 100, { atMost: 5 }, " % off"),
    },
    {
      work: "Server memory an idle connection",
      ...judge(idleCost?.serverKibEach, { atMost: 40 }, " KiB"),
    },
    {
      work: "Start to first answer, over `deno --version`",
      ...judge(startupMs, { atMost: 250 }, " ms"),
    },
    ...parts.flatMap(({ figures }) => figures),
  ];
}

function fastest(calls: CallResults, phase: string, rows: readonly Row[]): Row | undefined {
  return least(rows, (row) => -calls.median(row, phase, "callsPerSecond"));
}

// Both sides together: a peer may be light on one of them because the other is slow.
function leastCpu(calls: CallResults, phase: string): Row | undefined {
  return least(
    calls.peers(),
    (row) => calls.median(row, phase, "clientCpuUs") + calls.median(row, phase, "serverCpuUs"),
  );
}

function least(rows: readonly Row[], read: (row: Row) => number): Row | undefined {
  return rows.filter((row) => Number.isFinite(read(row))).sort((a, b) => read(a) - read(b))[0];
}

function judgeRatio(
  calls: CallResults,
  of: { row?: Row; base?: Row; phase: string; metric: Metric },
  bound: Bound,
): Judgement {
  if (!of.row || !of.base) return judge(undefined, bound, " ×");
  const ratio = calls.ratio(of.row, of.base, of.phase, of.metric);
  return judge(ratio, bound, ` × ${of.base.title}`);
}
