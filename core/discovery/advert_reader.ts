/**
 * Reads adverts, and remembers those whose signature was good: checking one takes about a millisecond, and the
 * same ones come again and again.
 *
 * Nodes of one process can share a reader.
 *
 * @module
 */
import {
  type Advert,
  type AdvertFault,
  parseAdvert,
  verifyAdvert,
  type VerifySignature,
} from "../advert.ts";

/** Adverts remembered where nothing else is said: about half a megabyte. */
const DEFAULT_REMEMBERED = 1_024;

/** What {@linkcode AdvertReader} takes. */
export interface AdvertReaderOptions {
  /** Checks a signature. */
  readonly verify: VerifySignature;
  /** How many good adverts are remembered at least. 1,024 by default. */
  readonly remembered?: number;
}

/** Reads and verifies. */
export class AdvertReader {
  readonly #verify: VerifySignature;
  readonly #remembered: number;
  /** In two generations, as taking the oldest out of a `Map` one by one gets slow. */
  #young = new Map<string, Advert>();
  #old = new Map<string, Advert>();

  /** @param options How signatures are checked. */
  constructor(options: AdvertReaderOptions) {
    this.#verify = options.verify;
    this.#remembered = options.remembered ?? DEFAULT_REMEMBERED;
  }

  /**
   * Reads an advert.
   *
   * @param line A packet without its newline.
   * @returns The advert, verified or not, or why it is none.
   */
  read(line: string): Advert | AdvertFault {
    return this.#young.get(line) ?? this.#old.get(line) ?? parseAdvert(line);
  }

  /** Says whether an advert, as {@linkcode read} returned it, was found good before. */
  isKnownGood(advert: Advert): boolean {
    return this.#young.get(advert.line) === advert || this.#old.get(advert.line) === advert;
  }

  /**
   * Checks an advert's signature.
   *
   * @param advert As {@linkcode read} returned it.
   * @returns Whether it is good.
   */
  verify(advert: Advert): boolean {
    if (!verifyAdvert(advert, this.#verify)) return false;
    if (this.#young.size >= this.#remembered) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(advert.line, advert);
    return true;
  }
}
