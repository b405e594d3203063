/**
 * The report of a run, as Markdown.
 *
 * @module
 */
import { judgeFigures } from "./figures.ts";
import { type CallResults, isDisturbed, MAX_FOREIGN_CPUS, type Results } from "./results.ts";
import type { Row } from "./systems.ts";
import { formatNumber, formatTable } from "./table.ts";
import { BLOB_BYTES, type Phase } from "./work.ts";

/** What the numbers were taken on. */
export interface Environment {
  readonly cpus: string;
  /** As in `Deno 2.9.6`. */
  readonly runtimes: readonly string[];
  readonly rounds: number;
}

/** Formats everything that `results` holds. */
export function formatReport(
  results: Results,
  environment: Environment,
  phases: readonly Phase[],
): string {
  return [
    "# Benchmark results\n",
    formatEnvironment(results, environment),
    formatFigures(results),
    ...phases.map((phase) => formatPhase(results.calls, phase)),
    formatIdle(results),
    formatHeap(results),
    formatStartup(results),
    ...results.parts.flatMap(({ sections }) => sections)
      .map(({ title, table }) => `## ${title}\n\n${formatTable(table)}`),
    formatNotes(results),
  ].filter((section) => section !== "").join("\n");
}

function formatEnvironment({ calls }: Results, environment: Environment): string {
  const { cpus, runtimes, rounds } = environment;
  const { samples } = calls;
  const disturbed = samples.filter(isDisturbed).length;
  const lines = [
    `Machine: ${cpus}`,
    `Runtimes: ${runtimes.join(", ")}`,
    `Medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}; ratios are taken within a round`,
    `Samples taken while other programs used more than ${MAX_FOREIGN_CPUS} CPU: ` +
    `${disturbed} of ${samples.length}`,
  ];
  return "Written by `deno task bench`; [README.md](README.md) says how it measures.\n\n" +
    lines.map((line) => `- ${line}\n`).join("");
}

function formatFigures(results: Results): string {
  const figures = judgeFigures(results);
  return "## Figures to reach\n\n" + formatTable([
    ["work", "to reach", "got", "verdict"],
    ...figures.map((figure) => [figure.work, figure.toReach, figure.got, figure.verdict]),
  ]);
}

function formatPhase(calls: CallResults, phase: Phase): string {
  const isBlob = phase.method === "blob";
  const callsPerSecond = (row: Row) => calls.median(row, phase.name, "callsPerSecond");
  const rows = calls.rows.sort((a, b) => callsPerSecond(b) - callsPerSecond(a));
  const ours = calls.find("synapse", "deno");
  const cells = (row: Row) => {
    const raw = calls.find("raw", row.runtime);
    const median = (metric: Parameters<CallResults["median"]>[2]) =>
      calls.median(row, phase.name, metric);
    const ratio = (of?: Row, base?: Row) =>
      of && base ? calls.ratio(of, base, phase.name, "callsPerSecond") : NaN;
    return [
      callsPerSecond(row) * (isBlob ? BLOB_BYTES / 1e6 : 1),
      ratio(row, raw),
      ratio(ours, row),
      median("p50Us"),
      median("p99Us"),
      median("clientCpuUs"),
      median("serverCpuUs"),
      median("serverRssKib") / 1024,
    ].map(formatNumber);
  };
  return `## ${phase.title}\n\n` + formatTable([
    [
      "system",
      isBlob ? "MB/s" : "calls/s",
      "÷ raw",
      "Synapse ÷ it",
      "p50 µs",
      "p99 µs",
      "client CPU µs",
      "server CPU µs",
      "server MiB",
    ],
    ...rows.map((row) => [row.title, ...cells(row)]),
  ]);
}

function formatIdle({ idle }: Results): string {
  if (idle.length === 0) return "";
  return `## ${idle[0].connections} idle connections\n\n` + formatTable([
    ["system", "server KiB each"],
    ...idle.map((cost) => [cost.row.title, formatNumber(cost.serverKibEach)]),
  ]);
}

function formatHeap({ heap }: Results): string {
  if (heap.length === 0) return "";
  const mib = (bytes: number) => formatNumber(bytes / 1024 / 1024);
  const { calls } = heap[0];
  const heading = `## Heap over ${calls.toLocaleString("en-US")} calls on one connection\n\n`;
  return heading + formatTable([
    ["system", "side", "MiB after a tenth", "MiB after all"],
    ...heap.flatMap(({ row, early, late }) => [
      [row.title, "client", mib(early.clientBytes), mib(late.clientBytes)],
      [row.title, "server", mib(early.serverBytes), mib(late.serverBytes)],
    ]),
  ]);
}

function formatStartup({ startup }: Results): string {
  if (startup === undefined) return "";
  return "## Start to first output\n\n" + formatTable([
    ["command", "ms"],
    ["synapse call (Deno)", formatNumber(startup.callMs)],
    ["deno --version", formatNumber(startup.runtimeMs)],
  ]);
}

function formatNotes({ notes }: Results): string {
  if (notes.length === 0) return "";
  return "## Not measured\n\n" + notes.map((note) => `- ${note}\n`).join("");
}
