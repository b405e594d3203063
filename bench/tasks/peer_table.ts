/**
 * A peer table that is told of peers as fast as it takes it.
 *
 * @module
 */
import { SYNAPSE } from "../synapse_module.ts";

const { PeerTable } = SYNAPSE;

/** As many as a table holds. */
const PEERS = 10_000;
const KEY_CHARACTERS = 43;

/**
 * Merges what is heard of peers in turn, each time a little later.
 *
 * @param names How many different peers: more than the table holds push each other out.
 * @param ms For how long.
 * @returns Merges a second.
 */
export function merge(names: number, ms: number): number {
  const table = new PeerTable({
    clock: { now: () => timeMs, unixMs: () => timeMs, after: () => () => {} },
    onListenerError: () => {},
    maxPeers: PEERS,
  });
  const peers = Array.from({ length: names }, (_, number) => ({
    namespace: "bench",
    name: `peer-${number}`,
    address: `tcp://10.${number >> 16}.${number >> 8 & 255}.${number & 255}:9999`,
    key: `${number}`.padStart(KEY_CHARACTERS - 1, "k") + "A",
  }));
  let timeMs = 1_000_000;
  let merges = 0;
  const begunMs = performance.now();
  while (performance.now() - begunMs < ms) {
    for (let i = 0; i < 1_000; i++) {
      const peer = peers[merges++ % names];
      const outcome = table.merge({ ...peer, heardMs: timeMs });
      if (outcome !== "joined" && outcome !== "updated" && outcome !== "unchanged") {
        throw new Error(`Cannot count merge as it was refused: got ${outcome}`);
      }
    }
    timeMs++;
  }
  return merges / (performance.now() - begunMs) * 1000;
}
