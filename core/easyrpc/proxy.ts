/**
 * The calling side of easyrpc: what its Python users call a proxy.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import { type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "../caller.ts";
import type { Clock } from "../channel.ts";
import { closest } from "../closest.ts";
import {
  type EasyrpcMessage,
  formatEasyrpcMessage,
  parseEasyrpcMessage,
} from "../codecs/easyrpc.ts";
import { withDeadline } from "../deadline.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { callBody, DEFAULT_NAMESPACE, functionsBody, NO_SERVER } from "../dialects/easyrpc.ts";
import type { EndpointInfo } from "../endpoint_info.ts";
import { RemoteError, SynapseError, TransportError } from "../errors.ts";
import { KeepAlive } from "../keep_alive.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import type { LinkSession } from "../link.ts";
import type { Kwargs } from "../message.ts";
import type { EasyrpcCredentials } from "./credentials.ts";
import { ProxyCalls } from "./proxy_calls.ts";
import { parseFunctions, type PythonFunction } from "./python_function.ts";
import { type TextChannel, waitingOf } from "./text_channel.ts";
import { signToken } from "./token.ts";

/** What {@linkcode connectEasyrpc} takes. */
export interface EasyrpcProxyOptions extends EasyrpcCredentials {
  /** @inheritdoc */
  readonly secret: string;
  /** Who this is: to be guessed by nobody, as a real server hands one proxy's answers to another that has the same id. */
  readonly id: string;
  /** Time, for deadlines. */
  readonly clock: Clock;
  /** Bounds that differ from the defaults. */
  readonly limits?: Limits;
  /** Milliseconds until the functions have to be known, 30,000 by default. */
  readonly timeoutMs?: number;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** How often the functions are asked for anew, as real proxies do. */
export const REFRESH_MS: number = 30_000;
/** How long nothing may come before a ping, as real proxies have it. */
const PING_MS = 10_000;
/** A real server answers nothing while a function of its own blocks it. */
const UNANSWERED_MS = 60_000;
const CLOSING_MS = 2_000;
const DEFAULT_DRAIN_MS = 5_000;
const MAX_SHOWN_REASON = 500;
/** Comparing takes microseconds each, and a server may publish very many. */
const MAX_COMPARED_NAMES = 200;

/**
 * Connects to a server, and asks for its functions.
 *
 * @param dial Opens a WebSocket to it.
 * @param options Secret, namespace, time.
 * @returns Its functions, to be called.
 * @throws {SynapseError} `unauthorized`, when it refuses the token.
 * @throws {TransportError} `unreachable`, `connection_lost`.
 * @throws {TimeoutError} `deadline_exceeded`.
 */
export function connectEasyrpc(
  dial: (signal: AbortSignal) => Promise<TextChannel>,
  options: EasyrpcProxyOptions,
): Promise<EasyrpcProxy> {
  const { clock, timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
  const operation = "connect to easyrpc server";
  return withDeadline({ clock, timeoutMs, signal, operation }, async (signal) => {
    const proxy = new EasyrpcProxy(await dial(signal), options);
    const aborted = (): void => void proxy.close(0);
    signal.addEventListener("abort", aborted);
    try {
      signal.throwIfAborted();
      await proxy.ready();
      return proxy;
    } catch (error) {
      proxy.close(0).catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener("abort", aborted);
    }
  });
}

/** The functions of one namespace of an easyrpc server, to be called. */
export class EasyrpcProxy implements LinkSession {
  /** easyrpc's servers say nothing of themselves. */
  readonly info: undefined;
  readonly #channel: TextChannel;
  readonly #options: EasyrpcProxyOptions;
  readonly #limits: Limits;
  readonly #namespace: string;
  readonly #calls: ProxyCalls;
  readonly #keepAlive: KeepAlive;
  readonly #welcomed: Deferred<void> = createDeferred();
  readonly #closed: Deferred<void> = createDeferred();
  #functions: ReadonlyMap<string, PythonFunction> = new Map();
  #cancelTimer: () => void = () => {};
  #state: "greeting" | "open" | "draining" | "closing" | "gone" = "greeting";
  #error: Error | undefined;

  /**
   * Shows its token at once. {@linkcode connectEasyrpc} makes them, and waits until they can be used.
   *
   * @param channel A WebSocket that has just been opened.
   * @param options Secret, namespace.
   */
  constructor(channel: TextChannel, options: EasyrpcProxyOptions) {
    const { clock, limits = DEFAULT_LIMITS, namespace = DEFAULT_NAMESPACE, id, secret } = options;
    this.#channel = channel;
    this.#options = options;
    this.#limits = limits;
    this.#namespace = namespace;
    this.#calls = new ProxyCalls({
      clock,
      idPrefix: `${id}-`,
      maxPendingCalls: limits.maxPendingCalls,
      maxStreams: limits.maxStreams,
      refusal: () => this.isOpen ? undefined : this.#lost("it is closed"),
      send: (id, isAnswered, body) => this.#request(id, isAnswered, body),
      changed: () => this.#checkDrained(),
    });
    this.#keepAlive = new KeepAlive(clock, {
      ping: () => {
        this.#send({ type: "ping" });
        // While it works for us, it may have no time for that.
        return this.#calls.size === 0;
      },
      dead: (reason) => this.#end(this.#lost(reason)),
      output: waitingOf(channel),
    }, { idleMs: PING_MS, unansweredMs: UNANSWERED_MS });
    // Nobody may be waiting when it fails.
    this.#welcomed.promise.catch(() => {});
    channel.open({
      receive: (message) => this.#receive(message),
      drain() {},
      close: (error) => this.#over(error),
    });
    const claims = { type: "PROXY", id, namespace, serialization: "json" };
    this.#send({ type: "setup", token: signToken(claims, secret, limits) });
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#channel.remote;
  }

  /** @inheritdoc */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** @inheritdoc */
  get error(): Error | undefined {
    return this.#error;
  }

  /** @inheritdoc */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Asks what the server publishes in the namespace.
   *
   * @param options Signal and deadline.
   * @returns Its functions, in order of name.
   */
  async methods(options?: CallOptions): Promise<EndpointInfo[]> {
    await this.#refresh(options);
    return [...this.#functions.values()].map(({ info }) => info)
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Asks for a sign of life: not the server's answer to a ping, which it gives to others unasked. */
  ping(options?: CallOptions): Promise<void> {
    return this.#refresh(options);
  }

  /** Waits until the functions are known. */
  async ready(): Promise<void> {
    await this.#welcomed.promise;
    await this.#refresh({ timeoutMs: Infinity });
    this.#refreshLater();
  }

  /** @inheritdoc */
  call(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    const known = this.#functions.get(method);
    return known === undefined
      ? this.#callLater(method, args, options)
      : this.#calls.ask(method, () => bodyOf(known, args, options.kwargs), options);
  }

  /** @inheritdoc */
  stream(
    method: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): AsyncIterableIterator<unknown> {
    const known = this.#functions.get(method);
    return known === undefined
      ? this.#streamLater(method, args, options)
      : this.#calls.read(method, () => bodyOf(known, args, options.kwargs), options);
  }

  /** @inheritdoc */
  notify(method: string, args: readonly unknown[] = [], kwargs?: Kwargs): void {
    const known = this.#functions.get(method);
    this.#calls.tell(
      known === undefined ? callBody(method, args, kwargs) : bodyOf(known, args, kwargs),
    );
  }

  /** @inheritdoc */
  async close(drainMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    const { clock } = this.#options;
    if (this.#state === "open") this.#state = "draining";
    if (drainMs <= 0 || this.#state === "greeting") this.#end();
    this.#checkDrained();
    const cancel = clock.after(drainMs, () => this.#end());
    await this.closed;
    cancel();
  }

  async #callLater(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    const { clock } = this.#options;
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options;
    const startMs = clock.now();
    const known = await this.#find(method, options);
    return await this.#calls.ask(method, () => bodyOf(known, args, options.kwargs), {
      ...options,
      timeoutMs: timeoutMs - (clock.now() - startMs),
    });
  }

  async *#streamLater(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): AsyncGenerator<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    const known = await this.#find(method, { timeoutMs, signal });
    yield* this.#calls.read(method, () => bodyOf(known, args, options.kwargs), options);
  }

  /** Looks whether a function has been published meanwhile. */
  async #find(method: string, { timeoutMs, signal }: CallOptions): Promise<PythonFunction> {
    await this.#refresh({ timeoutMs, signal });
    const known = this.#functions.get(method);
    if (known !== undefined) return known;
    const meant = closest(method, [...this.#functions.keys()].slice(0, MAX_COMPARED_NAMES));
    const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
    throw new RemoteError(
      method,
      "method_not_found",
      `Cannot call ${
        JSON.stringify(method)
      } as no such function is published in ${this.#namespace}${hint}`,
    );
  }

  async #refresh(options?: CallOptions): Promise<void> {
    const body = () => functionsBody(this.#namespace);
    const answer = await this.#calls.ask("get_registered_functions", body, options);
    this.#functions = parseFunctions(answer, this.#limits.maxEndpoints);
  }

  #refreshLater(): void {
    if (this.#state !== "open") return;
    this.#cancelTimer = this.#options.clock.after(REFRESH_MS, () => {
      // What was known before is still the best guess where this fails.
      this.#refresh({ timeoutMs: REFRESH_MS }).catch(() => {}).finally(() => this.#refreshLater());
    });
  }

  #receive(text: string | Uint8Array): void {
    if (this.#state === "closing") return;
    this.#keepAlive.heard();
    try {
      this.#take(parseEasyrpcMessage(text, this.#limits));
    } catch (error) {
      // What isn't a message is passed over, as real proxies do; of one that is too large the sender is lost.
      if (error instanceof SynapseError && error.code === "limit_exceeded") this.#end(error);
    }
  }

  #take(message: EasyrpcMessage): void {
    switch (message.type) {
      case "auth":
        if (this.#state === "greeting") this.#state = "open";
        return this.#welcomed.resolve();
      case "error":
        return this.#end(this.#refused(message.reason));
      case "response":
        return this.#calls.settle(message);
      case "request":
        if (!message.isAnswered || this.#channel.bufferedBytes > this.#limits.highWaterBytes) {
          return;
        }
        return this.#send({ type: "response", id: message.id, result: { error: NO_SERVER } });
    }
  }

  #request(id: string, isAnswered: boolean, body: unknown): void {
    const { secret, signed = false } = this.#options;
    const signedBody = signed ? signToken({ data: body }, secret, this.#limits) : body;
    this.#send({ type: "request", id, isAnswered, body: signedBody });
  }

  #send(message: EasyrpcMessage): void {
    const { maxDepth, maxMessageBytes: maxBytes, maxBufferedBytes } = this.#limits;
    if (this.#channel.bufferedBytes > maxBufferedBytes) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot send message as more than ${maxBufferedBytes} bytes wait already: the server reads too slowly`,
      );
    }
    this.#channel.send(formatEasyrpcMessage(message, { maxDepth, maxBytes }));
  }

  #refused(reason: string): SynapseError {
    const said = JSON.stringify(reason.slice(0, MAX_SHOWN_REASON));
    if (this.#state !== "greeting") return this.#lost(`the server says ${said}`);
    const url = formatAddress(this.address);
    return new SynapseError("unauthorized", `Cannot connect to ${url} as it refuses: ${said}`);
  }

  #checkDrained(): void {
    if (this.#state === "draining" && this.#calls.size === 0) this.#end();
  }

  #end(error?: SynapseError): void {
    if (this.#state === "closing" || this.#state === "gone") return;
    this.#settle(error);
    this.#cancelTimer = this.#options.clock.after(CLOSING_MS, () => this.#channel.cut());
    this.#channel.close();
  }

  #over(error?: Error): void {
    if (this.#state !== "closing") this.#settle(error);
    this.#cancelTimer();
    this.#state = "gone";
    this.#closed.resolve();
  }

  #settle(error: Error | undefined): void {
    this.#state = "closing";
    this.#error = error;
    this.#cancelTimer();
    this.#keepAlive.stop();
    const reason = error instanceof SynapseError
      ? error
      : this.#lost(error?.message ?? "it was closed", error);
    this.#welcomed.reject(reason);
    this.#calls.fail(reason);
  }

  #lost(reason: string, cause?: Error): TransportError {
    const url = formatAddress(this.address);
    return new TransportError(
      "connection_lost",
      url,
      `Connection with ${url} is lost as ${reason}`,
      { cause },
    );
  }
}

function bodyOf(
  known: PythonFunction,
  args: readonly unknown[],
  kwargs: Kwargs | undefined,
): unknown {
  known.check(args, kwargs);
  return callBody(known.name, args, kwargs);
}
