/**
 * What is measured of a node: calls, requests, refusals.
 *
 * @module
 */
import { type Counter, type CounterFamily, type Histogram, Metrics } from "./metrics.ts";
import type { CallTotals } from "./watch/call_rates.ts";

/**
 * How a call ended: with a result, with what its function threw, refused before the function ran, or without an
 * answer, because nobody waited for it any more.
 */
export type CallOutcome = "ok" | "failed" | "refused" | "cancelled";

/** From what answers at once to what keeps people waiting. */
const DURATION_BOUNDS_SECONDS: readonly number[] = [
  ...[0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05],
  ...[0.1, 0.5, 1, 5, 10, 30],
];
const REFUSED_CODES: readonly string[] = [
  ...["method_not_found", "invalid_params", "limit_exceeded", "unauthorized"],
];
const CANCELLED_CODES: readonly string[] = ["cancelled", "deadline_exceeded", "connection_lost"];
/** Functions come and go; so many are counted without joining their names with outcomes. */
const MAX_METHODS = 100_000;
/** Stands for functions that nobody has published: their names are a stranger's to choose. */
const UNKNOWN_METHOD = "(unknown)";

/** The metrics of one node. */
export class NodeMetrics {
  /** For gauges that others know how to read. */
  readonly all: Metrics = new Metrics();
  readonly #calls: CounterFamily;
  readonly #durations: Histogram;
  readonly #requests: CounterFamily;
  readonly #refusals: CounterFamily;
  #withoutResult = 0;
  /** By outcome and method: looking up one text is half the work of joining two. */
  readonly #byOutcome: Readonly<Record<CallOutcome, Map<string, Counter>>> = {
    ok: new Map(),
    failed: new Map(),
    refused: new Map(),
    cancelled: new Map(),
  };

  /** Makes an empty set. */
  constructor() {
    const { all } = this;
    this.#calls = all.counters(
      "synapse_calls_total",
      "Calls of functions published here, by how they ended.",
      ["method", "outcome"],
    );
    this.#durations = all.histogram(
      "synapse_call_duration_seconds",
      "How long calls took here.",
      DURATION_BOUNDS_SECONDS,
    );
    this.#requests = all.counters(
      "synapse_http_requests_total",
      "HTTP requests answered, WebSocket upgrades included.",
      ["route", "status"],
    );
    this.#refusals = all.counters(
      "synapse_refused_total",
      "Connections and messages refused, by what was wrong with them.",
      ["reason"],
    );
  }

  /**
   * A call has ended.
   *
   * @param method The function; undefined where there is none of that name.
   * @param outcome How.
   * @param durationMs How long it took.
   */
  called(method: string = UNKNOWN_METHOD, outcome: CallOutcome, durationMs: number): void {
    const counters = this.#byOutcome[outcome];
    let counter = counters.get(method);
    if (counter === undefined) {
      counter = this.#calls.of(method, outcome);
      if (counters.size < MAX_METHODS) counters.set(method, counter);
    }
    counter.value++;
    if (outcome !== "ok") this.#withoutResult++;
    this.#durations.observe(durationMs / 1000);
  }

  /** Calls so far: how many, how many without a result, and how many took how long. */
  get calls(): CallTotals {
    const counts = this.#durations.counts;
    return {
      total: counts.reduce((sum, count) => sum + count, 0),
      failed: this.#withoutResult,
      durations: { boundsSeconds: DURATION_BOUNDS_SECONDS, counts },
    };
  }

  /**
   * An HTTP request was answered.
   *
   * @param route The route's own name, not what was asked for.
   * @param status As sent.
   */
  answered(route: string, status: number): void {
    this.#requests.of(route, String(status)).add();
  }

  /** @param reason One of a few fixed words, such as an error's code. */
  refused(reason: string): void {
    this.#refusals.of(reason).add();
  }
}

/**
 * Says how a call ended that failed.
 *
 * @param code Of the error that is the answer.
 */
export function outcomeOf(code: string): CallOutcome {
  if (REFUSED_CODES.includes(code)) return "refused";
  return CANCELLED_CODES.includes(code) ? "cancelled" : "failed";
}
