/**
 * Finds the nodes of one namespace, without configuration: adverts by broadcast, and what those miss by
 * reconciling with one node at a time.
 *
 * Pure: datagrams, time and chance come as arguments. What is found goes into a peer table; the bytes are
 * described in `docs/protocols.md`.
 *
 * @module
 */
import type { AdvertSigner, VerifySignature } from "./advert.ts";
import type { Clock, DatagramAddress, DatagramTransport, Random } from "./channel.ts";
import { parsePipePacket, splitPipeDatagram } from "./codecs/pipe_packet.ts";
import { advertIntervalMs } from "./discovery/advert_rate.ts";
import { AdvertReader } from "./discovery/advert_reader.ts";
import { AdvertStore, patienceMs } from "./discovery/advert_store.ts";
import { Announcer, type RenamedEvent } from "./discovery/announcer.ts";
import {
  type DiscoveryCounters,
  DiscoveryStats,
  type DropSummary,
} from "./discovery/discovery_stats.ts";
import { Intake, observationOf, type ObservedPeers } from "./discovery/intake.ts";
import type { ListeningAddress } from "./discovery/own_adverts.ts";
import { type Arrival, Reconciler } from "./discovery/reconciler.ts";
import { ReturnAddress } from "./discovery/return_address.ts";
import { type BucketRate, TokenBuckets } from "./discovery/token_buckets.ts";
import { DecodeError, type TransportError } from "./errors.ts";
import { verify } from "./identity.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { isNamespaceName, isPeerName } from "./peer_observation.ts";

export type { RenamedEvent } from "./discovery/announcer.ts";
export type {
  DiscoveryCounters,
  DropCounts,
  DropReason,
  DropSummary,
} from "./discovery/discovery_stats.ts";
export type { ListeningAddress } from "./discovery/own_adverts.ts";

/** What happens to discovery. None of these may throw. */
export interface DiscoveryEvents {
  /** Somebody else had our name first. */
  readonly renamed?: (event: RenamedEvent) => void;
  /** Something bad was dropped. Said once a minute at most, for all of it. */
  readonly dropped?: (summary: DropSummary) => void;
  /** Something can't be had, and is done without. */
  readonly warning?: (error: TransportError) => void;
}

/** What {@linkcode Discovery} takes. */
export interface DiscoveryOptions {
  /** The crowd. */
  readonly namespace: string;
  /** Our name in it. */
  readonly name: string;
  /** Where we can be called. Without it nobody is told that we are there; we only look. */
  readonly listening?: ListeningAddress;
  /** Signs our adverts; an `Identity`. */
  readonly identity: AdvertSigner;
  /** Where others, and ourselves, are heard. Closed with discovery. */
  readonly transport: DatagramTransport;
  /** Gets to know whom we hear. Its `sweep` is left to its owner. */
  readonly table: ObservedPeers;
  readonly clock: Clock;
  readonly random: Random;
  /** What happens. */
  readonly events?: DiscoveryEvents;
  /** Adverts remembered at most. 10,000 by default. */
  readonly maxPeers?: number;
  /** Checks signatures: ed25519 where left out. */
  readonly verify?: VerifySignature;
  /** Reads adverts, where nodes of one process are to share what was verified. */
  readonly reader?: AdvertReader;
}

/** Somebody unheard for so many intervals is not there any more. */
const SILENT_INTERVALS = 4;
const MIN_TICK_MS = 2_500;
const MAX_TICK_MS = 10_000;
/** A node's threshold for silence is told again to the peer table when it has grown by so much. */
const RAISED_BY = 1.5;
/** Datagrams of one sender that are looked at. */
const DATAGRAMS: BucketRate = { perSecond: 100, burst: 250 };
const SENDER_BUCKETS = 512;
/** The messages of a reconciliation. */
const CONVERSATION: ReadonlySet<string> = new Set(["dig", "lst", "get", "put"]);

/** One node in one namespace. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  /** What every packet of ours begins with. */
  readonly #prefix: string;
  readonly #stats: DiscoveryStats;
  readonly #store: AdvertStore;
  readonly #senders: TokenBuckets;
  readonly #intake: Intake;
  readonly #announcer: Announcer;
  readonly #reconciler: Reconciler;
  #cancelTick: () => void = () => {};
  #toldOfflineAfterMs = Infinity;
  #isStopped = false;

  /**
   * @param options What it is, and what it needs.
   * @throws {TypeError} When a name can't be one.
   */
  constructor(options: DiscoveryOptions) {
    const { namespace, name, identity, transport, clock, random, listening, events } = options;
    if (!isNamespaceName(namespace)) throw unfit("namespace", '"|"', namespace);
    if (listening !== undefined && !isPeerName(name)) {
      throw unfit("name", '"|", "@"', name);
    }
    this.#options = options;
    this.#prefix = `${namespace}|`;
    this.#stats = new DiscoveryStats({ clock, onSummary: events?.dropped });
    this.#store = new AdvertStore(options.maxPeers ?? DEFAULT_LIMITS.maxPeers);
    this.#senders = new TokenBuckets(DATAGRAMS, SENDER_BUCKETS, random() * 2 ** 32);
    const shared = { namespace, clock, random, stats: this.#stats, store: this.#store };
    this.#announcer = new Announcer({
      ...shared,
      name,
      listening,
      transport,
      signer: identity,
      crowd: () => Math.max(this.#store.crowd, this.#reconciler.knownByOthers),
      onRenamed: (event) => events?.renamed?.(event),
    });
    this.#intake = new Intake({
      ...shared,
      ownKey: identity.id,
      table: options.table,
      reader: options.reader ?? new AdvertReader({ verify: options.verify ?? verify }),
      offlineAfterMs: () => this.#offlineAfterMs,
      isOurName: (other) => this.#announcer.isOurName(other),
    });
    const secret = identity.sign(new TextEncoder().encode(`synapse-cookies ${random()}`));
    this.#reconciler = new Reconciler({
      ...shared,
      returnAddress: new ReturnAddress(secret, clock),
      ownAdverts: () => this.#announcer.adverts,
      relayable: () => this.#intake.relayable,
      learn: (line, from) => void this.#intake.learn(line, from),
      send: (datagram, to) => transport.send(datagram, to),
    });
  }

  /** The name that we go by: another than was wanted where that was taken. */
  get name(): string {
    return this.#announcer.name;
  }

  /** Takes another name, as a seed says that ours is another's; not once we have long gone by it. */
  giveWay(): void {
    this.#announcer.giveWay();
  }

  /** @returns What was taken, dropped and sent so far. */
  stats(): DiscoveryCounters {
    return this.#stats.read();
  }

  /**
   * Begins: asks who is there, and says that we are.
   *
   * @returns Settles when others are heard. What can't be had is a warning, never an error.
   */
  async start(): Promise<void> {
    const { transport, listening, events } = this.#options;
    await transport.open({
      receive: (datagram, from) => this.#receive(datagram, from),
      warn: (error) => events?.warning?.(error),
    }, listening?.port);
    if (this.#isStopped) return;
    this.#announcer.start();
    this.#tick();
  }

  /** Ends: says goodbye, and closes the transport. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelTick();
    this.#reconciler.stop();
    this.#announcer.stop();
    this.#stats.stop();
    await this.#options.transport.close();
  }

  /** By how many are known, silent ones included: whoever doubts that others are there gets more patient. */
  get #offlineAfterMs(): number {
    const crowd = Math.max(this.#store.othersCount, this.#reconciler.knownByOthers) + 1;
    return Math.ceil(SILENT_INTERVALS * advertIntervalMs(crowd));
  }

  #receive(datagram: Uint8Array, from: DatagramAddress): void {
    if (this.#isStopped) return;
    this.#stats.countReceived(datagram);
    if (!this.#senders.take(`${from.host}:${from.port}`, this.#options.clock.now())) {
      return this.#stats.drop("flood");
    }
    let lines: string[];
    try {
      lines = splitPipeDatagram(datagram);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#stats.drop("malformed");
    }
    const [head] = lines;
    if (head.startsWith(this.#prefix) && CONVERSATION.has(this.#typeOf(head))) {
      this.#converse(head, lines.slice(1), { from, datagramBytes: datagram.length });
    } else {
      for (const line of lines) this.#hear(line, from);
    }
  }

  /** What two nodes say to each other: one message a datagram, so that one question gets one answer. */
  #converse(head: string, others: readonly string[], arrival: Arrival): void {
    const packet = parsePipePacket(head);
    if (packet === undefined) return this.#stats.drop("malformed");
    if (packet.type === "put") return this.#reconciler.learn(packet.content, others, arrival.from);
    this.#reconciler.receive(packet.type, packet.content, arrival);
    // Whoever asks may introduce itself.
    for (const line of others) this.#hearAdvert(line, arrival.from);
  }

  /** What is said to everybody. */
  #hear(line: string, from: DatagramAddress): void {
    if (!line.startsWith(this.#prefix)) return this.#stats.drop("namespace");
    if (this.#typeOf(line) !== "who") {
      if (this.#hearAdvert(line, from)) this.#announcer.heard();
    } else if (parsePipePacket(line) !== undefined) {
      this.#announcer.answer();
    } else {
      this.#stats.drop("malformed");
    }
  }

  /** Answers whether it told something new. */
  #hearAdvert(line: string, from: DatagramAddress): boolean {
    if (this.#intake.hear(line, from) === undefined) return false;
    this.#reconciler.wake();
    return true;
  }

  #typeOf(line: string): string {
    return line.slice(this.#prefix.length, line.indexOf("|", this.#prefix.length));
  }

  #tick(): void {
    const { clock, table } = this.#options;
    const offlineAfterMs = this.#offlineAfterMs;
    this.#store.sweep({ unixMs: clock.unixMs(), offlineAfterMs });
    if (offlineAfterMs > this.#toldOfflineAfterMs * RAISED_BY) {
      for (const { advert, heardMs, source } of this.#store.live()) {
        const options = { offlineAfterMs: patienceMs(offlineAfterMs, source) };
        table.merge(observationOf(advert, heardMs), options);
      }
    }
    this.#toldOfflineAfterMs = offlineAfterMs;
    this.#announcer.tick();
    const tickMs = offlineAfterMs / SILENT_INTERVALS;
    this.#cancelTick = clock.after(
      Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, tickMs)),
      () => this.#tick(),
    );
  }
}

function unfit(what: string, separators: string, found: string): TypeError {
  const rule = `must be 1 to 64 characters without ${separators} and control characters`;
  return new TypeError(`Cannot discover as the ${what} ${rule}: got ${JSON.stringify(found)}`);
}
