/**
 * Decides which adverts are believed, the cheap questions first.
 *
 * An advert heard from its sender must be fresh. One that another passes on may be as old as anything that is
 * remembered, but counts as heard at its own time, and only if that is later than what is known: replayed,
 * neither of them revives anybody.
 *
 * @module
 */
import { type Advert, isLoopback } from "../advert.ts";
import type { Clock, DatagramAddress, Random } from "../channel.ts";
import type { PeerTable } from "../peer_table.ts";
import type { AdvertReader } from "./advert_reader.ts";
import {
  type AdvertStore,
  type KnownAdvert,
  MAX_ADVERT_AGE_MS,
  patienceMs,
} from "./advert_store.ts";
import type { DiscoveryStats, DropReason } from "./discovery_stats.ts";
import { type Provenance, VerificationBudget } from "./verification_budget.ts";

/** An advert heard from its sender may be this old: clocks differ, and networks are slow. */
export const MAX_HEARD_AGE_MS: number = 30_000;
/** An advert may be this far ahead: most clocks are kept by a server. */
export const MAX_AHEAD_MS: number = 5_000;

/** pnet's key field is the base64 of a PEM, which begins with `-----`. */
const PNET_ADVERT = /\|adv\|[^|]+\|LS0tLS[^|]+\|END$/;

/** The peer table, as far as discovery needs it. */
export type ObservedPeers = Pick<PeerTable, "merge" | "goodbye">;

/** What {@linkcode Intake} needs. */
export interface IntakeOptions {
  /** The crowd that is listened to. */
  readonly namespace: string;
  /** Our own key: what it signed is no news. */
  readonly ownKey: string;
  readonly reader: AdvertReader;
  readonly store: AdvertStore;
  readonly table: ObservedPeers;
  readonly stats: DiscoveryStats;
  readonly clock: Clock;
  readonly random: Random;
  /** Silence after which somebody isn't there any more, as of now. */
  readonly offlineAfterMs: () => number;
  /** Told of whoever else goes by our own name. Answers whether the name stays ours. */
  readonly isOurName: (other: Advert) => boolean;
}

/** Takes in adverts. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #prefix: string;
  readonly #budget: VerificationBudget;

  /** @param options What it needs. */
  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#prefix = `${options.namespace}|`;
    this.#budget = new VerificationBudget(options.random);
  }

  /** How many adverts passed on by others could be checked just now. */
  get relayable(): number {
    return this.#budget.relayable(this.#options.clock.now());
  }

  /**
   * Takes in what came straight from its sender.
   *
   * @param line A packet.
   * @param from Where it came from.
   * @returns The advert, when it tells something new.
   */
  hear(line: string, from: DatagramAddress): Advert | undefined {
    return this.#count(this.#take(line, from, false));
  }

  /**
   * Takes in what another passes on.
   *
   * @param line A packet.
   * @param from Who passes it on.
   * @returns The advert, when it tells something new.
   */
  learn(line: string, from: DatagramAddress): Advert | undefined {
    return this.#count(this.#take(line, from, true));
  }

  #count(result: Advert | DropReason): Advert | undefined {
    const { stats } = this.#options;
    if (typeof result === "string") {
      stats.drop(result);
      return undefined;
    }
    stats.accepted++;
    return result;
  }

  #take(line: string, from: DatagramAddress, isRelayed: boolean): Advert | DropReason {
    const { ownKey, reader, store, isOurName } = this.#options;
    if (!line.startsWith(this.#prefix)) return "namespace";
    const advert = reader.read(line);
    if (typeof advert === "string") return PNET_ADVERT.test(line) ? "pnet" : advert;
    if (advert.key === ownKey) return "own";
    if (isLoopback(advert.host) && !isLoopback(from.host)) return "address";
    const fault = this.#timeFault(advert, isRelayed);
    if (fault !== undefined) return fault;
    const known = store.get(advert.id);
    if (known !== undefined && known.advert.timeMs >= advert.timeMs) return "duplicate";
    if (!store.hasRoomFor(advert.id)) return "full";
    const forgery = this.#forgery(advert, from, isRelayed ? "relayed" : provenanceOf(known, from));
    if (forgery !== undefined) return forgery;
    if (advert.type === "adv" && isOurName(advert)) return "key_changed";
    return this.#believe(advert, isRelayed ? undefined : from, known?.source);
  }

  #timeFault({ timeMs }: Advert, isRelayed: boolean): DropReason | undefined {
    const ageMs = this.#options.clock.unixMs() - timeMs;
    if (ageMs < -MAX_AHEAD_MS) return "future";
    return ageMs > (isRelayed ? MAX_ADVERT_AGE_MS : MAX_HEARD_AGE_MS) ? "expired" : undefined;
  }

  #forgery(advert: Advert, from: DatagramAddress, provenance: Provenance): DropReason | undefined {
    const { reader, clock, stats } = this.#options;
    if (reader.isKnownGood(advert)) return undefined;
    if (!this.#budget.take(provenance, from.host, clock.now())) return "busy";
    stats.verified++;
    if (reader.verify(advert)) return undefined;
    this.#budget.punish(from.host, clock.now());
    return "forged";
  }

  #believe(
    advert: Advert,
    heardFrom: DatagramAddress | undefined,
    knownSource: DatagramAddress | undefined,
  ): Advert | DropReason {
    const { store, table, clock } = this.#options;
    const unixMs = Math.floor(clock.unixMs());
    const source = heardFrom ?? knownSource;
    const heardMs = heardFrom === undefined ? Math.min(advert.timeMs, unixMs) : unixMs;
    const offlineAfterMs = patienceMs(this.#options.offlineAfterMs(), source);
    const isLive = advert.type === "adv" && unixMs - heardMs < offlineAfterMs;
    if (isLive) {
      const outcome = table.merge(observationOf(advert, heardMs), { offlineAfterMs });
      if (outcome === "key_changed" || outcome === "full") return outcome;
    } else if (advert.type === "bye") {
      table.goodbye(advert.key, heardMs);
    }
    store.put({ advert, heardMs, source, isLive });
    return advert;
  }
}

/** Tells the peer table what an advert says. */
export function observationOf(
  { namespace, name, host, port, key }: Advert,
  heardMs: number,
): Parameters<ObservedPeers["merge"]>[0] {
  return { namespace, name, address: `tcp://${host}:${port}`, key, heardMs };
}

function provenanceOf(known: KnownAdvert | undefined, from: DatagramAddress): Provenance {
  const source = known?.source;
  return source?.host === from.host && source.port === from.port ? "known" : "stranger";
}
