/**
 * Found peers, as people and programs read them.
 *
 * @module
 */
import { fingerprint, formatDuration, parsePublicKey, type Peer } from "../../../mod.ts";
import { formatColumns } from "../../columns.ts";
import { harmlessLine } from "../../harmless.ts";
import type { CliIo } from "../../io.ts";
import { createPaint } from "../../paint.ts";
import { toMicroseconds } from "../ping/statistics.ts";

/** What the lines tell of a peer. */
export interface Found {
  readonly peer: Peer;
  /** What it publishes; undefined where that isn't known. */
  readonly functions: readonly string[] | undefined;
}

const HEADING = ["name", "namespace", "address", "key", "latency", "seen", "functions"];
const UNKNOWN = "-";

/**
 * Makes a table for people.
 *
 * @param found In any order.
 * @param nowMs Milliseconds since 1970.
 * @param io For width and colours.
 */
export function formatPeers(found: readonly Found[], nowMs: number, io: CliIo): string {
  const rows = found.map(({ peer, functions }) =>
    [
      peer.name,
      peer.namespace,
      peer.addresses[0],
      fingerprintOf(peer) ?? UNKNOWN,
      peer.latency === undefined ? UNKNOWN : formatDuration(peer.latency.smoothedMs),
      `${formatDuration(Math.max(0, Math.round(nowMs - peer.lastSeenMs)))} ago`,
      functions?.join(", ") ?? UNKNOWN,
    ].map(harmlessLine)
  );
  rows.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return formatColumns(HEADING, rows, { columns: io.columns, paint: createPaint(io).dim });
}

/**
 * Describes a peer for programs.
 *
 * @param found The peer.
 */
export function describePeer({ peer, functions }: Found): Readonly<Record<string, unknown>> {
  const { name, namespace, addresses, key, latency, lastSeenMs } = peer;
  return {
    name,
    namespace,
    addresses,
    key,
    fingerprint: fingerprintOf(peer),
    functions,
    latencyMs: latency && toMicroseconds(latency.smoothedMs),
    lastSeenMs,
  };
}

/**
 * Names a peer in one line.
 *
 * @param peer The peer.
 */
export function formatPeer(peer: Pick<Peer, "name" | "namespace" | "addresses" | "key">): string {
  const { name, namespace, addresses } = peer;
  return harmlessLine(`${name}@${namespace} ${addresses[0]} ${fingerprintOf(peer) ?? UNKNOWN}`);
}

function fingerprintOf({ key }: Pick<Peer, "key">): string | undefined {
  return key === undefined ? undefined : fingerprint(parsePublicKey(key));
}
