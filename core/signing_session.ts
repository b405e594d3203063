/**
 * A conversation in which every call is signed, for functions that only some keys may call. A peer that doesn't say
 * what its own key is couldn't check a signature: it gets none.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { CallOptions } from "./caller.ts";
import type { Clock } from "./channel.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import { RemoteError } from "./errors.ts";
import { type Identity, isKeyText } from "./identity.ts";
import type { LinkSession } from "./link.ts";
import type { Kwargs, PeerInfo } from "./message.ts";
import { signCall } from "./signed_call.ts";

/** Whose calls they are. */
export interface Signer {
  readonly identity: Identity;
  readonly clock: Clock;
}

/** Signs what goes through it. */
export class SigningSession implements LinkSession {
  readonly #session: LinkSession;
  readonly #signer: Signer;
  #peerKey: Promise<string | undefined> | undefined;

  /**
   * @param session Makes the calls.
   * @param signer Whose they are.
   */
  constructor(session: LinkSession, signer: Signer) {
    this.#session = session;
    this.#signer = signer;
  }

  /** @inheritdoc */
  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  /** @inheritdoc */
  get error(): Error | undefined {
    return this.#session.error;
  }

  /** @inheritdoc */
  get closed(): Promise<void> {
    return this.#session.closed;
  }

  /** @inheritdoc */
  get info(): PeerInfo | undefined {
    return this.#session.info;
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#session.address;
  }

  /** @inheritdoc */
  get methods(): ((options?: CallOptions) => Promise<EndpointInfo[]>) | undefined {
    return this.#session.methods?.bind(this.#session);
  }

  /** @inheritdoc */
  get ping(): ((options?: CallOptions) => Promise<void>) | undefined {
    return this.#session.ping?.bind(this.#session);
  }

  /** @inheritdoc */
  async call(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    return await this.#session.call(method, args, await this.#sign(method, args, options));
  }

  /** @inheritdoc */
  async *stream(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): AsyncGenerator<unknown> {
    yield* this.#session.stream(method, args, await this.#sign(method, args, options));
  }

  /** @inheritdoc */
  notify(method: string, args: readonly unknown[] = [], kwargs?: Kwargs): void {
    this.#sign(method, args, { kwargs }).then(
      (options) => this.#session.notify(method, args, options.kwargs),
    ).catch(() => {});
  }

  /** @inheritdoc */
  close(drainMs?: number): Promise<void> {
    return this.#session.close(drainMs);
  }

  /** The first call asks the peer for its key; the time for that is the call's own. */
  async #sign(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<CallOptions> {
    const { clock } = this.#signer;
    const { timeoutMs } = options;
    const startMs = clock.now();
    this.#peerKey ??= this.#askForKey(options);
    const asked = this.#peerKey;
    asked.catch(() => this.#peerKey === asked && (this.#peerKey = undefined));
    const to = await asked;
    const kwargs = to === undefined
      ? options.kwargs
      : signCall({ to, method, args, kwargs: options.kwargs }, this.#signer);
    if (timeoutMs === undefined) return { ...options, kwargs };
    return { ...options, kwargs, timeoutMs: timeoutMs - (clock.now() - startMs) };
  }

  async #askForKey({ signal, timeoutMs }: CallOptions): Promise<string | undefined> {
    try {
      const info = await this.#session.call("_synapse.info", [], { signal, timeoutMs });
      const { key } = (typeof info === "object" && info !== null ? info : {}) as { key?: unknown };
      return isKeyText(key) ? key : undefined;
    } catch (error) {
      if (error instanceof RemoteError) return undefined;
      throw error;
    }
  }
}
