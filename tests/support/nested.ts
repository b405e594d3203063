/**
 * Containers inside containers.
 *
 * @module
 */

function nest(depth: number, leaf: unknown, wrap: (inner: unknown) => unknown): unknown {
  let value = leaf;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

/** `nested.array(2, 1)` is `[[1]]`. */
export const nested = {
  array: (depth: number, leaf: unknown): unknown => nest(depth, leaf, (inner) => [inner]),
  object: (depth: number, leaf: unknown): unknown => nest(depth, leaf, (inner) => ({ a: inner })),
  map: (depth: number, leaf: unknown): unknown =>
    nest(depth, leaf, (inner) => new Map([[1, inner]])),
} as const;
