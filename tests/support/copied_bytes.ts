/**
 * Counts work instead of time.
 *
 * @module
 */

/** How many bytes `run` copies with `set()`, the only way to fill a grown buffer. */
export function countCopiedBytes(run: () => void): number {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const set = prototype.set;
  let copied = 0;
  prototype.set = function (source: ArrayLike<number>, offset?: number): void {
    copied += source.length;
    set.call(this, source, offset);
  };
  try {
    run();
  } finally {
    prototype.set = set;
  }
  return copied;
}
