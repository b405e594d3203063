/**
 * How a broadcast went.
 *
 * @module
 */
import { type PeerAnswer, TimeoutError, TransportError } from "../../../mod.ts";
import { EXIT_CODE } from "../../exit_code.ts";

/** What came of asking one peer: `silent` when nothing came back. */
export type Outcome = "answer" | "failed" | "silent";

/**
 * Says what came of asking one peer.
 *
 * @param answer What it has answered, if anything.
 */
export function outcomeOf({ error }: PeerAnswer): Outcome {
  if (error === undefined) return "answer";
  return error instanceof TimeoutError || error instanceof TransportError ? "silent" : "failed";
}

/** Counts answers. */
export class Tally {
  readonly #expect: number;
  #asked = 0;
  #answered = 0;
  #failed = 0;

  /** @param expect Those that are missing count as silent. */
  constructor(expect: number = 0) {
    this.#expect = expect;
  }

  /**
   * Counts one.
   *
   * @param outcome What came of asking.
   */
  add(outcome: Outcome): void {
    this.#asked++;
    if (outcome === "answer") this.#answered++;
    if (outcome === "failed") this.#failed++;
  }

  /** That somebody refuses is certain, and silence may pass: it is told first. */
  get exitCode(): number {
    const { failed, silent } = this.summary;
    return failed > 0 ? EXIT_CODE.failed : silent > 0 ? EXIT_CODE.timeout : EXIT_CODE.ok;
  }

  /** For programs. */
  get summary(): Readonly<Record<"asked" | "answered" | "failed" | "silent", number>> {
    const asked = Math.max(this.#asked, this.#expect);
    const silent = asked - this.#answered - this.#failed;
    return { asked, answered: this.#answered, failed: this.#failed, silent };
  }

  /** For people. */
  toString(): string {
    const { asked, answered, failed, silent } = this.summary;
    const others = [[failed, "failed"], [silent, "silent"]] as const;
    const shortfall = others.filter(([count]) => count > 0).map(([count, how]) =>
      `, ${count} ${how}`
    );
    return `${answered} of ${asked} answered${shortfall.join("")}`;
  }
}
