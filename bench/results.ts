/**
 * What a run of the benchmark found, and the statistics over its rounds.
 *
 * @module
 */
import type { HeapGrowth } from "./heap.ts";
import type { IdleCost } from "./idle.ts";
import type { Sample } from "./measure.ts";
import type { PartResult } from "./part.ts";
import type { StartupTime } from "./startup.ts";
import type { Runtime } from "./runtimes.ts";
import type { Row } from "./systems.ts";

/** All parts of a run; a part that was left out, or failed, is empty. */
export interface Results {
  readonly calls: CallResults;
  readonly idle: IdleCost[];
  readonly heap: HeapGrowth[];
  readonly parts: PartResult[];
  startup?: StartupTime;
  /** One sentence for each thing that could not be measured. */
  readonly notes: string[];
}

/** A figure of a sample that medians and ratios are taken of. */
export type Metric = Exclude<keyof Sample, "phase">;

/** More than this many CPUs busy with other programs, and a sample is called disturbed. */
export const MAX_FOREIGN_CPUS = 0.25;

/** Answers whether other programs kept the machine too busy for `sample` to be trusted. */
export function isDisturbed(sample: Sample): boolean {
  return (sample.foreignCpus ?? 0) > MAX_FOREIGN_CPUS;
}

/** The samples of all rounds. */
export class CallResults {
  readonly #rounds = new Map<Row, Map<number, readonly Sample[]>>();

  /** Adds what `row` gave in one round. */
  add(row: Row, round: number, samples: readonly Sample[]): void {
    const rounds = this.#rounds.get(row) ?? new Map();
    this.#rounds.set(row, rounds.set(round, samples));
  }

  /** The rows that gave anything. */
  get rows(): Row[] {
    return [...this.#rounds.keys()];
  }

  /** All samples. */
  get samples(): Sample[] {
    return [...this.#rounds.values()].flatMap((rounds) => [...rounds.values()].flat());
  }

  /** Finds the row of a system. */
  find(system: string, runtime: Runtime): Row | undefined {
    return this.rows.find((row) => row.system.name === system && row.runtime === runtime);
  }

  /** The peers' rows, under one runtime or any. */
  peers(runtime?: Runtime): Row[] {
    return this.rows.filter((row) =>
      row.system.kind === "peer" && (runtime === undefined || row.runtime === runtime)
    );
  }

  /** Median over the rounds; NaN when there is none. */
  median(row: Row, phase: string, metric: Metric): number {
    const rounds = this.#rounds.get(row)?.keys() ?? [];
    return median([...rounds].map((round) => this.#read(row, round, phase, metric)));
  }

  /**
   * How many times `row`'s figure is `base`'s: the ratio within each round, then the median, so
   * that a machine that is slower for a while weighs on both.
   */
  ratio(row: Row, base: Row, phase: string, metric: Metric): number {
    const rounds = this.#rounds.get(row)?.keys() ?? [];
    return median(
      [...rounds].map((round) =>
        this.#read(row, round, phase, metric) / this.#read(base, round, phase, metric)
      ),
    );
  }

  #read(row: Row, round: number, phase: string, metric: Metric): number {
    const samples = this.#rounds.get(row)?.get(round);
    return samples?.find((sample) => sample.phase === phase)?.[metric] ?? NaN;
  }
}

/** Median of the numbers among `values`; NaN when there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}
