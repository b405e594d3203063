/**
 * What has come by already, as far as it can be remembered.
 *
 * @module
 */

/** Texts that were seen; the oldest are forgotten. */
export class Seen {
  readonly #texts = new Set<string>();
  readonly #max: number;

  /** @param max How many to remember. */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Notes a text.
   *
   * @param text The text.
   * @returns Whether it is new.
   */
  add(text: string): boolean {
    if (this.#texts.has(text)) return false;
    if (this.#texts.size >= this.#max) {
      for (const oldest of this.#texts) {
        this.#texts.delete(oldest);
        break;
      }
    }
    this.#texts.add(text);
    return true;
  }
}
