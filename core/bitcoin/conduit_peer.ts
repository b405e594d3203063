/**
 * Peers and failures, as those who use a conduit see them.
 *
 * @module
 */
import { serviceNames } from "../codecs/bitcoin/services.ts";
import { SynapseError } from "../errors.ts";
import type { Json } from "./message_json.ts";
import type { BitcoinPeer } from "./peer.ts";

/** A peer that is connected. Plain JSON. */
export interface ConduitPeer {
  /** Its `host:port`. */
  readonly peer: string;
  /** What it calls itself, made printable. */
  readonly agent: string;
  readonly version: number;
  /** What it can do, in words. */
  readonly services: readonly string[];
  /** Its best block when it was connected. */
  readonly height: number;
  /** Whether it takes transactions. */
  readonly relay: boolean;
  /** Whether transactions are named by `wtxid` between us. */
  readonly wtxidRelay: boolean;
  /** What it takes as a fee at least, in satoshi per 1000 virtual bytes; undefined where it didn't say. */
  readonly feeFilterSat: number | undefined;
  /** The smoothed round trip in milliseconds, once one was measured. */
  readonly pingMs: number | undefined;
  /** The shortest round trip in milliseconds, once one was measured. */
  readonly minPingMs: number | undefined;
  /** What it did wrong, by kind. */
  readonly offences: Readonly<Record<string, number>>;
}

/** Describes a peer that has shaken hands. */
export function describePeer(peer: BitcoinPeer): ConduitPeer {
  const { version, services, agent, height, relay, wtxidRelay } = peer.info!;
  return {
    peer: peer.name,
    agent,
    version,
    services: serviceNames(services),
    height,
    relay,
    wtxidRelay,
    feeFilterSat: peer.feeFilterSat === undefined ? undefined : Number(peer.feeFilterSat),
    pingMs: peer.pingMs,
    minPingMs: peer.minPingMs,
    offences: peer.offences,
  };
}

/** Describes what went wrong, as JSON. */
export function describeError(error: unknown): Json {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof SynapseError ? error.code : "internal_error", message };
}
