/**
 * Assertions that the type checker makes.
 *
 * @module
 */

/** Whether two types are the same, not merely assignable. */
export type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/** Doesn't compile where its type argument isn't true. */
export function assertType<_Holds extends true>(): void {}
