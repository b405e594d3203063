/**
 * From an address to a peer that has shaken hands, or to the reason why not.
 *
 * @module
 */
import type { Clock, Transport } from "../channel.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import { withDeadline } from "../deadline.ts";
import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import type { Announcement } from "./handshake.ts";
import { BitcoinPeer } from "./peer.ts";

/** What connections are made with. */
export interface BitcoinWorld {
  readonly network: BitcoinNetwork;
  /** Leads to peers: `tcp`. */
  readonly transport: Transport;
  readonly clock: Clock;
  /** For nonces: bytes that nobody can guess. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** What we say of ourselves, just now. */
  readonly announce: () => Announcement;
  /** Nonces of our connections that are open. */
  readonly ownNonces: Set<bigint>;
  /** Gets what event listeners throw. */
  readonly onListenerError: (error: unknown, name: string) => void;
}

/** A peer that is ready and settled, or why there is none. */
export type DialOutcome = { readonly peer: BitcoinPeer } | DialFailure;

/** Why there is none. */
export interface DialFailure {
  readonly peer?: undefined;
  /** In a sentence. */
  readonly reason: string;
  /** Whether it was the peer's fault. */
  readonly misbehaved: boolean;
}

/** Nodes that are near enough to be of use answer within that. */
const CONNECT_MS = 5_000;

/**
 * Dials, and shakes hands.
 *
 * @param endpoint Where.
 * @param world What with.
 * @param signal Gives up.
 * @returns Never rejects: failing is what most strangers do.
 */
export async function dialPeer(
  endpoint: Endpoint,
  world: BitcoinWorld,
  signal: AbortSignal,
): Promise<DialOutcome> {
  const { transport, clock, announce, ...rest } = world;
  const operation = `connect to ${formatEndpoint(endpoint)}`;
  try {
    const channel = await withDeadline(
      { clock, timeoutMs: CONNECT_MS, operation, signal },
      async (signal) => {
        const channel = await transport.dial({ scheme: "tcp", ...endpoint, path: "" }, { signal });
        // Nobody waits for a connection that comes too late.
        if (signal.aborted) channel.close(signal.reason).catch(() => {});
        return channel;
      },
    );
    return await settled(
      new BitcoinPeer({ ...rest, channel, clock, endpoint, announcement: announce() }),
      signal,
    );
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error), misbehaved: false };
  }
}

async function settled(peer: BitcoinPeer, signal: AbortSignal): Promise<DialOutcome> {
  const abort = (): void => void peer.close("it is not needed any more");
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    const ready = new Promise<undefined>((resolve) => {
      peer.events.on("settled", () => resolve(undefined));
    });
    const closed = await Promise.race([ready, peer.closed]);
    return closed === undefined ? { peer } : closed;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
