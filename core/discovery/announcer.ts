/**
 * Says that a node is there: asks who else is when it comes, answers those who ask, advertises by schedule,
 * looks after its name, and says goodbye.
 *
 * Broadcasts are what everybody pays for. So everybody counts them, and whatever can wait or can be left out does
 * and is when there are many: others get to know by reconciling.
 *
 * @module
 */
import type { Advert } from "../advert.ts";
import { encodePipePacket } from "../codecs/pipe_packet.ts";
import { AdvertMeter, suppressionDelayMs } from "./advert_rate.ts";
import { AdvertSchedule } from "./advert_schedule.ts";
import { NameClaim } from "./name_claim.ts";
import { OwnAdverts, type OwnAdvertsOptions } from "./own_adverts.ts";
import { TokenBucket } from "./token_buckets.ts";

/** What {@linkcode Announcer} needs. */
export interface AnnouncerOptions extends OwnAdvertsOptions {
  readonly name: string;
  /** How many adverts there are to be sent by all, as far as is known. */
  readonly crowd: () => number;
  /** Somebody else had our name first. */
  readonly onRenamed: (event: RenamedEvent) => void;
}

/** A node had to take another name. */
export interface RenamedEvent {
  readonly from: string;
  readonly to: string;
  /** The key of whoever has the name. */
  readonly holder: string | undefined;
}

/**
 * A broadcast is left out, or waits, when this many have gone by within the last second: the less others miss
 * by it, the sooner.
 */
const MAX_PER_SECOND = { answer: 6, schedule: 11, goodbye: 13, arrival: 15 } as const;
/** Whoever has just come can't tell how many there are, and assumes the worst. */
const LARGE_CROWD = 10_000;
/** For so long a node has just come. */
const NEW_MS = 10_000;
const ASKING_SPAN_MS = 50;
const ANSWER_SPAN_MS = 100;
/** Answers take that long; then the names that others go by are known. */
const ANSWERED_AFTER_MS = 120;
/** A question, or all answers to it, can be lost. */
const ASK_AGAIN_AFTER_MS: readonly number[] = [500, 1_500];
/** Whoever hears so many on a link before it has said anything need not ask: it will hear enough. */
const MANY_HEARD = 2;
/** Whoever hears so many others ask on a link is one of very many that arrive. */
const MANY_QUESTIONS = 3;
/** By then whoever came into a crowd has seen a whole second of it; twice that at most. */
const CROWDED_ARRIVAL_MS = 1_000;
/** So often is looked whether there is room for whoever has come; then the schedule has to do. */
const ARRIVALS = 5;
const ANSWERS = { perSecond: 1, burst: 5 } as const;
/** How many are told that we leave, when there is no room for a broadcast. They pass it on. */
const GOODBYES = 3;

/** One node's voice. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #claim: NameClaim;
  readonly #schedule: AdvertSchedule;
  readonly #adverts: OwnAdverts;
  readonly #answers = new TokenBucket(ANSWERS);
  readonly #timers = new Set<() => void>();
  #meter: AdvertMeter;
  #isPresent = false;
  #isAnswering = false;
  /** Asked by others, so far. */
  #questions = 0;
  #startedMs = 0;
  #advertisedMs = -Infinity;

  /** @param options What it needs. */
  constructor(options: AnnouncerOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#meter = new AdvertMeter(clock.now());
    this.#adverts = new OwnAdverts(options);
    this.#claim = new NameClaim(options.name, options.signer.id, clock);
    this.#schedule = new AdvertSchedule({
      clock,
      random,
      crowd: options.crowd,
      hasRoom: () => this.#hasRoom("schedule"),
      advertise: () => this.#advertise(),
    });
  }

  /** The name that it goes by. */
  get name(): string {
    return this.#claim.name;
  }

  /** Its adverts as they were last signed, one for each link. None before it has settled on its name. */
  get adverts(): readonly Advert[] {
    return this.#adverts.list;
  }

  /** Arrives. */
  start(): void {
    const { clock, random, store, transport } = this.#options;
    this.#startedMs = clock.now();
    this.#meter = new AdvertMeter(this.#startedMs);
    this.#after(suppressionDelayMs(random, { crowd: LARGE_CROWD, spanMs: ASKING_SPAN_MS }), () => {
      const links = transport.links().length;
      const isQuiet = store.othersCount + this.#questions < MANY_HEARD * links;
      if (isQuiet) this.#ask();
      this.#after(ANSWERED_AFTER_MS, () => {
        this.#settle(!isQuiet || this.#questions >= MANY_QUESTIONS * links);
      });
    });
  }

  /** Somebody else has broadcast an advert. */
  heard(): void {
    this.#meter.add(this.#options.clock.now());
  }

  /** Somebody asks who is there. */
  answer(): void {
    this.#questions++;
    const { clock, random } = this.#options;
    if (!this.#isPresent || this.#isAnswering || !this.#answers.take(clock.now())) return;
    this.#isAnswering = true;
    const askedMs = clock.now();
    const isNew = askedMs - this.#startedMs < NEW_MS;
    const crowd = isNew ? LARGE_CROWD : this.#options.crowd();
    const delayMs = suppressionDelayMs(random, { crowd, spanMs: ANSWER_SPAN_MS });
    this.#after(delayMs, () => {
      this.#isAnswering = false;
      if (this.#advertisedMs < askedMs && this.#hasRoom("answer")) this.#advertiseNow();
    });
  }

  /**
   * Decides between us and somebody else.
   *
   * @param other Their advert.
   * @returns Whether it goes by our name, and the name stays ours.
   */
  isOurName(other: Advert): boolean {
    if (this.#options.listening === undefined || other.name !== this.name) return false;
    if (this.#claim.withstands(other)) {
      this.answer();
      return true;
    }
    this.#takeAnotherName(other);
    if (this.#isPresent) this.#advertiseNow();
    return false;
  }

  /** A seed says that the name is another's already, whom we don't hear. */
  giveWay(): void {
    if (this.#options.listening === undefined || !this.#claim.mayGiveWay) return;
    this.#takeAnotherName(undefined);
    if (this.#isPresent) this.#advertiseNow();
  }

  /** Does what is due by and by. To be called every few seconds. */
  tick(): void {
    if (!this.#isPresent) return;
    if (this.#adverts.areOld) this.#sign("adv");
    this.#schedule.reconsider();
  }

  /** Leaves. */
  stop(): void {
    this.#schedule.stop();
    for (const cancel of this.#timers) cancel();
    if (!this.#isPresent) return;
    this.#isPresent = false;
    this.#sign("bye");
    if (this.#hasRoom("goodbye")) this.#adverts.broadcast();
    else this.#tellSome();
  }

  #ask(): void {
    const { namespace, transport, stats } = this.#options;
    const question = encodePipePacket({ network: namespace, type: "who", content: "", key: "" });
    for (const link of transport.links()) {
      stats.countBroadcast(question);
      transport.broadcast(question, link);
    }
  }

  #settle(isCrowded: boolean): void {
    const { listening, store } = this.#options;
    for (const delayMs of ASK_AGAIN_AFTER_MS) {
      this.#after(delayMs, () => {
        if (store.othersCount === 0) this.#ask();
      });
    }
    if (listening === undefined) return;
    this.#isPresent = true;
    this.#claim.claim();
    this.#schedule.start();
    if (isCrowded) this.#arriveLater(ARRIVALS);
    else this.#arrive(ARRIVALS);
  }

  #arrive(attempts: number): void {
    if (this.#hasRoom("arrival")) this.#advertise();
    else if (attempts > 1) this.#arriveLater(attempts - 1);
  }

  #arriveLater(attempts: number): void {
    // Those that it reconciles with get to know it meanwhile.
    if (this.#adverts.list.length === 0) this.#sign("adv");
    const delayMs = CROWDED_ARRIVAL_MS * (1 + this.#options.random());
    this.#after(delayMs, () => this.#arrive(attempts));
  }

  #takeAnotherName(holder: Advert | undefined): void {
    const from = this.name;
    do this.#claim.next(); while (this.#options.store.holderOf(this.name) !== undefined);
    if (this.#isPresent) this.#claim.claim();
    this.#options.onRenamed({ from, to: this.name, holder: holder?.key });
  }

  #advertiseNow(): void {
    this.#schedule.restart();
    this.#advertise();
  }

  #advertise(): void {
    this.#advertisedMs = this.#options.clock.now();
    this.#sign("adv");
    this.#adverts.broadcast();
    for (let i = 0; i < this.#adverts.list.length; i++) this.#meter.add(this.#advertisedMs);
  }

  #sign(type: "adv" | "bye"): void {
    this.#adverts.sign(type, this.name);
  }

  #tellSome(): void {
    const { store, random } = this.#options;
    for (let i = 0; i < GOODBYES; i++) {
      const known = store.pickLive(random);
      if (known !== undefined) this.#adverts.tell(known.source ?? known.advert);
    }
  }

  #hasRoom(purpose: keyof typeof MAX_PER_SECOND): boolean {
    const { clock } = this.#options;
    const nowMs = clock.now();
    // Whoever has just come has heard little but answers, all at once.
    const heard = purpose === "arrival"
      ? this.#meter.lastSecond(nowMs)
      : this.#meter.perSecond(nowMs);
    return heard < MAX_PER_SECOND[purpose];
  }

  #after(delayMs: number, callback: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
    });
    this.#timers.add(cancel);
  }
}
