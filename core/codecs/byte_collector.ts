/**
 * Bytes that come in pieces and are wanted whole.
 *
 * @module
 */

const FIRST_BYTES = 1024;
const EMPTY = new Uint8Array(0);

/**
 * Puts pieces together in one buffer, which grows with what has really arrived: a list of pieces of one byte each
 * would take a hundred times as much memory, and a size that a peer names may be a lie.
 */
export class ByteCollector {
  #buffer: Uint8Array = EMPTY;
  #length = 0;

  /** Bytes collected. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a piece.
   *
   * @param piece Copied.
   */
  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length, FIRST_BYTES));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  /**
   * Gives what was collected, and starts anew.
   *
   * @returns The caller's own.
   */
  take(): Uint8Array {
    const whole = this.#buffer.subarray(0, this.#length);
    this.#buffer = EMPTY;
    this.#length = 0;
    return whole;
  }
}
