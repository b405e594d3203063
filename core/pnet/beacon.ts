/**
 * A node's adverts in a pnet network, and its ear for those of others.
 *
 * Real nodes send theirs every 2.5 s to everybody on the port, never ask, and never say goodbye.
 *
 * @module
 */
import type { Clock, DatagramAddress, DatagramTransport, Random } from "../channel.ts";
import { parsePipePacket, type PipePacket, splitPipeDatagram } from "../codecs/pipe_packet.ts";
import { linksOf, type ListeningAddress } from "../discovery/own_adverts.ts";
import { type BucketRate, TokenBucket, TokenBuckets } from "../discovery/token_buckets.ts";
import type { TransportError } from "../errors.ts";
import type { PnetMember } from "./member.ts";

/** What {@linkcode PnetBeacon} takes. */
export interface PnetBeaconOptions {
  readonly member: PnetMember;
  /** Where adverts are heard and sent. Closed with the beacon. */
  readonly transport: DatagramTransport;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the node takes pnet's connections just now; undefined while it doesn't. */
  listening(): ListeningAddress | undefined;
  /** Something can't be had, and is done without. */
  warn(error: TransportError): void;
}

const INTERVAL_MS = 2_500;
/** Either way, so that nodes that start together don't go on together. */
const JITTER = 0.2;
/** Adverts of one source that are looked at, and of all: without a signature nothing tells good from bad. */
const PER_SENDER: BucketRate = { perSecond: 20, burst: 100 };
const SENDER_BUCKETS = 512;
const IN_ALL: BucketRate = { perSecond: 1_000, burst: 2_000 };
/** base64 of `-----`. */
const PEM_BEGINNING = "LS0tLS";
const UTF8 = new TextEncoder();

/** Says that a node is there, and hears who else is. */
export class PnetBeacon {
  readonly #options: PnetBeaconOptions;
  readonly #senders: TokenBuckets;
  readonly #all = new TokenBucket(IN_ALL);
  #cancelNext: () => void = () => {};
  #isStopped = false;

  /** @param options The node, and where its adverts go. */
  constructor(options: PnetBeaconOptions) {
    this.#options = options;
    this.#senders = new TokenBuckets(PER_SENDER, SENDER_BUCKETS, options.random() * 2 ** 32);
  }

  /**
   * Begins.
   *
   * @returns Settles when others are heard. What can't be had is a warning, never an error.
   */
  async start(): Promise<void> {
    const { transport, warn } = this.#options;
    await transport.open({
      receive: (datagram, from) => this.#receive(datagram, from),
      warn: (error) => warn(error),
    });
    if (!this.#isStopped) this.#advertise();
  }

  /** Ends, and closes the transport. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelNext();
    await this.#options.transport.close();
  }

  #advertise(): void {
    const { member, transport, clock, random, listening } = this.#options;
    const place = listening();
    const links = place === undefined ? [] : linksOf(place, transport.links());
    for (const link of links) {
      const advert = member.advert({ host: link.host, port: place!.port });
      transport.broadcast(UTF8.encode(advert), link);
    }
    const delayMs = INTERVAL_MS * (1 + JITTER * (2 * random() - 1));
    this.#cancelNext = clock.after(delayMs, () => this.#advertise());
  }

  #receive(datagram: Uint8Array, from: DatagramAddress): void {
    const nowMs = this.#options.clock.now();
    if (!this.#senders.take(`${from.host}:${from.port}`, nowMs) || !this.#all.take(nowMs)) return;
    try {
      for (const line of splitPipeDatagram(datagram)) {
        const packet = parsePipePacket(line);
        if (packet !== undefined && this.#isForUs(packet)) this.#options.member.hear(packet);
      }
    } catch {
      // No advert: anybody may say anything on the port, and an advert proves nothing anyway.
    }
  }

  /** Questions, goodbyes and the signed adverts of the native protocol use the same port. */
  #isForUs(packet: PipePacket): boolean {
    return packet.type === "adv" && packet.network === this.#options.member.network &&
      packet.key.startsWith(PEM_BEGINNING);
  }
}
