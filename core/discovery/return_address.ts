/**
 * Makes sure that somebody is where its datagrams say that they come from, before more is sent there than
 * came from there; and that an answer comes from whom was asked.
 *
 * A cookie is a keyed hash of an address: only who gets what is sent to that address can hand it back.
 * Nothing is remembered for it. The same cookie salts the hashes that two nodes reconcile by.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Clock, DatagramAddress } from "../channel.ts";
import type { Salt } from "./salted_hash.ts";

/** Bytes of a cookie. */
export const COOKIE_BYTES: number = 8;
/** A cookie is good for this long at least, and for twice that at most. */
const PERIOD_MS = 60_000;

const UTF8 = new TextEncoder();

/** Issues and checks cookies. */
export class ReturnAddress {
  readonly #secret: Uint8Array;
  readonly #clock: Clock;
  /** Adverts come by the dozen from the same address. */
  #last: { readonly about: string; readonly cookie: Uint8Array } = {
    about: "",
    cookie: new Uint8Array(0),
  };

  /**
   * @param secret What nobody else knows.
   * @param clock Time.
   */
  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret.slice();
    this.#clock = clock;
  }

  /** @returns The cookie of an address, as of now. */
  issue(address: DatagramAddress): Uint8Array {
    return this.#cookieOf(address, this.#period);
  }

  /** @returns Whether a cookie is that of an address, and not too old. */
  isGood(cookie: Uint8Array, address: DatagramAddress): boolean {
    return isEqual(cookie, this.#cookieOf(address, this.#period)) ||
      isEqual(cookie, this.#cookieOf(address, this.#period - 1));
  }

  get #period(): number {
    return Math.floor(this.#clock.now() / PERIOD_MS);
  }

  #cookieOf({ host, port }: DatagramAddress, period: number): Uint8Array {
    const about = `${period} ${host}:${port}`;
    if (about !== this.#last.about) {
      const text = UTF8.encode(about);
      const bytes = new Uint8Array(this.#secret.length + text.length);
      bytes.set(this.#secret);
      bytes.set(text, this.#secret.length);
      this.#last = { about, cookie: sha256(bytes).slice(0, COOKIE_BYTES) };
    }
    return this.#last.cookie;
  }
}

/** @returns A cookie as what hashes are mixed with. */
export function saltOf(cookie: Uint8Array): Salt {
  const view = new DataView(cookie.buffer, cookie.byteOffset, cookie.byteLength);
  return [view.getUint32(0), view.getUint32(4)];
}

/** In constant time: a cookie can't be guessed byte by byte. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < b.length; at++) difference |= a[at] ^ b[at];
  return difference === 0;
}
