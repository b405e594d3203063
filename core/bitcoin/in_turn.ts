/**
 * Questions whose answers don't say what they answer: a peer is asked one of a kind at a time.
 *
 * @module
 */
import type { BitcoinPeer } from "./peer.ts";

/** The last question of each kind. */
const LAST = new WeakMap<BitcoinPeer, Map<string, Promise<unknown>>>();

/**
 * Asks when those of the same kind before have come to something.
 *
 * @param peer Whom.
 * @param command The kind.
 * @param ask Asks.
 */
export function inTurn<T>(peer: BitcoinPeer, command: string, ask: () => Promise<T>): Promise<T> {
  const last = LAST.get(peer) ?? new Map<string, Promise<unknown>>();
  LAST.set(peer, last);
  const answer = (last.get(command) ?? Promise.resolve()).then(ask);
  last.set(command, answer.catch(() => {}));
  return answer;
}
