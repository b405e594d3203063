/**
 * Signed application messages: who said what, and when, to be checked by anybody who is handed it.
 *
 * An envelope is plain data and travels in any dialect:
 *
 * | field | |
 * | --- | --- |
 * | `value` | what is said |
 * | `hash` | SHA-256 of the value's canonical MessagePack (`codecs/messagepack_canonical.ts`), base64url |
 * | `key` | the sender's ed25519 public key, base64url |
 * | `time` | milliseconds since 1970, on the sender's clock |
 * | `signature` | ed25519 over the bytes below, base64url |
 *
 * Signed are the 18 bytes `synapse-envelope\0\1`, the hash (32 bytes) and the time (8 bytes, big-endian).
 * The zero keeps it apart from an advert, which is text.
 *
 * @example Usage
 * ```ts
 * import { Identity, openEnvelope, ReplayGuard, sealEnvelope, systemClock } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * const alice = new Identity(crypto.getRandomValues(new Uint8Array(32)));
 * const envelope = sealEnvelope({ text: "meet me at noon" }, { identity: alice, clock: systemClock });
 *
 * const trusted = new Set([alice.id]);
 * const replays = new ReplayGuard({ clock: systemClock });
 * assertEquals(openEnvelope(envelope, { clock: systemClock, trusted, replays }).value, { text: "meet me at noon" });
 * ```
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlnopad } from "@scure/base";
import type { Clock } from "./channel.ts";
import { decodeMessagePack } from "./codecs/messagepack.ts";
import { encodeCanonical } from "./codecs/messagepack_canonical.ts";
import { DecodeError, EncodeError, SynapseError } from "./errors.ts";
import { type Identity, isKeyText, parsePublicKey, verify } from "./identity.ts";
import type { Limits } from "./limits.ts";
import { DEFAULT_WINDOW_MS, type ReplayGuard } from "./replay_guard.ts";

/** A signed message. */
export interface Envelope<T = unknown> {
  /** What is said. */
  readonly value: T;
  /** SHA-256 of the value's canonical MessagePack, base64url. */
  readonly hash: string;
  /** The sender's public key, base64url. */
  readonly key: string;
  /** When it was sealed, in milliseconds since 1970, on the sender's clock. */
  readonly time: number;
  /** Over hash and time, base64url. */
  readonly signature: string;
}

/** What a good envelope says. */
export interface OpenedEnvelope {
  /** What is said: decoded from the very bytes that were signed. */
  readonly value: unknown;
  /** Who says it: a public key, base64url. */
  readonly key: string;
  /** When it was sealed, in milliseconds since 1970, on the sender's clock. */
  readonly time: number;
}

/** Why {@linkcode open} refuses what is well formed: the `code` of its {@linkcode SynapseError}. */
export type EnvelopeErrorCode = "tampered" | "replayed" | "expired" | "foreign_key";

/** What {@linkcode seal} takes. */
export interface SealOptions {
  /** Who says it. */
  readonly identity: Identity;
  /** Time. */
  readonly clock: Clock;
  /** `maxMessageBytes` and `maxDepth` are kept. */
  readonly limits?: Partial<Limits>;
}

/** What {@linkcode open} takes. */
export interface OpenOptions {
  /** Time. */
  readonly clock: Clock;
  /** How far the envelope's time may be from now, either way. {@linkcode DEFAULT_WINDOW_MS} by default. */
  readonly windowMs?: number;
  /** Public keys, base64url. Anybody's will do where left out. */
  readonly trusted?: Pick<ReadonlySet<string>, "has">;
  /** Remembers what was opened. Without it, an envelope can be opened again within the window. */
  readonly replays?: ReplayGuard;
  /** `maxMessageBytes`, `maxDepth` and `maxItems` are kept. */
  readonly limits?: Partial<Limits>;
}

const PREFIX = new TextEncoder().encode("synapse-envelope\0\x01");
const SIGNATURE_TEXT = /^[A-Za-z0-9_-]{85}[AQgw]$/;
/** The last moment that a `Date` can hold. */
const MAX_UNIX_MS = 8_640_000_000_000_000;
/** A clock that is further back than this was set, rather than asked twice within a millisecond. */
const MAX_AHEAD_MS = 1_000;

/**
 * No two envelopes of an identity bear the same time, or saying the same thing twice within a millisecond
 * would be a replay.
 */
const LAST_TIMES = new WeakMap<Identity, number>();

/**
 * Signs a message.
 *
 * @param value What to say. See {@linkcode encodeCanonical} for what can be said.
 * @param options Who says it, and the clock.
 * @returns Plain data. Holds the value itself, which must not change until it is sent.
 * @throws {EncodeError} `not_supported` for a value without a canonical form, `limit_exceeded`.
 */
export function seal<T>(value: T, options: SealOptions): Envelope<T> {
  const { identity } = options;
  const hash = sha256(encodeCanonical(value, options.limits));
  const time = nextTime(options);
  return {
    value,
    hash: base64urlnopad.encode(hash),
    key: identity.id,
    time,
    signature: base64urlnopad.encode(identity.sign(signedBytes(hash, time))),
  };
}

/**
 * Checks a signed message.
 *
 * @param envelope Whatever came: nothing about it is taken for granted.
 * @param options The clock, who is trusted, and the memory against replays.
 * @returns What it says, and who says it.
 * @throws {DecodeError} When it is no envelope, or too large.
 * @throws {SynapseError} `foreign_key` when the sender isn't trusted, `expired` when its time is too long
 * ago or ahead, `tampered` when hash or signature don't fit, `replayed` when it was opened before.
 */
export function open(envelope: unknown, options: OpenOptions): OpenedEnvelope {
  const { value, hash, key, time, signature } = readEnvelope(envelope);
  const { clock, trusted, replays, limits, windowMs = DEFAULT_WINDOW_MS } = options;
  if (trusted !== undefined && !trusted.has(key)) {
    throw refusal("foreign_key", `its sender isn't trusted: got ${key}`);
  }
  const aheadMs = time - clock.unixMs();
  if (Math.abs(aheadMs) > windowMs) {
    const distance = aheadMs < 0 ? `${-aheadMs} ms old` : `${aheadMs} ms ahead`;
    throw refusal("expired", `its time is over ${windowMs} ms from ours: got ${distance}`);
  }
  const canonical = canonicalBytes(value, limits);
  const digest = sha256(canonical);
  if (base64urlnopad.encode(digest) !== hash) {
    throw refusal("tampered", "its hash is not that of its value");
  }
  const signed = signedBytes(digest, time);
  if (!verify(parsePublicKey(key), signed, base64urlnopad.decode(signature))) {
    throw refusal("tampered", "its signature does not fit");
  }
  const admission = replays?.admit(signature, time) ?? "fresh";
  if (admission === "replayed") throw refusal("replayed", "it was opened before");
  if (admission === "expired") throw refusal("expired", "it may have been opened before");
  return { value: decodeMessagePack(canonical, { limits }), key, time };
}

function nextTime({ identity, clock }: SealOptions): number {
  const now = Math.floor(clock.unixMs());
  const last = LAST_TIMES.get(identity) ?? -Infinity;
  const time = now <= last && last - now < MAX_AHEAD_MS ? last + 1 : now;
  LAST_TIMES.set(identity, time);
  return time;
}

function signedBytes(hash: Uint8Array, time: number): Uint8Array {
  const bytes = new Uint8Array(PREFIX.length + hash.length + 8);
  bytes.set(PREFIX);
  bytes.set(hash, PREFIX.length);
  new DataView(bytes.buffer).setBigUint64(PREFIX.length + hash.length, BigInt(time));
  return bytes;
}

function readEnvelope(envelope: unknown): Envelope {
  if (typeof envelope !== "object" || envelope === null || !Object.hasOwn(envelope, "value")) {
    throw malformed("it is not an object with a value");
  }
  const { value, hash, key, time, signature } = envelope as Record<string, unknown>;
  if (!isKeyText(hash)) throw malformed("its hash is not base64url of 32 bytes");
  if (!isKeyText(key)) throw malformed("its key is not base64url of 32 bytes");
  if (!Number.isSafeInteger(time) || (time as number) < 0 || (time as number) > MAX_UNIX_MS) {
    throw malformed("its time is not in milliseconds since 1970");
  }
  if (typeof signature !== "string" || !SIGNATURE_TEXT.test(signature)) {
    throw malformed("its signature is not base64url of 64 bytes");
  }
  return { value, hash, key, time: time as number, signature };
}

/** What a stranger sends is a fault of the bytes, not of whoever opens them. */
function canonicalBytes(value: unknown, limits: Partial<Limits> | undefined): Uint8Array {
  try {
    return encodeCanonical(value, limits);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    if (error.code !== "limit_exceeded") throw malformed("its value has no canonical form");
    throw new DecodeError("limit", "Cannot open envelope as its value is too large or too deep");
  }
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot open envelope as ${reason}`);
}

function refusal(code: EnvelopeErrorCode, reason: string): SynapseError {
  return new SynapseError(code, `Cannot open envelope as ${reason}`);
}
