/**
 * The program of one side of one system: a server or a client, in a process of its own.
 *
 *     run_side.ts server ADAPTER_URL
 *     run_side.ts client ADAPTER_URL ANNOUNCEMENT
 *
 * It says on stdout when it is ready, then does what the commands on stdin ask, one JSON value a
 * line each way, and ends when stdin does: so no side outlives the program that started it. Runs
 * under Deno and Node.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Adapter, Announcement, Connection, DrivenConnection } from "./adapter.ts";
import { Latencies } from "./latencies.ts";
import { driveOf, measure, type MeasureTimes } from "./measure.ts";
import { type Phase, PHASES } from "./work.ts";

/** What a side can be asked to do. */
export type SideCommand =
  | { readonly do: "collectGarbage" }
  | (
    & { readonly do: "measure"; readonly phase: Phase; readonly serverPids: readonly number[] }
    & MeasureTimes
  )
  | { readonly do: "call"; readonly phase: Phase; readonly calls: number }
  | { readonly do: "open"; readonly connections: number };

// Opened so many at a time, below every backlog.
const OPEN_AT_ONCE = 20;

const [role, adapterUrl, announcement] = process.argv.slice(2);
const adapter: Adapter = await import(adapterUrl);
const collectGarbage = (globalThis as { gc?: () => void }).gc;

if (role === "server") {
  say({ pid: process.pid, announcement: await adapter.serve() });
  await obey(() => {
    throw new Error("Cannot do this as a server only serves");
  });
} else {
  const server: Announcement = JSON.parse(announcement);
  const connection = await adapter.connect(server);
  say({ pid: process.pid });
  await obey((command) => doAsClient(command, connection, server));
}
process.exit(0);

async function obey(run: (command: SideCommand) => unknown): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const command: SideCommand = JSON.parse(line);
    const answer = command.do === "collectGarbage" ? await readHeap() : await run(command);
    say(answer ?? {});
  }
}

async function doAsClient(
  command: SideCommand,
  connection: Connection | DrivenConnection,
  server: Announcement,
): Promise<unknown> {
  switch (command.do) {
    case "measure":
      return await measure(connection, command.phase, command);
    case "call":
      return await makeCalls(connection, command.phase, command.calls);
    case "open":
      for (let opened = 0; opened < command.connections; opened += OPEN_AT_ONCE) {
        const count = Math.min(OPEN_AT_ONCE, command.connections - opened);
        await Promise.all(Array.from({ length: count }, () => openAndCallOnce(server)));
      }
  }
}

// Connections made here stay open: their sockets hold them until the process ends.
async function openAndCallOnce(server: Announcement): Promise<void> {
  await makeCalls(await adapter.connect(server), PHASES[0], 1);
}

async function makeCalls(
  connection: Connection | DrivenConnection,
  phase: Phase,
  calls: number,
): Promise<void> {
  await driveOf(connection)(phase, { calls, untilMs: Infinity }, new Latencies());
}

// Twice, with time in between: finalizers run, and the collector hands pages back, on later turns.
async function readHeap(): Promise<{ heapBytes: number }> {
  for (let pass = 0; pass < 2; pass++) {
    collectGarbage?.();
    await sleep(300);
  }
  return { heapBytes: process.memoryUsage().heapUsed };
}

function say(value: object): void {
  process.stdout.write(JSON.stringify(value) + "\n");
}
