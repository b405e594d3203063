/**
 * A node: functions that it publishes, places where it listens, peers that it calls, tasks that it
 * runs, and their common end.
 *
 * @module
 */
import { base64urlnopad } from "@scure/base";
import { type Address, parseAddress } from "./address.ts";
import {
  type BackgroundTask,
  type BackgroundTaskHandle,
  type BackgroundTaskOptions,
  BackgroundTasks,
} from "./background.ts";
import { registerBuiltins } from "./builtins.ts";
import { type Caller, type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "./caller.ts";
import type { Listener } from "./channel.ts";
import { Cluster } from "./cluster/cluster.ts";
import { NODE_ID_BYTES } from "./cluster/route.ts";
import { DEFAULT_EXTENSIONS } from "./codecs/messagepack_extensions.ts";
import { Connections } from "./connections.ts";
import { MAX_WINDOW } from "./dialects/native.ts";
import type { DiscoveryCounters } from "./discovery.ts";
import { Emitter } from "./emitter.ts";
import { type Envelope, open, type OpenedEnvelope, type OpenOptions, seal } from "./envelope.ts";
import { SynapseError } from "./errors.ts";
import { Gate } from "./gate.ts";
import { fingerprint, Identity, KEY_BYTES } from "./identity.ts";
import { resolveLimits } from "./limits.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type {
  ConnectOptions,
  DiscoverOptions,
  JoinOptions,
  NodeEvents,
  NodeOptions,
  NodeWorld,
} from "./node_options.ts";
import { PEER_EVENTS } from "./peer_events.ts";
import { PeerTable } from "./peer_table.ts";
import type { Protocol } from "./protocol.ts";
import { HomePublisher } from "./publisher.ts";
import { Registry } from "./registry.ts";
import type { Remote } from "./remote.ts";
import { ReplayGuard } from "./replay_guard.ts";
import type { Schedule } from "./schedule.ts";
import { type BroadcastOptions, GroupTarget, type PeerAnswer, PeerTarget } from "./target.ts";

/** One participant. */
export class Node extends HomePublisher implements AsyncDisposable {
  /** The crowd that it belongs to: where it looks for others, and they find it. */
  readonly homeNamespace: string;
  /** Whom it knows of. */
  readonly peers: PeerTable;
  readonly #world: NodeWorld;
  readonly #cluster: Cluster;
  readonly #tasks: BackgroundTasks;
  readonly #events: Emitter<NodeEvents>;
  readonly #connections: Connections;
  readonly #neighbourhood: Neighbourhood;
  readonly #replays: ReplayGuard;
  readonly #name: string;
  #identity: Identity | undefined;

  /**
   * @param options What it is.
   * @param world What it needs.
   * @throws {RangeError} When a limit is no positive whole number.
   */
  constructor(options: NodeOptions, world: NodeWorld) {
    const limits = resolveLimits(options.limits);
    const gate = new Gate({ clock: world.clock, self: () => this.identity.id });
    const registry = new Registry(limits.maxEndpoints, gate);
    super(registry, gate);
    this.homeNamespace = options.namespace ?? "";
    this.#name = options.name ?? "";
    this.#identity = options.identity;
    this.#world = world;
    // A larger window would not be believed.
    const streamWindow = Math.min(limits.streamWindow, MAX_WINDOW);
    this.#events = new Emitter<NodeEvents>((error, name) => {
      // A failing listener of the event about failing listeners has nobody left to tell.
      if (name !== "listenerFailed") this.#events.emit("listenerFailed", { name, error });
    });
    this.#tasks = new BackgroundTasks({
      clock: world.clock,
      onError: (name, error) => this.#events.emit("taskFailed", { name, error }),
    });
    this.#tasks.start();
    this.peers = new PeerTable({
      clock: world.clock,
      maxPeers: limits.maxPeers,
      onListenerError: (error, name) => this.#events.emit("listenerFailed", { name, error }),
    });
    this.#connections = new Connections({
      world,
      limits: { ...limits, streamWindow },
      keepAlive: options.keepAlive,
      extensions: options.extensions ?? DEFAULT_EXTENSIONS,
      dialects: options.dialects,
      registry,
      events: this.#events,
      self: () => ({ name: this.name, namespace: this.homeNamespace, window: streamWindow }),
      signed: options.signed ?? false,
      identity: () => this.identity,
    });
    for (const name of PEER_EVENTS) {
      this.peers.on(name, (event) => this.#events.emit(name, event as never));
    }
    this.#neighbourhood = new Neighbourhood({
      namespace: this.homeNamespace,
      identity: () => this.identity,
      table: this.peers,
      clock: world.clock,
      random: world.random,
      maxPeers: limits.maxPeers,
      connect: (address, options) => this.connect(address, options),
      events: {
        renamed: (event) => void this.#events.emit("renamed", event),
        dropped: (summary) => void this.#events.emit("packetsDropped", summary),
        warning: (error) => void this.#events.emit("discoveryWarning", { error }),
      },
    });
    this.#cluster = new Cluster({
      registry,
      clock: world.clock,
      createId: () => base64urlnopad.encode(world.randomBytes(NODE_ID_BYTES)),
    });
    this.on("released", ({ peer }) => this.#cluster.leave(peer));
    this.#replays = new ReplayGuard({ clock: world.clock });
    registerBuiltins(registry, this, world.clock);
  }

  /** Its name in its namespace: another than was wanted where that was taken. */
  get name(): string {
    return this.#neighbourhood.name ?? this.#name;
  }

  /** Who it is: its key pair. */
  get identity(): Identity {
    return this.#identity ??= new Identity(this.#world.randomBytes(KEY_BYTES));
  }

  /** What discovery has taken, dropped and sent so far; undefined until it has begun. */
  stats(): DiscoveryCounters | undefined {
    return this.#neighbourhood.discovery?.stats();
  }

  /** Its background tasks. */
  get tasks(): readonly BackgroundTaskHandle[] {
    return this.#tasks.tasks;
  }

  /** Where it listens. */
  get addresses(): Address[] {
    return this.#connections.addresses;
  }

  /** Peers connected to it, and peers that it is connected to. */
  get connections(): Caller[] {
    return this.#connections.callers;
  }

  /**
   * Runs a task again and again until the node closes.
   *
   * @param schedule When: {@linkcode every} or {@linkcode cron}.
   * @param task What. Gets a signal that is aborted when the node closes.
   * @param options Its name, where the function has none.
   * @returns To watch and stop it.
   */
  background(
    schedule: Schedule,
    task: BackgroundTask,
    options?: BackgroundTaskOptions,
  ): BackgroundTaskHandle {
    return this.#tasks.add(schedule, task, options);
  }

  /**
   * Listens to what happens.
   *
   * @param name The event.
   * @param listener Called each time.
   * @returns Stops listening.
   */
  on<Name extends keyof NodeEvents>(
    name: Name,
    listener: (event: NodeEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Takes up a wire protocol, on every listener and for every address of its schemes; replaces one of its name.
   *
   * @param protocol What it does with connections; not served where {@linkcode NodeOptions.dialects} leaves it out.
   */
  speak(protocol: Protocol): this {
    this.#connections.speak(protocol);
    return this;
  }

  /** What its listeners speak, by name. */
  get dialects(): string[] {
    return this.#connections.dialects;
  }

  /**
   * Lets others connect.
   *
   * @param address Such as `tcp://127.0.0.1:9999`; port 0 lets the system choose.
   * @returns The listener, with the address that it has got.
   * @throws {TransportError} `unreachable`, when the address is taken or not ours.
   * @throws {TypeError} When it is no address.
   */
  async listen(address: string): Promise<Listener> {
    return await this.#connections.listen(parseAddress(address));
  }

  /**
   * Connects to another node.
   *
   * @typeParam Api A hand-written interface of its functions.
   * @param address Such as `tcp://host:port`, or a bare `host:port`.
   * @param options Signal, deadline, reconnecting.
   * @returns The other node, as something to call.
   * @throws {TransportError} `unreachable`.
   * @throws {TimeoutError} `deadline_exceeded`.
   * @throws {TypeError} When it is no address.
   */
  async connect<Api = unknown>(
    address: string,
    options: ConnectOptions = {},
  ): Promise<Remote<Api>> {
    return await this.#connections.connect<Api>(parseAddress(address), options);
  }

  /**
   * Joins another node in a cluster: what either publishes, or can reach itself, the other one can call, and so can
   * all that are joined to it. When the connection breaks, it is made anew.
   *
   * @param address Such as `tcp://parent:9999`.
   * @param options What is shared; deadline.
   * @returns The other node. Closing it leaves the cluster.
   * @throws {SynapseError} As {@linkcode connect}, and what the other node refuses.
   */
  async join(address: string, options: JoinOptions = {}): Promise<Remote> {
    const { namespace, timeoutMs, signal } = options;
    const remote = await this.connect(address, { reconnect: true, timeoutMs, signal });
    await this.#cluster.keep(remote, { namespace });
    return remote;
  }

  /**
   * Connects, calls one function, and closes: one deadline covers it all.
   *
   * @param address Such as `tcp://host:port`.
   * @param method The function.
   * @param args Positional arguments.
   * @param options Signal, deadline, keyword arguments.
   * @returns Its result.
   * @throws {SynapseError} As {@linkcode connect} and {@linkcode Remote.call}.
   */
  async call(
    address: string,
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    const startMs = this.#world.clock.now();
    const remote = await this.connect(address, { timeoutMs, signal });
    try {
      return await remote.call(method, args, {
        ...options,
        timeoutMs: timeoutMs - (this.#world.clock.now() - startMs),
      });
    } finally {
      // Who has an answer, or an error in time, doesn't wait for the goodbye; closing the node does.
      remote.close().catch(() => {});
    }
  }

  /**
   * Looks for the others of its namespace, and lets them find it: by its name and the first TCP address
   * that it listens on.
   *
   * @param options Where to look, and whom to ask besides.
   * @throws {SynapseError} `not_supported`, when it listens on no TCP address.
   * @throws {TypeError} When its name or its namespace can't be one.
   */
  async advertise(options: DiscoverOptions = {}): Promise<void> {
    const listening = this.addresses.find((address) => address.scheme === "tcp");
    if (listening === undefined) {
      throw new SynapseError(
        "not_supported",
        "Cannot advertise node as it listens on no TCP address: call listen first",
      );
    }
    await this.#look(options, listening);
  }

  /**
   * Looks for the others of its namespace without being found itself. Who is there is in {@linkcode peers}.
   *
   * @param options Where to look, and whom to ask besides.
   * @throws {TypeError} When its namespace can't be one.
   */
  async discover(options: DiscoverOptions = {}): Promise<void> {
    await this.#look(options, undefined);
  }

  /**
   * Peers of its namespace as something to call.
   *
   * @param who `*` for all that are there, or the names of some.
   * @returns Calls each; answers come as they are ready.
   */
  target(who: "*" | readonly string[]): GroupTarget;
  /**
   * A peer of its namespace as something to call.
   *
   * @param name Its name.
   * @returns Calls it, connecting first where needed.
   */
  target(name: string): PeerTarget;
  target(who: string | readonly string[]): GroupTarget | PeerTarget {
    if (who === "*") return new GroupTarget(undefined, this.#neighbourhood);
    if (typeof who === "string") return new PeerTarget(who, this.#neighbourhood);
    return new GroupTarget(who, this.#neighbourhood);
  }

  /**
   * Calls a function of everybody who is there.
   *
   * @param method The function.
   * @param args Positional arguments.
   * @param options Signal, deadline for each, keyword arguments, how many at once.
   * @returns An answer a peer, as they come.
   */
  broadcast(
    method: string,
    args: readonly unknown[] = [],
    options: BroadcastOptions = {},
  ): AsyncGenerator<PeerAnswer> {
    return this.target("*").call(method, args, options);
  }

  /**
   * Signs a value for others to {@linkcode verify}.
   *
   * @param value Anything that has a canonical encoding.
   * @returns The value with its hash, the time, and the node's key and signature.
   */
  sign<T>(value: T): Envelope<T> {
    return seal(value, { identity: this.identity, clock: this.#world.clock });
  }

  /**
   * Checks a signed value that came from somebody. Each is taken once.
   *
   * @param envelope What came.
   * @param options Whose to take, and how old.
   * @returns The value, and who signed it when.
   * @throws {SynapseError} `tampered`, `foreign_key`, `expired` or `replayed`.
   */
  verify(envelope: unknown, options: Partial<OpenOptions> = {}): OpenedEnvelope {
    return open(envelope, { clock: this.#world.clock, replays: this.#replays, ...options });
  }

  /**
   * Ends in good order: no new connections or calls, calls under way are finished, tasks are stopped.
   *
   * @param drainMs How long calls under way may take, 5,000 by default; then they are cut.
   */
  async close(drainMs?: number): Promise<void> {
    // The goodbye first: nobody should call who is being closed.
    const goodbye = this.#neighbourhood.stop();
    await Promise.all([goodbye, this.#tasks.stop(), this.#connections.close(drainMs)]);
  }

  /** Ends in good order. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #look(options: DiscoverOptions, listening: Address | undefined): Promise<void> {
    const { createDatagrams, createDiscovery } = this.#world;
    if (createDatagrams === undefined || createDiscovery === undefined) {
      const problem = "Cannot look for peers as there is no broadcast here";
      throw new SynapseError("not_supported", problem);
    }
    const name = this.name || `node-${fingerprint(this.identity.publicKey).slice(0, 4)}`;
    const transport = createDatagrams(options);
    await this.#neighbourhood.start({ name, transport, listening, createDiscovery });
    await Promise.all((options.seeds ?? []).map((seed) => this.#neighbourhood.ask(seed)));
  }
}
