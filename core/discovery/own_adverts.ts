/**
 * What a node says of itself: an advert for each network that it is in, each with its own address there.
 *
 * @module
 */
import {
  type Advert,
  type AdvertSigner,
  type AdvertType,
  createAdvert,
  isLoopback,
} from "../advert.ts";
import type {
  Clock,
  DatagramAddress,
  DatagramLink,
  DatagramTransport,
  Random,
} from "../channel.ts";
import type { AdvertStore } from "./advert_store.ts";
import type { DiscoveryStats } from "./discovery_stats.ts";
import { MAX_AHEAD_MS } from "./intake.ts";

/** Where a node can be called. */
export interface ListeningAddress {
  /** An IPv4 address of ours, or `0.0.0.0` or `::` for all of them. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
}

/** What {@linkcode OwnAdverts} needs. */
export interface OwnAdvertsOptions {
  readonly namespace: string;
  /** undefined: nothing is ever said. */
  readonly listening: ListeningAddress | undefined;
  readonly signer: AdvertSigner;
  readonly transport: DatagramTransport;
  readonly store: AdvertStore;
  readonly stats: DiscoveryStats;
  readonly clock: Clock;
  readonly random: Random;
}

/** Adverts are signed anew after this long, or twice that at most, so that others pass on that we are alive. */
const SIGNED_ANEW_AFTER_MS = 120_000;

/** Signs and sends them. */
export class OwnAdverts {
  readonly #options: OwnAdvertsOptions;
  #adverts: readonly Advert[] = [];
  #signAgainMs = Infinity;
  #lastTimeMs = 0;

  /** @param options What it needs. */
  constructor(options: OwnAdvertsOptions) {
    this.#options = options;
  }

  /** As they were last signed; none before that. */
  get list(): readonly Advert[] {
    return this.#adverts;
  }

  /** Whether they should be signed anew. */
  get areOld(): boolean {
    return this.#options.clock.now() >= this.#signAgainMs;
  }

  /**
   * Signs them, for the networks that there are now.
   *
   * @param type Whether the node comes or goes.
   * @param name Its name.
   */
  sign(type: AdvertType, name: string): void {
    const { clock, random, namespace, signer, listening, transport, store } = this.#options;
    if (listening === undefined) return;
    this.#signAgainMs = clock.now() + SIGNED_ANEW_AFTER_MS * (1 + random());
    const { port } = listening;
    this.#adverts = linksOf(listening, transport.links()).map(({ host }) => {
      const timeMs = this.#nextTimeMs();
      return createAdvert({ type, namespace, name, host, port, timeMs }, signer);
    });
    store.putOwn(this.#adverts);
  }

  /** Sends each to everybody in its network. */
  broadcast(): void {
    const { transport, stats } = this.#options;
    for (const { host, bytes } of this.#adverts) {
      stats.countBroadcast(bytes);
      transport.broadcast(bytes, { host });
    }
  }

  /** Sends to one what it can make use of. */
  tell(to: DatagramAddress): void {
    const { transport, stats } = this.#options;
    for (const { host, bytes } of this.#adverts) {
      if (isLoopback(host) && !isLoopback(to.host)) continue;
      stats.countSent(bytes);
      transport.send(bytes, to);
    }
  }

  /** No two adverts bear the same time, or the second would pass for the first; unless the clock was set back. */
  #nextTimeMs(): number {
    const unixMs = Math.floor(this.#options.clock.unixMs());
    const isSetBack = this.#lastTimeMs - unixMs > MAX_AHEAD_MS;
    this.#lastTimeMs = isSetBack ? unixMs : Math.max(unixMs, this.#lastTimeMs + 1);
    return this.#lastTimeMs;
  }
}

/** The links on which somebody can be called who listens there. */
export function linksOf(
  { host }: ListeningAddress,
  links: readonly DatagramLink[],
): readonly DatagramLink[] {
  if (host === "0.0.0.0" || host === "::") return links;
  return links.filter((link) => link.host === host);
}
