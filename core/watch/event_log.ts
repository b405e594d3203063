/**
 * What has happened to a node lately, in words.
 *
 * Whoever watches is a stranger: what functions throw is not told, only that they did.
 *
 * @module
 */
import { formatAddress } from "../address.ts";
import type { Caller } from "../caller.ts";
import type { Clock } from "../channel.ts";
import { SynapseError } from "../errors.ts";
import type { NodeEvents } from "../node_options.ts";
import { peerHandle } from "../peer.ts";

/** One thing that has happened. */
export interface WatchedEvent {
  /** When, in milliseconds since 1970. */
  readonly unixMs: number;
  /** As in {@linkcode NodeEvents}. */
  readonly name: keyof NodeEvents;
  /** For people. */
  readonly text: string;
  /** Whether something is wrong. */
  readonly isWarning: boolean;
}

/** Where events come from. */
export interface EventSource {
  on<Name extends keyof NodeEvents>(
    name: Name,
    listener: (event: NodeEvents[Name]) => unknown,
  ): () => void;
}

const MAX_EVENTS = 50;
/** Names are a stranger's to choose. */
const MAX_TEXT = 200;

type Describe = { readonly [Name in keyof NodeEvents]?: (event: NodeEvents[Name]) => string };

const NEWS: Describe = {
  listening: ({ address }) => `listens on ${formatAddress(address)}`,
  accepted: ({ peer }) => `${formatAddress(peer.address)} has connected`,
  released: ({ peer, error }) => `${describe(peer)} has left${because(error)}`,
  peerJoined: ({ peer }) => `${peerHandle(peer)} is there, at ${peer.addresses[0]}`,
  peerOffline: ({ peer }) => `${peerHandle(peer)} is away`,
  peerLeft: ({ peer, reason }) => `${peerHandle(peer)} is forgotten: ${reason}`,
};
const WARNINGS: Describe = {
  refused: ({ address, error }) => `refused ${formatAddress(address)}${because(error)}`,
  renamed: ({ from, to }) => `goes by the name of ${to}, as ${from} is taken`,
  peerKeyChanged: ({ observation }) =>
    `somebody else goes by the name of ${peerHandle(observation)}, at ${observation.address}`,
  taskFailed: ({ name }) => `task ${name} failed`,
  notifyFailed: ({ method }) => `${method} failed, and its caller wants no answer`,
  packetsDropped: (summary) => `dropped packets of others: ${Object.keys(summary).join(", ")}`,
  discoveryWarning: ({ error }) => error.message,
};

/** Keeps the last ones. */
export class EventLog {
  readonly #clock: Clock;
  readonly #events: WatchedEvent[] = [];
  #count = 0;

  /**
   * Listens from now on.
   *
   * @param source The node.
   * @param clock When things happen.
   */
  constructor(source: EventSource, clock: Clock) {
    this.#clock = clock;
    this.#follow(source, NEWS, false);
    this.#follow(source, WARNINGS, true);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /**
   * Those that came after the first ones, as far as they are kept.
   *
   * @param count How many to leave out, counted from the beginning.
   */
  since(count: number): readonly WatchedEvent[] {
    const fresh = Math.min(this.#count - count, this.#events.length);
    return fresh === 0 ? [] : this.#events.slice(-fresh);
  }

  #follow(source: EventSource, descriptions: Describe, isWarning: boolean): void {
    for (const name of Object.keys(descriptions) as (keyof NodeEvents)[]) {
      const describe = descriptions[name] as (event: unknown) => string;
      source.on(name, (event) => this.#add(name, describe(event), isWarning));
    }
  }

  #add(name: keyof NodeEvents, text: string, isWarning: boolean): void {
    const unixMs = this.#clock.unixMs();
    this.#events.push({ unixMs, name, text: text.slice(0, MAX_TEXT), isWarning });
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    this.#count++;
  }
}

function describe({ info, address }: Caller): string {
  return info?.name ? peerHandle(info) : formatAddress(address);
}

/** That a connection breaks is nothing special. */
function because(error: Error | undefined): string {
  const isTold = error instanceof SynapseError && error.code !== "connection_lost";
  return isTold ? `: ${error.code}` : "";
}
