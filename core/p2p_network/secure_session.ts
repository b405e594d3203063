/**
 * One connection of a secure node: proves its key, learns the other's, and says and hears signed things.
 *
 * @module
 */
import type { Address } from "../address.ts";
import { type Caller, type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "../caller.ts";
import type { Clock } from "../channel.ts";
import { formatPythonJson } from "../codecs/p2p_json.ts";
import type { P2pValue } from "../codecs/p2p_message.ts";
import { withDeadline } from "../deadline.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { open, seal } from "../envelope.ts";
import { RemoteError, SynapseError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { ReplayGuard } from "../replay_guard.ts";
import type { P2pLimits } from "./limits.ts";
import type { P2pPeer } from "./peer.ts";
import {
  formatSecureClaim,
  readSecureClaim,
  readSecureStatement,
  type SecureCall,
  type SecureClaim,
  type SecureMessage,
  type SecureStatement,
} from "./secure_message.ts";

/** What a session needs of its node. */
export interface SecureSessionHost {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly limits: P2pLimits;
  readonly replays: ReplayGuard;
  /** Draws the nonce. */
  nonce(): string;
  /** The peer has proved its key. */
  authenticated(session: SecureP2pSession): void;
  /** The peer says something, or calls. */
  heard(session: SecureP2pSession, statement: SecureMessage | SecureCall): unknown;
  /** Something was not taken: of the peer's by us, or of ours by the peer. */
  refused(session: SecureP2pSession, name: string | undefined, error: unknown): void;
}

/** The conversation with one peer. */
export class SecureP2pSession implements Caller {
  /** The peer. */
  readonly peer: P2pPeer;
  /** Nothing: secure nodes don't say more of themselves than their keys. */
  readonly info: undefined = undefined;
  readonly #host: SecureSessionHost;
  readonly #own: SecureClaim;
  readonly #ready: Deferred<void> = createDeferred();
  readonly #pending = new Map<number, { name: string; answer: Deferred<unknown> }>();
  readonly #over = new AbortController();
  readonly #cancelDeadline: () => void;
  #claimed: SecureClaim | undefined;
  #isProven = false;
  #nextId = 1;

  /**
   * Begins: says its nonce.
   *
   * @param peer Newly connected.
   * @param host The node.
   */
  constructor(peer: P2pPeer, host: SecureSessionHost) {
    this.peer = peer;
    this.#host = host;
    this.#own = { key: host.identity.id, nonce: host.nonce() };
    this.#ready.promise.catch(() => {});
    this.#cancelDeadline = host.clock.after(host.limits.handshakeMs, () => {
      const reason = "the peer has not proved a key in time";
      host.refused(this, undefined, unauthorized("keep p2p connection", reason));
      peer.close().catch(() => {});
    });
    peer.send(formatSecureClaim(this.#own)).catch(() => {});
  }

  /** The peer's public key, once it has proved it. */
  get key(): string | undefined {
    return this.#isProven ? this.#claimed?.key : undefined;
  }

  /** @inheritdoc */
  get address(): Address {
    return this.peer.address;
  }

  /** Aborted when the connection is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Settles when the peer has proved its key. Rejects when it doesn't. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Takes a message. @returns A promise for what takes a while. */
  receive(data: P2pValue): unknown {
    if (this.#claimed === undefined) {
      this.#claimed = readSecureClaim(data);
      if (this.#claimed === undefined) {
        return this.#host.refused(
          this,
          undefined,
          unauthorized("take message", "it is not signed"),
        );
      }
      this.say({ type: "hello" }).catch(() => {});
      return;
    }
    let statement: SecureStatement;
    try {
      statement = this.#open(data, this.#claimed);
    } catch (error) {
      return this.#host.refused(this, undefined, error);
    }
    if (statement.type === "message" || statement.type === "call") {
      return this.#host.heard(this, statement);
    }
    if (statement.type !== "hello") this.#settle(statement);
  }

  /** Says something, signed. Not before the peer is {@linkcode ready}. */
  async say(statement: SecureStatement): Promise<void> {
    const { identity, clock, limits } = this.#host;
    const said = { to: this.#claimed?.key, session: this.#claimed?.nonce, ...statement };
    // What is signed is what will be read: JSON leaves out and changes some things.
    const value = JSON.parse(formatPythonJson(said, limits));
    const envelope = seal(value, { identity, clock, limits: envelopeLimits(limits) });
    await this.peer.send({ ...envelope });
  }

  /** @inheritdoc */
  async call(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, kwargs } = options;
    const operation = `call ${method} of ${this.peer.id}`;
    if (this.#pending.size >= DEFAULT_LIMITS.maxPendingCalls) {
      throw new SynapseError("limit_exceeded", `Cannot ${operation} as too many calls wait`);
    }
    const id = this.#nextId++;
    const answer = createDeferred<unknown>();
    answer.promise.catch(() => {});
    this.#pending.set(id, { name: method, answer });
    try {
      return await withDeadline(
        { clock: this.#host.clock, timeoutMs, signal, operation },
        async () => {
          await this.#ready.promise;
          await this.say({ type: "call", id, name: method, args, kwargs });
          return await answer.promise;
        },
      );
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Not over this wire. @throws {SynapseError} `not_supported`. */
  stream(method: string): AsyncIterableIterator<unknown> {
    throw new SynapseError(
      "not_supported",
      `Cannot stream from ${method} as secure p2p nodes have no streams`,
    );
  }

  /** @inheritdoc */
  notify(method: string, args?: readonly unknown[], kwargs?: CallOptions["kwargs"]): void {
    this.call(method, args, { kwargs }).catch(() => {});
  }

  /** It is over. */
  close(): void {
    this.#cancelDeadline();
    const reason = new SynapseError("connection_lost", "Cannot go on as the connection is over");
    this.#over.abort(reason);
    this.#ready.reject(reason);
    for (const { answer } of this.#pending.values()) answer.reject(reason);
  }

  #open(data: P2pValue, from: SecureClaim): SecureStatement {
    const { clock, replays, limits, identity } = this.#host;
    if (from.key === identity.id) throw unauthorized("take message", "its key is our own");
    const { value } = open(data, {
      clock,
      replays,
      limits: envelopeLimits(limits),
      trusted: new Set([from.key]),
    });
    const statement = readSecureStatement(value, this.#own);
    if (this.#isProven) return statement;
    this.#isProven = true;
    this.#cancelDeadline();
    this.#ready.resolve();
    this.#host.authenticated(this);
    return statement;
  }

  #settle(statement: SecureStatement & { readonly type: "result" | "error" }): void {
    const pending = statement.id === undefined ? undefined : this.#pending.get(statement.id);
    if (statement.type === "result") return pending?.answer.resolve(statement.result);
    const { name, code, message, data } = statement;
    if (pending === undefined) {
      return this.#host.refused(this, name, new RemoteError(name, code, message, data));
    }
    pending.answer.reject(new RemoteError(pending.name, code, message, data));
  }
}

/** What somebody may not do. */
export function unauthorized(attempt: string, reason: string): SynapseError {
  return new SynapseError("unauthorized", `Cannot ${attempt} as ${reason}`);
}

function envelopeLimits({ maxMessageBytes, maxDepth, maxItems }: P2pLimits) {
  return { maxMessageBytes, maxDepth, maxItems };
}
