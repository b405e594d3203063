/**
 * A node's place in a swarm of synapse nodes: who it is there, whom it knows, what it tells them.
 *
 * @module
 */
import { type Address, reachableAt } from "../address.ts";
import type { Channel, Clock, DialOptions, Random } from "../channel.ts";
import type { OneCallWire } from "../dialects/one_call.ts";
import { SynapseError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Kwargs } from "../message.ts";
import type { OpenTrace } from "../trace.ts";
import { type BroadcastEvents, Broadcasts, type SwarmBroadcast } from "./broadcasts.ts";
import { SwarmCalls } from "./swarm_calls.ts";
import {
  formatSwarmPeer,
  isMap,
  parseSwarmPeer,
  type SwarmPeer,
  type SwarmPeerKind,
} from "./swarm_peer.ts";
import { type SwarmPeerEvents, SwarmPeers } from "./swarm_peers.ts";

/** What happens in a swarm. None of these may throw. */
export interface SwarmEvents extends SwarmPeerEvents, BroadcastEvents {}

/** Something that a node can do, for others to read. */
export interface SwarmCapability {
  readonly name: string;
  readonly description?: string;
  /** JSON schemas, or anything else that is a map. */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
}

/** What a node is in its swarm. */
export interface SwarmProfile {
  /** Its own name for itself; real programs take 64 hexadecimal digits, drawn anew at each start. */
  readonly id: string;
  /** For people. */
  readonly name?: string;
  /** The crowd; null, the default, for none, which takes in everybody. */
  readonly swarm?: string | null;
  /** The part of the crowd, `default` by default; null takes in everybody. */
  readonly team?: string | null;
  readonly kind?: SwarmPeerKind;
  readonly role?: string;
  readonly description?: string;
  readonly capabilities?: readonly SwarmCapability[];
  /** The host where others reach it, where that isn't the one that it listens on. */
  readonly advertise?: string;
}

/** What a swarm needs of its node. */
export interface SwarmWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly wire: OneCallWire;
  readonly limits: Limits;
  /** Tells of every message, where anybody wants to know. */
  readonly openTrace?: OpenTrace;
  /** Where the node listens. */
  addresses(): readonly Address[];
  dial(to: Address, options?: DialOptions): Promise<Channel>;
}

/** How often members tell each other that they are there. */
export const HEARTBEAT_MS: number = 5_000;
/** Where a node that listens everywhere is reached by others on its machine. */
const LOOPBACK = "127.0.0.1";

/** A node's place in a swarm. Nothing runs before there is a peer. */
export class Swarm {
  readonly #profile: SwarmProfile;
  readonly #world: SwarmWorld;
  readonly #peers: SwarmPeers;
  readonly #calls: SwarmCalls;
  /** What is said to all. */
  readonly broadcasts: Broadcasts;
  #cancelBeat: (() => void) | undefined;
  #isStopped = false;

  /**
   * @param profile Who the node is.
   * @param world The node.
   * @param events What to tell it.
   */
  constructor(profile: SwarmProfile, world: SwarmWorld, events: SwarmEvents = {}) {
    this.#profile = profile;
    this.#world = world;
    const { clock, random, limits } = world;
    const { id, swarm = null, team = "default" } = profile;
    this.#peers = new SwarmPeers({
      id,
      swarm,
      team,
      clock,
      maxPeers: limits.maxPeers,
      events: {
        ...events,
        onPeerJoined: (peer) => {
          events.onPeerJoined?.(peer);
          this.#greet(peer);
        },
      },
    });
    this.#calls = new SwarmCalls(world);
    this.broadcasts = new Broadcasts({
      clock,
      random,
      peers: this.#peers,
      calls: this.#calls,
      events,
      self: () => this.self(),
    });
  }

  /** Whom it knows, in the order in which they came. */
  get peers(): readonly SwarmPeer[] {
    return this.#peers.list();
  }

  /** What it is, as it was told. */
  get profile(): SwarmProfile {
    return this.#profile;
  }

  /**
   * The node itself, as others know it.
   *
   * @throws {SynapseError} `not_supported`, when it listens on no TCP address: others have to reach it.
   */
  self(): SwarmPeer {
    const { id, name = "", swarm = null, team = "default", kind = "node" } = this.#profile;
    const { address, port } = this.#place();
    const capabilities = this.#profile.capabilities?.map(({ name }) => name) ?? [];
    const lastSeenMs = this.#world.clock.unixMs();
    return { id, address, port, swarm, team, name, kind, capabilities, lastSeenMs };
  }

  /**
   * Takes in somebody who says who it is.
   *
   * @param peer A peer map.
   * @throws {SynapseError} `internal_error` when it is malformed, `bad_request` when it doesn't belong here.
   */
  hear(peer: unknown): void {
    this.#peers.hear(parseSwarmPeer(peer, this.#world.clock.unixMs()));
  }

  /**
   * Asks a member to be taken in, and learns whom it knows.
   *
   * @param seed Where it is.
   * @throws {RemoteError} `bad_request`, when it is of another swarm or team.
   * @throws {TransportError} `unreachable`.
   * @throws {TimeoutError} `deadline_exceeded`.
   */
  async join(seed: Address): Promise<void> {
    const { host: address, port } = seed;
    const call = { method: "_synapse.join", args: [formatSwarmPeer(this.self())] };
    const answer = await this.#calls.call({ address, port }, call);
    if (!isMap(answer)) {
      throw new SynapseError(
        "protocol_error",
        `Cannot join swarm as ${address}:${port} doesn't answer with a map`,
      );
    }
    const known = Array.isArray(answer.peers) ? answer.peers : [];
    for (const peer of [answer.self, ...known.slice(0, this.#world.limits.maxPeers)]) {
      try {
        this.hear(peer);
      } catch { /* somebody else's peer need not be ours */ }
    }
  }

  /**
   * Calls a function of everybody known. Replies come by {@linkcode SwarmEvents.onReply}.
   *
   * @param endpoint The function; it takes a parameter named `broadcast` besides.
   * @param args Positional arguments.
   * @param kwargs Keyword arguments.
   * @returns What replies are known by, once each has taken the call or can't be reached.
   * @throws {EncodeError} When an argument can't be sent.
   */
  broadcast(
    endpoint: string,
    args: readonly unknown[] = [],
    kwargs: Kwargs = {},
  ): Promise<SwarmBroadcast> {
    return this.broadcasts.send(endpoint, args, kwargs);
  }

  /**
   * Replies to a broadcast: tells its origin, and everybody known.
   *
   * @param broadcast What the function got.
   * @param result What to say.
   * @returns Settles when each has heard it, or can't be reached.
   * @throws {EncodeError} When the result can't be sent.
   */
  reply(broadcast: SwarmBroadcast, result: unknown): Promise<void> {
    return this.broadcasts.reply(broadcast, result);
  }

  /** Ends: tells nobody anything any more. Others notice within {@linkcode PEER_SILENCE_MS}. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelBeat?.();
    this.#calls.stop();
  }

  #place(): { readonly address: string; readonly port: number } {
    const listening = this.#world.addresses().find(({ scheme }) => scheme === "tcp");
    if (listening === undefined) {
      throw new SynapseError(
        "not_supported",
        "Cannot be in a swarm as the node listens on no TCP address: call listen first",
      );
    }
    const { host, port } = reachableAt(listening, LOOPBACK);
    return { address: this.#profile.advertise ?? host, port };
  }

  /** A new one hears from us at once, and from then on with all the others. */
  #greet(peer: SwarmPeer): void {
    if (this.#isStopped) return;
    this.#beat([peer]);
    this.#cancelBeat ??= this.#world.clock.after(HEARTBEAT_MS, () => this.#beatOn());
  }

  #beatOn(): void {
    this.#peers.sweep();
    this.#cancelBeat = undefined;
    if (this.#peers.size === 0) return;
    this.#cancelBeat = this.#world.clock.after(HEARTBEAT_MS, () => this.#beatOn());
    this.#beat(this.#peers.list());
  }

  /** Where too much is waiting already, the next beat has to do. */
  #beat(peers: readonly SwarmPeer[]): void {
    this.#tell(peers).catch(() => {});
  }

  async #tell(peers: readonly SwarmPeer[]): Promise<void> {
    const call = { method: "_synapse.heartbeat", args: [formatSwarmPeer(this.self())] };
    await this.#calls.callEach(peers, call, (place, result) => {
      const self = isMap(result) ? result.self : undefined;
      if (isMap(self)) this.#peers.answered(self.id, place);
    });
  }
}
