/**
 * The connections of a node: places where it listens, peers that it has accepted, peers that it has dialled.
 *
 * @module
 */
import type { Acceptor, AcceptorHost, Conversation } from "./acceptor.ts";
import { type Address, formatAddress } from "./address.ts";
import { type Caller, DEFAULT_CALL_TIMEOUT_MS } from "./caller.ts";
import type { Channel, Listener, Traffic, Transport } from "./channel.ts";
import type { Extensions } from "./codecs/messagepack_extensions.ts";
import { Detection } from "./detection.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { NATIVE_DIALECT, recogniseNative } from "./dialects/native.ts";
import type { Emitter } from "./emitter.ts";
import { SynapseError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { KeepAliveOptions } from "./keep_alive.ts";
import type { Limits } from "./limits.ts";
import { Link, type LinkSession } from "./link.ts";
import type { PeerInfo } from "./message.ts";
import type { ConnectOptions, NodeEvents, NodeWorld } from "./node_options.ts";
import type { Protocol } from "./protocol.ts";
import type { Registry } from "./registry.ts";
import { Remote } from "./remote.ts";
import { Session } from "./session.ts";
import { SigningSession } from "./signing_session.ts";
import { traceDialect } from "./traced_dialect.ts";

/** What connections are made with. */
export interface ConnectionsOptions {
  readonly world: Pick<NodeWorld, "transports" | "clock" | "random" | "openTrace">;
  /** The names of the protocols to serve; undefined for all that it is taught. */
  readonly dialects: readonly string[] | undefined;
  readonly limits: Limits;
  readonly keepAlive: KeepAliveOptions | undefined;
  readonly extensions: Extensions;
  readonly registry: Registry;
  readonly events: Emitter<NodeEvents>;
  /** What the node says of itself. */
  self(): PeerInfo;
  /** Whether calls are signed, where a connection doesn't say otherwise. */
  readonly signed: boolean;
  /** Signs them. */
  identity(): Identity;
}

const NOTHING_READ = new Uint8Array();

/** Makes connections, and closes them. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #listeners = new Set<Listener>();
  /** Of closed listeners, too: their connections stay. */
  readonly #traffic: Traffic[] = [];
  readonly #acceptors: Acceptor[] = [];
  readonly #protocols: Protocol[] = [];
  /** What was accepted, whatever it speaks. */
  readonly #conversations = new Set<Conversation>();
  /** Those among them that can be called back. */
  readonly #sessions = new Set<Session>();
  readonly #remotes = new Set<Caller & Pick<Remote, "close" | "isConnected">>();
  #isClosed = false;

  /** @param options What they are made with. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.speak({
      name: NATIVE_DIALECT.name,
      serve: () => ({
        name: NATIVE_DIALECT.name,
        recognise: recogniseNative,
        accept: (channel, opening) => this.#acceptNative(channel, opening),
      }),
    });
  }

  /** Takes up a protocol: its connections from now on, where it is wanted; its schemes always. */
  speak(protocol: Protocol): void {
    const { dialects } = this.#options;
    // The latest comes first: one of the same name or scheme is replaced.
    this.#protocols.unshift(protocol);
    const { name } = protocol;
    if (protocol.serve === undefined || !(dialects?.includes(name) ?? true)) return;
    const replaced = this.#acceptors.findIndex((acceptor) => acceptor.name === name);
    const acceptor = protocol.serve(this.#host());
    if (replaced === -1) return void this.#acceptors.push(acceptor);
    const [old] = this.#acceptors.splice(replaced, 1, acceptor);
    old.close?.().catch(() => {});
  }

  /** What it serves, by name. */
  get dialects(): string[] {
    return this.#acceptors.map(({ name }) => name);
  }

  /** Where it listens. */
  get addresses(): Address[] {
    return [...this.#listeners].map((listener) => listener.address);
  }

  /** Peers on either kind of connection. */
  get callers(): Caller[] {
    return [...this.#sessions, ...[...this.#remotes].filter((remote) => remote.isConnected)];
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
    if (bound.traffic !== undefined) this.#traffic.push(bound.traffic);
    this.#options.events.emit("listening", { address: listener.address });
    return listener;
  }

  /** Connects to another node. */
  async connect<Api>(to: Address, options: ConnectOptions): Promise<Remote<Api>> {
    this.#checkOpen();
    const dial = this.#diallerFor(to, options);
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, reconnect = false } = options;
    const { world: { clock, random }, events } = this.#options;
    const link = new Link({
      dial: options.signed ?? this.#options.signed
        ? async (signal) => this.#sign(await dial(signal))
        : dial,
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
      ...[...this.#conversations].map((conversation) => conversation.close(drainMs)),
      ...this.#acceptors.map((acceptor) => acceptor.close?.()),
      ...[...this.#remotes].map((remote) => remote.close(drainMs)),
    ]);
  }

  #accept(channel: Channel): void {
    const { limits, events, world: { clock } } = this.#options;
    const open = this.#conversations.size;
    if (this.#isClosed || open >= limits.maxConnections) {
      const error = new SynapseError(
        "limit_exceeded",
        `Cannot accept connection as ${open} are open already`,
      );
      channel.close(error).catch(() => {});
      events.emit("refused", { address: channel.remote, error });
      return;
    }
    const [first, ...others] = this.#acceptors;
    if (others.length === 0) return this.#keep(first.accept(channel, NOTHING_READ));
    this.#keep(
      new Detection(channel, {
        acceptors: this.#acceptors,
        whenSilent: this.#acceptors.find(({ name }) => name === NATIVE_DIALECT.name),
        clock,
        limits,
        recognised: (acceptor, opening) => this.#keep(acceptor.accept(channel, opening)),
        refused: (error) => events.emit("refused", { address: channel.remote, error }),
      }),
    );
  }

  #keep(conversation: Conversation): void {
    this.#conversations.add(conversation);
    conversation.closed.then(() => this.#conversations.delete(conversation));
  }

  #acceptNative(channel: Channel, opening: Uint8Array, registry?: Registry): Session {
    const session = this.#converse(channel, { opening, registry });
    this.#sessions.add(session);
    this.#options.events.emit("accepted", { peer: session });
    return session;
  }

  /** @param accepted What has been read of a channel that was accepted; undefined for one that was dialled. */
  #converse(
    channel: Channel,
    accepted?: { readonly opening: Uint8Array; readonly registry: Registry | undefined },
  ): Session {
    const { extensions, world, limits, keepAlive, events } = this.#options;
    return new Session({
      channel,
      dialect: this.#dialectFor(channel),
      extensions,
      registry: accepted?.registry ?? this.#options.registry,
      clock: world.clock,
      limits,
      keepAlive,
      self: this.#options.self(),
      isDialler: accepted === undefined,
      opening: accepted?.opening,
      onNotifyError: (peer, method, error) => events.emit("notifyFailed", { peer, method, error }),
      onClose: (session, error) => {
        if (this.#sessions.delete(session)) events.emit("released", { peer: session, error });
      },
    });
  }

  #dialectFor({ remote }: Channel): Dialect {
    const { clock, openTrace } = this.#options.world;
    const trace = openTrace?.();
    if (trace === undefined) return NATIVE_DIALECT;
    return traceDialect(NATIVE_DIALECT, { trace, clock, peer: formatAddress(remote) });
  }

  #host(): AcceptorHost {
    const { registry, limits, extensions, self, world, events } = this.#options;
    const { clock, random, openTrace } = world;
    return {
      registry,
      clock,
      random,
      limits,
      extensions,
      self,
      openTrace,
      heard: (message) => void events.emit("nodeMessage", message),
      addresses: () => this.addresses,
      converse: (channel, registry) =>
        this.#keep(this.#acceptNative(channel, NOTHING_READ, registry)),
      connections: () => this.#conversations.size,
      traffic: () => this.#traffic,
      dial: (to, options) => this.#transportFor(to).dial(to, options),
    };
  }

  #diallerFor(
    to: Address,
    options: ConnectOptions,
  ): (signal: AbortSignal) => Promise<LinkSession> {
    const protocol = this.#protocols.find(({ schemes, connect }) =>
      connect !== undefined && schemes?.includes(to.scheme)
    );
    if (protocol?.connect === undefined) {
      const transport = this.#transportFor(to);
      return async (signal) => this.#converse(await transport.dial(to, { signal }));
    }
    const connect = protocol.connect.bind(protocol);
    return (signal) => connect(to, this.#host(), { ...options, signal });
  }

  #sign(session: LinkSession): LinkSession {
    const { identity, world: { clock } } = this.#options;
    return new SigningSession(session, { identity: identity(), clock });
  }

  #transportFor(address: Address): Transport {
    const { transports } = this.#options.world;
    const transport = transports.find(({ schemes }) => schemes.includes(address.scheme));
    if (transport !== undefined) return transport;
    const known = [...transports, ...this.#protocols.toReversed()].flatMap(({ schemes = [] }) =>
      schemes
    )
      .map((scheme) => `${scheme}://`);
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
