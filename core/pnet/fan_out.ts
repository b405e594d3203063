/**
 * Asks many, a few at a time; one that fails or hangs holds nobody up but itself.
 *
 * @module
 */

/** What each has answered, by name. */
export type PnetOutcomes<T> = ReadonlyMap<string, PromiseSettledResult<T>>;

/**
 * Runs something for each name.
 *
 * @param names Whom; each once.
 * @param maxAtOnce How many at a time.
 * @param run What.
 * @returns What came of each, in the order of the names.
 */
export async function askEach<T>(
  names: readonly string[],
  maxAtOnce: number,
  run: (name: string) => Promise<T>,
): Promise<PnetOutcomes<T>> {
  const unique = [...new Set(names)];
  const outcomes = new Map<string, PromiseSettledResult<T>>();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < unique.length) {
      const name = unique[next++];
      const [outcome] = await Promise.allSettled([run(name)]);
      outcomes.set(name, outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxAtOnce, unique.length) }, work));
  return new Map(unique.map((name) => [name, outcomes.get(name)!]));
}
