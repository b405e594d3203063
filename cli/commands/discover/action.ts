/**
 * `synapse discover`: what it does.
 *
 * @module
 */
import { formatDuration, type NodeWorld } from "../../../mod.ts";
import { pause } from "../../abort.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import { harmlessLine } from "../../harmless.ts";
import { type CliIo, note } from "../../io.ts";
import { LiveText } from "../../live_text.ts";
import { withLookingNode } from "../../looking_node.ts";
import { printValue } from "../../print_value.ts";
import type { DiscoverOptions } from "./command.ts";
import { describePeer, formatPeers, type Found } from "./peer_lines.ts";
import { Surveyor } from "./surveyor.ts";
import { watchEvents } from "./watch_events.ts";

/** How often the table is drawn anew. */
const REDRAW_MS = 500;

/**
 * Lists the peers that are there.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code: 3 when nobody is there.
 */
export async function discover(
  options: DiscoverOptions,
  io: CliIo,
  world: Partial<NodeWorld> = {},
): Promise<number> {
  const { timeoutMs, isWatching, isJson } = options;
  return await withLookingNode(options, io, world, async (node) => {
    const surveyor = new Surveyor(node, { timeoutMs, signal: io.signal });
    try {
      if (isWatching && (isJson || !io.isTty)) return await watchEvents(surveyor, isJson, io);
      surveyor.begin();
      if (isWatching) return await watchTable(surveyor, io);
      await pause(timeoutMs, io.signal);
      return await list(surveyor.found(), options, io);
    } finally {
      await surveyor[Symbol.asyncDispose]();
    }
  });
}

async function list(
  found: readonly Found[],
  { namespace, timeoutMs, isJson }: DiscoverOptions,
  io: CliIo,
): Promise<number> {
  if (found.length === 0) {
    await note(
      io,
      `nobody was heard in ${harmlessLine(namespace)} within ${formatDuration(timeoutMs)}`,
    );
    return EXIT_CODE.unreachable;
  }
  if (!isJson) await io.out.write(formatPeers(found, Date.now(), io));
  else for (const peer of found) await printValue(describePeer(peer), "json", io);
  return EXIT_CODE.ok;
}

/** In place: back to where it began, and over what is there. */
async function watchTable(surveyor: Surveyor, io: CliIo): Promise<never> {
  const text = new LiveText();
  for (;;) {
    const table = formatPeers(surveyor.found(), Date.now(), io);
    await io.out.write(text.draw(table, io));
    await pause(REDRAW_MS, io.signal);
  }
}
