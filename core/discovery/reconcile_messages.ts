/**
 * The messages by which two nodes reconcile what they know: content of pipe packets, bytes in base64url.
 *
 * ```text
 * dig  asker's cookie (8), digests (1 each)
 * lst  asker's cookie (8), answerer's cookie (8), bucket bits (1), whether complete (1), adverts known (2),
 *      lists: bucket (2, the highest bit set when partial), count (1), count times: id (3), time (2)
 * get  answerer's cookie (8), asker's cookie (8), ids (3 each)
 * put  cookie of whom it goes to (8); adverts follow in the same datagram, a packet each
 * ```
 *
 * Numbers are big-endian.
 *
 * @module
 */
import { base64urlnopad } from "@scure/base";
import {
  type BucketList,
  LIST_HEADER_BYTES,
  LISTED_ADVERT_BYTES,
  type ListedAdvert,
  MAX_BUCKET_BITS,
  MIN_BUCKET_BITS,
} from "./difference.ts";
import { COOKIE_BYTES } from "./return_address.ts";

/** Asks: do you know what I know? */
export interface DigestMessage {
  readonly askerCookie: Uint8Array;
  /** One for each bucket, and thereby how many there are. */
  readonly digests: Uint8Array;
}

/** Answers: this is what I know where we differ. */
export interface ListMessage {
  readonly askerCookie: Uint8Array;
  readonly answererCookie: Uint8Array;
  readonly bits: number;
  /** Whether everything that differs is listed. */
  readonly isComplete: boolean;
  /** How many adverts the answerer knows. */
  readonly known: number;
  readonly lists: readonly BucketList[];
}

/** Asks for adverts. */
export interface GetMessage {
  readonly answererCookie: Uint8Array;
  /** The salt that ids are hashed with. */
  readonly askerCookie: Uint8Array;
  readonly ids: readonly number[];
}

/** Bytes of a list message before its lists. */
export const LIST_MESSAGE_HEADER_BYTES: number = 2 * COOKIE_BYTES + 4;

const ID_BYTES = 3;
/** In front of a bucket's number. */
const PARTIAL = 0x8000;
const MAX_KNOWN = 0xffff;

/** Writes a `dig`. */
export function formatDigest({ askerCookie, digests }: DigestMessage): string {
  return format(COOKIE_BYTES + digests.length, (_view, bytes) => {
    bytes.set(askerCookie);
    bytes.set(digests, COOKIE_BYTES);
  });
}

/** Reads a `dig`. @returns undefined when it is none. */
export function parseDigest(content: string): DigestMessage | undefined {
  const bytes = parse(content);
  if (bytes === undefined) return undefined;
  const digests = bytes.subarray(COOKIE_BYTES);
  if (!isBucketBits(Math.log2(digests.length))) return undefined;
  return { askerCookie: bytes.subarray(0, COOKIE_BYTES), digests };
}

/** Writes a `lst`. */
export function formatList(message: ListMessage): string {
  const { lists } = message;
  const adverts = lists.reduce((sum, list) => sum + list.adverts.length, 0);
  const size = LIST_MESSAGE_HEADER_BYTES + lists.length * LIST_HEADER_BYTES +
    adverts * LISTED_ADVERT_BYTES;
  return format(size, (view, bytes) => {
    bytes.set(message.askerCookie);
    bytes.set(message.answererCookie, COOKIE_BYTES);
    let at = 2 * COOKIE_BYTES;
    view.setUint8(at, message.bits);
    view.setUint8(at + 1, Number(message.isComplete));
    view.setUint16(at + 2, Math.min(message.known, MAX_KNOWN));
    at = LIST_MESSAGE_HEADER_BYTES;
    for (const { bucket, isPartial, adverts } of lists) {
      view.setUint16(at, isPartial ? bucket | PARTIAL : bucket);
      view.setUint8(at + 2, adverts.length);
      at += LIST_HEADER_BYTES;
      for (const { id, time } of adverts) {
        setId(view, at, id);
        view.setUint16(at + ID_BYTES, time);
        at += LISTED_ADVERT_BYTES;
      }
    }
  });
}

/** Reads a `lst`. @returns undefined when it is none. */
export function parseList(content: string): ListMessage | undefined {
  const bytes = parse(content);
  if (bytes === undefined || bytes.length < LIST_MESSAGE_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  const bits = view.getUint8(2 * COOKIE_BYTES);
  const lists = isBucketBits(bits) ? parseLists(view, 2 ** bits) : undefined;
  if (lists === undefined) return undefined;
  return {
    askerCookie: bytes.subarray(0, COOKIE_BYTES),
    answererCookie: bytes.subarray(COOKIE_BYTES, 2 * COOKIE_BYTES),
    bits,
    isComplete: view.getUint8(2 * COOKIE_BYTES + 1) !== 0,
    known: view.getUint16(2 * COOKIE_BYTES + 2),
    lists,
  };
}

function parseLists(view: DataView, buckets: number): BucketList[] | undefined {
  const lists: BucketList[] = [];
  let at = LIST_MESSAGE_HEADER_BYTES;
  while (at < view.byteLength) {
    if (view.byteLength - at < LIST_HEADER_BYTES) return undefined;
    const head = view.getUint16(at);
    const bucket = head & ~PARTIAL;
    const count = view.getUint8(at + 2);
    at += LIST_HEADER_BYTES;
    if (bucket >= buckets || view.byteLength - at < count * LISTED_ADVERT_BYTES) return undefined;
    const adverts: ListedAdvert[] = [];
    for (let i = 0; i < count; i++, at += LISTED_ADVERT_BYTES) {
      adverts.push({ id: getId(view, at), time: view.getUint16(at + ID_BYTES) });
    }
    lists.push({ bucket, isPartial: head !== bucket, adverts });
  }
  return lists;
}

/** Writes a `get`. */
export function formatGet({ answererCookie, askerCookie, ids }: GetMessage): string {
  return format(2 * COOKIE_BYTES + ids.length * ID_BYTES, (view, bytes) => {
    bytes.set(answererCookie);
    bytes.set(askerCookie, COOKIE_BYTES);
    ids.forEach((id, i) => setId(view, 2 * COOKIE_BYTES + i * ID_BYTES, id));
  });
}

/** Reads a `get`. @returns undefined when it is none. */
export function parseGet(content: string): GetMessage | undefined {
  const bytes = parse(content);
  if (bytes === undefined || bytes.length < 2 * COOKIE_BYTES) return undefined;
  const view = viewOf(bytes);
  const ids: number[] = [];
  for (let at = 2 * COOKIE_BYTES; at < bytes.length; at += ID_BYTES) {
    if (bytes.length - at < ID_BYTES) return undefined;
    ids.push(getId(view, at));
  }
  return {
    answererCookie: bytes.subarray(0, COOKIE_BYTES),
    askerCookie: bytes.subarray(COOKIE_BYTES, 2 * COOKIE_BYTES),
    ids,
  };
}

/** Writes a `put`. */
export function formatPut(cookie: Uint8Array): string {
  return base64urlnopad.encode(cookie);
}

/** Reads a `put`. @returns The cookie, or undefined when it is none. */
export function parsePut(content: string): Uint8Array | undefined {
  const bytes = parse(content);
  return bytes?.length === COOKIE_BYTES ? bytes : undefined;
}

function format(size: number, fill: (view: DataView, bytes: Uint8Array) => void): string {
  const bytes = new Uint8Array(size);
  fill(viewOf(bytes), bytes);
  return base64urlnopad.encode(bytes);
}

function parse(content: string): Uint8Array | undefined {
  try {
    return base64urlnopad.decode(content);
  } catch {
    return undefined;
  }
}

function setId(view: DataView, at: number, id: number): void {
  view.setUint16(at, id >>> 8);
  view.setUint8(at + 2, id & 0xff);
}

function getId(view: DataView, at: number): number {
  return (view.getUint16(at) << 8) | view.getUint8(at + 2);
}

function isBucketBits(bits: number): boolean {
  return Number.isInteger(bits) && bits >= MIN_BUCKET_BITS && bits <= MAX_BUCKET_BITS;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
