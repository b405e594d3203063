/**
 * Seals values for one receiver and opens those sealed for us: RSA around a session key around a value.
 *
 * @module
 */
import {
  createFernetKey,
  decryptFernet,
  encryptFernet,
  FERNET_IV_BYTES,
  FERNET_KEY_BYTES,
  type FernetKey,
  type FernetOptions,
  parseFernetKey,
} from "../codecs/pnet_fernet.ts";
import {
  decryptFromNetwork,
  encryptForNetwork,
  formatPnetContent,
  type PnetContent,
} from "../codecs/pnet_content.ts";
import { padPkcs1, unpadPkcs1 } from "../codecs/pnet_rsa_padding.ts";
import { decodePnetValue, encodePnetValue, type PnetValue } from "../codecs/pnet_value.ts";
import type { Clock } from "../channel.ts";
import { DecodeError } from "../errors.ts";
import type { PnetCrypto, PnetPrivateKey, PnetPublicKey } from "./crypto.ts";

/** What a sealer is made of. */
export interface PnetSealerOptions {
  /** Randomness. */
  readonly crypto: Pick<PnetCrypto, "randomBytes">;
  /** For the time in tokens. */
  readonly clock: Pick<Clock, "unixMs">;
  /** Ours. */
  readonly privateKey: PnetPrivateKey;
  /** The network's, where it has one. */
  readonly networkKey?: FernetKey;
}

const UTF8 = new TextEncoder();
const LENIENT_UTF8 = new TextDecoder();
/** A session key as the wrapping holds it, in text. */
const SESSION_KEY_LENGTH = 44;

/** One node's keys at work. */
export class PnetSealer {
  readonly #options: PnetSealerOptions;

  /** @param options Keys, randomness, time. */
  constructor(options: PnetSealerOptions) {
    this.#options = options;
  }

  /**
   * Encrypts a value.
   *
   * @param value Text or bytes.
   * @param receiver Who can read it.
   * @returns The content of a packet.
   * @throws {EncodeError} `limit_exceeded` when the receiver's key is too short.
   */
  seal(value: PnetValue, receiver: PnetPublicKey): string {
    const { crypto: source, networkKey } = this.#options;
    const session = createFernetKey(source.randomBytes(FERNET_KEY_BYTES));
    const block = padPkcs1(
      UTF8.encode(session.text),
      receiver.modulusBytes,
      (length) => source.randomBytes(length),
    );
    const content = formatPnetContent({
      wrappedKey: receiver.encryptBlock(block),
      token: encryptFernet(session, UTF8.encode(encodePnetValue(value)), this.#once()),
    });
    return networkKey === undefined ? content : this.sealForNetwork(content);
  }

  /**
   * Encrypts text for everybody in the network; without a network key, leaves it as it is.
   *
   * @param text An advert, for instance.
   */
  sealForNetwork(text: string): string {
    const { networkKey } = this.#options;
    return networkKey === undefined ? text : encryptForNetwork(networkKey, text, this.#once());
  }

  /**
   * Decrypts what {@linkcode sealForNetwork} has encrypted.
   *
   * @param content The content of a packet.
   * @throws {DecodeError} `malformed` when it was made with another key.
   */
  openFromNetwork(content: string): string {
    const { networkKey } = this.#options;
    return networkKey === undefined
      ? content
      : LENIENT_UTF8.decode(decryptFromNetwork(networkKey, content));
  }

  /**
   * Decrypts a value sealed for us.
   *
   * @param content The content of a packet.
   * @throws {DecodeError} `malformed`, whatever it was that failed.
   * @throws {SynapseError} `not_supported` for a pickled value.
   */
  open({ wrappedKey, token }: PnetContent): PnetValue {
    const value = decryptFernet(this.#unwrap(wrappedKey), token);
    return decodePnetValue(LENIENT_UTF8.decode(value));
  }

  /** Another key for one that is wrapped wrongly: see `unpadPkcs1`. */
  #unwrap(wrappedKey: Uint8Array): FernetKey {
    const { crypto: source, privateKey } = this.#options;
    const other = createFernetKey(source.randomBytes(FERNET_KEY_BYTES));
    const block = privateKey.decryptBlock(wrappedKey) ?? new Uint8Array(SESSION_KEY_LENGTH);
    const text = LENIENT_UTF8.decode(unpadPkcs1(block, UTF8.encode(other.text)));
    try {
      return parseFernetKey(text);
    } catch (error) {
      if (error instanceof DecodeError) return other;
      throw error;
    }
  }

  #once(): FernetOptions {
    const { crypto: source, clock } = this.#options;
    return {
      iv: source.randomBytes(FERNET_IV_BYTES),
      unixSeconds: Math.floor(clock.unixMs() / 1000),
    };
  }
}
