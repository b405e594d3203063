/**
 * What sender and receiver of a file say to each other.
 *
 * The sender calls {@linkcode OFFER_FUNCTION} with a {@linkcode FileOffer}. The receiver, before it answers, calls back the
 * function that {@linkcode readFunction} names and gets the bytes from where it is, as a stream whose last item is a
 * {@linkcode FileEnd}. Its answer is a {@linkcode FileReceipt}.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { SynapseError } from "../errors.ts";
import { checkFileName } from "./file_name.ts";

/** What the receiver publishes: `(offer) => receipt`. */
export const OFFER_FUNCTION: string = "_synapse.file.offer";

/** What is to be sent. */
export interface FileOffer {
  /** Stands for this state of this file: the same when it is sent once more. 32 hexadecimal digits. */
  readonly id: string;
  /** Without any folder. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** Whoever knows it may read the file, for as long as it is being sent. 32 hexadecimal digits. */
  readonly token: string;
}

/** The last item of the stream. */
export interface FileEnd {
  /** Of the whole file, whatever part of it was streamed. 64 hexadecimal digits. */
  readonly sha256: string;
}

/** What has been received. */
export interface FileReceipt {
  /** How many bytes the file has. */
  readonly bytes: number;
  /** Their hash, which both sides have computed. 64 hexadecimal digits. */
  readonly sha256: string;
  /** How many of them had come in an earlier attempt. */
  readonly resumedAt: number;
}

/**
 * Names the function that the sender publishes while it sends: `(offset) => stream of bytes`.
 *
 * @param token The offer's.
 */
export function readFunction(token: string): string {
  return `_synapse.file.read.${token}`;
}

/**
 * Computes what stands for a file, without reading it.
 *
 * @param parts What it is told by.
 * @returns 32 hexadecimal digits.
 */
export function fileId(...parts: readonly (string | number)[]): string {
  const hash = sha256(new TextEncoder().encode(JSON.stringify(parts)));
  return bytesToHex(hash.subarray(0, 16));
}

/**
 * Reads an offer as it came.
 *
 * @throws {SynapseError} `invalid_params` or `bad_file_name`.
 */
export function readOffer(value: unknown): FileOffer {
  const { id, name, size, token } = asMap(value);
  if (!isHex(id, 32)) throw badOffer("id must be 32 hexadecimal digits");
  if (!isHex(token, 32)) throw badOffer("token must be 32 hexadecimal digits");
  if (!isSize(size)) throw badOffer("size must be a whole number");
  return { id, name: checkFileName(name), size, token };
}

/** Reads the last item of a stream; undefined when it isn't one. */
export function readEnd(value: unknown): FileEnd | undefined {
  const { sha256 } = asMap(value);
  return isHex(sha256, 64) ? { sha256 } : undefined;
}

/**
 * Reads a receipt as it came.
 *
 * @throws {SynapseError} `protocol_error`.
 */
export function readReceipt(value: unknown): FileReceipt {
  const { bytes, sha256, resumedAt } = asMap(value);
  if (isSize(bytes) && isHex(sha256, 64) && isSize(resumedAt)) return { bytes, sha256, resumedAt };
  throw new SynapseError(
    "protocol_error",
    "Cannot read file receipt as bytes, sha256 or resumedAt is missing",
  );
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function isHex(value: unknown, digits: number): value is string {
  return typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function badOffer(reason: string): SynapseError {
  return new SynapseError("invalid_params", `Cannot take file as its ${reason}`);
}
