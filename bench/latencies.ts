/**
 * Latencies, kept in bounded memory.
 *
 * @module
 */

const MAX_LATENCIES = 1 << 20;

/** Collects latencies; beyond about a million, further ones are dropped. */
export class Latencies {
  readonly #values = new Float64Array(MAX_LATENCIES);
  #count = 0;

  /** Adds one, in milliseconds. */
  add(ms: number): void {
    if (this.#count < MAX_LATENCIES) this.#values[this.#count++] = ms;
  }

  /**
   * Reads a quantile.
   *
   * @param q From 0 to 1.
   * @returns Microseconds.
   */
  quantileUs(q: number): number {
    const sorted = this.#values.subarray(0, this.#count).sort();
    return sorted[Math.min(this.#count - 1, Math.floor(this.#count * q))] * 1000;
  }
}
