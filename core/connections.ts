/**
 * The connections of a node: places where it listens, peers that it has accepted, peers that it has dialled.
 *
 * @module
 */
import { type Address, formatAddress } from "./address.ts";
import { type Caller, DEFAULT_CALL_TIMEOUT_MS } from "./caller.ts";
import type { Channel, Listener, Transport } from "./channel.ts";
import type { Extensions } from "./codecs/messagepack_extensions.ts";
import { NATIVE_DIALECT } from "./dialects/native.ts";
import type { Emitter } from "./emitter.ts";
import { SynapseError } from "./errors.ts";
import type { KeepAliveOptions } from "./keep_alive.ts";
import type { Limits } from "./limits.ts";
import { Link } from "./link.ts";
import type { PeerInfo } from "./message.ts";
import type { ConnectOptions, NodeEvents, NodeWorld } from "./node_options.ts";
import type { Registry } from "./registry.ts";
import { Remote } from "./remote.ts";
import { Session } from "./session.ts";

/** What connections are made with. */
export interface ConnectionsOptions {
  readonly world: Pick<NodeWorld, "transports" | "clock" | "random">;
  readonly limits: Limits;
  readonly keepAlive: KeepAliveOptions | undefined;
  readonly extensions: Extensions;
  readonly registry: Registry;
  readonly events: Emitter<NodeEvents>;
  /** What the node says of itself. */
  self(): PeerInfo;
}

/** Makes connections, and closes them. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #listeners = new Set<Listener>();
  readonly #accepted = new Set<Session>();
  readonly #remotes = new Set<Caller & Pick<Remote, "close" | "isConnected">>();
  #isClosed = false;

  /** @param options What they are made with. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Where it listens. */
  get addresses(): Address[] {
    return [...this.#listeners].map((listener) => listener.address);
  }

  /** Peers on either kind of connection. */
  get callers(): Caller[] {
    return [...this.#accepted, ...[...this.#remotes].filter((remote) => remote.isConnected)];
  }

  /** Lets others connect. */
  async listen(at: Address): Promise<Listener> {
    this.#checkOpen();
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
    this.#options.events.emit("listening", { address: listener.address });
    return listener;
  }

  /** Connects to another node. */
  async connect<Api>(to: Address, options: ConnectOptions): Promise<Remote<Api>> {
    this.#checkOpen();
    const transport = this.#transportFor(to);
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, reconnect = false } = options;
    const { world: { clock, random }, events } = this.#options;
    const link = new Link({
      dial: async (signal) => this.#converse(await transport.dial(to, { signal }), true),
      clock,
      random,
      url: formatAddress(to),
      dialTimeoutMs: timeoutMs,
      reconnect: reconnect === true ? {} : reconnect || undefined,
      onListenerError: (error, name) => events.emit("listenerFailed", { name, error }),
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

  /** Ends in good order; calls under way may take so long. */
  async close(drainMs: number | undefined): Promise<void> {
    this.#isClosed = true;
    await Promise.all([
      ...[...this.#listeners].map((listener) => listener.close()),
      ...[...this.#accepted].map((session) => session.close(drainMs)),
      ...[...this.#remotes].map((remote) => remote.close(drainMs)),
    ]);
  }

  #accept(channel: Channel): void {
    const { limits, events } = this.#options;
    if (this.#isClosed || this.#accepted.size >= limits.maxConnections) {
      const error = new SynapseError(
        "limit_exceeded",
        `Cannot accept connection as ${this.#accepted.size} are open already`,
      );
      channel.close(error).catch(() => {});
      events.emit("refused", { address: channel.remote, error });
      return;
    }
    const session = this.#converse(channel, false);
    this.#accepted.add(session);
    events.emit("accepted", { peer: session });
  }

  #converse(channel: Channel, isDialler: boolean): Session {
    const { extensions, registry, world, limits, keepAlive, events } = this.#options;
    return new Session({
      channel,
      dialect: NATIVE_DIALECT,
      extensions,
      registry,
      clock: world.clock,
      limits,
      keepAlive,
      self: this.#options.self(),
      isDialler,
      onNotifyError: (peer, method, error) => events.emit("notifyFailed", { peer, method, error }),
      onClose: (session, error) => {
        if (this.#accepted.delete(session)) events.emit("released", { peer: session, error });
      },
    });
  }

  #transportFor(address: Address): Transport {
    const { transports } = this.#options.world;
    const transport = transports.find(({ schemes }) => schemes.includes(address.scheme));
    if (transport !== undefined) return transport;
    const known = transports.flatMap(({ schemes }) => schemes).map((scheme) => `${scheme}://`);
    throw new SynapseError(
      "not_supported",
      `Cannot use ${formatAddress(address)} as only ${known.join(", ")} are spoken here`,
    );
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new SynapseError("cancelled", "Cannot connect or listen as the node is closed");
    }
  }
}
