/**
 * A part of the benchmark with figures of its own: it measures something of ours, and judges it.
 *
 * @module
 */
import type { Figure } from "./judge.ts";
import type { MeasureTimes } from "./measure.ts";
import type { Row } from "./systems.ts";

/** What a part is run with. */
export interface PartOptions {
  /** Synapse, under each runtime. */
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** Of a phase of calls. */
  readonly times: MeasureTimes;
  /** How often what other programs disturbed is done again. */
  readonly retries: number;
  /** To see whether it works at all. */
  readonly isQuick: boolean;
}

/** One part. */
export interface Part {
  /** Its option on the command line. */
  readonly name: string;
  /** What the option says in `--help`, in one line. */
  readonly help: string;
  /**
   * Measures.
   *
   * @param print Gets a line about each step.
   */
  measure(options: PartOptions, print: (line: string) => void): Promise<PartResult>;
}

/** What a part has found. */
export interface PartResult {
  readonly sections: readonly Section[];
  readonly figures: readonly Figure[];
}

/** A table of the report. */
export interface Section {
  readonly title: string;
  /** The heading first. */
  readonly table: readonly (readonly string[])[];
}
