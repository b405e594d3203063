/**
 * Bytes that several may hold together.
 *
 * @module
 */

/** An amount that is taken from and given back to. */
export class Budget {
  readonly #max: number;
  #used = 0;

  /** @param max Bytes in all. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Bytes taken. */
  get used(): number {
    return this.#used;
  }

  /** Takes some. @returns false, and takes nothing, when there are too few left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#max) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#used -= bytes;
  }
}
