/**
 * The easyrpc server of a node: takes WebSockets over from the HTTP server.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Clock } from "../channel.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import type { FunctionScope } from "../registry.ts";
import { EasyrpcConversation } from "./conversation.ts";
import type { TextChannel } from "./text_channel.ts";

/** What {@linkcode EasyrpcServer} takes. */
export interface EasyrpcServerOptions {
  /** Time, for deadlines and for tokens that expire. */
  readonly clock: Clock;
  /** Bounds that differ from the defaults. */
  readonly limits?: Limits;
  /** What it calls itself. Not with `error` in it, for which alone real proxies look there. */
  readonly serverId: string;
  /**
   * Whether requests have to be signed: what easyrpc calls `encryption_enabled`. Nothing is encrypted. Off by
   * default; a signed request is taken either way.
   */
  readonly signed?: boolean;
  /**
   * Finds what is published.
   *
   * @param namespace The one that a proxy has asked for; `DEFAULT` where its user has named none.
   */
  registryFor(namespace: string): FunctionScope | undefined;
  /**
   * Finds what callers have to know.
   *
   * @param namespace The one that a proxy has asked for.
   * @returns undefined, or an empty one, turns all of them away.
   */
  secretFor(namespace: string): string | undefined;
  /** A connection was turned away, or a message not understood. */
  readonly onRefused?: (error: Error, address: Address) => void;
  /** A function failed that was called without wanting an answer. */
  readonly onNotifyFailed?: (method: string, error: unknown, address: Address) => void;
}

/** Serves easyrpc's proxies. */
export class EasyrpcServer {
  readonly #options: EasyrpcServerOptions;
  readonly #conversations = new Set<EasyrpcConversation>();

  /**
   * @param options What it serves, and to whom.
   * @throws {TypeError} When the server's id would be taken for an error.
   */
  constructor(options: EasyrpcServerOptions) {
    const { serverId } = options;
    if (serverId.includes("error")) {
      throw new TypeError(
        `Cannot serve easyrpc as proxies would take the server's id for an error: got ${serverId}`,
      );
    }
    this.#options = options;
  }

  /** How many proxies are connected. */
  get connections(): number {
    return this.#conversations.size;
  }

  /**
   * Takes a connection over.
   *
   * @param channel A WebSocket that has just been opened.
   * @returns The conversation, until it is over.
   */
  accept(channel: TextChannel): EasyrpcConversation {
    const { clock, limits = DEFAULT_LIMITS, serverId, signed = false } = this.#options;
    const conversation = new EasyrpcConversation(channel, {
      clock,
      limits,
      serverId,
      isSigned: signed,
      registryFor: (namespace) => this.#options.registryFor(namespace),
      secretFor: (namespace) => this.#options.secretFor(namespace),
      refused: (error, address) => this.#options.onRefused?.(error, address),
      notifyFailed: (method, error, address) =>
        this.#options.onNotifyFailed?.(method, error, address),
    });
    this.#conversations.add(conversation);
    conversation.closed.then(() => this.#conversations.delete(conversation));
    return conversation;
  }

  /**
   * Ends all conversations in good order.
   *
   * @param drainMs How long calls under way may take, 5,000 by default.
   */
  async close(drainMs?: number): Promise<void> {
    await Promise.all([...this.#conversations].map((conversation) => conversation.close(drainMs)));
  }
}
