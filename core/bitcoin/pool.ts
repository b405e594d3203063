/**
 * Keeps connections to Bitcoin nodes up: finds addresses, dials, replaces what dies, leaves alone what is bad.
 *
 * Nodes that somebody named are kept up whatever else there is. All others come from different netgroups, so
 * that they are not one and the same somebody.
 *
 * @module
 */
import type { Random } from "../channel.ts";
import { Emitter } from "../emitter.ts";
import { SynapseError } from "../errors.ts";
import type { AddressBook } from "./address_book.ts";
import { AddressIntake } from "./address_intake.ts";
import { type BitcoinWorld, dialPeer } from "./dial_peer.ts";
import { type Endpoint, formatEndpoint, netgroupOf } from "./endpoint.ts";
import type { BitcoinPeer, PeerClosed } from "./peer.ts";
import { askSeeds, type ResolveSeed } from "./seeding.ts";

/** What happens in a pool. */
export interface PoolEvents {
  /** A node is being dialled. */
  dialling: { readonly endpoint: Endpoint };
  /** One is connected, and has had time to say what it has to say first. */
  up: { readonly peer: BitcoinPeer };
  /** One that was is no more. */
  down: PeerClosed & { readonly peer: BitcoinPeer };
  /** A dial came to nothing. */
  failed: { readonly endpoint: Endpoint; readonly reason: string };
}

/** What a {@linkcode Pool} takes. */
export interface PoolOptions {
  readonly world: BitcoinWorld;
  readonly random: Random;
  readonly book: AddressBook;
  /** Whether nodes are looked for that nobody named. Where left out, only as long as nobody has named any. */
  readonly discover: boolean | undefined;
  readonly resolveSeed: ResolveSeed | undefined;
  /** How many connections to keep up where nodes are looked for. */
  readonly size: number;
}

interface NamedNode {
  readonly endpoint: Endpoint;
  /** Dials in a row that came to nothing, or to nothing that lasted. */
  failures: number;
  /** From when on it may be dialled. */
  dueMs: number;
  /** Since when it is connected. */
  sinceMs: number;
}

/** More at once, and a home router takes it for an attack. */
const MAX_DIALS = 16;
/** When nobody is due, or nobody is known, one looks again. */
const REFILL_MS = 2_000;
/** Seeds are asked again so seldom. */
const SEEDING_MS = 60_000;
/** The first retry of a named node; doubled with each. */
const NAMED_RETRY_MS = 1_000;
const NAMED_RETRY_CAP_MS = 60_000;
/** Who shakes hands only to hang up must not be dialled as if it had been there. */
const STABLE_MS = 30_000;
/** With fewer addresses than that, peers are asked for more. */
const FEW_ADDRESSES = 1_000;

/** The connections of one client. */
export class Pool {
  /** What happens in it. */
  readonly events: Emitter<PoolEvents>;
  readonly #options: PoolOptions;
  readonly #world: BitcoinWorld;
  readonly #closing = new AbortController();
  readonly #named = new Map<string, NamedNode>();
  readonly #dialling = new Map<string, Endpoint>();
  readonly #peers = new Map<string, BitcoinPeer>();
  readonly #dials = new Set<Promise<void>>();
  #main: string | undefined;
  #size: number;
  #isStarted = false;
  #cancelRefill: () => void = () => {};
  #seedingDueMs = -Infinity;

  /** @param options What it is made of. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#world = options.world;
    this.#size = options.size;
    this.events = new Emitter(options.world.onListenerError);
  }

  /** Those that are connected: the main one first, then the named ones in their order, then the nearest. */
  get peers(): readonly BitcoinPeer[] {
    const names = [...this.#named.keys()];
    const rank = ({ name }: BitcoinPeer): number => {
      if (name === this.#main) return -1;
      const place = names.indexOf(name);
      return place === -1 ? names.length : place;
    };
    return [...this.#peers.values()].sort((a, b) =>
      rank(a) - rank(b) || (a.minPingMs ?? Infinity) - (b.minPingMs ?? Infinity)
    );
  }

  /** Nodes that somebody named. */
  get named(): readonly Endpoint[] {
    return [...this.#named.values()].map(({ endpoint }) => endpoint);
  }

  /** Whether somebody named that node. */
  isNamed(name: string): boolean {
    return this.#named.has(name);
  }

  /** Whether nodes are looked for that nobody named. */
  get isDiscovering(): boolean {
    return this.#options.discover ?? this.#named.size === 0;
  }

  /** Names nodes to be kept up. */
  name(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) {
      const name = formatEndpoint(endpoint);
      if (!this.#named.has(name)) {
        this.#named.set(name, { endpoint, failures: 0, dueMs: 0, sinceMs: 0 });
      }
    }
    this.#fill();
  }

  /** Names the node that comes first in everything. */
  setMain(endpoint: Endpoint): void {
    this.#main = formatEndpoint(endpoint);
    this.name([endpoint]);
  }

  /** Begins to dial. Does nothing the second time. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#fill();
  }

  /** Keeps up at least so many, where nodes are looked for. */
  want(size: number): void {
    this.#size = Math.max(this.#size, size);
    this.#fill();
  }

  /**
   * Connects once more to a node, besides and apart from the pool.
   *
   * @throws {SynapseError} `unreachable`.
   */
  async connectAgain(endpoint: Endpoint): Promise<BitcoinPeer> {
    const outcome = await dialPeer(endpoint, this.#world, this.#closing.signal);
    if (outcome.peer === undefined) throw new SynapseError("unreachable", outcome.reason);
    const { peer } = outcome;
    const close = (): void => void peer.close();
    this.#closing.signal.addEventListener("abort", close);
    peer.closed.then(() => this.#closing.signal.removeEventListener("abort", close));
    return peer;
  }

  /** Hangs up on one that is no use, and isn't dialled again for as long as a bad one. */
  drop(peer: BitcoinPeer, reason: string): void {
    peer.close(reason, true);
  }

  /** Hangs up, and stops dialling. */
  async close(): Promise<void> {
    this.#closing.abort(new SynapseError("cancelled", "Cannot connect as the client is closed"));
    this.#cancelRefill();
    await Promise.all([...this.#peers.values()].map((peer) => peer.close()));
    await Promise.all(this.#dials);
  }

  #fill(): void {
    if (!this.#isStarted || this.#closing.signal.aborted) return;
    this.#cancelRefill();
    this.#cancelRefill = this.#world.clock.after(REFILL_MS, () => this.#fill());
    const nowMs = this.#world.clock.now();
    for (const { endpoint, dueMs } of this.#named.values()) {
      if (this.#dialling.size >= MAX_DIALS) break;
      if (dueMs <= nowMs && !this.#isTaken(endpoint) && !this.#isBanned(endpoint)) {
        this.#dial(endpoint);
      }
    }
    if (this.isDiscovering) this.#fillUp();
  }

  #fillUp(): void {
    const { book, random } = this.#options;
    const netgroups = new Set(
      [...this.#peers.values()].map(({ endpoint }) => endpoint).concat([...this.#dialling.values()])
        .map(({ host }) => netgroupOf(host)),
    );
    while (this.#peers.size + this.#dialling.size < this.#size && this.#dialling.size < MAX_DIALS) {
      const endpoint = book.pick({
        unixMs: this.#world.clock.unixMs(),
        random,
        isTaken: (endpoint) => this.#isTaken(endpoint),
        netgroups,
      });
      if (endpoint === undefined) return this.#askSeeds();
      netgroups.add(netgroupOf(endpoint.host));
      this.#dial(endpoint);
    }
  }

  #askSeeds(): void {
    const { clock, network } = this.#world;
    if (clock.now() < this.#seedingDueMs || network.dnsSeeds.length === 0) return;
    this.#seedingDueMs = clock.now() + SEEDING_MS;
    const { book, random, resolveSeed } = this.#options;
    const { signal } = this.#closing;
    this.#track(
      askSeeds({ network, book, clock, random, resolveSeed, signal }).then(() => this.#fill()),
    );
  }

  #dial(endpoint: Endpoint): void {
    const name = formatEndpoint(endpoint);
    this.#dialling.set(name, endpoint);
    this.#options.book.tried(endpoint, this.#world.clock.unixMs());
    this.events.emit("dialling", { endpoint });
    this.#track(
      dialPeer(endpoint, this.#world, this.#closing.signal).then((outcome) => {
        this.#dialling.delete(name);
        if (outcome.peer === undefined) this.#failed(endpoint, outcome.reason, outcome.misbehaved);
        else this.#adopt(outcome.peer);
        this.#fill();
      }),
    );
  }

  #adopt(peer: BitcoinPeer): void {
    const { book } = this.#options;
    const { clock, network } = this.#world;
    const { endpoint, name } = peer;
    const info = peer.info!;
    if (!suits(network.chain, info.agent) && !this.#named.has(name)) {
      peer.close();
      book.ban(endpoint, clock.unixMs());
      this.events.emit("failed", { endpoint, reason: `it is of another chain: ${info.agent}` });
      return;
    }
    this.#peers.set(name, peer);
    book.connected(endpoint, info.services, clock.unixMs());
    const named = this.#named.get(name);
    if (named !== undefined) named.sinceMs = clock.now();
    peer.events.on("closed", (closed) => this.#lost(peer, closed));
    if (this.isDiscovering) this.#askForAddresses(peer);
    this.events.emit("up", { peer });
  }

  #askForAddresses(peer: BitcoinPeer): void {
    const { book } = this.#options;
    const intake = new AddressIntake(book, this.#world.clock);
    peer.events.on("message", ({ message }) => intake.take(message));
    if (book.size < FEW_ADDRESSES) peer.send({ command: "getaddr" });
  }

  #lost(peer: BitcoinPeer, closed: PeerClosed): void {
    this.#peers.delete(peer.name);
    const named = this.#named.get(peer.name);
    const hasLasted = named !== undefined && this.#world.clock.now() - named.sinceMs >= STABLE_MS;
    if (hasLasted) named.failures = 0;
    this.#note(peer.endpoint, closed.misbehaved);
    this.events.emit("down", { peer, ...closed });
    this.#fill();
  }

  #failed(endpoint: Endpoint, reason: string, misbehaved: boolean): void {
    this.#note(endpoint, misbehaved);
    if (!this.#closing.signal.aborted) this.events.emit("failed", { endpoint, reason });
  }

  #note(endpoint: Endpoint, misbehaved: boolean): void {
    const { clock } = this.#world;
    if (misbehaved) this.#options.book.ban(endpoint, clock.unixMs());
    const named = this.#named.get(formatEndpoint(endpoint));
    if (named === undefined) return;
    const waitMs = Math.min(NAMED_RETRY_MS * 2 ** named.failures, NAMED_RETRY_CAP_MS);
    named.dueMs = clock.now() + waitMs;
    named.failures++;
  }

  #isTaken(endpoint: Endpoint): boolean {
    const name = formatEndpoint(endpoint);
    return this.#peers.has(name) || this.#dialling.has(name);
  }

  #isBanned(endpoint: Endpoint): boolean {
    return this.#options.book.isBanned(endpoint, this.#world.clock.unixMs());
  }

  #track(dial: Promise<void>): void {
    const tracked = dial.finally(() => this.#dials.delete(tracked));
    this.#dials.add(tracked);
  }
}

/** BSV and BCH share their magic and their first blocks: only the agent tells them apart at once. */
function suits(chain: "btc" | "bsv" | "bch", agent: string): boolean {
  if (chain === "btc") return true;
  return /bitcoin sv/i.test(agent) === (chain === "bsv");
}
