/**
 * The name that somebody most likely meant: behind every "did you mean".
 *
 * @module
 */

/** Nobody mistypes a longer word, and comparing costs the product of both lengths. */
const MAX_WORD_LENGTH = 64;

/** More mistakes than this make another word. */
const MAX_MISTAKES = 3;

/**
 * Finds the candidate that a word was most likely meant to be. Letter case does not count; a
 * swapped, missing, added or wrong letter is one mistake each. About one mistake in three
 * letters is forgiven, three at most.
 *
 * @param word What was written.
 * @param candidates What could have been meant. Of several equally close ones the first is taken.
 * @returns The candidate, or undefined when none is close.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(closest("brodcast", ["call", "broadcast"]), "broadcast");
 * assertEquals(closest("fetch", ["call", "broadcast"]), undefined);
 * ```
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const length = Math.max(word.length, candidate.length);
    const allowed = Math.min(MAX_MISTAKES, Math.floor((length + 1) / 3), fewest - 1);
    if (Math.abs(word.length - candidate.length) > allowed) continue;
    const found = countMistakes(wanted, candidate.toLowerCase());
    if (found > allowed) continue;
    best = candidate;
    fewest = found;
  }
  return best;
}

/** The optimal string alignment distance: Levenshtein's, where swapping two neighbours is one. */
function countMistakes(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const differs = from[row - 1] === to[column - 1] ? 0 : 1;
      let cost = Math.min(last[column] + 1, current[column - 1] + 1, last[column - 1] + differs);
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2] + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length];
}
