/**
 * Numbers that a node keeps of itself, and their text form for Prometheus (version 0.0.4).
 *
 * Counting is an addition; who counts often keeps the {@linkcode Counter}. However many different labels others
 * make us see, a family keeps a bounded number of them and counts the rest under one name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const metrics = new Metrics();
 * const requests = metrics.counters("requests_total", "Requests answered.", ["route"]);
 * requests.of("/healthz").add();
 * assertEquals(
 *   metrics.format(),
 *   '# HELP requests_total Requests answered.\n# TYPE requests_total counter\nrequests_total{route="/healthz"} 1\n',
 * );
 * ```
 * @module
 */

/** Only goes up. */
export class Counter {
  /** What was counted so far. */
  value = 0;

  /** @param amount How much more, 1 by default. */
  add(amount: number = 1): void {
    this.value += amount;
  }
}

/** Takes the place of labels beyond those that a family keeps. */
export const OTHER_LABEL: string = "(other)";
/** As many functions as a node may publish, with room for the ways in which their calls end. */
const MAX_SERIES = 500_000;

/** Where a registered metric's lines come from. */
interface Family {
  readonly name: string;
  /** Appends its lines. */
  write(lines: string[]): void;
}

/** Counters of one name, told apart by labels. */
export class CounterFamily implements Family {
  readonly name: string;
  readonly #labels: readonly string[];
  readonly #maxSeries: number;
  /** The beginning of a counter's line, made once: most of what writing it takes. */
  readonly #series = new Map<string, { readonly prefix: string; readonly counter: Counter }>();

  /**
   * @param name In snake case, ending with the unit and `_total`.
   * @param labels What tells them apart.
   * @param maxSeries Label values beyond so many are counted as {@linkcode OTHER_LABEL}.
   */
  constructor(name: string, labels: readonly string[], maxSeries: number = MAX_SERIES) {
    this.name = name;
    this.#labels = labels;
    this.#maxSeries = maxSeries;
  }

  /**
   * The counter of these labels, made when first asked for.
   *
   * @param values One a label.
   */
  of(...values: readonly string[]): Counter {
    const key = values.length === 1 ? values[0] : values.join("\0");
    const known = this.#series.get(key);
    if (known !== undefined) return known.counter;
    const isOther = values.every((value) => value === OTHER_LABEL);
    if (this.#series.size >= this.#maxSeries && !isOther) {
      return this.of(...values.map(() => OTHER_LABEL));
    }
    const counter = new Counter();
    this.#series.set(key, { prefix: `${this.name}${this.#format(values)} `, counter });
    return counter;
  }

  /** @inheritdoc */
  write(lines: string[]): void {
    for (const { prefix, counter } of this.#series.values()) lines.push(prefix + counter.value);
  }

  #format(values: readonly string[]): string {
    if (this.#labels.length === 0) return "";
    return `{${this.#labels.map((label, i) => `${label}="${escapeLabel(values[i])}"`).join(",")}}`;
  }
}

/** How often what was observed fell into which range. */
export class Histogram implements Family {
  readonly name: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /**
   * @param name In snake case, ending with the unit.
   * @param bounds Upper bounds, going up; another without one is added.
   */
  constructor(name: string, bounds: readonly number[]) {
    this.name = name;
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  /** How often what was observed fell into which range; the last is for what is above all bounds. */
  get counts(): readonly number[] {
    return [...this.#counts];
  }

  /** @param value What was observed, in the unit of the bounds. */
  observe(value: number): void {
    let bucket = 0;
    while (value > this.#bounds[bucket]) bucket++;
    this.#counts[bucket]++;
    this.#sum += value;
  }

  /** @inheritdoc */
  write(lines: string[]): void {
    let total = 0;
    this.#counts.forEach((count, i) => {
      total += count;
      lines.push(`${this.name}_bucket{le="${this.#bounds[i] ?? "+Inf"}"} ${total}`);
    });
    lines.push(`${this.name}_sum ${this.#sum}`, `${this.name}_count ${total}`);
  }
}

/** All that is measured in one place. */
export class Metrics {
  readonly #families: {
    readonly family: Family;
    readonly type: "counter" | "gauge" | "histogram";
    readonly help: string;
  }[] = [];

  /**
   * Adds counters.
   *
   * @param name In snake case, ending with `_total`.
   * @param help What is counted, in a sentence.
   * @param labels What tells them apart; none for a single counter.
   */
  counters(name: string, help: string, labels: readonly string[] = []): CounterFamily {
    const family = new CounterFamily(name, labels);
    this.#families.push({ family, type: "counter", help });
    return family;
  }

  /**
   * Adds a value that goes up and down.
   *
   * @param name In snake case, ending with the unit if it has one.
   * @param help What it is, in a sentence.
   * @param read Its value at the time of asking.
   */
  gauge(name: string, help: string, read: () => number): void {
    this.#read("gauge", name, help, read);
  }

  /**
   * Adds a counter that somebody else counts.
   *
   * @param name In snake case, ending with `_total`.
   * @param help What is counted, in a sentence.
   * @param read Its value at the time of asking; never less than before.
   */
  total(name: string, help: string, read: () => number): void {
    this.#read("counter", name, help, read);
  }

  /**
   * Adds a histogram.
   *
   * @param name In snake case, ending with the unit.
   * @param help What is observed, in a sentence.
   * @param bounds Upper bounds of its ranges, going up.
   */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const family = new Histogram(name, bounds);
    this.#families.push({ family, type: "histogram", help });
    return family;
  }

  /** Writes all, in the order in which it was added. */
  format(): string {
    const lines: string[] = [];
    for (const { family, type, help } of this.#families) {
      lines.push(`# HELP ${family.name} ${help}`, `# TYPE ${family.name} ${type}`);
      family.write(lines);
    }
    return lines.length === 0 ? "" : lines.join("\n") + "\n";
  }

  #read(type: "counter" | "gauge", name: string, help: string, read: () => number): void {
    const write = (lines: string[]): void => void lines.push(`${name} ${read()}`);
    this.#families.push({ family: { name, write }, type, help });
  }
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => char === "\n" ? "\\n" : `\\${char}`);
}
