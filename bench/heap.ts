/**
 * Part three: whether memory stays flat over a great many calls on one connection.
 *
 * @module
 */
import { Side } from "./side.ts";
import type { Row } from "./systems.ts";
import { PHASES } from "./work.ts";

/** The heaps of one row, after collection. */
export interface HeapGrowth {
  readonly row: Row;
  /** After the first tenth of the calls. */
  readonly early: Heaps;
  /** After all of them. */
  readonly late: Heaps;
  readonly calls: number;
}

/** Bytes used on each side. */
export interface Heaps {
  readonly clientBytes: number;
  readonly serverBytes: number;
}

/** Makes `calls` on one connection, 64 in flight, and reads both heaps after a tenth and after all. */
export async function measureHeap(row: Row, calls: number): Promise<HeapGrowth> {
  await using server = await Side.startServer(row);
  await using client = await Side.startClient(row, server);
  const phase = PHASES.find((candidate) => candidate.inFlight === 64)!;
  const callThenRead = async (count: number): Promise<Heaps> => {
    await client.ask({ do: "call", phase, calls: count });
    return { clientBytes: await readHeap(client), serverBytes: await readHeap(server) };
  };
  const early = await callThenRead(calls / 10);
  const late = await callThenRead(calls - calls / 10);
  return { row, calls, early, late };
}

/** The larger change of the two heaps, as a part of where it stood. */
export function largestChange({ early, late }: HeapGrowth): number {
  return Math.max(
    Math.abs(late.clientBytes / early.clientBytes - 1),
    Math.abs(late.serverBytes / early.serverBytes - 1),
  );
}

async function readHeap(side: Side): Promise<number> {
  const { heapBytes } = await side.ask<{ heapBytes: number }>({ do: "collectGarbage" });
  return heapBytes;
}
