/** Timing of what gives ids, for TypeScript and for the peers' JavaScript. @module */
import { createHash } from "node:crypto";

/**
 * @param {number} runs How often.
 * @param {() => Uint8Array[]} run Gives ids.
 * @returns {{ ms: number[], idsHash: string }} How long each run took, and a hash over the ids of the last.
 */
export function timeRuns(runs, run) {
  const ms = [];
  let ids = [];
  for (let i = 0; i < runs; i++) {
    const begunMs = performance.now();
    ids = run();
    ms.push(performance.now() - begunMs);
  }
  const hash = createHash("sha256");
  for (const id of ids) hash.update(id);
  return { ms, idsHash: hash.digest("hex") };
}
