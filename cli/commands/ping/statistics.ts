/**
 * What `synapse ping` says at the end.
 *
 * @module
 */
import { formatDuration } from "../../../mod.ts";

/** How the pings so far went. */
export class PingStatistics {
  /** How many were sent. */
  sent = 0;
  /** How many of them were answered. */
  answered = 0;
  #minMs = Infinity;
  #maxMs = 0;
  #sumMs = 0;

  /**
   * Counts an answer.
   *
   * @param ms How long it took.
   */
  add(ms: number): void {
    this.answered++;
    this.#sumMs += ms;
    this.#minMs = Math.min(this.#minMs, ms);
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  /** For programs. Without an answer there are no times. */
  get summary(): Readonly<Record<string, number>> {
    const { sent, answered } = this;
    if (answered === 0) return { sent, answered };
    return {
      sent,
      answered,
      minMs: toMicroseconds(this.#minMs),
      avgMs: toMicroseconds(this.#sumMs / answered),
      maxMs: toMicroseconds(this.#maxMs),
    };
  }

  /** For people. */
  toString(): string {
    const { sent, answered } = this;
    const lost = sent === 0 ? 0 : Math.round((1 - answered / sent) * 100);
    const counts = `${sent} sent, ${answered} answered, ${lost} % lost`;
    if (answered === 0) return counts;
    const times = [this.#minMs, this.#sumMs / answered, this.#maxMs].map(formatDuration);
    return `${counts}; min ${times[0]}, avg ${times[1]}, max ${times[2]}`;
  }
}

/**
 * Leaves out the digits that a clock hasn't got.
 *
 * @param ms Milliseconds.
 */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
