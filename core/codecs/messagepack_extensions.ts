/**
 * MessagePack extension types: how application values travel that MessagePack has no type for.
 *
 * Timestamps (type -1) are known from the start; a type that nobody registered arrives as an
 * {@linkcode Extension} and goes out again unchanged. Spec:
 * https://github.com/msgpack/msgpack/blob/master/spec.md#extension-types
 *
 * @module
 */

import { EncodeError } from "../errors.ts";

/** An extension value that no registered type claims: its type number and its bytes. */
export class Extension {
  /** -128 to 127; negative ones belong to the MessagePack specification. */
  readonly type: number;
  /** The payload. */
  readonly data: Uint8Array;

  /**
   * @param type -128 to 127.
   * @param data The payload, kept by reference.
   * @throws {RangeError} When the type is out of range.
   */
  constructor(type: number, data: Uint8Array) {
    if (!Number.isInteger(type) || type < -128 || type > 127) {
      throw new RangeError(`Cannot make extension as its type must be -128 to 127: got ${type}`);
    }
    this.type = type;
    this.data = data;
  }
}

/** How one class of values travels. */
export interface ExtensionType<T extends object> {
  /** -128 to 127; applications use 0 and up. */
  readonly type: number;
  /** Values whose prototype is this class's own are encoded by `encode`. */
  // deno-lint-ignore no-explicit-any -- a constructor's parameters don't matter here
  readonly of: new (...args: any[]) => T;
  /** The payload. */
  encode(value: T): Uint8Array;
  /** The value. The bytes are a view: copy what is kept. Throwing refuses the message. */
  decode(data: Uint8Array): unknown;
}

const NANOS_PER_MS = 1_000_000;

/**
 * The specification's timestamp as a `Date`, written in the shortest of its three forms. One finer
 * than a millisecond, or beyond a `Date`'s years, stays an {@linkcode Extension}: nothing is lost.
 */
const TIMESTAMP: ExtensionType<Date> = {
  type: -1,
  of: Date,
  encode(date) {
    const unixMs = date.getTime();
    if (Number.isNaN(unixMs)) {
      throw new EncodeError("not_supported", "Cannot encode date as it is invalid");
    }
    const seconds = Math.floor(unixMs / 1000);
    const nanos = (unixMs - seconds * 1000) * NANOS_PER_MS;
    if (seconds >= 0 && seconds < 2 ** 34) {
      if (nanos === 0 && seconds < 2 ** 32) {
        const short = new Uint8Array(4);
        new DataView(short.buffer).setUint32(0, seconds);
        return short;
      }
      const middle = new Uint8Array(8);
      new DataView(middle.buffer).setBigUint64(0, (BigInt(nanos) << 34n) | BigInt(seconds));
      return middle;
    }
    const long = new Uint8Array(12);
    const view = new DataView(long.buffer);
    view.setUint32(0, nanos);
    view.setBigInt64(4, BigInt(seconds));
    return long;
  },
  decode(data) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let seconds: number;
    let nanos = 0;
    if (data.length === 4) {
      seconds = view.getUint32(0);
    } else if (data.length === 8) {
      const both = view.getBigUint64(0);
      seconds = Number(both & 0x3ffffffffn);
      nanos = Number(both >> 34n);
    } else if (data.length === 12) {
      nanos = view.getUint32(0);
      seconds = Number(view.getBigInt64(4));
    } else {
      return new Extension(-1, data.slice());
    }
    const date = new Date(seconds * 1000 + nanos / NANOS_PER_MS);
    const isExact = nanos % NANOS_PER_MS === 0 && nanos < 1000 * NANOS_PER_MS &&
      !Number.isNaN(date.getTime());
    return isExact ? date : new Extension(-1, data.slice());
  },
};

/**
 * The extension types that one node speaks.
 *
 * @example Usage
 * ```ts
 * import { decodeMessagePack, encodeMessagePack, Extensions } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * const extensions = new Extensions().register({
 *   type: 1,
 *   of: URL,
 *   encode: (url) => new TextEncoder().encode(url.href),
 *   decode: (data) => new URL(new TextDecoder().decode(data)),
 * });
 * const home = new URL("https://example.org/");
 * const bytes = encodeMessagePack({ home }, { extensions });
 * assertEquals(decodeMessagePack(bytes, { extensions }), { home });
 * ```
 */
export class Extensions {
  readonly #byType = new Map<number, ExtensionType<object>>();
  readonly #byPrototype = new Map<object, ExtensionType<object>>();

  /** Starts out with timestamps. */
  constructor() {
    this.register(TIMESTAMP);
  }

  /**
   * Adds a type, replacing one of the same number.
   *
   * @param extension The type.
   * @returns The registry.
   * @throws {RangeError} When the type number is out of range.
   */
  register<T extends object>(extension: ExtensionType<T>): this {
    const { type, of } = extension;
    new Extension(type, new Uint8Array(0));
    const known = this.#byType.get(type);
    if (known !== undefined && this.#byPrototype.get(known.of.prototype) === known) {
      this.#byPrototype.delete(known.of.prototype);
    }
    const erased = extension as unknown as ExtensionType<object>;
    this.#byType.set(type, erased);
    this.#byPrototype.set(of.prototype, erased);
    return this;
  }

  /**
   * Finds how a value travels.
   *
   * @param prototype The value's prototype.
   * @returns The type that claims it, if one does.
   */
  ofPrototype(prototype: object): ExtensionType<object> | undefined {
    return this.#byPrototype.get(prototype);
  }

  /**
   * Turns a payload into a value.
   *
   * @param type The extension type on the wire.
   * @param data The payload, a view.
   * @returns What the registered type makes of it, else an {@linkcode Extension} with a copy.
   */
  decode(type: number, data: Uint8Array): unknown {
    const known = this.#byType.get(type);
    return known === undefined ? new Extension(type, data.slice()) : known.decode(data);
  }
}

/** What is used where no registry is given: timestamps only. */
export const DEFAULT_EXTENSIONS: Extensions = new Extensions();
