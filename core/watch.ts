/**
 * What a node tells whoever watches it: how many calls it serves and how fast, whom it knows, what has happened.
 *
 * Nothing is measured while nobody watches, and once a second for all who do.
 *
 * @module
 */
import { formatAddress } from "./address.ts";
import type { CallContext, Caller } from "./caller.ts";
import type { Clock } from "./channel.ts";
import { Emitter } from "./emitter.ts";
import { SynapseError } from "./errors.ts";
import type { NodeEvents } from "./node_options.ts";
import type { PeerTable } from "./peer_table.ts";
import type { Registry } from "./registry.ts";
import { CallRates, type CallTotals, type WatchedCalls } from "./watch/call_rates.ts";
import { EventLog, type WatchedEvent } from "./watch/event_log.ts";
import { NeighbourSurvey } from "./watch/neighbour_survey.ts";
import { listWatchedPeers, MAX_WATCHED_PEERS, type WatchedPeer } from "./watch/watched_peers.ts";

export type { CallTotals, WatchedCalls } from "./watch/call_rates.ts";
export type { WatchedEvent } from "./watch/event_log.ts";
export type { WatchedPeer } from "./watch/watched_peers.ts";

/** What of a node is watched. */
export interface WatchHost {
  readonly connections: readonly Caller[];
  readonly peers: Pick<PeerTable, "list">;
  /** Calls that were served so far. */
  calls(): CallTotals;
  on<Name extends keyof NodeEvents>(
    name: Name,
    listener: (event: NodeEvents[Name]) => unknown,
  ): () => void;
}

/** How a node is at one moment. */
export interface WatchSample extends WatchedCalls {
  readonly uptimeMs: number;
  /** Those that are connected first, then those heard last: 200 at most. */
  readonly peers: readonly WatchedPeer[];
  /** How many peers there are, those left out included. */
  readonly peerCount: number;
}

/** An item of `_synapse.watch`. */
export interface WatchItem extends WatchSample {
  /** What has happened since the item before; in the first item, what has happened last. */
  readonly events: readonly WatchedEvent[];
  /** In the first item: whether whoever watches may call what is published, too. */
  readonly mayCall?: boolean;
  /** In the first item: which of the peers it is itself. */
  readonly you?: string;
}

/** The function's name. */
export const WATCH_METHOD: string = "_synapse.watch";
const TICK_MS = 1_000;
/** Each costs a message a second. */
const MAX_WATCHERS = 64;

/** Watches one node, for many. */
export class Watch {
  readonly #host: WatchHost;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #log: EventLog;
  readonly #survey: NeighbourSurvey;
  readonly #ticks = new Emitter<{ tick: WatchSample | undefined }>(() => {});
  #watchers = 0;
  #isClosed = false;
  #rates: CallRates | undefined;
  #latest: WatchSample | undefined;
  #cancelTick: () => void = () => {};

  /**
   * @param host The node.
   * @param clock Time.
   */
  constructor(host: WatchHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
    this.#startMs = clock.now();
    this.#log = new EventLog(host, clock);
    this.#survey = new NeighbourSurvey(clock);
  }

  /**
   * Tells how the node is, once a second.
   *
   * @param context Who wants to know.
   * @param mayCall Whether they may call what is published.
   * @returns Ends when they have left, or the watch was closed.
   * @throws {SynapseError} `limit_exceeded`, when too many watch.
   */
  async *follow(
    { address, signal }: Pick<CallContext, "address" | "signal">,
    mayCall: boolean,
  ): AsyncGenerator<WatchItem> {
    if (this.#watchers >= MAX_WATCHERS) {
      throw new SynapseError(
        "limit_exceeded",
        `Cannot watch node as ${MAX_WATCHERS} others do already`,
      );
    }
    if (this.#watchers++ === 0) this.#begin();
    try {
      let told = this.#log.count;
      yield { ...this.#latest!, events: this.#log.since(0), mayCall, you: formatAddress(address) };
      while (!this.#isClosed) {
        const sample = await this.#ticks.once("tick", { signal });
        if (sample === undefined) return;
        const events = this.#log.since(told);
        told = this.#log.count;
        yield { ...sample, events };
      }
    } finally {
      if (--this.#watchers === 0) this.#cancelTick();
    }
  }

  /** Ends it for all who watch: a node that closes waits for calls under way. */
  close(): void {
    this.#isClosed = true;
    this.#ticks.emit("tick", undefined);
  }

  #begin(): void {
    this.#rates = new CallRates(this.#host.calls(), this.#clock.now());
    this.#tick();
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick());
    this.#survey.ask(this.#host.connections);
    this.#latest = this.#sample();
    this.#ticks.emit("tick", this.#latest);
  }

  #sample(): WatchSample {
    const nowMs = this.#clock.now();
    const peers = listWatchedPeers(this.#host, this.#survey);
    return {
      uptimeMs: nowMs - this.#startMs,
      ...this.#rates!.sample(this.#host.calls(), nowMs),
      peers: peers.slice(0, MAX_WATCHED_PEERS),
      peerCount: peers.length,
    };
  }
}

/**
 * Publishes `_synapse.watch`, unlisted.
 *
 * @param registry Where.
 * @param watch Of which node.
 * @param mayCall Whether those who call it there may call what the node publishes, too.
 */
export function registerWatch(registry: Registry, watch: Watch, mayCall: boolean = true): void {
  const follow = (context: CallContext): AsyncGenerator<WatchItem> =>
    watch.follow(context, mayCall);
  registry.register(WATCH_METHOD, follow, { hidden: true, allow: ["*"], context: true });
}
