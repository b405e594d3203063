/**
 * The peers of a node as something to call: found by name, connected when first needed, kept while they are
 * there.
 *
 * @module
 */
import { formatAddress } from "./address.ts";
import type { AdvertSigner } from "./advert.ts";
import type { Clock, DatagramTransport, Random } from "./channel.ts";
import { withDeadline } from "./deadline.ts";
import type {
  Discovery,
  DiscoveryEvents,
  DiscoveryOptions,
  ListeningAddress,
} from "./discovery.ts";
import { SynapseError, TransportError } from "./errors.ts";
import type { Peer } from "./peer.ts";
import type { PeerTable } from "./peer_table.ts";
import type { ConnectOptions } from "./node_options.ts";
import type { Remote } from "./remote.ts";
import { Seed } from "./seed.ts";

/** What happens. None of these may throw. */
export interface NeighbourhoodEvents extends Omit<DiscoveryEvents, "warning"> {
  /** Something can't be had, or a seed not be reached; it is done without. */
  readonly warning?: (error: Error) => void;
}

/** What a neighbourhood needs of its node. */
export interface NeighbourhoodOptions {
  readonly namespace: string;
  /** Signs what is said of the node; asked for when it is needed. */
  identity(): AdvertSigner;
  readonly table: PeerTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly maxPeers: number;
  /** What happens to discovery. */
  readonly events: NeighbourhoodEvents;
  /** Connects to an address. */
  connect(address: string, options: ConnectOptions): Promise<Remote>;
}

/** How to look for others. */
export interface LookOptions {
  /** The name to be found by. */
  readonly name: string;
  /** Where others are heard. */
  readonly transport: DatagramTransport;
  /** Where the node can be called; undefined to look only. */
  readonly listening: ListeningAddress | undefined;
  /** Makes what looks. */
  createDiscovery(options: DiscoveryOptions): Discovery;
}

/** How long looking for a peer, or connecting to it, may take. */
export interface FindOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** How often it is looked whether somebody has fallen silent. */
const SWEEP_MS = 1_000;

/** Finds peers and keeps connections to them. */
export class Neighbourhood {
  readonly #options: NeighbourhoodOptions;
  readonly #dials = new Map<string, Promise<Remote>>();
  readonly #seeds: Seed[] = [];
  #discovery: Discovery | undefined;
  #listening: ListeningAddress | undefined;
  #cancelSweep: () => void = () => {};
  #isStopped = false;

  /** @param options The node. */
  constructor(options: NeighbourhoodOptions) {
    this.#options = options;
  }

  /** The time that deadlines are measured on. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** The crowd. */
  get namespace(): string {
    return this.#options.namespace;
  }

  /** The name that others know the node by; undefined until it looks for others. */
  get name(): string | undefined {
    return this.#discovery?.name;
  }

  /** What discovery has taken, dropped and sent; undefined until it looks for others. */
  get discovery(): Discovery | undefined {
    return this.#discovery;
  }

  /**
   * Begins to look for others, and to be found where it listens.
   *
   * @param options How.
   * @returns Settles when others are heard.
   * @throws {SynapseError} `cancelled`, once it has been stopped.
   */
  async start({ createDiscovery, ...own }: LookOptions): Promise<void> {
    const { namespace, table, clock, random, maxPeers, events } = this.#options;
    await this.#discovery?.stop();
    if (this.#isStopped) {
      throw new SynapseError("cancelled", "Cannot look for peers as the node is closed");
    }
    this.#listening = own.listening;
    this.#discovery = createDiscovery({
      ...own,
      namespace,
      identity: this.#options.identity(),
      table,
      clock,
      random,
      maxPeers,
      events,
    });
    this.#sweepOn();
    await this.#discovery.start();
  }

  /**
   * Waits until a peer of that name is known.
   *
   * @param name Its name.
   * @param options How long.
   * @throws {TransportError} `unreachable`, when nobody of that name is heard in time.
   */
  async find(name: string, options: FindOptions): Promise<Peer> {
    const { namespace, table, clock } = this.#options;
    const known = table.named(name, namespace);
    if (known !== undefined && known.state !== "offline") return known;
    let unsubscribe = (): void => {};
    try {
      return await withDeadline(
        { clock, ...options, operation: `find ${name}` },
        () =>
          new Promise((resolve) => {
            unsubscribe = table.on("peerJoined", ({ peer }) => {
              if (peer.name === name && peer.namespace === namespace) resolve(peer);
            });
          }),
      );
    } catch (error) {
      if (!(error instanceof SynapseError) || error.code !== "deadline_exceeded") throw error;
      throw new TransportError(
        "unreachable",
        `${name}@${namespace}`,
        `Cannot find ${name} as nobody of that name was heard in ${namespace} within ${options.timeoutMs} ms`,
      );
    } finally {
      unsubscribe();
    }
  }

  /**
   * A connection to a peer: the one that there is, or a new one.
   *
   * @param peer The peer.
   * @param options How long.
   * @throws {TransportError} `unreachable`, when none of its addresses answers.
   */
  async reach(peer: Peer, options: FindOptions): Promise<Remote> {
    const { clock } = this.#options;
    const operation = `connect to ${peer.name}`;
    const dueMs = clock.now() + options.timeoutMs;
    const left = () => ({ timeoutMs: Math.max(0, dueMs - clock.now()), signal: options.signal });
    // Whoever made a dial may give it up, or allow it less time: that is no reason for others to fail.
    for (let dial = this.#dials.get(peer.id); dial; dial = this.#dials.get(peer.id)) {
      const joined = dial;
      const remote = await withDeadline(
        { clock, operation, ...left() },
        () => joined.catch(() => undefined),
      );
      if (remote?.isConnected) return remote;
      this.#forget(peer.id, joined);
    }
    const dial = this.#dial(peer, left());
    this.#dials.set(peer.id, dial);
    dial.then(
      (remote) => this.#watch(peer.id, remote, dial),
      () => this.#forget(peer.id, dial),
    );
    return await dial;
  }

  /** The peers of the node's namespace that are there. */
  present(): Peer[] {
    const { table, namespace } = this.#options;
    table.sweep();
    return table.list(namespace).filter(({ state }) => state !== "offline");
  }

  /**
   * Asks a node for others, and tells it of this one, until the end.
   *
   * @param address Where it is.
   * @returns Settles when it has answered once, or can't be reached.
   */
  async ask(address: string): Promise<void> {
    const { namespace, table, clock, connect, events } = this.#options;
    const seed = new Seed({
      address,
      namespace,
      table,
      clock,
      connect: (address) => connect(address, { reconnect: true, signed: false }),
      self: () => this.#self(),
      nameTaken: () => this.#discovery?.giveWay(),
      warn: (error) => events.warning?.(error),
    });
    this.#seeds.push(seed);
    await seed.ask();
  }

  /** Ends: says goodbye. Connections are the node's to close. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelSweep();
    for (const seed of this.#seeds) seed.stop();
    this.#dials.clear();
    await this.#discovery?.stop();
  }

  /** One address after the other, newest first: the others are where it once was. */
  async #dial(peer: Peer, { timeoutMs, signal }: FindOptions): Promise<Remote> {
    const { table, clock } = this.#options;
    const dueMs = clock.now() + timeoutMs;
    table.connecting(peer.id);
    let failure: unknown;
    for (const address of peer.addresses) {
      try {
        return await this.#options.connect(address, {
          timeoutMs: Math.max(0, dueMs - clock.now()),
          signal,
        });
      } catch (error) {
        failure = error;
        if (signal?.aborted || clock.now() >= dueMs) break;
      }
    }
    table.failed(peer.id);
    throw failure;
  }

  #self(): Readonly<Record<string, string>> | undefined {
    if (this.#listening === undefined) return undefined;
    const { host, port } = this.#listening;
    const address = formatAddress({ scheme: "tcp", host, port, path: "" });
    return { name: this.name ?? "", namespace: this.#options.namespace, address };
  }

  #watch(id: string, remote: Remote, dial: Promise<Remote>): void {
    const { table } = this.#options;
    table.connected(id, "outbound");
    remote.on("closed", () => {
      if (this.#forget(id, dial)) table.disconnected(id);
    });
    remote.ping().then((roundTripMs) => table.pinged(id, roundTripMs), () => {});
  }

  /** @returns Whether it was still the peer's latest. */
  #forget(id: string, dial: Promise<Remote>): boolean {
    return this.#dials.get(id) === dial && this.#dials.delete(id);
  }

  #sweepOn(): void {
    const { clock, table } = this.#options;
    this.#cancelSweep();
    this.#cancelSweep = clock.after(SWEEP_MS, () => {
      table.sweep();
      this.#sweepOn();
    });
  }
}
