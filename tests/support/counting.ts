/**
 * Counts work instead of time.
 *
 * @module
 */

/** How many bytes `run` copies with `set()`, the way to fill a buffer that has grown. */
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

/** How many bytes `run` allocates with `new Uint8Array(length)`. */
export function countAllocatedBytes(run: () => void): number {
  const Original = globalThis.Uint8Array;
  let allocated = 0;
  globalThis.Uint8Array = new Proxy(Original, {
    construct(target, args, newTarget): object {
      if (typeof args[0] === "number") allocated += args[0];
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = Original;
  }
  return allocated;
}
