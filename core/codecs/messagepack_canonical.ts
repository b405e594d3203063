/**
 * MessagePack in which equal values have equal bytes, for hashing and signing.
 *
 * - Everything is in its shortest form. A number without a fraction and within the safe range is an
 *   integer, -0 is 0; any other is a 64-bit float.
 * - Map entries are in the order of their encoded keys, compared byte by byte; plain objects and `Map`s
 *   are the same. `undefined` is nil.
 * - Refused is what would not come back as the same bytes after a journey, or has more than one
 *   encoding: NaN, text with a lone surrogate, equal keys, containers as keys, class instances, and
 *   extension types other than the timestamp.
 *
 * @example Usage
 * ```ts
 * import { encodeCanonical } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * const one = encodeCanonical({ to: "bob", amount: 5 });
 * const other = encodeCanonical(new Map<string, unknown>([["amount", 5n], ["to", "bob"]]));
 * assertEquals(one, other);
 * ```
 * @module
 */
import { ByteWriter } from "../codec.ts";
import { EncodeError } from "../errors.ts";
import { type Limits, resolveLimits } from "../limits.ts";
import { encodeValue } from "./messagepack_encode.ts";
import { Extensions } from "./messagepack_extensions.ts";

/** One of its own: applications may have registered theirs with the default one. */
const TIMESTAMPS = new Extensions();

/**
 * Encodes one value canonically.
 *
 * @param value Anything made of null, booleans, numbers, bigints, strings, `Uint8Array`s, arrays, `Map`s,
 * plain objects and dates.
 * @param limits `maxMessageBytes` and `maxDepth` are kept.
 * @returns Bytes of its own.
 * @throws {EncodeError} `not_supported` for what has no canonical form, `limit_exceeded`.
 */
export function encodeCanonical(value: unknown, limits: Partial<Limits> = {}): Uint8Array {
  const { maxMessageBytes, maxDepth } = resolveLimits(limits);
  const into = new ByteWriter();
  into.begin(maxMessageBytes);
  new CanonicalEncoder(into).encode(value, maxDepth);
  into.commit();
  return into.toBytes();
}

class CanonicalEncoder {
  readonly #into: ByteWriter;
  readonly #keys = new ByteWriter();

  constructor(into: ByteWriter) {
    this.#into = into;
  }

  encode(value: unknown, depth: number): void {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
      return encodeScalar(value, this.#into);
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Date.prototype) return encodeDate(value as Date, this.#into);
    if (depth <= 0) {
      throw new EncodeError(
        "limit_exceeded",
        "Cannot encode value as it is nested too deeply, or contains itself",
      );
    }
    if (Array.isArray(value)) {
      encodeSize(value.length, 0x90, 0xdc, this.#into);
      for (let i = 0; i < value.length; i++) this.encode(value[i], depth - 1);
    } else if (prototype === Map.prototype) {
      this.#encodeMap([...value as Map<unknown, unknown>], depth);
    } else if (prototype === Object.prototype || prototype === null) {
      this.#encodeMap(Object.entries(value), depth);
    } else {
      throw refusal(`its bytes are up to its class: got a ${prototype.constructor?.name}`);
    }
  }

  #encodeMap(entries: readonly (readonly [unknown, unknown])[], depth: number): void {
    const sorted = entries.map(([key, value]) => ({ key: this.#encodeKey(key), value }))
      .sort((a, b) => compareBytes(a.key, b.key));
    encodeSize(sorted.length, 0x80, 0xde, this.#into);
    for (let i = 0; i < sorted.length; i++) {
      const { key, value } = sorted[i];
      if (i > 0 && compareBytes(sorted[i - 1].key, key) === 0) {
        throw refusal("two keys of a map have the same bytes");
      }
      this.#into.bytes(key);
      this.encode(value, depth - 1);
    }
  }

  #encodeKey(key: unknown): Uint8Array {
    if (key === "__proto__") throw refusal("a map's key is __proto__");
    if (typeof key === "object" && key !== null && !(key instanceof Uint8Array)) {
      throw refusal("a map's key is a container or a date");
    }
    encodeScalar(key, this.#keys);
    return this.#keys.toBytes();
  }
}

function encodeScalar(value: unknown, into: ByteWriter): void {
  if (Number.isNaN(value)) throw refusal("NaN equals nothing, not even itself");
  if (typeof value === "string" && !value.isWellFormed()) {
    throw refusal("a text has a lone surrogate");
  }
  // Adding 0 makes 0 of -0.
  encodeValue(typeof value === "number" ? value + 0 : value, into, 1);
}

function encodeDate(date: Date, into: ByteWriter): void {
  if (Number.isNaN(date.getTime())) throw refusal("a date is invalid");
  encodeValue(date, into, 1, TIMESTAMPS);
}

function encodeSize(size: number, fix: number, tag16: number, into: ByteWriter): void {
  if (size < 16) into.u8(fix | size);
  else if (size < 0x10000) into.tagged16(tag16, size);
  else into.tagged32(tag16 + 1, size);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

function refusal(reason: string): EncodeError {
  return new EncodeError("not_supported", `Cannot encode value canonically as ${reason}`);
}
