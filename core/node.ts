/**
 * A node: functions that it publishes, places where it listens, peers that it calls, tasks that it
 * runs, and their common end.
 *
 * @module
 */
import { type Address, formatAddress, parseAddress } from "./address.ts";
import {
  type BackgroundTask,
  type BackgroundTaskHandle,
  type BackgroundTaskOptions,
  BackgroundTasks,
} from "./background.ts";
import { registerBuiltins } from "./builtins.ts";
import { type Caller, type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "./caller.ts";
import type { Channel, Clock, Listener, Random, Transport } from "./channel.ts";
import { DEFAULT_EXTENSIONS, type Extensions } from "./codecs/messagepack_extensions.ts";
import { MAX_WINDOW, NATIVE_DIALECT } from "./dialects/native.ts";
import { Emitter } from "./emitter.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import { SynapseError } from "./errors.ts";
import type { KeepAliveOptions } from "./keep_alive.ts";
import { type Limits, resolveLimits } from "./limits.ts";
import { Link, type ReconnectPolicy } from "./link.ts";
import type { PeerInfo } from "./message.ts";
import { type EndpointOptions, type Handler, Registry } from "./registry.ts";
import { Remote } from "./remote.ts";
import type { Schedule } from "./schedule.ts";
import { Session } from "./session.ts";

/** What a node is. */
export interface NodeOptions {
  /** The crowd that it belongs to. */
  readonly namespace?: string;
  /** Its name in there. */
  readonly name?: string;
  /** Bounds that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** When a silent peer is given up. */
  readonly keepAlive?: KeepAliveOptions;
  /** Extension types of its own. */
  readonly extensions?: Extensions;
}

/** What a node needs of the world. */
export interface NodeWorld {
  /** Ways to reach others. */
  readonly transports: readonly Transport[];
  /** Time. */
  readonly clock: Clock;
  /** For jitter. */
  readonly random: Random;
}

/** What {@linkcode Node.connect} takes. */
export interface ConnectOptions {
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** Milliseconds that dialling may take, 30,000 by default. */
  readonly timeoutMs?: number;
  /** Whether to dial again when the connection breaks, and how. Off by default. */
  readonly reconnect?: boolean | ReconnectPolicy;
}

/** What happens to a node. */
export interface NodeEvents {
  /** It listens somewhere. */
  listening: { readonly address: Address };
  /** A peer has connected to it. */
  accepted: { readonly peer: Caller };
  /** A connection that was accepted is over; without an error in good order. */
  released: { readonly peer: Caller; readonly error: Error | undefined };
  /** A connection was refused, because there are too many. */
  refused: { readonly address: Address; readonly error: Error };
  /** A background task threw. It goes on. */
  taskFailed: { readonly name: string; readonly error: unknown };
  /** A function that was called without wanting an answer threw. */
  notifyFailed: { readonly peer: Caller; readonly method: string; readonly error: unknown };
  /** A listener of one of these events threw. */
  listenerFailed: { readonly name: string; readonly error: unknown };
}

/** One participant. */
export class Node implements AsyncDisposable {
  /** The crowd that it belongs to. */
  readonly namespace: string;
  /** Its name in there. */
  readonly name: string;
  readonly #world: NodeWorld;
  readonly #limits: Limits;
  readonly #keepAlive: KeepAliveOptions | undefined;
  readonly #extensions: Extensions;
  readonly #registry: Registry;
  readonly #tasks: BackgroundTasks;
  readonly #events: Emitter<NodeEvents>;
  readonly #listeners = new Set<Listener>();
  readonly #accepted = new Set<Session>();
  readonly #remotes = new Set<Caller & Pick<Remote, "close" | "isConnected">>();
  #isClosed = false;

  /**
   * @param options What it is.
   * @param world What it needs.
   * @throws {RangeError} When a limit is no positive whole number.
   */
  constructor(options: NodeOptions, world: NodeWorld) {
    this.namespace = options.namespace ?? "";
    this.name = options.name ?? "";
    this.#world = world;
    const limits = resolveLimits(options.limits);
    // A larger window would not be believed.
    this.#limits = { ...limits, streamWindow: Math.min(limits.streamWindow, MAX_WINDOW) };
    this.#keepAlive = options.keepAlive;
    this.#extensions = options.extensions ?? DEFAULT_EXTENSIONS;
    this.#registry = new Registry(this.#limits.maxEndpoints);
    this.#events = new Emitter<NodeEvents>((error, name) => {
      // A failing listener of the event about failing listeners has nobody left to tell.
      if (name !== "listenerFailed") this.#events.emit("listenerFailed", { name, error });
    });
    this.#tasks = new BackgroundTasks({
      clock: world.clock,
      onError: (name, error) => this.#events.emit("taskFailed", { name, error }),
    });
    this.#tasks.start();
    registerBuiltins(this.#registry, this);
  }

  /** What it publishes, in order of name. */
  get endpoints(): EndpointInfo[] {
    return this.#registry.list();
  }

  /** Its background tasks. */
  get tasks(): readonly BackgroundTaskHandle[] {
    return this.#tasks.tasks;
  }

  /** Where it listens. */
  get addresses(): Address[] {
    return [...this.#listeners].map((listener) => listener.address);
  }

  /** Peers connected to it, and peers that it is connected to. */
  get connections(): Caller[] {
    return [...this.#accepted, ...[...this.#remotes].filter((remote) => remote.isConnected)];
  }

  /**
   * Publishes a function; one of the same name is replaced.
   *
   * @param name As callers name it.
   * @param handler The function. A generator streams.
   * @throws {TypeError} When the name is empty.
   */
  endpoint(name: string, handler: Handler): this;
  /**
   * Publishes a function with a description, schemas, or a context.
   *
   * @param name As callers name it.
   * @param options Description, schemas, context.
   * @param handler The function. A generator streams.
   * @throws {TypeError} When the name is empty.
   */
  endpoint(name: string, options: EndpointOptions, handler: Handler): this;
  endpoint(name: string, second: EndpointOptions | Handler, third?: Handler): this {
    if (typeof second === "function") this.#registry.register(name, second);
    else this.#registry.register(name, third!, second);
    return this;
  }

  /**
   * Takes a function back.
   *
   * @param name Its name.
   * @returns Whether there was one.
   */
  removeEndpoint(name: string): boolean {
    return this.#registry.unregister(name);
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
   * Lets others connect.
   *
   * @param address Such as `tcp://127.0.0.1:9999`; port 0 lets the system choose.
   * @returns The listener, with the address that it has got.
   * @throws {TransportError} `unreachable`, when the address is taken or not ours.
   * @throws {TypeError} When it is no address.
   */
  async listen(address: string): Promise<Listener> {
    this.#checkOpen();
    const at = parseAddress(address);
    const bound = await this.#transportFor(at).listen(at, (channel) => this.#accept(channel));
    const close = (): Promise<void> => {
      this.#listeners.delete(listener);
      return bound.close();
    };
    const listener = { address: bound.address, close, [Symbol.asyncDispose]: close };
    if (this.#isClosed) {
      await close();
      this.#checkOpen();
    }
    this.#listeners.add(listener);
    this.#events.emit("listening", { address: listener.address });
    return listener;
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
    this.#checkOpen();
    const to = parseAddress(address);
    const url = formatAddress(to);
    const transport = this.#transportFor(to);
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, reconnect = false } = options;
    const { clock, random } = this.#world;
    const link = new Link({
      dial: async (signal) => this.#converse(await transport.dial(to, { signal }), true),
      clock,
      random,
      url,
      dialTimeoutMs: timeoutMs,
      reconnect: reconnect === true ? {} : reconnect || undefined,
      onListenerError: (error, name) => this.#events.emit("listenerFailed", { name, error }),
    });
    const remote = new Remote<Api>(to, link, clock);
    // From now on: a node that closes meanwhile gives up dialling.
    this.#remotes.add(remote);
    remote.on("closed", () => this.#remotes.delete(remote));
    try {
      await link.connect(signal);
    } catch (error) {
      this.#remotes.delete(remote);
      throw error;
    }
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
   * Ends in good order: no new connections or calls, calls under way are finished, tasks are stopped.
   *
   * @param drainMs How long calls under way may take, 5,000 by default; then they are cut.
   */
  async close(drainMs?: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all([
      ...[...this.#listeners].map((listener) => listener.close()),
      this.#tasks.stop(),
      ...[...this.#accepted].map((session) => session.close(drainMs)),
      ...[...this.#remotes].map((remote) => remote.close(drainMs)),
    ]);
  }

  /** Ends in good order. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(channel: Channel): void {
    if (this.#isClosed || this.#accepted.size >= this.#limits.maxConnections) {
      const error = new SynapseError(
        "limit_exceeded",
        `Cannot accept connection as ${this.#accepted.size} are open already`,
      );
      channel.close(error).catch(() => {});
      this.#events.emit("refused", { address: channel.remote, error });
      return;
    }
    const session = this.#converse(channel, false);
    this.#accepted.add(session);
    this.#events.emit("accepted", { peer: session });
  }

  #converse(channel: Channel, isDialler: boolean): Session {
    return new Session({
      channel,
      dialect: NATIVE_DIALECT,
      extensions: this.#extensions,
      registry: this.#registry,
      clock: this.#world.clock,
      limits: this.#limits,
      keepAlive: this.#keepAlive,
      self: this.#self,
      isDialler,
      onNotifyError: (peer, method, error) =>
        this.#events.emit("notifyFailed", { peer, method, error }),
      onClose: (session, error) => {
        if (this.#accepted.delete(session)) this.#events.emit("released", { peer: session, error });
      },
    });
  }

  get #self(): PeerInfo {
    return { name: this.name, namespace: this.namespace, window: this.#limits.streamWindow };
  }

  #transportFor(address: Address): Transport {
    const transport = this.#world.transports.find((transport) =>
      transport.schemes.includes(address.scheme)
    );
    if (transport !== undefined) return transport;
    const known = this.#world.transports.flatMap((transport) => transport.schemes).map((scheme) =>
      `${scheme}://`
    ).join(", ");
    throw new SynapseError(
      "not_supported",
      `Cannot use ${formatAddress(address)} as only ${known} are spoken here`,
    );
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new SynapseError("cancelled", "Cannot connect or listen as the node is closed");
    }
  }
}
