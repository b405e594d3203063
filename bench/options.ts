/**
 * The command line of the benchmark.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { MeasureTimes } from "./measure.ts";
import type { Part } from "./part.ts";
import { PARTS } from "./parts.ts";
import type { Runtime } from "./runtimes.ts";
import { type System, SYSTEMS } from "./systems.ts";
import { type Phase, PHASES } from "./work.ts";

/** What to measure, and how thoroughly. */
export interface BenchOptions {
  readonly systems: readonly System[];
  readonly runtimes: readonly Runtime[];
  readonly phases: readonly Phase[];
  readonly rounds: number;
  readonly times: MeasureTimes;
  /** How often a run disturbed by other programs is done again. */
  readonly retries: number;
  /** Idle connections to open; 0 leaves this part out. */
  readonly idleConnections: number;
  /** Calls on one connection while memory is watched; 0 leaves this part out. */
  readonly memoryCalls: number;
  /** Runs of `synapse call` from a cold start; 0 leaves this part out. */
  readonly startups: number;
  /** Those with figures of their own. */
  readonly parts: readonly Part[];
  /** One short round: does it work at all? */
  readonly isQuick: boolean;
  /** Where CPU profiles go. */
  readonly profileDir?: string;
  /** Whether this is all of the benchmark, so that its report is worth keeping. */
  readonly isComplete: boolean;
}

/** The text of `--help`. */
export const HELP = `Compares Synapse with its peers on this machine.

  deno task bench [options]

Without options all is measured, in about 40 minutes, and bench/results.md is written. With some
of --calls, --idle, --million, --startup and those below them only those parts are.

  --calls              calls a second, latency, CPU and memory, phase by phase; --phases and
                       --profile imply it
  --idle N             server memory that an idle connection costs, over N of them (1000)
  --million            heap after 100,000 and after 1,000,000 calls on one connection
  --startup            time from start to first answer of \`synapse call\`
${PARTS.map(({ name, help }) => `  --${name.padEnd(19)}${help}\n`).join("")}
  --systems a,b        only these: ${SYSTEMS.map((system) => system.name).join(", ")}
  --runtime NAME       only deno or node (both)
  --phases a,b         only these: ${PHASES.map((phase) => phase.name).join(", ")}
  --rounds N           rounds; each runs every system once (3)
  --quick              one short round under Deno: does it work at all?
  --profile DIR        writes a CPU profile of every process into DIR and prints where time went
  --help               this text
`;

/**
 * Reads the command line.
 *
 * @returns The options, or undefined when help is asked for.
 * @throws {TypeError} When it can't be understood.
 */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: "boolean" },
      idle: { type: "string" },
      million: { type: "boolean" },
      startup: { type: "boolean" },
      ...Object.fromEntries(PARTS.map(({ name }) => [name, { type: "boolean" } as const])),
      systems: { type: "string" },
      runtime: { type: "string" },
      phases: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean" },
      profile: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const isCallsNamed = values.calls || values.phases !== undefined || values.profile !== undefined;
  const named = PARTS.filter(({ name }) => (values as Record<string, unknown>)[name]);
  const isEveryPart = !isCallsNamed && !values.idle && !values.million && !values.startup &&
    named.length === 0;
  const size = quick
    ? { runtimes: "deno", rounds: 1, retries: 0, idle: 100, memory: 100_000, startups: 3 }
    : { runtimes: "deno,node", rounds: 3, retries: 2, idle: 1000, memory: 1_000_000, startups: 15 };
  const rounds = parseCount("--rounds", values.rounds) ?? size.rounds;
  return {
    systems: choose("--systems", values.systems, SYSTEMS),
    runtimes: choose("--runtime", values.runtime ?? size.runtimes, RUNTIMES).map(({ name }) =>
      name
    ),
    phases: isEveryPart || isCallsNamed ? choose("--phases", values.phases, PHASES) : [],
    rounds,
    times: quick ? { warmUpMs: 100, measureMs: 200 } : { warmUpMs: 1000, measureMs: 2000 },
    retries: size.retries,
    idleConnections: parseCount("--idle", values.idle) ?? (isEveryPart ? size.idle : 0),
    memoryCalls: isEveryPart || values.million ? size.memory : 0,
    startups: isEveryPart || values.startup ? size.startups : 0,
    parts: isEveryPart ? PARTS : named,
    isQuick: quick ?? false,
    profileDir: values.profile && resolve(values.profile),
    isComplete: rounds >= 3 && Object.keys(values).every((name) => name === "rounds"),
  };
}

const RUNTIMES: readonly { readonly name: Runtime }[] = [{ name: "deno" }, { name: "node" }];

function choose<T extends { readonly name: string }>(
  option: string,
  list: string | undefined,
  from: readonly T[],
): T[] {
  if (list === undefined) return [...from];
  return list.split(",").map((name) => {
    const found = from.find((candidate) => candidate.name === name);
    if (found) return found;
    const known = from.map((candidate) => candidate.name).join(", ");
    throw new TypeError(`Cannot read ${option} as it must be some of ${known}: got ${name}`);
  });
}

function parseCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new TypeError(`Cannot read ${option} as it must be a positive integer: got ${text}`);
}
