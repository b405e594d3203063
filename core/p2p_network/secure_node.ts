/**
 * A node whose messages are signed, and who does for each key what it is allowed to do, and no more.
 *
 * It speaks over a {@linkcode P2pNode}, between nodes of its kind. Nothing is encrypted: who is on the way can read
 * everything, and change nothing.
 *
 * Everything has a name: what is said (`send`, `publish`) and what is called. A key that is allowed a name may say
 * things under it, is told what is published under it, and may call the function of that name.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { CallOptions } from "../caller.ts";
import { P2P_NETWORK } from "../dialects/p2p_network.ts";
import { Emitter } from "../emitter.ts";
import { SynapseError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { Permissions } from "../permissions.ts";
import type { EndpointOptions, Handler } from "../endpoint.ts";
import { Registry } from "../registry.ts";
import { ReplayGuard } from "../replay_guard.ts";
import { isStream } from "../stream_writer.ts";
import type { P2pNode } from "./node.ts";
import type { P2pPeer } from "./peer.ts";
import { NONCE_BYTES, type SecureCall, type SecureMessage } from "./secure_message.ts";
import { SecureP2pSession, unauthorized } from "./secure_session.ts";

/** What {@linkcode SecureP2pNode} takes. */
export interface SecureP2pNodeOptions {
  /** Who it is. */
  readonly identity: Identity;
  /** Draws bytes that nobody can guess. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Who may do what; by default a set of its own, in which nobody may do anything. */
  readonly permissions?: Permissions;
  /** Functions that it publishes; by default a registry of its own. */
  readonly registry?: Registry;
}

/** What happens to a secure node. */
export interface SecureP2pEvents {
  /** A peer has proved its key. */
  authenticated: { readonly peer: P2pPeer; readonly key: string };
  /** A peer has said something that its key may say. */
  message: {
    readonly peer: P2pPeer;
    readonly key: string;
    readonly name: string;
    readonly data: unknown;
  };
  /** Something wasn't taken: of a peer's by us, or of ours by a peer, which then is a {@linkcode RemoteError}. */
  refused: {
    readonly peer: P2pPeer;
    readonly key: string | undefined;
    readonly name: string | undefined;
    readonly error: unknown;
  };
  /** A listener has thrown. */
  listenerFailed: { readonly name: string; readonly error: unknown };
}

/** A node with a key. */
export class SecureP2pNode implements AsyncDisposable {
  /** What carries its messages: connects, listens, stops. */
  readonly node: P2pNode;
  /** Who may do what. */
  readonly permissions: Permissions;
  /** Functions that it publishes. */
  readonly registry: Registry;
  readonly #events: Emitter<SecureP2pEvents>;
  readonly #sessions = new Map<P2pPeer, SecureP2pSession>();

  /**
   * @param node What carries its messages. Peers that are connected already are none of its own.
   * @param options Its key, its rules.
   */
  constructor(node: P2pNode, options: SecureP2pNodeOptions) {
    this.node = node;
    this.permissions = options.permissions ?? new Permissions();
    this.registry = options.registry ?? new Registry();
    this.#events = new Emitter<SecureP2pEvents>((error, name) => {
      if (name !== "listenerFailed") this.#events.emit("listenerFailed", { name, error });
    });
    const host = {
      identity: options.identity,
      clock: node.clock,
      limits: node.limits,
      replays: new ReplayGuard({ clock: node.clock }),
      nonce: () => bytesToHex(options.randomBytes(NONCE_BYTES)),
      authenticated: ({ peer, key }: SecureP2pSession) =>
        void this.#events.emit("authenticated", { peer, key: key! }),
      heard: (session: SecureP2pSession, statement: SecureMessage | SecureCall) =>
        this.#heard(session, statement),
      refused: ({ peer, key }: SecureP2pSession, name: string | undefined, error: unknown) =>
        void this.#events.emit("refused", { peer, key, name, error }),
    };
    const begin = ({ peer }: { readonly peer: P2pPeer }): void => {
      this.#sessions.set(peer, new SecureP2pSession(peer, host));
    };
    const end = ({ peer }: { readonly peer: P2pPeer }): void => {
      this.#sessions.get(peer)?.close();
      this.#sessions.delete(peer);
    };
    node.on("inboundNodeConnected", begin);
    node.on("outboundNodeConnected", begin);
    node.on("inboundNodeDisconnected", end);
    node.on("outboundNodeDisconnected", end);
    node.on("nodeMessage", ({ peer, data }) => this.#sessions.get(peer)?.receive(data));
  }

  /**
   * Allows names to a key.
   *
   * @param key A public key, base64url; or `*` for everybody who has one.
   * @param patterns Names, in which `*` stands for any characters.
   * @throws {TypeError} When the key is none.
   */
  allow(key: string, patterns: readonly string[]): this {
    this.permissions.allow(key, patterns);
    return this;
  }

  /**
   * Publishes a function, for keys that are allowed its name.
   *
   * @param name As callers name it.
   * @param handler The function. One that streams can't be called over this wire.
   * @param options Description, schemas, context.
   */
  endpoint(name: string, handler: Handler, options?: EndpointOptions): this {
    this.registry.register(name, handler, options);
    return this;
  }

  /**
   * Listens to what happens.
   *
   * @param name The event.
   * @param listener Called each time.
   * @returns Stops listening.
   */
  on<Name extends keyof SecureP2pEvents>(
    name: Name,
    listener: (event: SecureP2pEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /** A peer's public key, once it has proved it. */
  keyOf(peer: P2pPeer): string | undefined {
    return this.#sessions.get(peer)?.key;
  }

  /**
   * Says something to one peer, when it has proved its key.
   *
   * @param peer The peer.
   * @param name Under which name. The peer's key must be allowed it here, and ours there.
   * @param data What JSON can hold.
   * @returns Settles when it is on its way. Should the peer refuse it, `refused` tells.
   * @throws {SynapseError} `unauthorized` when the peer's key may not read it; `connection_lost`.
   */
  async send(peer: P2pPeer, name: string, data: unknown): Promise<void> {
    const session = this.#sessionOf(peer);
    await session.ready;
    if (!this.permissions.isAllowed(session.key, name)) {
      throw unauthorized(`send ${name} to ${peer.id}`, "its key is not allowed that name");
    }
    await session.say({ type: "message", name, data });
  }

  /**
   * Says something to all peers whose keys are allowed to read it.
   *
   * @param name Under which name.
   * @param data What JSON can hold.
   * @returns The peers that it is on its way to.
   */
  async publish(name: string, data: unknown): Promise<P2pPeer[]> {
    const readers = [...this.#sessions.values()].filter(({ key }) =>
      key !== undefined && this.permissions.isAllowed(key, name)
    );
    const sent = await Promise.all(readers.map(async (session) => {
      try {
        await session.say({ type: "message", name, data });
        return session.peer;
      } catch (error) {
        const { peer, key } = session;
        this.#events.emit("refused", { peer, key, name, error });
      }
    }));
    return sent.filter((peer) => peer !== undefined);
  }

  /**
   * Calls a function of a peer.
   *
   * @param peer The peer.
   * @param name The function.
   * @param args Positional arguments, as JSON holds them.
   * @param options Signal, deadline, keyword arguments.
   * @returns Its result.
   * @throws {RemoteError} What the function threw, with its code; `unauthorized` when our key may not call it.
   * @throws {TimeoutError} `deadline_exceeded`.
   * @throws {SynapseError} `connection_lost`.
   */
  async call(
    peer: P2pPeer,
    name: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    return await this.#sessionOf(peer).call(name, args, options);
  }

  /** Stops the node. */
  stop(): Promise<void> {
    return this.node.stop();
  }

  /** Stops the node. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #heard(session: SecureP2pSession, statement: SecureMessage | SecureCall): unknown {
    const { peer, key } = session;
    const { name } = statement;
    if (key === undefined || !this.permissions.isAllowed(key, name)) {
      const error = unauthorized(
        `${statement.type === "call" ? "call" : "say"} ${JSON.stringify(name)}`,
        "the key is not allowed that name",
      );
      this.#events.emit("refused", { peer, key, name, error });
      return this.#answerError(session, statement, error);
    }
    if (statement.type === "call") return this.#answer(session, statement);
    this.#events.emit("message", { peer, key, name, data: statement.data });
  }

  async #answer(session: SecureP2pSession, call: SecureCall): Promise<void> {
    try {
      const result = await this.#run(session, call);
      await session.say({ type: "result", id: call.id, result: result ?? null });
    } catch (error) {
      await this.#answerError(session, call, error);
    }
  }

  async #run(session: SecureP2pSession, call: SecureCall): Promise<unknown> {
    const { name, args, kwargs } = call;
    const endpoint = this.registry.get(name);
    if (endpoint === undefined) throw this.registry.notFound(name);
    const result = await endpoint.invoke(
      args,
      kwargs,
      endpoint.wantsContext
        ? {
          peer: session,
          address: session.address,
          dialect: P2P_NETWORK,
          signal: session.signal,
          kwargs,
        }
        : undefined,
    );
    if (typeof result !== "object" || result === null || !isStream(result)) return result;
    throw new SynapseError(
      "not_supported",
      `Cannot call ${name} over p2p as it streams its results`,
    );
  }

  /** A peer that is gone by now needs no answer. */
  async #answerError(
    session: SecureP2pSession,
    { name, ...asked }: SecureMessage | SecureCall,
    error: unknown,
  ): Promise<void> {
    const { code, message, data } = error instanceof SynapseError
      ? error
      : new SynapseError("internal_error", error instanceof Error ? error.message : String(error));
    const id = "id" in asked ? asked.id : undefined;
    await session.say({ type: "error", id, name, code, message, data }).catch(() => {});
  }

  #sessionOf(peer: P2pPeer): SecureP2pSession {
    const session = this.#sessions.get(peer);
    if (session !== undefined) return session;
    throw new SynapseError("connection_lost", `Cannot reach ${peer.id} as it is not connected`);
  }
}
