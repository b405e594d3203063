/**
 * Synapse's first protocol (version 0), without frames: a connection carries one MessagePack map,
 * `{endpoint, args}`, and back whatever bytes the function wrote, up to the end.
 *
 * @module
 */
import { ByteWriter, type Decoder } from "../codec.ts";
import { DecodeError, EncodeError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { encodeValue } from "./messagepack_encode.ts";
import { DEFAULT_EXTENSIONS, type Extensions } from "./messagepack_extensions.ts";
import { MessagePackStreamDecoder } from "./messagepack_stream.ts";
import { readList } from "./synapse_message.ts";

/** Real servers read once, and no more than this: what is longer is never answered. */
export const MAX_BARE_REQUEST_BYTES: number = 4096;

/** Calls a function. */
export interface BareRequest {
  readonly type: "request";
  readonly endpoint: string;
  readonly args: readonly unknown[];
}

/** A value that is no request, in a way that real servers answer: with `400`. */
export interface BareRefusal {
  readonly type: "refusal";
  readonly reason: string;
}

const UTF8 = new TextEncoder();
const FIELDS: readonly string[] = ["endpoint", "args"];

/**
 * Encodes a request.
 *
 * @param endpoint The function's name.
 * @param args Its arguments.
 * @param limits `maxDepth` is kept.
 * @param extensions The extension types.
 * @returns Bytes for one write.
 * @throws {EncodeError} `limit_exceeded` for more than {@linkcode MAX_BARE_REQUEST_BYTES}; `not_supported`.
 */
export function encodeBareRequest(
  endpoint: string,
  args: readonly unknown[],
  limits: Limits,
  extensions: Extensions = DEFAULT_EXTENSIONS,
): Uint8Array {
  const writer = new ByteWriter();
  writer.begin(MAX_BARE_REQUEST_BYTES);
  encodeValue({ endpoint, args }, writer, limits.maxDepth, extensions);
  writer.commit();
  return writer.toBytes();
}

/**
 * Makes a decoder of requests. A value that real servers never answer is a fault.
 *
 * @param limits Of what they hold; `maxMessageBytes` is that of the protocol, or less.
 * @param extensions The extension types.
 */
export function createBareRequestDecoder(
  limits: Limits,
  extensions: Extensions = DEFAULT_EXTENSIONS,
): Decoder<BareRequest | BareRefusal> {
  const maxMessageBytes = Math.min(limits.maxMessageBytes, MAX_BARE_REQUEST_BYTES);
  return new MessagePackStreamDecoder(
    { ...limits, maxMessageBytes },
    extensions,
    (reader) => readRequest(reader.read()),
  );
}

function readRequest(value: unknown): BareRequest | BareRefusal {
  if (value instanceof Map) {
    throw new DecodeError("malformed", "Cannot read request as not all its keys are text");
  }
  if (typeof value !== "object" || value === null || !isPlain(value)) {
    return { type: "refusal", reason: "it is not a map" };
  }
  const other = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (other !== undefined) return { type: "refusal", reason: "it has more than endpoint and args" };
  const { endpoint, args } = value as Readonly<Record<string, unknown>>;
  if (typeof endpoint !== "string") return { type: "refusal", reason: "its endpoint is not text" };
  return { type: "request", endpoint, args: readList(args) };
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * Makes the bytes that answer a call.
 *
 * @param result Text is written as UTF-8, bytes as they are, nothing as nothing, anything else as JSON: with
 * integers beyond 2^53 as text, and bytes as lists of numbers.
 * @returns The bytes; those of a byte array are not copied.
 * @throws {EncodeError} `not_supported`, when JSON has nothing for it.
 */
export function encodeBareAnswer(result: unknown): Uint8Array {
  if (result === undefined) return new Uint8Array(0);
  if (result instanceof Uint8Array) return result;
  return UTF8.encode(typeof result === "string" ? result : formatJson(result));
}

function formatJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, plainer);
  } catch { /* it contains itself */ }
  if (text !== undefined) return text;
  throw new EncodeError("not_supported", `Cannot encode answer as JSON: got a ${typeof value}`);
}

function plainer(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return Array.from(value);
  return value instanceof Map ? Object.fromEntries(value) : value;
}
