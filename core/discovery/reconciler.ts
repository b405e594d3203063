/**
 * Keeps what two nodes know the same: one asks another, any one, whether it knows the same, and they tell each
 * other the difference. Whatever a broadcast has missed gets around like that, and whoever is new
 * knows everybody after a few times.
 *
 * ```text
 * asker     dig -->            digests of what it knows
 *           <-- lst            where they differ, what the answerer knows, as ids and times
 *           get, put -->       what is wanted of that, and adverts that the answerer lacks
 *           <-- put            adverts, as their senders signed them
 * ```
 *
 * The one answer that goes to an address before that is proven to be the asker's is no larger than
 * thrice the question.
 *
 * @module
 */
import { type Advert, isLoopback } from "../advert.ts";
import type { Clock, DatagramAddress, Random } from "../channel.ts";
import { formatPipePacket } from "../codecs/pipe_packet.ts";
import type { AdvertStore } from "./advert_store.ts";
import { bucketBitsFor, SaltedAdverts } from "./difference.ts";
import type { DiscoveryStats } from "./discovery_stats.ts";
import {
  formatDigest,
  formatGet,
  formatList,
  formatPut,
  LIST_MESSAGE_HEADER_BYTES,
  parseDigest,
  parseGet,
  parseList,
  parsePut,
} from "./reconcile_messages.ts";
import { type ReturnAddress, saltOf } from "./return_address.ts";
import { type BucketRate, TokenBucket } from "./token_buckets.ts";

/** What {@linkcode Reconciler} needs. */
export interface ReconcilerOptions {
  readonly namespace: string;
  readonly store: AdvertStore;
  readonly returnAddress: ReturnAddress;
  readonly stats: DiscoveryStats;
  readonly clock: Clock;
  readonly random: Random;
  /** Our own adverts. */
  readonly ownAdverts: () => readonly Advert[];
  /** How many adverts could be checked just now. */
  readonly relayable: () => number;
  /** Takes in an advert that another passes on. */
  readonly learn: (line: string, from: DatagramAddress) => void;
  /** Sends a datagram. */
  readonly send: (datagram: Uint8Array, to: DatagramAddress) => void;
}

/** How a message came. */
export interface Arrival {
  /** Who says to have sent it. */
  readonly from: DatagramAddress;
  /** How large its datagram was. */
  readonly datagramBytes: number;
}

/** Fits through any network without being cut up. */
const MAX_DATAGRAM_BYTES = 1_200;
/** An answer to an address that nothing is known about may be so many times as large as the question. */
const MAX_AMPLIFICATION = 3;
/** From hearing of anybody to the first question. */
const FIRST_AFTER_MS = 150;
/** From one question to the next; a fifth less or more. */
const INTERVAL_MS = 5_000;
/** The same, while much is missing. */
const CATCHING_UP_MS = 500;
/** The same, where no answer came: another may be there. */
const UNANSWERED_MS = 1_000;
const JITTER = 0.2;
/** Of what is known, so large a part that differs means that somebody is behind. */
const MUCH = 0.05;
/** Two who are new may know the same, and little: a newcomer asks more than one or two. */
const MIN_ANSWERS = 5;
/** Adverts asked for at once: 20 datagrams or so. */
const MAX_WANTED = 120;
/** Of our own adverts, one a link, so many fit into a datagram besides the longest question. */
const MAX_INTRODUCTIONS = 1;
/** Adverts sent unasked, as the other's list lacks them. */
const MAX_OFFERED = 24;
/** How many adverts a newcomer expects, which decides how fine its first digest is. */
const EXPECTED_AT_FIRST = 1_024;
/** Whoever says that it knows more is not believed: it would keep us silent for long. */
const MOST_BELIEVED = 10_000;
/** What others ask that is looked at: each costs as much as going through everything that is known. */
const QUESTIONS: BucketRate = { perSecond: 50, burst: 100 };
/** The same for answers to what we have asked. */
const ANSWERS: BucketRate = { perSecond: 20, burst: 40 };
/** One gets no more of what may be given just now: a few for everybody who asks are worth more than all for one. */
const MAX_SHARE = 0.2;
/** Bytes of adverts for others. */
const GIVEN_BYTES: BucketRate = { perSecond: 100_000, burst: 250_000 };

const UTF8 = new TextEncoder();

/** One node's side of every such conversation. Nothing is remembered from one message to the next. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #questions = new TokenBucket(QUESTIONS);
  readonly #answers = new TokenBucket(ANSWERS);
  readonly #givenBytes = new TokenBucket(GIVEN_BYTES);
  #cancel: (() => void) | undefined;
  #isStopped = false;
  #isCatchingUp = true;
  #knownByOthers = EXPECTED_AT_FIRST;
  #answerCount = 0;

  /** @param options What it needs. */
  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** How many adverts the last one asked knew, while that is more to go by than what we know. */
  get knownByOthers(): number {
    return this.#isCatchingUp && this.#answerCount > 0 ? this.#knownByOthers : 0;
  }

  /** Somebody is there who could be asked. */
  wake(): void {
    if (this.#cancel === undefined && !this.#isStopped) this.#wait(FIRST_AFTER_MS);
  }

  /** Ends it. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /**
   * Takes a `dig`, `lst` or `get`.
   *
   * @param type The packet's.
   * @param content The packet's.
   * @param arrival How it came.
   */
  receive(type: string, content: string, { from, datagramBytes }: Arrival): void {
    if (type === "dig") this.#answer(content, from, datagramBytes);
    else if (type === "lst") this.#compare(content, from);
    else if (type === "get") this.#give(content, from);
  }

  /**
   * Takes a `put` and what follows it in the same datagram.
   *
   * @param content The packet's.
   * @param adverts The packets behind it.
   * @param from Who says to have sent them.
   */
  learn(content: string, adverts: readonly string[], from: DatagramAddress): void {
    const { returnAddress, learn, stats } = this.#options;
    const cookie = parsePut(content);
    if (cookie === undefined) return stats.drop("malformed");
    if (!returnAddress.isGood(cookie, from)) return stats.drop("unsolicited");
    for (const line of adverts) learn(line, from);
  }

  #wait(baseMs: number): void {
    const { clock, random } = this.#options;
    const delayMs = baseMs * (1 - JITTER + 2 * JITTER * random());
    this.#cancel?.();
    this.#cancel = clock.after(delayMs, () => this.#ask());
  }

  #ask(): void {
    const { store, random, returnAddress } = this.#options;
    this.#cancel = undefined;
    const partner = store.pickLive(random);
    // The next one who is heard wakes us.
    if (partner === undefined) return;
    this.#wait(UNANSWERED_MS);
    const to = partner.source ?? { host: partner.advert.host, port: partner.advert.port };
    const askerCookie = returnAddress.issue(to);
    const adverts = this.#toldTo(to, askerCookie);
    const bits = bucketBitsFor(Math.max(adverts.count, this.#knownByOthers));
    const digests = adverts.digests(bits);
    const question = this.#packet("dig", formatDigest({ askerCookie, digests }));
    this.#send([question, ...this.#introduction(to)], to);
  }

  #answer(content: string, from: DatagramAddress, datagramBytes: number): void {
    const { stats, random, returnAddress } = this.#options;
    const question = parseDigest(content);
    if (question === undefined) return stats.drop("malformed");
    if (!this.#mayLook(this.#questions)) return;
    const { askerCookie, digests } = question;
    const adverts = this.#toldTo(from, askerCookie);
    const bits = Math.log2(digests.length);
    const ours = adverts.digests(bits);
    const differing = [...digests.keys()].filter((bucket) => digests[bucket] !== ours[bucket]);
    const allowedBytes = MAX_AMPLIFICATION * datagramBytes;
    const maxPages = Math.max(1, Math.floor(allowedBytes / MAX_DATAGRAM_BYTES));
    const pageBytes = this.#listBytes(Math.min(MAX_DATAGRAM_BYTES, allowedBytes));
    const { pages, isComplete } = adverts.list(differing, { bits, pageBytes, maxPages, random });
    const answererCookie = returnAddress.issue(from);
    const known = adverts.count;
    for (const lists of pages) {
      const message = { askerCookie, answererCookie, bits, isComplete, known, lists };
      this.#send([this.#packet("lst", formatList(message))], from);
    }
  }

  #compare(content: string, from: DatagramAddress): void {
    const { returnAddress, stats } = this.#options;
    const message = parseList(content);
    if (message === undefined) return stats.drop("malformed");
    const { askerCookie, answererCookie, lists, bits } = message;
    if (!returnAddress.isGood(askerCookie, from)) return stats.drop("unsolicited");
    if (!this.#mayLook(this.#answers)) return;
    const { wanted, offered } = this.#toldTo(from, askerCookie).compare(lists, bits);
    const affordable = Math.min(MAX_WANTED, this.#options.relayable());
    this.#knownByOthers = Math.min(message.known, MOST_BELIEVED);
    this.#answerCount++;
    this.#isCatchingUp = !message.isComplete || this.#answerCount < MIN_ANSWERS ||
      wanted.length + offered.length > MUCH * message.known;
    this.#wait(this.#isCatchingUp ? CATCHING_UP_MS : INTERVAL_MS);
    const ids = wanted.slice(0, affordable);
    if (ids.length > 0) {
      this.#send([this.#packet("get", formatGet({ answererCookie, askerCookie, ids }))], from);
    }
    this.#put(offered.slice(0, MAX_OFFERED), answererCookie, from);
  }

  #give(content: string, from: DatagramAddress): void {
    const { returnAddress, stats } = this.#options;
    const message = parseGet(content);
    if (message === undefined) return stats.drop("malformed");
    const { answererCookie, askerCookie, ids } = message;
    if (!returnAddress.isGood(answererCookie, from)) return stats.drop("unsolicited");
    if (!this.#mayLook(this.#questions)) return;
    const adverts = this.#toldTo(from, askerCookie).select(ids.slice(0, MAX_WANTED));
    this.#put(adverts, askerCookie, from);
  }

  /** As many adverts a datagram as fit, and as many datagrams as are left when others are to get some too. */
  #put(adverts: readonly Advert[], cookie: Uint8Array, to: DatagramAddress): void {
    const { clock, random } = this.#options;
    const head = this.#packet("put", formatPut(cookie));
    let shareBytes = this.#givenBytes.available(clock.now()) * MAX_SHARE;
    let packets = [head];
    let bytes = head.length;
    const send = (): boolean => {
      if (!this.#givenBytes.take(clock.now(), bytes)) return false;
      this.#send(packets, to);
      shareBytes -= bytes;
      packets = [head];
      bytes = head.length;
      return shareBytes > 0;
    };
    for (const advert of startingAnywhere(adverts, random)) {
      if (bytes + advert.bytes.length > MAX_DATAGRAM_BYTES && !send()) return;
      packets.push(advert.bytes);
      bytes += advert.bytes.length;
    }
    if (packets.length > 1) send();
  }

  /** Whoever is new says so along with what it asks: maybe there was no room for a broadcast. */
  #introduction({ host }: DatagramAddress): Uint8Array[] {
    if (!this.#isCatchingUp) return [];
    const { ownAdverts } = this.#options;
    return ownAdverts().filter((advert) => isLoopback(host) || !isLoopback(advert.host))
      .map((advert) => advert.bytes).slice(0, MAX_INTRODUCTIONS);
  }

  /** What an address may be told. What another machine would take for itself stays on this one. */
  #toldTo({ host }: DatagramAddress, salt: Uint8Array): SaltedAdverts {
    return new SaltedAdverts(this.#options.store, saltOf(salt), isLoopback(host));
  }

  #mayLook(budget: TokenBucket): boolean {
    if (budget.take(this.#options.clock.now())) return true;
    this.#options.stats.drop("busy");
    return false;
  }

  #packet(type: string, content: string): Uint8Array {
    const { namespace } = this.#options;
    return UTF8.encode(formatPipePacket({ network: namespace, type, content, key: "" }));
  }

  /** How many bytes of lists fit into a datagram of so many: three bytes are four characters of base64. */
  #listBytes(datagramBytes: number): number {
    const characters = datagramBytes - this.#packet("lst", "").length;
    return Math.floor(characters * 3 / 4) - LIST_MESSAGE_HEADER_BYTES;
  }

  #send(packets: readonly Uint8Array[], to: DatagramAddress): void {
    const datagram = new Uint8Array(packets.reduce((sum, packet) => sum + packet.length, 0));
    let at = 0;
    for (const packet of packets) {
      datagram.set(packet, at);
      at += packet.length;
    }
    this.#options.stats.countSent(datagram);
    this.#options.send(datagram, to);
  }
}

function startingAnywhere(adverts: readonly Advert[], random: Random): Advert[] {
  const first = Math.floor(random() * adverts.length);
  return [...adverts.slice(first), ...adverts.slice(0, first)];
}
