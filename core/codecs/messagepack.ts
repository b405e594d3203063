/**
 * MessagePack for one value at a time; what the wire uses underneath is in `messagepack_encode.ts`
 * and `messagepack_reader.ts`.
 *
 * @example Usage
 * ```ts
 * import { decodeMessagePack, encodeMessagePack } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = encodeMessagePack({ ttl: 5, ok: true });
 * assertEquals(bytes.length, 10);
 * assertEquals(decodeMessagePack(bytes), { ttl: 5, ok: true });
 * ```
 * @module
 */
import { ByteWriter } from "../codec.ts";
import { DecodeError } from "../errors.ts";
import { DEFAULT_LIMITS, type Limits, resolveLimits } from "../limits.ts";
import { encodeValue } from "./messagepack_encode.ts";
import { DEFAULT_EXTENSIONS, type Extensions } from "./messagepack_extensions.ts";
import { INCOMPLETE, MessagePackReader } from "./messagepack_reader.ts";

/** What encoding and decoding of single values take. */
export interface MessagePackOptions {
  /** The extension types. Timestamps only, by default. */
  readonly extensions?: Extensions;
  /** `maxMessageBytes` and `maxDepth` are kept, and `maxItems` where it is decoded. */
  readonly limits?: Partial<Limits>;
}

/**
 * Encodes one value, each part in its shortest form.
 *
 * @param value See {@linkcode encodeValue} for what has an encoding.
 * @param options Extensions and limits.
 * @returns Bytes of its own.
 * @throws {EncodeError} `not_supported` or `limit_exceeded`.
 */
export function encodeMessagePack(value: unknown, options: MessagePackOptions = {}): Uint8Array {
  const limits = options.limits === undefined ? DEFAULT_LIMITS : resolveLimits(options.limits);
  const writer = new ByteWriter();
  writer.begin(limits.maxMessageBytes);
  encodeValue(value, writer, limits.maxDepth, options.extensions ?? DEFAULT_EXTENSIONS);
  writer.commit();
  return writer.toBytes();
}

/**
 * Decodes one value.
 *
 * @param bytes Exactly one value. Long byte strings in the result are views into it.
 * @param options Extensions and limits.
 * @returns The value.
 * @throws {DecodeError} `truncated`, `malformed` (trailing bytes too) or `limit`.
 */
export function decodeMessagePack(bytes: Uint8Array, options: MessagePackOptions = {}): unknown {
  const limits = options.limits === undefined ? DEFAULT_LIMITS : resolveLimits(options.limits);
  if (bytes.length > limits.maxMessageBytes) {
    throw new DecodeError(
      "limit",
      `Cannot decode MessagePack as it is larger than ${limits.maxMessageBytes} bytes: got ${bytes.length}`,
    );
  }
  const reader = new MessagePackReader(limits, options.extensions);
  reader.reset(bytes);
  let value: unknown;
  try {
    value = reader.read();
  } catch (error) {
    if (error !== INCOMPLETE) throw error;
    throw new DecodeError(
      "truncated",
      `Cannot decode MessagePack as it ends inside a value: got ${bytes.length} bytes, needs at least ${reader.needed}`,
    );
  }
  if (reader.remaining > 0) {
    throw new DecodeError(
      "malformed",
      `Cannot decode MessagePack as bytes follow the value: got ${reader.remaining} too many`,
    );
  }
  return value;
}
