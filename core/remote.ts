/**
 * The dialling side's view of another node.
 *
 * @module
 */
import type { Address } from "./address.ts";
import { type Caller, type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "./caller.ts";
import type { Clock } from "./channel.ts";
import { type EndpointInfo, parseEndpoints } from "./endpoint_info.ts";
import type { Link, LinkEvents } from "./link.ts";
import type { Kwargs, PeerInfo } from "./message.ts";
import { createProxy, type TypedRemote } from "./proxy.ts";

// deno-lint-ignore no-explicit-any -- parameters of an interface's functions may be anything
type AnyFunction = (...args: any[]) => unknown;

/** The arguments that an interface's function takes; any, for a function that it doesn't have. */
export type ArgumentsOf<Api, Name> = Name extends keyof Api
  ? Api[Name] extends AnyFunction ? Parameters<Api[Name]> : never
  : readonly unknown[];

/** The result that an interface's function gives; unknown, for a function that it doesn't have. */
export type ResultOf<Api, Name> = Name extends keyof Api
  ? Api[Name] extends AnyFunction ? Awaited<ReturnType<Api[Name]>> : never
  : unknown;

/** The items that an interface's function streams. */
export type ItemOf<Api, Name> = ResultOf<Api, Name> extends AsyncIterable<infer Item> ? Item
  : ResultOf<Api, Name> extends Iterator<infer Item> ? Item
  : ResultOf<Api, Name>;

/**
 * Another node, as something to call.
 *
 * @typeParam Api A hand-written interface of its functions. Without one, arguments and results are unknown.
 * @example Usage
 * ```ts
 * import { Node } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * interface Calculator {
 *   sum(a: number, b: number): number;
 * }
 * await using server = new Node();
 * server.endpoint("sum", (a: number, b: number) => a + b);
 * await server.listen("memory://calculator");
 *
 * await using client = new Node();
 * const remote = await client.connect<Calculator>("memory://calculator");
 * assertEquals(await remote.fn.sum(1, 2), 3);
 * assertEquals(await remote.call("sum", [3, 4]), 7);
 * ```
 */
export class Remote<Api = unknown> implements Caller, AsyncDisposable {
  /** Where it is. */
  readonly address: Address;
  /** Its functions by name, checked here before anything is sent. */
  readonly fn: TypedRemote<Api>;
  readonly #link: Link;
  readonly #clock: Clock;

  /**
   * @param address Where it is.
   * @param link The connection.
   * @param clock The time, for deadlines.
   */
  constructor(address: Address, link: Link, clock: Clock) {
    this.address = address;
    this.#link = link;
    this.#clock = clock;
    this.fn = createProxy<Api>(this, (forget) => link.events.on("connected", forget));
  }

  /** @inheritdoc */
  get info(): PeerInfo | undefined {
    return this.#link.session?.info;
  }

  /** Whether there is a connection right now. */
  get isConnected(): boolean {
    return this.#link.session?.isOpen ?? false;
  }

  /**
   * Listens to what happens to the connection.
   *
   * @param name The event.
   * @param listener Called each time.
   * @returns Stops listening.
   */
  on<Name extends keyof LinkEvents>(
    name: Name,
    listener: (event: LinkEvents[Name]) => unknown,
  ): () => void {
    return this.#link.events.on(name, listener);
  }

  /** @inheritdoc */
  call<Name extends string>(
    method: Name | (keyof Api & string),
    args?: ArgumentsOf<Api, Name>,
    options?: CallOptions,
  ): Promise<ResultOf<Api, Name>> {
    const session = this.#link.session;
    const result = session?.isOpen
      ? session.call(method, args as readonly unknown[] | undefined, options)
      : this.#callLater(method, args as readonly unknown[] | undefined, options);
    return result as Promise<ResultOf<Api, Name>>;
  }

  /** @inheritdoc */
  stream<Name extends string>(
    method: Name | (keyof Api & string),
    args?: ArgumentsOf<Api, Name>,
    options?: CallOptions,
  ): AsyncIterableIterator<ItemOf<Api, Name>> {
    const session = this.#link.session;
    const items = session?.isOpen
      ? session.stream(method, args as readonly unknown[] | undefined, options)
      : this.#streamLater(method, args as readonly unknown[] | undefined, options);
    return items as AsyncIterableIterator<ItemOf<Api, Name>>;
  }

  /** @inheritdoc */
  notify(method: string, args?: readonly unknown[], kwargs?: Kwargs): void {
    const session = this.#link.session;
    if (session === undefined) throw this.#link.lost();
    session.notify(method, args, kwargs);
  }

  /**
   * Asks what the other side publishes.
   *
   * @param options Signal and deadline.
   * @returns Its functions with their parameters, in order of name.
   * @throws {RemoteError} `method_not_found` from a peer that can't tell.
   */
  async methods(options?: CallOptions): Promise<EndpointInfo[]> {
    const session = this.#link.session;
    if (session?.methods !== undefined) return await session.methods(options);
    return parseEndpoints(await (this as Caller).call("_synapse.methods", [], options));
  }

  /**
   * Measures a round trip through the other side's registry.
   *
   * @param options Signal and deadline.
   * @returns Milliseconds.
   */
  async ping(options?: CallOptions): Promise<number> {
    const startMs = this.#clock.now();
    const session = this.#link.session;
    if (session?.ping !== undefined) await session.ping(options);
    else await (this as Caller).call("_synapse.ping", [], options);
    return this.#clock.now() - startMs;
  }

  /**
   * Closes in good order: calls under way are finished.
   *
   * @param drainMs How long that may take, 5,000 by default.
   */
  close(drainMs?: number): Promise<void> {
    return this.#link.close(drainMs);
  }

  /** Closes in good order. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #callLater(
    method: string,
    args: readonly unknown[] | undefined,
    options: CallOptions = {},
  ): Promise<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    const startMs = this.#clock.now();
    const session = await this.#link.ready(timeoutMs, signal);
    return session.call(method, args, {
      ...options,
      timeoutMs: timeoutMs - (this.#clock.now() - startMs),
    });
  }

  async *#streamLater(
    method: string,
    args: readonly unknown[] | undefined,
    options: CallOptions = {},
  ): AsyncGenerator<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    const session = await this.#link.ready(timeoutMs, signal);
    yield* session.stream(method, args, options);
  }
}
