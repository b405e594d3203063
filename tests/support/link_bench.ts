/**
 * A link on a fake clock, and the network behind it.
 *
 * @module
 */
import type { Random } from "../../core/channel.ts";
import { DEFAULT_EXTENSIONS } from "../../core/codecs/messagepack_extensions.ts";
import { NATIVE_DIALECT } from "../../core/dialects/native.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Link, type LinkEvents, type LinkOptions, type ReconnectPolicy } from "../../core/link.ts";
import { Registry } from "../../core/registry.ts";
import { Remote } from "../../core/remote.ts";
import { Session } from "../../core/session.ts";
import { FakeClock } from "./fake_clock.ts";
import { RawPeer } from "./raw_peer.ts";

/** A link whose dials are answered by the test. */
export class LinkBench {
  readonly clock = new FakeClock();
  readonly link: Link;
  readonly remote: Remote;
  /** What has happened, and when. */
  readonly log: string[] = [];
  /** Every dial's signal, in order. */
  readonly dials: AbortSignal[] = [];
  /** Who answers the next dials; nobody: the dial hangs until it is given up. */
  readonly answers: (RawPeer | Error | Promise<RawPeer>)[] = [];

  constructor(
    reconnect?: ReconnectPolicy,
    options: Partial<LinkOptions> & { random?: Random } = {},
  ) {
    const { clock } = this;
    this.link = new Link({
      dial: (signal) => this.#dial(signal),
      clock,
      random: () => 0.5,
      url: "raw://peer:1",
      dialTimeoutMs: 1_000,
      reconnect,
      onListenerError: () => {},
      ...options,
    });
    const address = { scheme: "raw", host: "peer", port: 1, path: "" };
    this.remote = new Remote(address, this.link, clock);
    this.#note("connected", ({ attempt }) => `${attempt}`);
    this.#note("disconnected", ({ error }) => error?.message ?? "in good order");
    this.#note("reconnecting", ({ attempt, delayMs }) => `${attempt} in ${delayMs}`);
    this.#note("attemptFailed", ({ attempt, error }) => `${attempt}: ${error.message}`);
    this.#note("closed", ({ error }) => error?.message ?? "in good order");
  }

  /** Connects to a new peer. */
  async connect(): Promise<RawPeer> {
    const peer = new RawPeer();
    this.answers.unshift(peer);
    await this.link.connect();
    peer.hello();
    return peer;
  }

  #note<Name extends keyof LinkEvents>(name: Name, tell: (e: LinkEvents[Name]) => string): void {
    this.link.events.on(
      name,
      (event) => this.log.push(`${this.clock.now()} ${name} ${tell(event)}`),
    );
  }

  async #dial(signal: AbortSignal): Promise<Session> {
    this.dials.push(signal);
    const answer = await (this.answers.shift() ?? new Promise<never>(() => {}));
    if (answer instanceof Error) throw answer;
    return new Session({
      channel: answer.channel,
      dialect: NATIVE_DIALECT,
      extensions: DEFAULT_EXTENSIONS,
      registry: new Registry(),
      clock: this.clock,
      limits: DEFAULT_LIMITS,
      self: { name: "", namespace: "", window: 64 },
      isDialler: true,
    });
  }
}
