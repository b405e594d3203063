/**
 * An easyrpc server in memory, and those who talk to it.
 *
 * @module
 */
import { formatJson } from "../../core/codecs/easyrpc_json.ts";
import {
  connectEasyrpc,
  type EasyrpcProxy,
  type EasyrpcProxyOptions,
} from "../../core/easyrpc/proxy.ts";
import { EasyrpcServer, type EasyrpcServerOptions } from "../../core/easyrpc/server.ts";
import { signToken } from "../../core/easyrpc/token.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import type { EndpointOptions, Handler } from "../../core/endpoint.ts";
import { Registry } from "../../core/registry.ts";
import { SECRET } from "./easyrpc_vectors.ts";
import { FakeClock } from "./fake_clock.ts";
import { MemoryTexts } from "./memory_texts.ts";

/** Functions to publish, some with options. */
type Functions = Readonly<Record<string, Handler | readonly [EndpointOptions, Handler]>>;

/** A token as a proxy shows it; claims that are undefined are left out. */
export function setupText(claims: Readonly<Record<string, unknown>> = {}, secret = SECRET): string {
  const all = { type: "PROXY", id: "p1", namespace: "DEFAULT", serialization: "json", ...claims };
  return JSON.stringify({ setup: signToken(all, secret, DEFAULT_LIMITS) });
}

/** A request. */
export function requestText(body: unknown, id: unknown = "r1", isAnswered = true): string {
  const action = { type: "request", response_expected: isAnswered, request: body, request_id: id };
  return formatJson({ ws_action: action }, { maxBytes: 2 ** 30, maxDepth: 1_000 });
}

/** Lists in lists. */
export function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

/** Somebody who writes what it likes. */
export class RawProxy {
  /** The proxy's own end. */
  readonly channel: MemoryTexts;
  /** The server's end. */
  readonly far: MemoryTexts;
  readonly received: string[] = [];
  closed: { readonly error: Error | undefined } | undefined;
  readonly #clock: FakeClock;

  constructor(ends: readonly [MemoryTexts, MemoryTexts], clock: FakeClock) {
    [this.channel, this.far] = ends;
    this.#clock = clock;
    this.channel.open({
      receive: (message) => this.received.push(message as string),
      drain() {},
      close: (error) => this.closed = { error },
    });
  }

  /** Sends, and waits until nothing moves any more. @returns What has come of it. */
  async say(...messages: readonly (string | Uint8Array)[]): Promise<string[]> {
    const before = this.received.length;
    for (const message of messages) this.channel.send(message);
    await this.#clock.runMicrotasks();
    return this.received.slice(before);
  }

  /** Asks, and waits for the answer: the response alone. */
  async ask(body: unknown, id: unknown = "r1"): Promise<unknown> {
    const [answer] = await this.say(requestText(body, id));
    return answer === undefined ? "no answer" : JSON.parse(answer).ws_action.response;
  }
}

/** The server, its clock and its functions. */
export class EasyrpcLab {
  readonly clock: FakeClock = new FakeClock();
  readonly registry: Registry = new Registry();
  readonly refused: Error[] = [];
  readonly notifyFailed: string[] = [];
  readonly server: EasyrpcServer;

  constructor(functions: Functions = {}, options: Partial<EasyrpcServerOptions> = {}) {
    for (const [name, entry] of Object.entries(functions)) {
      if (typeof entry === "function") this.registry.register(name, entry);
      else this.registry.register(name, entry[1], entry[0]);
    }
    this.server = new EasyrpcServer({
      clock: this.clock,
      serverId: "5f",
      registryFor: (namespace) => namespace === "DEFAULT" ? this.registry : undefined,
      secretFor: () => SECRET,
      onRefused: (error) => this.refused.push(error),
      onNotifyFailed: (method) => this.notifyFailed.push(method),
      ...options,
    });
  }

  /** A connection that has said nothing yet. */
  dial(): RawProxy {
    const ends = MemoryTexts.pair();
    this.server.accept(ends[1]);
    return new RawProxy(ends, this.clock);
  }

  /** A connection that has shown its token. */
  async connect(): Promise<RawProxy> {
    const proxy = this.dial();
    await proxy.say(setupText());
    return proxy;
  }

  /** A proxy of ours. */
  proxy(options: Partial<EasyrpcProxyOptions> = {}): Promise<EasyrpcProxy> {
    return connectEasyrpc(() => {
      const [near, far] = MemoryTexts.pair();
      this.server.accept(far);
      return Promise.resolve(near);
    }, { secret: SECRET, id: "p1", clock: this.clock, ...options });
  }
}
