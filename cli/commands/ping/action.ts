/**
 * `synapse ping`: what it does.
 *
 * @module
 */
import {
  formatDuration,
  type NodeWorld,
  type Remote,
  RemoteError,
  TimeoutError,
} from "../../../mod.ts";
import { pause } from "../../abort.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import type { CliIo } from "../../io.ts";
import { formatPeer } from "../../peer_name.ts";
import { printValue } from "../../print_value.ts";
import { withRemote } from "../../with_remote.ts";
import type { PingOptions } from "./command.ts";
import { PingStatistics, toMicroseconds } from "./statistics.ts";

/**
 * Pings a peer over one connection and prints how long each answer took.
 *
 * @param options What was asked for.
 * @param io The surroundings. Ctrl-C ends it with the summary.
 * @param world What differs from this machine.
 * @returns The exit code: 0 when any ping was answered.
 */
export async function ping(
  options: PingOptions,
  io: CliIo,
  world: Partial<NodeWorld> = {},
): Promise<number> {
  return await withRemote({ ...options, operation: "ping" }, io, world, async (remote) => {
    const statistics = new PingStatistics();
    try {
      await pingAll(remote, statistics, options, io);
      return statistics.answered > 0 ? EXIT_CODE.ok : EXIT_CODE.timeout;
    } finally {
      if (options.isJson) await printValue({ event: "summary", ...statistics.summary }, "json", io);
      else await io.out.write(`${statistics}\n`);
    }
  });
}

async function pingAll(
  remote: Remote,
  statistics: PingStatistics,
  { target, count, intervalMs, timeoutMs, isJson }: PingOptions,
  io: CliIo,
): Promise<void> {
  for (let seq = 1; seq <= count; seq++) {
    if (seq > 1) await pause(intervalMs, io.signal);
    statistics.sent++;
    const ms = await measure(remote, timeoutMs, io.signal);
    if (ms !== undefined) statistics.add(ms);
    if (isJson) {
      const news = ms === undefined
        ? { event: "lost", seq }
        : { event: "answer", seq, ms: toMicroseconds(ms) };
      await printValue(news, "json", io);
    } else {
      const news = ms === undefined ? "no answer" : `time=${formatDuration(ms)}`;
      await io.out.write(`${formatPeer(target)} seq=${seq} ${news}\n`);
    }
  }
}

/** A peer that doesn't know what a ping is has answered, too. */
async function measure(
  remote: Remote,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const startMs = performance.now();
  try {
    return await remote.ping({ timeoutMs, signal });
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    if (error instanceof RemoteError) return performance.now() - startMs;
    throw error;
  }
}
