/**
 * `synapse btc peers`: what it does.
 *
 * @module
 */
import type { Conduit, ConduitPeer } from "../../../../bitcoin.ts";
import { formatDuration } from "../../../../mod.ts";
import { formatColumns } from "../../../columns.ts";
import { EXIT_CODE } from "../../../exit_code.ts";
import { harmlessLine } from "../../../harmless.ts";
import { type CliIo, note } from "../../../io.ts";
import { createPaint } from "../../../paint.ts";
import { printValue } from "../../../print_value.ts";
import { type CommandWorld, nameFailure, withConduit } from "../with_conduit.ts";
import type { PeersOptions } from "./command.ts";

const HEADING = ["peer", "ping", "version", "height", "fee from", "agent", "services"];
const UNKNOWN = "-";

/**
 * Lists nodes.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code: 3 when nobody is there.
 */
export async function peers(
  options: PeersOptions,
  io: CliIo,
  world: CommandWorld = {},
): Promise<number> {
  return await withConduit(options, io, world, async (conduit) => {
    const failed = new Map<string, string>();
    conduit.events.on("dialFailed", ({ peer, reason }) => failed.set(peer, reason));
    const found = sorted(await meet(conduit, options, io));
    if (options.isJson) { for (const peer of found) await printValue(peer, "json", io); }
    else await io.out.write(formatPeers(found, io));
    if (options.peers.length > 0) {
      for (const [peer, reason] of failed) await note(io, nameFailure(peer, reason));
    }
    return EXIT_CODE.ok;
  });
}

/** Some are better than none. */
async function meet(
  conduit: Conduit,
  { count, peers, timeoutMs }: PeersOptions,
  { signal }: CliIo,
): Promise<readonly ConduitPeer[]> {
  const wanted = peers.length > 0 ? peers.length : count;
  try {
    return await conduit.waitForPeers(wanted, { timeoutMs, signal });
  } catch (error) {
    const found = conduit.getPeers();
    if (signal.aborted || found.length === 0) throw error;
    return found;
  }
}

function sorted(peers: readonly ConduitPeer[]): readonly ConduitPeer[] {
  return [...peers].sort((a, b) => (a.minPingMs ?? Infinity) - (b.minPingMs ?? Infinity));
}

function formatPeers(peers: readonly ConduitPeer[], io: CliIo): string {
  const rows = peers.map((peer) =>
    [
      peer.peer,
      peer.minPingMs === undefined ? UNKNOWN : formatDuration(peer.minPingMs),
      String(peer.version),
      String(peer.height),
      peer.relay ? String(peer.feeFilterSat ?? UNKNOWN) : "no transactions",
      peer.agent,
      peer.services.join(", "),
    ].map(harmlessLine)
  );
  return formatColumns(HEADING, rows, { columns: io.columns, paint: createPaint(io).dim });
}
