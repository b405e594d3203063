/**
 * Counts what is open, in all and by owner, and says when it is too much.
 *
 * @module
 */

/** A count with two bounds. */
export class Tally {
  readonly #max: number;
  readonly #maxPerOwner: number;
  readonly #byOwner = new Map<string, number>();
  #total = 0;

  /**
   * @param max In all.
   * @param maxPerOwner For any one owner.
   */
  constructor(max: number, maxPerOwner: number) {
    this.#max = max;
    this.#maxPerOwner = maxPerOwner;
  }

  /** How much there is. */
  get total(): number {
    return this.#total;
  }

  /**
   * Adds one thing, which may have several owners.
   *
   * @returns false when there is too much already; nothing is added then.
   */
  add(...owners: string[]): boolean {
    if (this.#total >= this.#max) return false;
    if (owners.some((owner) => (this.#byOwner.get(owner) ?? 0) >= this.#maxPerOwner)) return false;
    this.#total++;
    for (const owner of owners) this.#byOwner.set(owner, (this.#byOwner.get(owner) ?? 0) + 1);
    return true;
  }

  /** Takes back what {@linkcode add} has added, with the same owners. */
  remove(...owners: string[]): void {
    this.#total--;
    for (const owner of owners) {
      const left = this.#byOwner.get(owner)! - 1;
      if (left === 0) this.#byOwner.delete(owner);
      else this.#byOwner.set(owner, left);
    }
  }
}
