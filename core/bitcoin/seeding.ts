/**
 * The first addresses of all: what DNS seeds tell.
 *
 * @module
 */
import type { Clock, Random } from "../channel.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import type { AddressBook } from "./address_book.ts";
import { isRoutable } from "./endpoint.ts";

/** Looks a name up. @returns IP addresses. */
export type ResolveSeed = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** What {@linkcode askSeeds} takes. */
export interface SeedingOptions {
  readonly network: BitcoinNetwork;
  readonly book: AddressBook;
  readonly clock: Clock;
  readonly random: Random;
  /** undefined behind a proxy, where looking names up here would tell what for: seeds are then dialled themselves. */
  readonly resolveSeed: ResolveSeed | undefined;
  readonly signal: AbortSignal;
}

/** So many of them are asked: no one alone decides whom we meet. */
const SEEDS = 3;
/** Of each; an honest one gives a few dozen. */
const MAX_PER_SEED = 64;

/**
 * Asks three seeds at random, and puts what they say into the book.
 *
 * @param options Which network's, and where to.
 * @returns How many addresses came.
 */
export async function askSeeds(options: SeedingOptions): Promise<number> {
  const { network: { dnsSeeds, port }, book, clock, random, resolveSeed, signal } = options;
  const names = shuffled(dnsSeeds, random).slice(0, SEEDS);
  const answers = await Promise.all(names.map(async (name) => {
    if (resolveSeed === undefined) return [name];
    const hosts = await resolveSeed(name, signal).catch(() => []);
    // Nobody has any business sending us into our own network.
    return hosts.filter(isRoutable);
  }));
  const hosts = answers.flatMap((answer) => shuffled(answer, random).slice(0, MAX_PER_SEED));
  const unixMs = clock.unixMs();
  for (const host of shuffled(hosts, random)) {
    book.add({ host, port, services: 0n, seenMs: unixMs }, unixMs);
    // There is no other way in: that the proxy wasn't up the last time must not keep us out.
    if (resolveSeed === undefined) book.renew({ host, port });
  }
  return hosts.length;
}

/** Fisher and Yates's way. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}
