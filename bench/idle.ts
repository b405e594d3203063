/**
 * Part two: what a connection that says nothing costs its server.
 *
 * @module
 */
import { rssKib } from "./process_stats.ts";
import { Side } from "./side.ts";
import type { Row } from "./systems.ts";
import { PHASES } from "./work.ts";

/** What idle connections cost one row. */
export interface IdleCost {
  readonly row: Row;
  readonly connections: number;
  readonly serverKibEach: number;
}

const WARM_UP_CALLS = 200;

/** Opens `connections`, makes one call on each, and reads how the server's memory grew. */
export async function measureIdle(row: Row, connections: number): Promise<IdleCost> {
  await using server = await Side.startServer(row);
  await using client = await Side.startClient(row, server);
  const readServerKib = async () => {
    await server.ask({ do: "collectGarbage" });
    return server.pids.reduce((total, pid) => total + rssKib(pid), 0);
  };
  await client.ask({ do: "call", phase: PHASES[0], calls: WARM_UP_CALLS });
  const beforeKib = await readServerKib();
  await client.ask({ do: "open", connections });
  const serverKibEach = (await readServerKib() - beforeKib) / connections;
  return { row, connections, serverKibEach };
}
